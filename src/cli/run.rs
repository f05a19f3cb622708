//! The only place where all rooms meet.

use std::io;

use super::args::{Color, Format};
use super::output::{self, complain};
use super::plan::Plan;
use super::progress::Progress;
use super::{exit, hint};
use crate::connection::Connector;
use crate::database::Recording;
use crate::identify::{Answer, Mask, Matcher, Observations, Policy};
use crate::observation::Observation;
use crate::probe::ProbeId;
use crate::report::{Finding, Human, Json, JsonLines, Reached, Reporter, TargetReport};
use crate::scan::{Scan, ask_again, scan, scan_adaptive};
use crate::target::Target;

/// Runs a plan; the exit code.
pub(super) fn run(plan: &Plan) -> u8 {
    choose_colors(plan.color);
    output::tell_dropped(&plan.database);
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(run_all(plan));
            // A look-up of the system's that has no end must not keep a process that has said all.
            runtime.shutdown_background();
            code
        }
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
    let mut reporter = reporter(plan.format);
    for target in &plan.targets {
        let report = run_one(plan, &matcher, target).await;
        code = code.max(exit_code(plan, &report));
        let printed = match &plan.recording {
            Some(server) => server.print(&report),
            None => output::print(reporter.target(&report).as_bytes()),
        };
        if let Err(error) = printed {
            return cannot_write(&error);
        }
    }
    if plan.recording.is_none()
        && let Err(error) = output::print(reporter.finish().as_bytes())
    {
        return cannot_write(&error);
    }
    code
}

fn reporter(format: Format) -> Box<dyn Reporter> {
    match format {
        Format::Human => Box::new(Human),
        Format::Json => Box::<Json>::default(),
        Format::Jsonl => Box::new(JsonLines),
    }
}

fn cannot_write(error: &io::Error) -> u8 {
    complain(&format!("cannot write the result: {error}"), exit::INTERNAL)
}

async fn run_one(plan: &Plan, matcher: &Matcher<'_>, target: &Target) -> TargetReport {
    let progress = Progress::new(plan, &target.without_query_values());
    let connector = match Connector::new(target, &plan.connect) {
        Ok(connector) => connector,
        Err(error) => return TargetReport::new(target, Finding::Unreachable(hint::dial(&error, target))),
    };
    let options = plan.scan_options(target);
    let result = if plan.step_by_step {
        let next = |seen: &Observations| matcher.next(seen, &plan.probes, &Policy::default());
        scan_adaptive(&connector, &options, &progress, &next).await
    } else {
        scan(&connector, &options, &progress).await
    };
    let finding = match result {
        Err(error) => Finding::Unreachable(hint::dial(&error, target)),
        Ok(scan) if plan.recording.is_some() => recorded(scan),
        Ok(scan) if !scan.is_websocket() => {
            // A 101 that is no WebSocket is no refusal either.
            let refused = !scan.baseline.reply.is_upgrade();
            let answer = if refused { matcher.identify_refused(&scan.observations) } else { Answer::none() };
            Finding::NotWebSocket(Box::new(reached(plan, matcher, scan, answer, &[])))
        }
        Ok(mut scan) => {
            // Of one that says nothing, what its handshakes told is judged, and that is no identification.
            let repeats = plan.repeats && !scan.is_cut_short() && scan.has_spoken();
            let probes = if repeats { matcher.to_ask_again(&scan.observations) } else { Vec::new() };
            let again = ask_again(&connector, &options, &progress, &mut scan, &probes).await;
            // What was asked again may have shown what is drawn anew for each answer.
            let answer = matcher.identify(&scan.observations, Mask::default());
            Finding::WebSocket(Box::new(reached(plan, matcher, scan, answer, &again)))
        }
    };
    progress.finish();
    TargetReport::new(target, finding).reached_by(connector.address(), connector.checks_certificate())
}

/// What a scan amounts to where it is to be recorded, and not judged.
fn recorded(scan: Scan) -> Finding {
    let open = scan.is_websocket();
    let (banners, contradictions) = (Vec::new(), Vec::new());
    let reached = Reached { scan, answer: Answer::none(), banners, contradictions, explanation: None, recording: None };
    if open { Finding::WebSocket(Box::new(reached)) } else { Finding::NotWebSocket(Box::new(reached)) }
}

fn reached(
    plan: &Plan,
    matcher: &Matcher<'_>,
    scan: Scan,
    answer: Answer,
    again: &[(ProbeId, Observation)],
) -> Reached {
    let contribute = scan.is_websocket()
        && !scan.is_cut_short()
        && answer.is_unknown()
        && scan.has_spoken()
        && scan.closed_at_once().is_none();
    Reached {
        banners: matcher.banners(&scan.observations, &answer),
        contradictions: matcher.contradictions(&scan.observations, again, &answer),
        explanation: plan.explain.then(|| matcher.explain(&scan.observations)).flatten(),
        recording: contribute
            .then(|| Recording::of_runs("unknown", "unknown", std::slice::from_ref(&scan.observations))),
        scan,
        answer,
    }
}

fn exit_code(plan: &Plan, report: &TargetReport) -> u8 {
    match &report.finding {
        Finding::Unreachable(_) | Finding::NotWebSocket(_) => exit::NO_WEBSOCKET,
        // A recording is of a server that the user knows, whatever the database thinks of it.
        Finding::WebSocket(reached) if plan.recording.is_some() => {
            if reached.scan.stop.is_none() {
                exit::IDENTIFIED
            } else {
                exit::NO_WEBSOCKET
            }
        }
        Finding::WebSocket(reached) if reached.is_identified() => exit::IDENTIFIED,
        Finding::WebSocket(_) => exit::NOT_IDENTIFIED,
    }
}
