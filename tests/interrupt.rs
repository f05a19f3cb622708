//! Runs that end before they are done: signals, readers that have gone away, and output that gets nowhere.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use server::{Manner, Server};
use stews::database::Recording;

/// Nothing here takes that long, on the slowest of machines.
const LONG: Duration = Duration::from_secs(60);

/// In front of another server, to which it passes the first connections; it takes the others and says nothing.
struct Stalling {
    port: u16,
    taken: Arc<AtomicUsize>,
    passes: usize,
}

impl Stalling {
    fn start(server: &Server, passes: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (port, behind) = (listener.local_addr().unwrap().port(), server.port);
        let taken = Arc::new(AtomicUsize::new(0));
        let count = taken.clone();
        thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming().flatten() {
                if count.fetch_add(1, Ordering::SeqCst) < passes {
                    let other = TcpStream::connect((Ipv4Addr::LOCALHOST, behind)).unwrap();
                    pass(stream.try_clone().unwrap(), other.try_clone().unwrap());
                    pass(other, stream);
                } else {
                    held.push(stream);
                }
            }
        });
        Self { port, taken, passes }
    }

    fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }

    fn connections(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    /// Waits until there is a connection on which it says nothing.
    fn wait(&self) {
        until("a connection is held", || self.connections() > self.passes);
    }
}

/// Passes on what one side says, and that it ends.
fn pass(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        // A peer that goes away early is what several probes do.
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LONG, "it never came to pass that {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The tool under way.
struct Running {
    child: Child,
    out: Option<BufReader<ChildStdout>>,
    /// Reads what more it prints, so that it need not wait for that.
    rest: Option<thread::JoinHandle<String>>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_stews")).args(arguments))
    }

    fn of(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = child.stdout.take().map(BufReader::new);
        Self { child, out, rest: None }
    }

    /// Reads up to a line that holds this, and with it.
    fn read_to(&mut self, part: &str) -> String {
        let mut text = String::new();
        while !text.contains(part) {
            let read = self.out.as_mut().unwrap().read_line(&mut text).unwrap();
            assert!(read > 0, "no {part} in {text}");
        }
        text
    }

    /// Reads all that is printed from now on, while the test does something else.
    fn drain(&mut self) {
        let mut out = self.out.take().unwrap();
        self.rest = Some(thread::spawn(move || {
            let mut text = String::new();
            out.read_to_string(&mut text).unwrap();
            text
        }));
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Its exit code, and the rest of what it printed.
    fn end(mut self) -> (Option<i32>, String, String) {
        if self.out.is_some() {
            self.drain();
        }
        let out = self.rest.take().map(|rest| rest.join().unwrap()).unwrap_or_default();
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap().code(), out, err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, but where a test failed.
        let _ = self.child.kill();
    }
}

// Signals.

/// Two targets, and others that are never looked at: the first is done, the second is stalled, and then comes a signal.
fn interrupted(signal: &str, format: &str) -> (Option<i32>, String, String, String) {
    let server = Server::start(Manner::Strict);
    let stalling = Stalling::start(&server, 4);
    let (first, second) = (server.url(), stalling.url());
    let third = format!("{first}third");
    let one_by_one = ["--concurrency", "1", "--connections", "1", "--timeout", "120", "--format", format];
    let targets = [first.as_str(), &second, &third, "-u", "127.0.0.1:9"];
    let mut running = Running::start(&[&one_by_one[..], &targets].concat());
    let before = running.read_to(&first);
    running.drain();
    stalling.wait();
    running.signal(signal);
    let (code, out, err) = running.end();
    assert!(!server.heads().iter().any(|head| head.starts_with("GET /third ")), "the third was looked at");
    assert_eq!(err, "interrupted: 2 targets were not looked at\n");
    (code, before + &out, first, second)
}

#[test]
fn a_signal_leaves_a_whole_document() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let (ended, out, first, second) = interrupted(signal, "json");
        assert_eq!(ended, Some(code), "{signal}");
        let document: Value = serde_json::from_str(&out).unwrap();
        let targets = document["targets"].as_array().unwrap();
        assert_eq!(targets.iter().map(|target| &target["target"]).collect::<Vec<_>>(), [&first[..], &second]);
        assert_eq!(document["not_looked_at"], 2);
        assert_eq!(targets[0]["run"]["stopped"], Value::Null);
        assert_eq!(targets[1]["run"]["stopped"]["why"], "interrupted");
        assert!(targets[1]["run"]["observations"].as_object().unwrap().contains_key("309"), "{out}");
    }
}

#[test]
fn a_signal_leaves_whole_lines_and_whole_words() {
    let (code, out, _, second) = interrupted("INT", "jsonl");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((code, lines.len(), lines[1]["target"].as_str()), (Some(130), 2, Some(&second[..])));
    let (code, out, _, second) = interrupted("TERM", "human");
    let rest = out.split(&second).nth(1).unwrap();
    assert!(code == Some(143) && rest.contains("the scan was interrupted"), "{out}");
    assert!(rest.contains("  cost ") && out.ends_with('\n'), "{out}");
}

/// Even where the first answer is still awaited.
#[test]
fn a_signal_before_anything_was_seen_is_told_as_such() {
    let server = Server::start(Manner::Strict);
    let stalling = Stalling::start(&server, 0);
    for (format, part) in [("human", "the scan was interrupted"), ("json", "\"not_identified\"")] {
        let held = stalling.connections();
        let running = Running::start(&["--timeout", "120", "--format", format, &stalling.url()]);
        until("it is connected to", || stalling.connections() > held);
        running.signal("INT");
        let (code, out, err) = running.end();
        assert_eq!((code, err.as_str()), (Some(130), ""));
        assert!(out.contains(part) && !out.contains("not a WebSocket"), "{out}");
    }
}

