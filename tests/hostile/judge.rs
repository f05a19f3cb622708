//! What must hold for every kind, and what holds for one.

use super::kind::{INTERNAL, Kind, Sink};
use super::run::Run;

/// The most memory that a run may have resident.
pub const PEAK_KIB: u64 = 40 * 1024;

/// The most that is received of a target, and of a connection beyond what it is cut at: what was on its way.
const RECEIVED: u64 = 64 << 20;
const ON_ITS_WAY: u64 = 1 << 20;

/// What is told after a signal, and how many connections may have been under way.
const SECONDS_AFTER_SIGNAL: f64 = 5.0;
const UNDER_WAY: usize = 8;

/// Everything that does not hold.
pub fn judge(kind: &Kind, run: &Run) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |wrong: bool, what: String| {
        if wrong {
            faults.push(what);
        }
    };
    let (out, err) = (text(kind, &run.out), text(kind, &run.err));
    let expect = &kind.expect;
    fault(run.killed, "it does not end".to_owned());
    fault(!run.killed && !expect.exits.contains(&run.code), format!("exit {} for {:?}", run.code, expect.exits));
    fault(run.peak_kib > PEAK_KIB && !run.peak_is_a_bound, format!("{} MiB resident", run.peak_kib / 1024));
    fault(run.peak_kib == 0, "its memory was not measured".to_owned());
    fault(run.seconds > expect.seconds, format!("{:.1} s for {:.0}", run.seconds, expect.seconds));
    let accepted = run.counts.accepted;
    fault(accepted > expect.connections, format!("{accepted} connections for {}", expect.connections));
    let received = RECEIVED + accepted as u64 * ON_ITS_WAY;
    fault(run.counts.said > received, format!("{} MB received", run.counts.said / 1_000_000));
    let printed = run.printed;
    fault(printed > expect.output, format!("{printed} bytes of output for {}", expect.output));
    fault(run.code == 101 || err.contains("panicked"), "it panicked".to_owned());
    fault(run.code == INTERNAL && !err.contains("error:"), "exit 4 without a word".to_owned());
    for bytes in [&run.out, &run.err] {
        // What is far too long was not read to its end.
        fault(run.printed < 1 << 19 && std::str::from_utf8(bytes).is_err(), "an output is not UTF-8".to_owned());
    }
    for printed in [&out, &err] {
        if let Some(near) = harmful(printed) {
            fault(true, format!("a control character: {near}"));
        }
    }
    let all = (out.clone() + &err).to_lowercase();
    for words in &expect.says {
        fault(!words.split('|').any(|words| all.contains(words)), format!("does not say {words:?}"));
    }
    for words in &expect.never {
        fault(all.contains(words), format!("says {words:?}"));
    }
    if let Some((connections, seconds)) = run.after_signal {
        fault(connections > UNDER_WAY, format!("{connections} connections after the signal"));
        fault(seconds > SECONDS_AFTER_SIGNAL, format!("{seconds:.1} s until it heeds the signal"));
    } else {
        fault(kind.interrupt.is_some(), "it ended before the signal".to_owned());
    }
    if let Some(wrong) = kind.check.and_then(|check| check(run)) {
        fault(true, wrong);
    }
    if let Some(wrong) = json(kind, run, &out) {
        fault(true, wrong);
    }
    faults
}

/// An output as text, without the colours and the moves of the cursor where they are wanted.
fn text(kind: &Kind, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    if kind.is_coloured() { without_colours(&text) } else { text }
}

/// A text without control sequences of those final bytes that a report or a line of progress may have.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split("\u{1b}[");
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit() || ";?".contains(letter));
        match rest.strip_prefix(['m', 'K', 'A', 'B', 'G', 'h', 'l']) {
            Some(rest) => plain.push_str(rest),
            None => plain.push_str(&format!("\u{1b}[{part}")),
        }
    }
    plain.replace('\r', "")
}

/// What surrounds the first character that would do something to a terminal.
fn harmful(text: &str) -> Option<String> {
    let harmful = |letter: char| {
        letter.is_control() && letter != '\n'
            || matches!(letter, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let at = text.chars().position(harmful)?;
    Some(format!("{:?}", text.chars().skip(at.saturating_sub(30)).take(60).collect::<String>()))
}

/// What is wrong with the JSON that was asked for.
fn json(kind: &Kind, run: &Run, out: &str) -> Option<String> {
    let asked = |format: &str| kind.arguments.windows(2).any(|two| two == ["--format", format]);
    let cut_short = kind.interrupt.as_ref().is_some_and(|interrupt| interrupt.signals.len() > 1);
    let whole = !cut_short
        && kind.sink == Sink::File
        && kind.shell.is_none_or(|shell| !shell.contains('>'))
        && run.code != 2
        && run.printed == run.out.len() + run.err.len();
    let parse = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).err();
    let wrong = match (asked("json"), asked("jsonl")) {
        (true, _) if whole => parse(out),
        (_, true) if whole => out.lines().find_map(parse),
        _ => None,
    };
    wrong.map(|error| format!("no valid JSON: {error}"))
}
