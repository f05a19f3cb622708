//! Many targets at a time: where they come from, how they are looked at, and where results go.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use server::{Manner, Ran, Server, run, stews};
use tempfile::TempDir;

/// Nothing here takes that long, on the slowest of machines.
const LONG: Duration = Duration::from_secs(100);

/// Nobody pauses for the tests' own server.
const AT_ONCE: [&str; 2] = ["--host-delay", "0"];

fn closed_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn place(folder: &TempDir, name: &str) -> (PathBuf, String) {
    let path = folder.path().join(name);
    (path.clone(), path.to_str().unwrap().to_owned())
}

/// A list of so many targets on a server.
fn list(server: &Server, count: usize) -> String {
    (0..count).map(|number| format!("{}{number}\n", server.url())).collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// How often each target is told in JSON Lines.
fn counts(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        *counts.entry(json(line)["target"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LONG, "it never came to pass that {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn detect(arguments: &[&str]) -> Ran {
    run(stews(&["--detect"]).args(AT_ONCE).args(arguments))
}

// What is looked at.

#[test]
fn one_handshake_finds_a_websocket() {
    let server = Server::start(Manner::Strict);
    let refusing = Server::start(Manner::Says("HTTP/1.1 404 Not Found\r\nServer: x\r\nContent-Length: 0\r\n\r\n"));
    let nobody = format!("ws://127.0.0.1:{}/", closed_port());
    let ran = detect(&["--jsonl", "--ordered", &server.url(), &refusing.url(), &nobody]);
    let lines: Vec<Value> = ran.out.lines().map(json).collect();
    let told = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "one was found");
    assert_eq!(told("outcome"), ["websocket", "not_websocket", "unreachable"]);
    assert_eq!((&lines[0]["status"], &lines[1]["status"]), (&101.into(), &404.into()));
    assert_eq!((&lines[1]["server"], &lines[2]["error"]["kind"]), (&"x".into(), &"refused".into()));
    assert_eq!((server.heads().len(), refusing.heads().len()), (1, 1));
    assert!(server.frames().is_empty(), "more than a handshake was sent");
    assert_eq!(detect(&[&refusing.url()]).code, 3, "none was found");
}

#[test]
fn ports_and_paths_are_crossed_with_networks_and_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (Server::start(Manner::Strict), Server::start(Manner::Strict));
    let ports = format!("{},{}", one.port, other.port);
    let paths = file(&folder, "paths", "# ours\n/a\nb?c=d\n");
    let ran =
        detect(&["-n", "-p", &ports, &format!("--paths={paths}"), "127.0.0.1/32", "127.0.0.1-1", "127.0.0.1:1/x"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 5), "{}{}", ran.out, ran.err);
    for server in [&one, &other] {
        let mut asked: Vec<String> =
            server.heads().iter().map(|head| head.split(' ').nth(1).unwrap().to_owned()).collect();
        asked.sort_unstable();
        assert_eq!(asked, ["/a", "/b?c=d"]);
    }
    let ran = detect(&["-n", "--paths", "-p", &one.port.to_string(), "127.0.0.1"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(one.heads().iter().any(|head| head.starts_with("GET /socket.io/?EIO=4&transport=websocket ")));
}

#[test]
fn without_a_scheme_tls_is_tried_and_then_none() {
    let server = Server::start(Manner::Says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    let target = format!("127.0.0.1:{}/x", server.port);
    for more in [&["--detect"][..], &[]] {
        let ran = run(stews(&["--timeout", "1", "--jsonl", &target]).args(more));
        let line = json(&ran.out);
        assert_eq!((&line["target"], &line["input"]), (&format!("ws://{target}").into(), &target.clone().into()));
        assert_eq!(line["outcome"], "not_websocket", "{}", ran.out);
    }
    // Where nothing listens there is nothing to be tried otherwise.
    let nobody = format!("127.0.0.1:{}", closed_port());
    let line = json(&detect(&["--jsonl", &nobody]).out);
    assert_eq!((&line["target"], &line["error"]["kind"]), (&format!("wss://{nobody}/").into(), &"refused".into()));
}

#[test]
fn what_is_excluded_is_not_connected_to_however_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let named = format!("ws://localhost:{}/", server.port);
    for (excluded, targets) in [
        ("127.0.0.0/8\n::1\n", &[&named, &server.url()][..]),
        ("127.0.0.1\n::/0 # all of it\n", &[&named]),
        ("LOCALHOST.\n", &[&named]),
    ] {
        let excluded = file(&folder, "excluded", excluded);
        let ran = run(stews(&["--jsonl", "--exclude-file", &excluded]).args(targets));
        assert_eq!((ran.code, ran.out.as_str()), (0, ""));
        assert!(ran.err.starts_with("note: ") && ran.err.contains("--exclude-file"), "{}", ran.err);
    }
    assert!(server.heads().is_empty(), "it was connected to");
    let excluded = file(&folder, "excluded", "10.0.0.0/8\nlocalhost\n");
    assert_eq!(detect(&["--jsonl", "--exclude-file", &excluded, &named, &server.url()]).out.lines().count(), 1);
    let wrong = file(&folder, "wrong", "10.0.0.0/8\n\n10.0.0.0/99\n");
    let ran = detect(&["--exclude-file", &wrong, &server.url()]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("wrong, line 3: `10.0.0.0/99` is no host, address or network"), "{}", ran.err);
}

#[test]
fn standard_input_is_a_list_where_nothing_else_is_named() {
    let server = Server::start(Manner::Strict);
    let ran = run(stews(&["--detect", "--host-delay", "0"]).write_stdin(list(&server, 3)));
    assert_eq!((ran.code, ran.out.lines().count(), ran.err.as_str()), (0, 3, ""));
    assert!(
        ran.out.lines().all(|line| line.starts_with("ws://127.0.0.1:") && line.contains("  WebSocket: ")),
        "{}",
        ran.out
    );
    let nothing = run(stews(&["--detect"]).write_stdin(""));
    assert_eq!((nothing.code, nothing.out.as_str()), (2, ""));
    assert!(nothing.err.starts_with("error: no target given"), "{}", nothing.err);
}

#[test]
fn a_faulty_line_of_a_pipe_is_told_and_left_out() {
    let server = Server::start(Manner::Strict);
    let text = format!("{}a b\n{}", list(&server, 2), list(&server, 4));
    for (more, code) in [(&[][..], 2), (&["--skip-invalid"], 0)] {
        let ran =
            run(stews(&["--detect", "--json", "--host-delay", "0", "-f", "-"]).args(more).write_stdin(text.clone()));
        let document = json(&ran.out);
        assert_eq!((ran.code, document["targets"].as_array().unwrap().len()), (code, 4));
        assert_eq!((&document["skipped_lines"], &document["not_looked_at"]), (&1.into(), &0.into()));
        assert!(ran.err.contains("-, line 3: `a b` holds a space"), "{}", ran.err);
    }
}

// How it is told.

#[test]
fn a_list_is_a_line_a_target() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let nobody = format!("ws://127.0.0.1:{}/", closed_port());
    let name = file(&folder, "list", &format!("{}{nobody}\n", list(&server, 1)));
    let ran = run(&mut stews(&["--ordered", "-f", &name]));
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!((ran.code, lines.len(), ran.err.as_str()), (6, 2, ""), "{}", ran.out);
    assert!(lines[0].starts_with(&format!("{}0  ", server.url())) && lines[0].ends_with(" %"), "{}", lines[0]);
    assert!(lines[1].starts_with(&format!("{nobody}  not reached: connection refused")), "{}", lines[1]);
    let ran = run(&mut stews(&["--csv", "--ordered", "-f", &name]));
    let rows: Vec<&str> = ran.out.lines().collect();
    assert!(rows.len() == 3 && rows[0].starts_with("target,input,address,outcome,"), "{}", ran.out);
    assert!(
        rows[2].starts_with(&format!("{nobody},{nobody},,unreachable,")) && rows[2].contains(",refused,"),
        "{}",
        rows[2]
    );
}

#[test]
fn in_order_results_come_as_targets_were_named() {
    let slow = Server::start(Manner::SilentToStrangers);
    let server = Server::start(Manner::Strict);
    // The first is identified, which takes a while; the others are refused.
    let nobody = closed_port();
    let mut text = format!("{}first\n", slow.url());
    text.extend((0..50).map(|number| format!("ws://127.0.0.1:{nobody}/{number}\n")));
    text += &format!("{}last\n", server.url());
    let ran = run(stews(&["--jsonl", "--ordered", "--host-delay", "0", "--per-host", "20"]).write_stdin(text.clone()));
    let told: Vec<String> = ran.out.lines().map(|line| json(line)["target"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, text.lines().collect::<Vec<_>>());
}

#[test]
fn a_document_is_there_once_it_is_whole_and_lines_are_appended() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let (document, name) = place(&folder, "result.json");
    std::fs::write(&document, "what was there before").unwrap();
    let ran = detect(&["--json", "--output", &name, &server.url()]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    assert_eq!(json(&std::fs::read_to_string(&document).unwrap())["targets"][0]["outcome"], "websocket");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");
    for (format, lines) in [("jsonl", 2), ("csv", 3), ("line", 2)] {
        let (path, name) = place(&folder, format);
        for _ in 0..2 {
            assert_eq!(detect(&["--format", format, "--output", &name, &server.url()]).code, 0);
        }
        assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), lines, "{format}");
    }
}

// Runs that are gone on with.

/// Kills a run when it has written so many lines.
fn killed(mut child: Child, path: &PathBuf, lines: usize) {
    until("so many lines are written", || {
        std::fs::read(path).is_ok_and(|bytes| bytes.iter().filter(|byte| **byte == b'\n').count() >= lines)
    });
    // SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_run_that_was_killed_is_gone_on_with_and_nothing_is_lost_or_doubled() {
    const TARGETS: usize = 500;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let name = file(&folder, "list", &list(&server, TARGETS));
    let (path, output) = place(&folder, "out.jsonl");
    let arguments = ["--detect", "--host-delay", "0", "--per-host", "32", "-f", &name, "--resume", &output];
    for lines in [40, 200] {
        // Slowly, so that it is killed in the middle.
        let mut command = Command::new(env!("CARGO_BIN_EXE_stews"));
        let child = command.args(arguments).args(["--rate", "300"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        killed(child.unwrap(), &path, lines);
        // As if it had been killed in the middle of a line.
        let held = std::fs::read(&path).unwrap();
        assert!(held.iter().filter(|byte| **byte == b'\n').count() < TARGETS, "it was over");
        std::fs::write(&path, &held[..held.len() - 20]).unwrap();
    }
    let ran = run(&mut stews(&arguments));
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let counts = counts(&std::fs::read_to_string(&path).unwrap());
    assert_eq!(counts.len(), TARGETS);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    // Nothing is left to do.
    let before = server.heads().len();
    let ran = run(stews(&arguments).args(["--output", &output, "--stats"]));
    assert_eq!((ran.code, server.heads().len()), (0, before));
}

#[test]
fn another_file_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let name = file(&folder, "notes", "remember the milk");
    let ran = run(&mut stews(&["--resume", &name, &server.url()]));
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("line 1 is no result of stews in JSON Lines; name another file"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(folder.path().join("notes")).unwrap(), "remember the milk");
    assert!(server.heads().is_empty(), "something was sent");
}

#[test]
fn targets_that_differ_in_what_is_hidden_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let (path, output) = place(&folder, "out.jsonl");
    let url = |token: &str| format!("{}?token={token}", server.url());
    for tokens in [&["secret-1"][..], &["secret-1", "secret-2"]] {
        let urls: Vec<String> = tokens.iter().map(|token| url(token)).collect();
        assert_eq!(run(stews(&["--detect", "--resume", &output]).args(&urls)).code, 0);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() == tokens.len() && !text.contains("secret"), "{text}");
    }
    assert_eq!(server.heads().len(), 2);
}

