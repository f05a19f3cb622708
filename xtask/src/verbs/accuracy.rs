//! `cargo xtask accuracy`: how well servers are identified by a database that has not seen the run, the version or the engine.

use anyhow::Result;
use clap::Args;

use crate::cost;
use crate::evaluate::accuracy::measure;
use crate::evaluate::cases::Recorded;
use crate::evaluate::figures::Report;
use crate::evaluate::ratchet;
use crate::pages::accuracy as page;
use crate::pages::accuracy_html::{self as html, Parts};
use crate::playground::manifest;
use crate::support::paths;

/// What to do with the report.
#[derive(Debug, Default, Args)]
pub struct Plan {
    /// Change nothing; fail if the committed report is out of date, naming the command that mends it
    #[arg(long)]
    pub check: bool,
    /// Let figures of servers that were measured before fall, for this reason, which is written into the report
    #[arg(long, value_name = "WHY", conflicts_with = "check")]
    pub reason: Option<String>,
}

/// Writes the report, or with `check` fails where it is out of date or got worse.
pub fn run(plan: &Plan) -> Result<()> {
    let recorded = Recorded::load()?;
    let manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    let mut measured = measure(&recorded)?;
    let browser = html::page(&Parts { measured: &measured, recordings: &recorded.recordings, manifests: &manifests })?;
    let wire = cost::load()?;
    let folder = paths::root()?.join("fingerprints");
    let text = page::markdown(&measured.report, &measured.outcomes, &wire);
    print!("{text}");
    let before = std::fs::read_to_string(folder.join("accuracy.json")).ok();
    let before = before.and_then(|text| serde_json::from_str::<Report>(&text).ok());
    let report = &mut measured.report;
    match (&plan.reason, &before) {
        (Some(reason), _) => report.reason = Some(reason.clone()),
        (None, Some(before)) => {
            ratchet::refuse_regression(before, report)?;
            report.reason.clone_from(&before.reason);
        }
        (None, None) => {}
    }
    let check = plan.check;
    let json = serde_json::to_string_pretty(report)? + "\n";
    paths::write_or_check(&folder.join("accuracy.json"), &json, check, "cargo xtask accuracy")?;
    paths::write_or_check(&folder.join("accuracy.html"), &browser, check, "cargo xtask accuracy")?;
    paths::write_or_check(&folder.join("accuracy.md"), &text, check, "cargo xtask accuracy")
}