#[test]
fn a_signal_leaves_the_recording_so_far() {
    let server = Server::start(Manner::Strict);
    let stalling = Stalling::start(&server, 30);
    let running = Running::start(&["-g", "--connections", "1", "--timeout", "120", &stalling.url()]);
    stalling.wait();
    running.signal("INT");
    let (code, out, err) = running.end();
    assert_eq!(code, Some(130), "{err}");
    assert!(err.starts_with("warning: the recording is not complete: the scan was interrupted"), "{err}");
    let recording: Recording = serde_json::from_str(&out).unwrap();
    let recorded = recording.observations.len();
    assert!((5..30).contains(&recorded), "{recorded} probes");
}

/// Here nobody takes the trace off its hands, so that it is stuck.
#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Server::start(Manner::Strict);
    let mut running = Running::start(&["--thorough", "-v", "--timeout", "120", &server.url()]);
    until("it is stuck", || {
        let before = server.heads().len();
        thread::sleep(Duration::from_secs(1));
        before > 0 && server.heads().len() == before
    });
    running.signal("INT");
    thread::sleep(Duration::from_secs(1));
    assert_eq!(running.child.try_wait().unwrap(), None, "it was not stuck");
    running.signal("TERM");
    let start = Instant::now();
    let code = running.child.wait().unwrap().code();
    assert!(start.elapsed() < LONG);
    assert_eq!(code, Some(143));
}

#[test]
fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    let server = Server::start(Manner::Strict);
    let stalling = Stalling::start(&server, 0);
    let script = format!("trap '' HUP; exec {} --timeout 120 {}", env!("CARGO_BIN_EXE_stews"), stalling.url());
    let mut running = Running::of(Command::new("sh").args(["-c", &script]));
    stalling.wait();
    running.signal("HUP");
    thread::sleep(Duration::from_secs(1));
    assert_eq!(running.child.try_wait().unwrap(), None, "nohup would not hold it");
    running.signal("INT");
    assert_eq!(running.end().0, Some(130));
}

// Readers.

#[test]
fn a_reader_that_is_gone_ends_the_run() {
    for format in ["human", "json", "jsonl"] {
        let server = Server::start(Manner::Strict);
        let urls: Vec<String> = (0..8).map(|number| format!("{}{number}", server.url())).collect();
        let mut arguments = vec!["--concurrency", "1", "--format", format];
        arguments.extend(urls.iter().map(String::as_str));
        let mut running = Running::start(&arguments);
        running.read_to(&urls[0]);
        running.out = None;
        let (code, _, err) = running.end();
        // What was printed before counts.
        assert!(code.is_some_and(|code| code <= 1), "{format}: {code:?} {err}");
        assert_eq!(err, "", "{format}");
        let asked = |number: usize| server.heads().iter().any(|head| head.starts_with(&format!("GET /{number}")));
        assert!(asked(0) && (3..8).all(|number| !asked(number)), "{format}: probed for nobody");
    }
}

/// It need not come to a result that cannot be written.
#[cfg(target_os = "linux")]
#[test]
fn a_scan_under_way_ends_with_its_reader() {
    let server = Server::start(Manner::Strict);
    let stalling = Stalling::start(&server, 0);
    let mut running = Running::start(&["--concurrency", "1", "--timeout", "300", &stalling.url(), &server.url()]);
    stalling.wait();
    running.out = None;
    let (code, _, err) = running.end();
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(server.heads().is_empty(), "the second target was looked at");
}

// Output that gets nowhere.

/// Everything that prints something, whatever is asked for.
const PRINTING: [&[&str]; 10] = [
    &["--help"],
    &["-h"],
    &["help", "db"],
    &["--version"],
    &["probes"],
    &["probes", "203"],
    &["db", "list"],
    &["completions", "bash"],
    &["manpage"],
    &["-n", "127.0.0.1:1"],
];

/// Runs the tool with its standard output redirected as a shell does.
fn redirected(how: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let script = format!("exec \"$0\" \"$@\" {how}");
    let binary = env!("CARGO_BIN_EXE_stews");
    let output = Command::new("sh").args(["-c", &script, binary]).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn output_that_gets_nowhere_is_told_whatever_is_asked_for() {
    for (how, part) in [
        (">&-", "error: standard output is closed"),
        ("1</dev/null", "error: standard output is opened for reading alone"),
        #[cfg(target_os = "linux")]
        (">/dev/full", "error: cannot write to standard output: No space left on device"),
    ] {
        for arguments in PRINTING {
            let (code, err) = redirected(how, arguments);
            assert_eq!(code, Some(4), "{how} {arguments:?}: {err}");
            assert!(err.starts_with(part) && err.lines().count() == 1, "{how} {arguments:?}: {err}");
        }
    }
    // Nothing was to be printed there.
    assert_eq!(redirected(">&-", &["--nonsense"]).0, Some(2));
    for arguments in &PRINTING[..9] {
        assert_eq!(redirected(">/dev/null", arguments), (Some(0), String::new()), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_does_not_fit_is_told_and_ends_the_run() {
    let server = Server::start(Manner::Strict);
    let second = format!("{}second", server.url());
    let url = server.url();
    for arguments in [
        &["--concurrency", "1", url.as_str(), &second][..],
        &["--concurrency", "1", "--format", "json", &url, &second],
        &["--concurrency", "1", "--format", "jsonl", "--thorough", &url, &second],
        &["-g", &url],
    ] {
        let (code, err) = redirected(">/dev/full", arguments);
        assert_eq!(code, Some(4), "{err}");
        assert!(err.starts_with("error: cannot write to standard output: "), "{err}");
    }
    assert!(!server.heads().iter().any(|head| head.starts_with("GET /second ")), "it went on");
}
