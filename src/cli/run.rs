//! The only place where all rooms meet.

use std::io;

use super::args::{Color, Format};
use super::plan::Plan;
use super::output::{self, complain};
use super::progress::Progress;
use super::{exit, hint};
use crate::connection::Connector;
use crate::database::Recording;
use crate::identify::{Answer, Mask, Matcher, Observations, Policy};
use crate::observation::Observation;
use crate::probe::ProbeId;
use crate::report::{self, Finding, Heard, TargetReport};
use crate::scan::{Scan, ask_again, scan, scan_asking};
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

async fn run_all(plan: &Plan) -> u8 {
    let matcher = Matcher::new(&plan.database);
    let mut code = exit::IDENTIFIED;
    let mut reports = Vec::new();
    for target in &plan.targets {
        let report = run_one(plan, &matcher, target).await;
        code = code.max(exit_code(plan, &report));
        if let Err(error) = print_one(plan, &report) {
            return complain(&format!("cannot write the result: {error}"), exit::INTERNAL);
        }
        reports.push(report);
    }
    if plan.format == Format::Json
        && plan.recording.is_none()
        && let Err(error) = output::print(report::json::document(&reports).as_bytes())
    {
        return complain(&format!("cannot write the result: {error}"), exit::INTERNAL);
    }
    code
}

async fn run_one(plan: &Plan, matcher: &Matcher<'_>, target: &Target) -> TargetReport {
    let progress = Progress::new(plan, &target.to_string());
    let connector = match Connector::new(target, &plan.connect) {
        Ok(connector) => connector,
        Err(error) => return TargetReport::new(target, Finding::Unreachable(hint::dial(&error))),
    };
    let options = plan.scan_options(target);
    let result = if plan.step_by_step {
        let next = |seen: &Observations| matcher.next(seen, &plan.probes, &Policy::default());
        scan_asking(&connector, &options, &progress, &next).await
    } else {
        scan(&connector, &options, &progress).await
    };
    let finding = match result {
        Err(error) => Finding::Unreachable(hint::dial(&error)),
        Ok(scan) if plan.recording.is_some() => recorded(scan),
        Ok(scan) if !scan.is_websocket() => {
            let answer = matcher.identify_refused(&scan.observations);
            Finding::NotWebSocket(Box::new(heard(plan, matcher, scan, answer, &[])))
        }
        Ok(scan) if !scan.has_spoken() => {
            // All that frameworks and proxies decide was seen, and nothing of the WebSocket library.
            Finding::WebSocket(Box::new(heard(plan, matcher, scan, Answer::none(), &[])))
        }
        Ok(mut scan) => {
            let answer = matcher.identify(&scan.observations, Mask::default());
            let repeats = plan.repeats && scan.stop.is_none();
            let probes = if repeats { matcher.to_ask_again(&scan.observations) } else { Vec::new() };
            let again = ask_again(&connector, &options, &progress, &mut scan, &probes).await;
            Finding::WebSocket(Box::new(heard(plan, matcher, scan, answer, &again)))
        }
    };
    progress.finish();
    TargetReport::new(target, finding)
}

/// What a scan amounts to where it is to be recorded, and not judged.
fn recorded(scan: Scan) -> Finding {
    let open = scan.is_websocket();
    let (banners, contradictions) = (Vec::new(), Vec::new());
    let heard = Heard { scan, answer: Answer::none(), banners, contradictions, explanation: None, recording: None };
    if open { Finding::WebSocket(Box::new(heard)) } else { Finding::NotWebSocket(Box::new(heard)) }
}

fn heard(plan: &Plan, matcher: &Matcher<'_>, scan: Scan, answer: Answer, again: &[(ProbeId, Observation)]) -> Heard {
    let contribute = scan.is_websocket() && scan.stop.is_none() && answer.is_unknown() && scan.has_spoken();
    Heard {
        banners: matcher.banners(&scan.observations, &answer),
        contradictions: matcher.contradictions(&scan.observations, again, &answer),
        explanation: plan.explain.then(|| matcher.explain(&scan.observations)).flatten(),
        recording: contribute.then(|| {
            Recording::of_runs("unknown", "unknown", std::slice::from_ref(&scan.observations)).to_text()
        }),
        scan,
        answer,
    }
}

fn exit_code(plan: &Plan, report: &TargetReport) -> u8 {
    match &report.finding {
        Finding::Unreachable(_) | Finding::NotWebSocket(_) => exit::NO_WEBSOCKET,
        // A recording is of a server that the user knows, whatever the database thinks of it.
        Finding::WebSocket(heard) if plan.recording.is_some() => {
            if heard.scan.stop.is_none() {
                exit::IDENTIFIED
            } else {
                exit::NO_WEBSOCKET
            }
        }
        Finding::WebSocket(heard) if heard.is_identified() => exit::IDENTIFIED,
        Finding::WebSocket(_) => exit::NOT_IDENTIFIED,
    }
}

/// Prints what there is to print as soon as a target is done.
fn print_one(plan: &Plan, report: &TargetReport) -> io::Result<()> {
    match (&plan.recording, plan.format) {
        (Some(server), _) => server.print(report),
        (None, Format::Human) => output::print(report::human::text(report).as_bytes()),
        (None, Format::Jsonl) => output::print(report::json::line(report).as_bytes()),
        (None, Format::Json) => Ok(()),
    }
}
