//! The only place where all rooms meet.

use std::io::Write as _;

use super::args::{Color, Format};
use super::plan::Plan;
use super::watch::Show;
use super::{complain, exit};
use crate::connection::Connector;
use crate::database::Recording;
use crate::identify::{Mask, Matcher, Observations, Policy};
use crate::probe::Probe;
use crate::report::{self, Finding, TargetReport};
use crate::scan::{Ask, Scan, scan, scan_asking};
use crate::target::Target;

/// Runs a plan; the exit code.
pub(super) fn run(plan: &Plan) -> u8 {
    choose_colors(plan.color);
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(run_all(plan)),
        Err(error) => complain(&format!("cannot start: {error}"), exit::INTERNAL),
    }
}

fn choose_colors(color: Color) {
    match color {
        // anstream looks at the terminal and at NO_COLOR by itself.
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// Asks a target what the matcher wants to know.
struct Asking<'a> {
    matcher: &'a Matcher<'a>,
    probes: &'a [&'static Probe],
}

impl Ask for Asking<'_> {
    fn next(&self, observed: &Observations) -> Vec<&'static Probe> {
        self.matcher.next(observed, self.probes, &Policy::default())
    }
}

async fn run_all(plan: &Plan) -> u8 {
    let matcher = Matcher::new(&plan.database);
    let mut code = exit::IDENTIFIED;
    let mut reports = Vec::new();
    for target in &plan.targets {
        let report = run_one(plan, &matcher, target).await;
        code = code.max(exit_code(plan, &report));
        if let Some(text) = text_of(plan, &report)
            && let Err(error) = super::print(text.as_bytes())
        {
            return complain(&format!("cannot write the result: {error}"), exit::INTERNAL);
        }
        reports.push(report);
    }
    if plan.format == Format::Json
        && plan.recording.is_none()
        && let Err(error) = super::print(report::json::document(&reports).as_bytes())
    {
        return complain(&format!("cannot write the result: {error}"), exit::INTERNAL);
    }
    code
}

async fn run_one(plan: &Plan, matcher: &Matcher<'_>, target: &Target) -> TargetReport {
    let show = Show::new(plan, &target.to_string());
    let connector = match Connector::new(target, &plan.connect) {
        Ok(connector) => connector,
        Err(error) => return TargetReport::new(target, Finding::Unreachable(error.to_string())),
    };
    let options = plan.scan_options(target);
    let result = if plan.step_by_step {
        scan_asking(&connector, &options, &show, &Asking { matcher, probes: &plan.probes }).await
    } else {
        scan(&connector, &options, &show).await
    };
    show.finish();
    let finding = match result {
        Err(error) => Finding::Unreachable(error.to_string()),
        Ok(scan) if !scan.is_websocket() => Finding::NotWebSocket(Box::new(scan)),
        Ok(scan) => {
            let answer = matcher.identify(&scan.observations, Mask::default());
            Finding::WebSocket(Box::new(scan), Box::new(answer))
        }
    };
    TargetReport::new(target, finding)
}

fn exit_code(plan: &Plan, report: &TargetReport) -> u8 {
    match &report.finding {
        Finding::Unreachable(_) | Finding::NotWebSocket(_) => exit::NO_WEBSOCKET,
        // A recording is of a server that the user knows, whatever the database thinks of it.
        Finding::WebSocket(scan, _) if plan.recording.is_some() => {
            if scan.stop.is_none() {
                exit::IDENTIFIED
            } else {
                exit::NO_WEBSOCKET
            }
        }
        Finding::WebSocket(_, answer) if answer.is_unknown() => exit::NOT_IDENTIFIED,
        Finding::WebSocket(..) => exit::IDENTIFIED,
    }
}

/// What is printed as soon as a target is done.
fn text_of(plan: &Plan, report: &TargetReport) -> Option<String> {
    if let Some((product, version)) = &plan.recording {
        return match &report.finding {
            Finding::WebSocket(scan, _) => Some(recorded(product, version, scan)),
            _ => {
                // Standard output is for the recording alone.
                let _ = write!(anstream::stderr(), "{}", report::human::text(report));
                None
            }
        };
    }
    match plan.format {
        Format::Human => Some(report::human::text(report)),
        Format::Jsonl => Some(report::json::line(report)),
        Format::Json => None,
    }
}

fn recorded(product: &str, version: &str, scan: &Scan) -> String {
    if let Some(stop) = &scan.stop {
        let _ = writeln!(
            anstream::stderr(),
            "warning: the recording is not complete: {}",
            report::human::stop_in_words(stop)
        );
    }
    Recording::of_runs(product, version, std::slice::from_ref(&scan.observations)).to_text()
}
