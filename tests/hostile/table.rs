//! One line a kind.

use super::kind::Kind;
use super::run::Run;

/// A kind with its run and what did not hold.
pub struct Judged {
    pub kind: Kind,
    pub run: Run,
    pub faults: Vec<String>,
}

/// Prints all kinds, and the worst of them.
pub fn print(all: &[Judged]) {
    println!(
        "{:<10} {:<58} {:<34} {:>4} {:>5} {:>6} {:>6} {:>6} {:>7} {:>9} {:>7}  verdict",
        "group", "kind", "options", "exit", "conns", "s", "CPU s", "MiB", "sent", "received", "output"
    );
    for Judged { kind, run, faults } in all {
        let verdict = if faults.is_empty() { "holds".to_owned() } else { format!("FAILS: {}", faults.join("; ")) };
        println!(
            "{:<10} {:<58} {:<34} {:>4} {:>5} {:>6.1} {:>6.2} {:>6.1} {:>7} {:>9} {:>7}  {verdict}",
            kind.group,
            cut(&kind.name, 58),
            cut(&kind.options(), 34),
            run.code,
            run.counts.accepted,
            run.seconds,
            run.cpu,
            mib(run),
            run.counts.heard,
            run.counts.said,
            run.printed,
        );
    }
    worst(all, "peak memory", mib, "MiB");
    worst(all, "time", |run| run.seconds, "s");
    worst(all, "CPU", |run| run.cpu, "s");
    worst(all, "connections", |run| run.counts.accepted as f64, "");
    worst(all, "output", |run| run.printed as f64, "B");
}

fn worst(all: &[Judged], what: &str, measure: impl Fn(&Run) -> f64, unit: &str) {
    if let Some(judged) = all.iter().max_by(|one, other| measure(&one.run).total_cmp(&measure(&other.run))) {
        let kind = &judged.kind;
        println!("worst {what}: {:.1} {unit} ({} {})", measure(&judged.run), kind.name, kind.options());
    }
}

/// In MiB; nothing where no more than a bound is known.
fn mib(run: &Run) -> f64 {
    if run.peak_is_a_bound { 0.0 } else { run.peak_kib as f64 / 1024.0 }
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}