// Limits.

#[cfg(unix)]
#[test]
fn an_interrupt_sums_up_and_leaves_a_whole_document() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let text: String = (0..300).map(|number| format!("ws://127.0.0.1:{port}/{number}\n")).collect();
    let name = file(&folder, "list", &text);
    let arguments = ["--json", "--stats", "--timeout", "100", "--host-delay", "0", "-f", &name];
    let mut command = Command::new(env!("CARGO_BIN_EXE_stews"));
    let child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // SIGTERM, since whoever runs tests in the background has SIGINT ignored. Four at a time, of which nobody hears anything.
    let held: Vec<_> = listener.incoming().take(4).collect();
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    drop(held);
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(143), "{err}");
    let document = json(&String::from_utf8(output.stdout).unwrap());
    let looked_at = document["targets"].as_array().unwrap().len();
    assert_eq!((looked_at, &document["not_looked_at"]), (4, &296.into()));
    assert!(err.starts_with("interrupted: 296 targets were not looked at\n"), "{err}");
    assert!(err.contains("done: 4 targets in ") && err.ends_with("; 4 interrupted\n"), "{err}");
}

#[cfg(unix)]
#[test]
fn few_open_files_are_fewer_targets_at_a_time() {
    let server = Server::start(Manner::Strict);
    let folder = tempfile::tempdir().unwrap();
    let name = file(&folder, "list", &list(&server, 60));
    let script = "ulimit -n 100; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_stews")])
        .args(["--detect", "--host-delay", "0", "--per-host", "200", "-f", &name])
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(out.lines().count() == 60 && out.lines().all(|line| line.contains("  WebSocket: ")), "{out}");
    assert_eq!(
        err,
        "note: 50 targets are looked at at a time, and not 256: 100 files may be open; raise `ulimit -n`\n"
    );
}

#[test]
fn no_more_targets_of_one_address_are_looked_at_than_wanted() {
    let server = Server::start(Manner::Strict);
    let text = list(&server, 40);
    let ran = run(stews(&["--detect", "--host-delay", "0", "--per-host", "2"]).write_stdin(text));
    assert_eq!((ran.code, ran.out.lines().count()), (0, 40));
    // The server sees the end of a connection late.
    assert!(server.most_open() <= 6, "{} at a time", server.most_open());
}
