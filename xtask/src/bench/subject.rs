//! The program that is measured.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::bench::measure::{self, Used};

/// Exit codes that say nothing of the targets: wrong usage, and a fault.
const FAULTS: [i32; 2] = [2, 4];

/// A build of `stews`, and which options it has: an older one may be measured too.
pub struct Stews {
    program: PathBuf,
    options: BTreeSet<String>,
}

/// What it is to do.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// A file of URLs.
    pub list: &'a Path,
    /// Whether WebSockets are to be found alone, and not identified.
    pub detect: bool,
    /// Targets at a time.
    pub concurrency: usize,
    /// The most time to wait for one answer.
    pub timeout: Duration,
}

/// What it said of one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The target's URL.
    pub target: String,
    /// Whether it is said to be a WebSocket.
    pub is_websocket: bool,
    /// Connections that were made to it, where that is told.
    pub connections: u64,
}

/// As much as is read of a line of JSON.
#[derive(Deserialize)]
struct Line {
    target: String,
    outcome: String,
    error: Option<String>,
    run: Option<Run>,
}

#[derive(Deserialize)]
struct Run {
    connections: u64,
}

impl Stews {
    /// One that knows what the program can do.
    pub fn new(program: &Path) -> Result<Self> {
        let help = Command::new(program).arg("--help").output();
        let help = help.with_context(|| format!("cannot run `{}`; name a stews by --stews", program.display()))?;
        ensure!(help.status.success(), "`{} --help` failed; is it a stews?", program.display());
        Ok(Self { program: program.to_owned(), options: options_of(&String::from_utf8_lossy(&help.stdout)) })
    }

    /// Whether it has an option.
    #[must_use]
    pub fn has(&self, option: &str) -> bool {
        self.options.contains(option)
    }

    /// Has it look at a list; what it took, and what it said, which is passed on target by target.
    pub fn run(&self, task: &Task<'_>, mut each: impl FnMut(Said)) -> Result<Used> {
        let folder = tempfile::tempdir()?;
        let (out, errors) = (folder.path().join("out.jsonl"), folder.path().join("errors"));
        let mut command = Command::new(&self.program);
        command.args(self.arguments(task, &out)).stdin(std::process::Stdio::null()).stderr(File::create(&errors)?);
        if !self.has("--output") {
            command.stdout(File::create(&out)?);
        }
        let used = measure::run(&mut command)?;
        if used.status.code().is_none_or(|code| FAULTS.contains(&code)) {
            let errors = std::fs::read_to_string(&errors).unwrap_or_default();
            bail!("`{}` failed ({}): {}", self.program.display(), used.status, errors.trim());
        }
        let lines = BufReader::new(File::open(&out).context("stews wrote no output")?).lines();
        for line in lines {
            each(said(&line?)?);
        }
        Ok(used)
    }

    fn arguments(&self, task: &Task<'_>, out: &Path) -> Vec<String> {
        let [list, out] = [task.list, out].map(|path| path.display().to_string());
        let (timeout, concurrency) = (task.timeout.as_secs_f64().to_string(), task.concurrency.to_string());
        let mut arguments = ["-n", "--format", "jsonl", "--timeout", &timeout, "-f", &list].map(str::to_owned).to_vec();
        let mut add = |option: &str, value: Option<String>| {
            arguments.push(option.to_owned());
            arguments.extend(value);
        };
        if task.detect {
            add("--detect", None);
        }
        if self.has("--concurrency") {
            add("--concurrency", Some(concurrency));
        }
        if self.has("--output") {
            add("--output", Some(out));
        }
        arguments
    }
}

/// The long options that a help text names.
fn options_of(help: &str) -> BTreeSet<String> {
    let words = help.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    words.filter(|word| word.starts_with("--") && word.len() > 2).map(str::to_owned).collect()
}

/// What a line says of a target.
fn said(line: &str) -> Result<Said> {
    let line: Line = serde_json::from_str(line).context("stews wrote a line that is no report of a target")?;
    let is_websocket = match line.outcome.as_str() {
        "identified" | "websocket" => true,
        // Of one of which nothing was seen it is told why.
        "not_identified" => line.error.is_none(),
        _ => false,
    };
    Ok(Said { target: line.target, is_websocket, connections: line.run.map_or(0, |run| run.connections) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stews(help: &str) -> Stews {
        Stews { program: PathBuf::from("stews"), options: options_of(help) }
    }

    #[test]
    fn no_option_is_given_that_the_program_does_not_have() {
        let help = "  -f, --file <FILE>\n      --concurrency <N>  at a time\n      --output <FILE>";
        let task = Task { list: Path::new("l"), detect: true, concurrency: 9, timeout: Duration::from_millis(1500) };
        let common = ["-n", "--format", "jsonl", "--timeout", "1.5", "-f", "l"];
        let given = stews(help).arguments(&task, Path::new("o"));
        assert_eq!(given, [&common[..], &["--detect", "--concurrency", "9", "--output", "o"]].concat());
        let given = stews("-f").arguments(&Task { detect: false, ..task }, Path::new("o"));
        assert_eq!(given, common);
        assert!(stews("--detect").has("--detect") && !stews("--detector").has("--detect"));
    }

    #[test]
    fn a_line_tells_whether_there_is_a_websocket_and_what_it_took() {
        let of = |text: &str| said(text).map(|said| (said.is_websocket, said.connections));
        let cases = [
            (
                r#"{"schema":2,"target":"ws://127.1.0.1:1/","outcome":"identified","run":{"connections":12}}"#,
                (true, 12),
            ),
            (r#"{"target":"t","outcome":"not_identified","run":{"connections":3}}"#, (true, 3)),
            (r#"{"target":"t","outcome":"not_identified","error":"no time","run":{"connections":1}}"#, (false, 1)),
            (r#"{"target":"t","outcome":"websocket","status":101}"#, (true, 0)),
            (r#"{"target":"t","outcome":"not_websocket","run":{"connections":1}}"#, (false, 1)),
            (r#"{"target":"t","outcome":"unreachable","run":null}"#, (false, 0)),
        ];
        for (line, expected) in cases {
            assert_eq!(of(line).unwrap(), expected, "{line}");
        }
        assert!(of("{}").is_err() && of("").is_err());
    }
}
