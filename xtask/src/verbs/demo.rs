//! `cargo xtask demo`: the main job, on real servers, with the embedded database.

use anyhow::{Result, bail};
use stews::database::{Database, vocabulary};
use stews::identify::{Answer, Matcher};
use stews::report::versions_in_words;
use stews::scan::Scan;
use stews::target::{Scheme, Target};

use crate::evaluate::hold_out::names_product;
use crate::playground::manifest::Server;
use crate::playground::servers::{self, Running, Way};
use crate::support::{adaptive, table};

/// Starts the smoke servers one after the other, fingerprints them, and says how that went.
pub async fn run() -> Result<()> {
    let servers = servers::smoke()?;
    let database = Database::embedded()?;
    let matcher = Matcher::new(&database);
    let header = ["truth", "answer", "second", "right", "time", "sent", "connections", "target"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let (mut right, mut ran, mut skipped) = (0, 0, Vec::new());
    for (server, way) in &servers {
        let Some(running) = servers::start(server, way, "echo").await? else {
            if let Way::Skipped(why) = way {
                skipped.push(format!("skipped {}: {why}", server.id()));
            }
            continue;
        };
        let (row, hit) = fingerprint(server, &running, &matcher).await?;
        running.stop().await?;
        rows.push(row);
        ran += 1;
        right += usize::from(hit);
    }
    table::print(&rows);
    skipped.iter().for_each(|line| println!("{line}"));
    println!("{right} of {ran} right, {} skipped", skipped.len());
    if right == ran && ran > 0 { Ok(()) } else { bail!("{} servers were not identified", ran - right) }
}

async fn fingerprint(server: &Server, running: &Running, matcher: &Matcher<'_>) -> Result<(Vec<String>, bool)> {
    let target = Target::parse(running.url(), Scheme::Ws)?;
    let (scan, answer) = adaptive::identify(&target, matcher).await?;
    let hit = names_product(&answer, &server.manifest.product);
    Ok((row(server, &target, &scan, &answer, hit), hit))
}

fn row(server: &Server, target: &Target, scan: &Scan, answer: &Answer, hit: bool) -> Vec<String> {
    let place = |candidates: &[stews::identify::Candidate]| {
        let names: Vec<String> = candidates
            .iter()
            .map(|candidate| format!("{} {}", vocabulary::name_of(&candidate.product), versions_in_words(candidate)))
            .collect();
        let percent = candidates.first().map_or(0.0, |candidate| candidate.match_percent);
        format!("{} ({percent:.0} %)", names.join(" or "))
    };
    let unknown = if answer.is_unknown() { "unknown? " } else { "" };
    vec![
        server.id(),
        format!("{unknown}{}", place(answer.first())),
        place(answer.second()),
        if hit { "yes" } else { "NO" }.to_owned(),
        format!("{:.2} s", scan.cost.elapsed.as_secs_f64()),
        format!("{} B", scan.cost.sent),
        scan.cost.connections.to_string(),
        target.to_string(),
    ]
}
