//! The only place where all rooms meet.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use futures_util::FutureExt as _;

use super::args::{Color, Format};
use super::ending::Ending;
use super::output::{self, Printed, cannot_write, complain, tell, warn};
use super::plan::Plan;
use super::progress::Progress;
use super::targets::Targets;
use super::{exit, hint, listen};
use crate::connection::Connector;
use crate::database::Recording;
use crate::identify::{Answer, Mask, Matcher, Observations, Policy};
use crate::observation::Observation;
use crate::probe::ProbeId;
use crate::report::{Finding, Human, Json, JsonLines, Reached, Reporter, TargetReport, Totals};
use crate::scan::{Scan, ask_again, scan, scan_adaptive};
use crate::target::Target;

/// Stack of the thread that does the work, as large as that of a main thread.
const STACK: usize = 8 << 20;

/// Runs a plan; the exit code. The work is done on a thread of its own, so that a second signal ends it whatever it waits for.
pub(super) fn run(plan: Plan) -> u8 {
    choose_colors(plan.color);
    output::tell_dropped(&plan.database);
    tell_skipped(&plan.targets);
    let (send, codes) = mpsc::channel();
    let work = move || {
        let ending = Ending::new(send.clone());
        let code = catch_unwind(AssertUnwindSafe(|| on_runtime(&plan, &ending))).unwrap_or(exit::INTERNAL);
        // Nobody waits for it after a second signal.
        let _ = send.send(code);
    };
    match std::thread::Builder::new().stack_size(STACK).spawn(work) {
        Ok(_) => codes.recv().unwrap_or(exit::INTERNAL),
        Err(error) => cannot_start(&error),
    }
}

fn on_runtime(plan: &Plan, ending: &Ending) -> u8 {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(run_all(plan, ending));
            // A name that is still being looked up must not hold up the end.
            runtime.shutdown_background();
            code
        }
        Err(error) => cannot_start(&error),
    }
}

fn cannot_start(error: &io::Error) -> u8 {
    complain(&format!("cannot start: {error}"), exit::INTERNAL)
}

fn tell_skipped(targets: &Targets) {
    targets.skipped.iter().for_each(|line| warn(line));
    match targets.skipped_lines {
        0 => {}
        1 => warn("1 line that is no target is left out"),
        lines => warn(&format!("{lines} lines that are no targets are left out")),
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

async fn run_all(plan: &Plan, ending: &Ending) -> u8 {
    listen::to_signals(ending);
    listen::to_reader(ending);
    let matcher = Matcher::new(&plan.database);
    let targets = &plan.targets.all;
    let (mut code, mut begun, mut printed) = (exit::IDENTIFIED, 0, 0);
    let mut reporter = reporter(plan.format);
    for target in targets {
        if ending.is_near() {
            break;
        }
        begun += 1;
        let Some(report) = unpanicked(run_one(plan, &matcher, ending, target)).await else {
            let target = target.without_query_values();
            code = complain(&format!("a fault in stews ended the scan of {target}; please report it"), exit::INTERNAL);
            continue;
        };
        match print_one(plan, ending, reporter.as_mut(), &report) {
            Ok(Printed::Whole) => code = code.max(exit_code(plan, &report)),
            // What nobody has read is no result.
            Ok(Printed::ReaderGone) => return ending.signal().unwrap_or(code),
            Err(error) => return cannot_write(&error),
        }
        printed += 1;
    }
    tell_left(ending, targets.len() - begun);
    let totals = Totals { not_looked_at: targets.len() - printed, skipped_lines: plan.targets.skipped_lines };
    if plan.recording.is_none()
        && let Err(error) = output::print(reporter.finish(&totals).as_bytes())
    {
        return cannot_write(&error);
    }
    ending.signal().unwrap_or(code)
}

/// What a scan came to, unless it met with a fault of ours, which must not take what others came to with it.
async fn unpanicked<T>(scan: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(scan).catch_unwind().await.ok()
}

fn print_one(plan: &Plan, ending: &Ending, reporter: &mut dyn Reporter, report: &TargetReport) -> io::Result<Printed> {
    if ending.reader_is_gone() {
        return Ok(Printed::ReaderGone);
    }
    match &plan.recording {
        Some(server) => server.print(report),
        None => output::print(reporter.target(report).as_bytes()),
    }
}

/// What the user is told of targets that were not begun.
fn tell_left(ending: &Ending, left: usize) {
    match left {
        0 => {}
        _ if ending.signal().is_none() => {}
        1 => tell("interrupted", "1 target was not looked at"),
        _ => tell("interrupted", &format!("{left} targets were not looked at")),
    }
}

fn reporter(format: Format) -> Box<dyn Reporter> {
    match format {
        Format::Human => Box::new(Human),
        Format::Json => Box::<Json>::default(),
        Format::Jsonl => Box::new(JsonLines),
    }
}

async fn run_one(plan: &Plan, matcher: &Matcher<'_>, ending: &Ending, target: &Target) -> TargetReport {
    let progress = Progress::new(plan, &target.without_query_values());
    let connector = match Connector::new(target, &plan.connect) {
        Ok(connector) => connector,
        Err(error) => return TargetReport::new(target, Finding::Unreachable(hint::dial(&error, target))),
    };
    let mut options = plan.scan_options(target);
    options.interrupt = ending.interrupt();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fault_of_ours_takes_nothing_else_with_it() {
        assert_eq!(unpanicked(async { 1 }).await, Some(1));
        assert_eq!(
            unpanicked(async {
                if exit::INTERNAL > 0 {
                    panic!("a fault")
                }
            })
            .await,
            None
        );
    }
}
