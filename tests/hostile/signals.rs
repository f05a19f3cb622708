//! Signals, and readers that go.

use rustix::process::Signal;

use super::kind::{Kind, Sink};
use super::run::Run;
use super::script::{Echo, Step, echo};

pub fn kinds() -> Vec<Kind> {
    [interrupts(), twice(), readers()].concat()
}

/// Nine targets, one after the other, each of which takes a while.
fn many(name: impl Into<String>) -> Kind {
    let late = Echo { late: 60, ..Echo::default() };
    let list = (0..9).map(|number| format!("{{url}}{number}\n")).collect::<String>();
    Kind::server(name, vec![Step::Echo(late)])
        .text("list", list)
        .with("-f list --concurrency 1")
        .target("")
        .connections(9 * 30)
        .output(1 << 20)
}

/// What is confirmed is printed in every format, and nothing more is sent.
fn interrupts() -> Vec<Kind> {
    let signals = [("SIGINT", Signal::INT, 130), ("SIGTERM", Signal::TERM, 143), ("SIGHUP", Signal::HUP, 129)];
    let mut all = Vec::new();
    for (name, signal, code) in signals {
        for format in ["human", "json", "jsonl"] {
            let kind = many(format!("{name} in the second of nine")).with(&format!("--format {format}"));
            all.push(kind.interrupted(&[signal], 33).exits(&[code]).check(has_a_result));
        }
        let recorded = Kind::server(format!("{name} while recording"), vec![echo()]).with("-g");
        all.push(recorded.interrupted(&[signal], 60).exits(&[code]).check(has_a_result));
        let first = Kind::server(format!("{name} before the first answer"), vec![Step::Hold]).only("--timeout 20");
        all.push(first.interrupted(&[signal], 1).exits(&[code]));
    }
    let thorough = Kind::server("SIGINT half way", vec![echo()]).with("--thorough --connections 2 --format json");
    all.push(thorough.interrupted(&[Signal::INT], 60).exits(&[130]).check(has_a_result));
    all
}

fn has_a_result(run: &Run) -> Option<String> {
    run.out.is_empty().then(|| "what was measured is lost".to_owned())
}

/// A second signal ends at once.
fn twice() -> Vec<Kind> {
    let kind = Kind::server("SIGINT twice", vec![Step::Hold]).only("--timeout 20");
    let many = many("SIGINT twice in a list").with("--format json");
    vec![
        kind.interrupted(&[Signal::INT, Signal::INT], 1).exits(&[130, -2]),
        many.interrupted(&[Signal::INT, Signal::TERM], 33).exits(&[130, 143, -2, -15]),
    ]
}

/// The reader of the result goes, and nothing more is sent.
fn readers() -> Vec<Kind> {
    let gone = |kind: Kind, lines, most| kind.into_a(Sink::Gone { lines }).exits(&[0, 1, 4, -13]).connections(most);
    let bare = |name, arguments: &str| {
        Kind::new(name).only(arguments).target("").into_a(Sink::Gone { lines: 1 }).exits(&[0, 4, -13])
    };
    vec![
        gone(many("the reader goes after a line"), 1, 90),
        gone(many("the reader goes after a line, jsonl").with("--format jsonl"), 1, 90),
        gone(many("nobody ever reads"), 0, 60),
        gone(many("nobody ever reads, jsonl").with("--format jsonl"), 0, 60),
        bare("the reader of probes goes", "probes"),
        bare("the reader of db list goes", "db list"),
        bare("the reader of --help goes", "--help"),
        bare("the reader of completions goes", "completions zsh"),
    ]
}
