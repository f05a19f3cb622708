//! The whole command: what is typed, what is printed where, and the exit code.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use server::{Manner, Ran, Server, run, stews};
use stews::database::{Database, Recording, Releases, derive};
use stews::probe::{ALL, Probe, ProbeId, Risk};
use tempfile::TempDir;

/// A port where nothing listens.
fn closed_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Without what differs from run to run: the port and the line on what it cost.
fn redact(text: &str, server: &Server) -> String {
    let text = text.replace(&format!(":{}", server.port), ":[port]");
    let lines = text.lines().map(|line| {
        let cost = line.trim_start().starts_with("cost ");
        if cost { "  cost       [connections, bytes, seconds]".to_owned() } else { without_calibrated(line) }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line without the numbers that every calibration changes: probabilities and bits.
fn without_calibrated(line: &str) -> String {
    let mut words: Vec<&str> = line.split(' ').collect();
    for place in 1..words.len() {
        let unit = words[place].trim_end_matches([')', ',', '.']);
        let number = words[place - 1].trim_start_matches(['(', '+', '-']);
        if matches!(unit, "%" | "bits") && number.parse::<f64>().is_ok() {
            words[place - 1] = if words[place - 1].starts_with('(') { "([calibrated]" } else { "[calibrated]" };
        }
    }
    words.join(" ")
}

/// Without measured numbers and those that every calibration changes; every other number is rounded, since the last digits are the platform's.
fn redact_json(value: &mut Value) {
    const CALIBRATED: &[&str] = &["probability", "engine_probability", "unknown", "bits"];
    const MEASURED: &[&str] = &["round_trip_ms", "elapsed_ms", "connections", "bytes_sent", "bytes_received"];
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if MEASURED.contains(&name.as_str()) {
                    assert!(value.is_number(), "{name}: {value}");
                    *value = json!("[measured]");
                } else if name == "time" {
                    *value = json!("[time]");
                } else if name == "tool" {
                    value["database"] = json!("[database]");
                    value["probe_set"] = json!("[probe set]");
                } else if name == "headline" {
                    *value = json!(without_calibrated(value.as_str().unwrap()));
                } else if CALIBRATED.contains(&name.as_str()) && value.is_number() {
                    *value = json!("[calibrated]");
                } else {
                    redact_json(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(redact_json),
        Value::Number(number) if number.is_f64() => {
            *value = json!((number.as_f64().unwrap() * 1e4).round() / 1e4);
        }
        _ => {}
    }
}

fn read_json(text: &str, server: &Server) -> Value {
    let mut value = serde_json::from_str(&text.replace(&format!(":{}", server.port), ":[port]")).unwrap();
    redact_json(&mut value);
    value
}

/// Records a server with `-g`.
fn record(server: &Server, series: &[&str], product: &str, version: &str) -> Recording {
    let url = server.url();
    let names = ["-g", "--product", product, "--product-version", version, &url];
    let ran = run(&mut stews(&[series, &names].concat()));
    assert!(ran.err.is_empty(), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// A database file that knows the strict server as `ws` 1.2.3 and the other one as `tornado` 4.5.6.
fn database(series: &[&str]) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("database.json");
    let (strict, other) = (Server::start(Manner::Strict), Server::start(Manner::Other));
    let known = [record(&strict, series, "ws", "1.2.3"), record(&other, series, "tornado", "4.5.6")];
    std::fs::write(&path, derive(&known, &[]).to_text()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn chosen(wanted: impl Fn(&Probe) -> bool) -> Vec<String> {
    ALL.iter().filter(|probe| wanted(probe)).map(|probe| probe.id.to_string()).collect()
}

// Help, listings, scripts: nothing is sent.

#[test]
fn short_and_long_help() {
    for (name, flag) in [("help_short", "-h"), ("help_long", "--help")] {
        let ran = run(&mut stews(&[flag]));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        insta::assert_snapshot!(name, ran.out);
    }
}

#[test]
fn the_version() {
    for option in ["--version", "-V"] {
        let ran = run(&mut stews(&[option]));
        let lines: Vec<&str> = ran.out.lines().collect();
        assert_eq!((ran.code, lines[0]), (0, concat!("stews ", env!("CARGO_PKG_VERSION"))));
        let set = format!("{}: {} probes", stews::probe::set_hash(), ALL.len());
        assert!(lines.iter().any(|line| line.ends_with(&set)), "{}", ran.out);
    }
}

#[test]
fn the_list_of_probes() {
    let ran = run(&mut stews(&["probes"]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let listed: Vec<&str> = ran.out.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(listed, chosen(|_| true));
    insta::assert_snapshot!("probes", ran.out);
}

#[test]
fn one_probe_is_explained() {
    let ran = run(&mut stews(&["probes", "203"]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    // The key is drawn anew for each connection.
    let key = ran.out.split("Sec-WebSocket-Key: ").nth(1).and_then(|rest| rest.split('\\').next()).unwrap();
    insta::assert_snapshot!("probes_203", ran.out.replace(key, "[key]"));
}

#[test]
fn every_probe_can_be_explained() {
    for id in chosen(|_| true) {
        let ran = run(&mut stews(&["probes", &id]));
        assert!(ran.code == 0 && ran.out.starts_with(&format!("Probe {id}: ")), "{id}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn completions_and_the_manual_page() {
    let bash = run(&mut stews(&["completions", "bash"]));
    assert!(bash.code == 0 && bash.out.contains("complete -F _stews"), "{}", bash.out);
    assert!(bash.out.contains("--generate-fingerprint"));
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        let ran = run(&mut stews(&["completions", shell]));
        assert!(ran.code == 0 && ran.out.contains("generate-fingerprint"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    let all = run(&mut stews(&["manpage", "--all", folder.path().to_str().unwrap()]));
    assert_eq!((all.code, all.out.as_str()), (0, ""), "{}", all.err);
    for page in ["stews.1", "stews-db.1", "stews-db-show.1", "stews-probes.1"] {
        let text = std::fs::read_to_string(folder.path().join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
    let manual = run(&mut stews(&["manpage"]));
    assert!(manual.code == 0 && manual.out.contains(".TH stews 1"), "{}", manual.out);
    assert!(manual.out.contains("\\-\\-nocert") && manual.out.contains("Exit codes"), "{}", manual.out);
}

// What comes of a target: text, JSON, exit codes.

#[test]
fn identified_is_0() {
    let (_folder, db) = database(&["-2"]);
    let server = Server::start(Manner::Strict);
    let ran = run(&mut stews(&["-2", "--db", &db, &server.url()]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    insta::assert_snapshot!("human_identified", redact(&ran.out, &server));
}

#[test]
fn identified_as_json() {
    let (_folder, db) = database(&["-2"]);
    let server = Server::start(Manner::Strict);
    let ran = run(&mut stews(&["-2", "--db", &db, "--format", "json", &server.url()]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    insta::assert_json_snapshot!("json_identified", read_json(&ran.out, &server));
}

#[test]
fn json_lines_say_what_the_document_says() {
    let (_folder, db) = database(&["-2"]);
    let server = Server::start(Manner::Strict);
    let nobody = format!("ws://127.0.0.1:{}/", closed_port());
    let ran = run(&mut stews(&["-2", "--db", &db, "--ordered", "--format", "jsonl", &server.url(), &nobody]));
    assert_eq!(ran.code, 6, "{}{}", ran.out, ran.err);
    let lines: Vec<Value> = ran.out.lines().map(|line| read_json(line, &server)).collect();
    assert_eq!(lines.len(), 2, "{}", ran.out);
    assert_eq!(lines[1]["outcome"], "unreachable");
    let document = run(&mut stews(&["-2", "--db", &db, "--format", "json", &server.url()]));
    assert_eq!(lines[0], read_json(&document.out, &server)["targets"][0]);
}

#[test]
fn the_whole_default_set_identifies() {
    let (_folder, db) = database(&[]);
    for (manner, product) in [(Manner::Strict, "ws"), (Manner::Other, "tornado")] {
        let server = Server::start(manner);
        let ran = run(&mut stews(&["--thorough", "--db", &db, "--format", "json", &server.url()]));
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let report = read_json(&ran.out, &server);
        assert_eq!(report["targets"][0]["candidates"][0]["product"], product);
        assert_eq!(report["targets"][0]["run"]["failures"], json!({}));
    }
}

#[test]
fn not_identified_is_1() {
    let folder = tempfile::tempdir().unwrap();
    let db = file(&folder, "empty.json", &derive(&[], &[]).to_text());
    let server = Server::start(Manner::Strict);
    let ran = run(&mut stews(&["-2", "--db", &db, &server.url()]));
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!("human_nothing_to_compare", redact(&ran.out, &server));
    let json = run(&mut stews(&["-2", "--db", &db, "--format", "json", &server.url()]));
    assert_eq!(json.code, 1);
    assert_eq!(read_json(&json.out, &server)["targets"][0]["outcome"], "not_identified");
}

#[test]
fn an_explanation_says_what_speaks_for_and_against_and_what_would_turn_the_answer() {
    let (_folder, db) = database(&["-2"]);
    let server = Server::start(Manner::Strict);
    let ran = run(&mut stews(&["-2", "--explain", "--db", &db, &server.url()]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    for words in [
        "Why ws (Node.js) 1.2.3 rather than Tornado 4.5.6:",
        "For it (",
        "it closed with 1002 \"that is not legal\", then hung up",
        "Tornado 4.5.6 closed with 1007, then hung up",
        "Against it (0.0 bits): nothing of weight",
        "The answer would",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let json = run(&mut stews(&["-2", "--explain", "--db", &db, "--format", "json", &server.url()]));
    let explanation = &read_json(&json.out, &server)["targets"][0]["explanation"];
    assert_eq!(explanation["second"]["product"], "tornado");
    assert_eq!(explanation["probes"][1]["words"], "closed with 1002 \"that is not legal\", then hung up");
}

#[test]
fn two_back_ends_that_take_turns_are_found_out() {
    let (_folder, db) = database(&[]);
    for more in [&["--thorough"][..], &[]] {
        let server = Server::start(Manner::Turns);
        let ran = run(&mut stews(&[more, &["--db", &db, "--connections", "1", &server.url()]].concat()));
        assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{}", ran.out);
        assert!(ran.out.contains("not identified: asked again, it answers otherwise"), "{}", ran.out);
        let json =
            run(&mut stews(&[more, &["--db", &db, "--connections", "1", "--format", "json", &server.url()]].concat()));
        let target = &read_json(&json.out, &server)["targets"][0];
        assert_eq!(target["outcome"], "not_identified");
        assert_ne!(target["contradictions"][0]["first"], target["contradictions"][0]["again"]);
    }
}

#[test]
fn a_refusal_is_traced_to_who_refuses_so() {
    let (_folder, db) = database(&[]);
    let server = Server::start(Manner::Says("HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nno\n"));
    let ran = run(&mut stews(&["--db", &db, &server.url()]));
    assert_eq!((ran.code, ran.err.as_str()), (3, ""), "{}", ran.out);
    assert!(ran.out.contains("  perhaps    ws (Node.js) "), "{}", ran.out);
    assert!(ran.out.contains("by one refusal, given 5 times, alone"), "{}", ran.out);
    let json = run(&mut stews(&["--db", &db, "--format", "json", &server.url()]));
    let target = &read_json(&json.out, &server)["targets"][0];
    assert_eq!((&target["outcome"], &target["candidates"][0]["product"]), (&json!("not_websocket"), &json!("ws")));
}

#[test]
fn an_unlike_server_is_not_identified() {
    let folder = tempfile::tempdir().unwrap();
    let other = Server::start(Manner::Other);
    let db = file(&folder, "db.json", &derive(&[record(&other, &["-2", "-3"], "tornado", "4.5.6")], &[]).to_text());
    let server = Server::start(Manner::Strict);
    let path = folder.path().join("it.json");
    let to = path.to_str().unwrap();
    let ran = run(&mut stews(&["-2", "-3", "--db", &db, "--recording", to, &server.url()]));
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("  unknown WebSocket server  ") && ran.out.contains("CONTRIBUTING.md"), "{}", ran.out);
    assert!(ran.err.starts_with("note: what was observed is in `") && ran.err.lines().count() == 1, "{}", ran.err);
    let recording: Recording = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!((recording.product.as_str(), recording.runs), ("unknown", 1));
    assert!(recording.observations.contains_key(&ProbeId::new(203)));
    let ran = run(&mut stews(&["--recording", to, &server.url(), "ws://127.0.0.1:1/"]));
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (2, "error: --recording records one server at a time, but 2 targets were given\n")
    );
}

#[test]
fn no_websocket_is_3() {
    let server = Server::start(Manner::Says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    let ran = run(&mut stews(&["-2", &server.url()]));
    assert_eq!((ran.code, ran.err.as_str()), (3, ""));
    insta::assert_snapshot!("human_not_found", redact(&ran.out, &server));
    let ran = run(&mut stews(&["-2", "--format", "json", &server.url()]));
    assert_eq!(ran.code, 3);
    insta::assert_json_snapshot!("json_not_found", read_json(&ran.out, &server));
}

#[test]
fn each_refusal_says_what_may_help() {
    for (answer, advice) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "is the path right?"),
        ("HTTP/1.1 301 Moved\r\nLocation: http://[::1]/x\r\nContent-Length: 0\r\n\r\n", "ws://[::1]/x"),
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "-H 'Authorization: …'"),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "--origin"),
        ("HTTP/1.1 400 Bad Request\r\nContent-Length: 25\r\n\r\nThis is an HTTPS port. Hm", "use wss://"),
        ("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "--subprotocol"),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "answers with an error (HTTP 500 Oops)"),
        ("SSH-2.0-OpenSSH\x1b[31m\r\n", "SSH-2.0-OpenSSH\\x1b[31m"),
        ("", "use wss://"),
    ] {
        let server = Server::start(Manner::Says(answer));
        let ran = run(&mut stews(&["-2", "--timeout", "2", &server.url()]));
        assert!(ran.code == 3 && ran.out.contains(advice), "{answer:?}: {}{}", ran.out, ran.err);
        assert!(!ran.out.contains('\x1b'), "{}", ran.out);
    }
}

#[test]
fn unreachable_is_6() {
    let port = closed_port();
    let url = format!("ws://127.0.0.1:{port}/");
    let ran = run(&mut stews(&[&url]));
    assert_eq!((ran.code, ran.err.as_str()), (6, ""));
    let expected =
        format!("{url}  not reached: connection refused by 127.0.0.1:{port}: nothing listens on this port\n");
    assert_eq!(ran.out, expected);
    let json = run(&mut stews(&["--format", "json", &url]));
    let report: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &report["targets"][0]["outcome"]), (6, &json!("unreachable")));
}

/// A full disk is neither a result nor the target's doing.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_4() {
    use std::fs::OpenOptions;
    use std::process::{Command, Stdio};
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let url = format!("ws://127.0.0.1:{}/", closed_port());
    let mut command = Command::new(env!("CARGO_BIN_EXE_stews"));
    let output = command.arg(url).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: cannot write to standard output: "));
}

#[test]
fn several_targets_give_several_results_and_the_highest_code() {
    let (_folder, db) = database(&["-2"]);
    let server = Server::start(Manner::Strict);
    let refusing = Server::start(Manner::Says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    let (known, gone) = (server.url(), refusing.url());
    let both = run(&mut stews(&["-2", "--db", &db, "--ordered", &gone, "-u", &known]));
    assert_eq!(both.code, 3);
    let lines: Vec<&str> = both.out.lines().filter(|line| line.starts_with("ws://")).collect();
    assert!(lines[0].starts_with(&format!("{gone}  not a WebSocket: ")), "{}", both.out);
    assert!(lines.len() == 2 && lines[1].starts_with(&format!("{known}  engine ws  ")), "{}", both.out);
    let other_path = format!("{known}other");
    let two = run(&mut stews(&["-2", "--db", &db, "--format", "json", &known, &other_path]));
    assert_eq!(two.code, 0);
    assert_eq!(read_json(&two.out, &server)["targets"].as_array().unwrap().len(), 2);
}

// What is wrong with a command line: one line, and nothing is sent.

fn assert_one_line_error(ran: &Ran, part: &str) {
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{part}: {}", ran.err);
    assert!(ran.err.starts_with("error: ") && ran.err.ends_with('\n'), "{part}: {}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "{part}: {}", ran.err);
    assert!(ran.err.contains(part), "{part}: {}", ran.err);
    assert!(!ran.err.trim_end().contains(char::is_control), "{part}: {:?}", ran.err);
}

#[test]
fn each_wrong_input_is_told_in_one_line() {
    let server = Server::start(Manner::Strict);
    let url = server.url();
    for (arguments, part) in [
        (&[][..], "no target given"),
        (&["-n"], "no target given"),
        (&["ws://"], "`ws://` has no host"),
        (&["-u", ""], "a target is empty"),
        (&["127.0.0.1:99999"], "a port that is not a number from 1 to 65535"),
        (&["127.0.0.1:http"], "a port that is not a number"),
        (&["ws://127.0.0.1/#top"], "has a fragment"),
        (&["ftp://127.0.0.1/"], "another scheme"),
        (&["ws://me:secret@127.0.0.1/"], "carries a user name"),
        (&["127.0.0.1/\u{1b}[31m"], "\\u{1b}[31m"),
        (&[&url, "-H", "no colon"], "-H number 1 is not a header field: it has no colon; write 'Name: value'"),
        (&[&url, "-H", "X: a", "-H", "two words: x"], "-H number 2 is not a header field: its name is none"),
        (&[&url, "-H", ": x"], "is not a header field: its name is none"),
        (&[&url, "-H", "X: a\r\nY: b"], "is not a header field: it holds a line break"),
        (&[&url, "-H", "@/nowhere/at all"], "cannot read `/nowhere/at all`"),
        (&[&url, "--cookie", "@/nowhere/at all"], "cannot read `/nowhere/at all`"),
        (&[&url, "-f", "-", "-H", "@-"], "standard input can be read once, but 2 options ask for it"),
        (&[&url, "-o", "result.json"], "`result.json` is no origin, which -o sets"),
        (&[&url, "-o", "result.json"], "results are written to a file by --output"),
        (&[&url, "-o", "https://example.org/path"], "is no origin"),
        (&["-n", "127.0.0.9-1"], "`127.0.0.9-1` is no range of addresses; write 192.0.2.1-20"),
        (&[&url, "-p", "80,0"], "`80,0` is no list of ports from 1 to 65535"),
        (&[&url, "--paths=/nowhere/at all"], "cannot read `/nowhere/at all`"),
        (&[&url, "--exclude-file", "/nowhere/at all"], "cannot read `/nowhere/at all`"),
        (&[&url, "--host-delay", "soon"], "`soon` is no time for --host-delay"),
        (&[&url, "--json", "--resume", "out"], "--resume goes on with JSON Lines, and not with json"),
        (&[&url, "--resume", "out", "--output", "other"], "--resume `out` writes its results there"),
        (&[&url, "--output", "/nowhere/at all"], "cannot write to `/nowhere/at all`"),
        (&["-g", "127.0.0.0/30"], "-g records one server at a time, but 4 targets were given"),
        (&["-u", "-"], "`-` has no host"),
        (&["http"], "`http` is a scheme without a host"),
        (&["foo bar"], "`foo bar` holds a space"),
        (&["targets.txt"], "`targets.txt` looks like a file; -f reads targets from one"),
        (&[&url, "-o", "https://x\r\nY: b"], "the origin holds a line break"),
        (&[&url, "--cookie", "a=b\nY: b"], "the cookie holds a line break"),
        (&[&url, "--subprotocol", "a\nb"], "the subprotocol holds a line break"),
        (&[&url, "--timeout", "soon"], "`soon` is not a number of seconds"),
        (&[&url, "--timeout", "0"], "`0` is not a number of seconds"),
        (&[&url, "--timeout=-1"], "`-1` is not a number of seconds"),
        (&[&url, "--timeout", "NaN"], "is not a number of seconds"),
        (&[&url, "--timeout", "1e300"], "is not a number of seconds"),
        (&[&url, "--proxy", "gopher://127.0.0.1:1"], "is not a proxy"),
        (&[&url, "--proxy", "http://"], "is not a proxy"),
        (&["-g", &url, "127.0.0.1"], "-g records one server at a time, but 2 targets were given"),
        (&["-g", &url, "--product", "../../etc"], "`../../etc` is not a name for a recording"),
        (&["-g", &url, "--product-version", ""], "is not a name for a recording"),
        (&[&url, "-f", "/nowhere/at all"], "cannot read `/nowhere/at all`"),
        (&[&url, "--db", "/nowhere/at all"], "cannot read `/nowhere/at all`"),
        (&["probes", "999"], "there is no probe `999`; `stews probes` lists them all"),
        (&["probes", "2o3"], "there is no probe `2o3`"),
        (&["probes", "\u{1b}[31m"], "there is no probe `"),
    ] {
        assert_one_line_error(&run(&mut stews(arguments)), part);
    }
    assert!(server.heads().is_empty(), "something was sent");
}

#[test]
fn each_wrong_file_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let url = server.url();
    let empty = file(&folder, "empty.txt", "");
    let comments = file(&folder, "comments.txt", "# nothing\n\n   \n  # more\n");
    let wrong = file(&folder, "wrong.txt", "127.0.0.1\nws://\n");
    let folder_path = folder.path().to_str().unwrap().to_owned();
    for (path, part) in [
        (&empty, "holds no target; write one a line"),
        (&comments, "holds no target"),
        (&wrong, "wrong.txt, line 2: `ws://` has no host"),
        (&folder_path, "cannot read `"),
    ] {
        assert_one_line_error(&run(&mut stews(&["-f", path])), part);
    }
    let text = file(&folder, "db.txt", "a \u{1b}[31m word\nand another");
    let other = file(&folder, "other.json", "{\n  \"schema\": 6,\n  \"\u{9b}31m\": 2\n}");
    let late = file(&folder, "late.json", r#"{"schema":9,"probe_set":"","behaviours":[]}"#);
    for (path, part) in [
        (&empty, "is not a stews database"),
        (&text, "is not a stews database"),
        (&other, "is not a stews database"),
        (&late, "has schema 9; this version of stews reads schema 6"),
        (&folder_path, "cannot read `"),
    ] {
        assert_one_line_error(&run(&mut stews(&[&url, "--db", path])), part);
    }
    assert!(server.heads().is_empty(), "something was sent");
}

/// Two versions of ws, of which the newer differs in one probe, and two products that differ in a header field alone.
fn small_database(folder: &TempDir) -> String {
    let recording = |product: &str, version: &str, lines: &[(u16, &str)]| {
        let run = || lines.iter().map(|(number, line)| (ProbeId::new(*number), line.parse().unwrap())).collect();
        Recording::of_runs(product, version, &[run(), run()])
    };
    let refusal = |name: &str| format!("HTTP/1.1 400 Bad Request {{Server: {name}, X-{name}: 1}} | fin");
    let recordings = [
        recording("gorilla", "v1.5.3", &[(203, "close 1002 | fin"), (300, &refusal("g"))]),
        recording("tornado", "6.6.1", &[(203, "close 1002 | fin"), (300, &refusal("t"))]),
        recording("ws", "7.5.14", &[(203, "| fin"), (300, &refusal("w"))]),
        recording("ws", "8.23.0", &[(203, "close 1002 | reset"), (300, &refusal("w"))]),
        recording("ws", "8.9.0", &[(203, "close 1002 | reset"), (300, &refusal("w"))]),
    ];
    let versions = ["7.5.13", "7.5.14", "8.0.0", "8.9.0", "8.10.0", "8.22.0", "8.23.0", "8.24.0"];
    let releases = versions.map(|version| serde_json::json!({"version": version}));
    let lines = serde_json::json!([{"line": "6", "releases": [{"version": "6.0.0"}]}, {"line": "7 and 8", "releases": releases}]);
    let list = serde_json::json!({"product": "ws", "source": "npm ws", "lines": lines});
    let list = Releases::read(&list.to_string()).unwrap();
    file(folder, "small.json", &derive(&recordings, &[list]).to_text())
}

#[test]
fn the_database_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_database(&folder);
    let mut text = String::new();
    for arguments in [
        &["list"][..],
        &["show", "ws"],
        &["show", "ws@8.9.0"],
        &["show", "ws@8.10.0"],
        &["show", "gorilla"],
        &["diff", "ws@7.5.14", "ws"],
        &["diff", "gorilla", "tornado"],
        &["twins"],
    ] {
        let ran = run(&mut stews(&[&["db", "--db", &path], arguments].concat()));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
        text += &format!("$ stews db {}\n{}\n", arguments.join(" "), ran.out);
    }
    insta::assert_snapshot!("db", text);
}

#[test]
fn the_embedded_database_can_be_read() {
    for product in Database::embedded().unwrap().behaviours.iter().map(|known| known.product.clone()) {
        let shown = run(&mut stews(&["db", "show", &product]));
        assert_eq!(shown.code, 0, "{product}: {}", shown.err);
        assert!(shown.out.contains("engine     "), "{product}: {}", shown.out);
    }
}

#[test]
fn what_the_database_does_not_have_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = small_database(&folder);
    for (arguments, part) in [
        (&["show", "wss"][..], "the database has no `wss`; `stews db list` shows what it has"),
        (&["show", "ws@1"], "the database has no version `1` of ws; it has 7.5.14, 8.9.0, 8.23.0"),
        (
            &["show", "ws@8.24.0"],
            "ws 8.24.0 is not recorded: it is newer than 8.23.0, the last that is recorded of its line",
        ),
        (&["show", "ws@8.0.0"], "ws 8.0.0 is not recorded: it lies between 7.5.14 and 8.9.0, which differ"),
        (&["diff", "ws", "\u{1b}[31m"], "the database has no `\\u{1b}[31m`"),
    ] {
        assert_one_line_error(&run(&mut stews(&[&["db", "--db", &path], arguments].concat())), part);
    }
    assert_one_line_error(&run(&mut stews(&["db", "list", "--db", "nowhere.json"])), "cannot read `nowhere.json`");
}

#[test]
fn options_that_do_not_exist_are_usage_errors() {
    for arguments in [
        &["--nonsense"][..],
        &["--connections", "0", "127.0.0.1"],
        &["--connections", "65", "127.0.0.1"],
        &["--format", "xml", "127.0.0.1"],
        &["--product", "ws", "127.0.0.1"],
        &["completions", "nosuchshell"],
    ] {
        let ran = run(&mut stews(arguments));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.starts_with("error: "), "{arguments:?}: {}", ran.err);
    }
}

// Where targets come from.

#[test]
fn targets_come_from_standard_input() {
    let (one, other) = (Server::start(Manner::Strict), Server::start(Manner::Strict));
    let text =
        format!("# two servers\n\n127.0.0.1:{}/a # the first\n  \nws://127.0.0.1:{}/b\r\n", one.port, other.port);
    let ran = run(stews(&["-2", "-n", "--ordered", "--format", "jsonl", "-f", "-"]).write_stdin(text));
    assert!(ran.code <= 1, "{}", ran.err);
    let targets: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["target"].clone()).collect();
    let expected = [format!("ws://127.0.0.1:{}/a", one.port), format!("ws://127.0.0.1:{}/b", other.port)];
    assert_eq!(targets, expected);
    let nothing = run(stews(&["-f", "-"]).write_stdin("\n# nothing\n"));
    assert_one_line_error(&nothing, "`-` holds no target");
}

#[test]
fn a_file_and_the_command_line_go_together() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let list = file(&folder, "targets.txt", &format!("{}c\n", server.url()));
    let arguments = ["-2", "--ordered", "--format", "jsonl", "-f", &list, "-u", &format!("{}b", server.url())];
    let ran = run(stews(&arguments).arg(format!("{}a", server.url())));
    let paths: Vec<String> = ran.out.lines().map(|line| read_json(line, &server)["target"].to_string()).collect();
    assert_eq!(paths, ["a", "b", "c"].map(|path| format!("\"ws://127.0.0.1:[port]/{path}\"")), "{}", ran.err);
}

// Progress, traces, colours.

#[test]
fn debug_prints_each_test_case() {
    let server = Server::start(Manner::Strict);
    // The first example of the original's documentation.
    let ran = run(&mut stews(&["-5", "-d", "-n", "-u", &format!("127.0.0.1:{}", server.port)]));
    assert!(ran.code <= 1, "{}", ran.err);
    for id in chosen(|probe| probe.series() == 500) {
        assert!(ran.err.contains(&format!("\ntest {id}: ")) || ran.err.starts_with(&format!("test {id}: ")), "{id}");
        assert!(ran.err.contains(&format!("test {id} -> ")), "{id}: {}", ran.err);
    }
    assert!(!ran.err.contains("test 203"), "{}", ran.err);
    assert!(ran.out.starts_with("ws://127.0.0.1:"), "{}", ran.out);
}

#[test]
fn the_second_documented_example_runs() {
    let server = Server::start(Manner::Strict);
    let ran = run(&mut stews(&["-1", "-k", "-u", &server.url()]));
    assert_eq!((ran.code <= 1, ran.err.as_str()), (true, ""));
    assert!(server.frames().iter().any(|frame| frame.opcode == 0), "104 was not sent");
    // The 100s combine reserved bits as 4 and 7; all other patterns are those of the 200s.
    assert!(server.frames().iter().all(|frame| matches!(frame.rsv, 0 | 4 | 7)), "only the 100s were asked for");
}

#[test]
fn a_trace_shows_every_byte_escaped() {
    let server = Server::start(Manner::Strict);
    let ran = run(&mut stews(&["-2", "-v", &server.url()]));
    assert!(ran.code <= 1, "{}", ran.err);
    let with = |start: &str| ran.err.lines().any(|line| line.starts_with(start));
    assert!(with("203 > \"GET / HTTP/1.1\\r\\nHost: 127.0.0.1:"), "{}", ran.err);
    assert!(with("203 < \"HTTP/1.1 101 Switching Protocols\\r\\n"), "{}", ran.err);
    assert!(ran.err.contains("203 < \"\\x88\\x13\\x03\\xeathat is not legal\""), "{}", ran.err);
    assert!(ran.err.is_ascii() && !ran.err.contains(|letter: char| letter.is_control() && letter != '\n'));
}

#[test]
fn colours_are_for_terminals_and_those_who_ask() {
    let server = Server::start(Manner::Strict);
    let url = server.url();
    for (flags, environment, colours) in [
        (&["-2"][..], &[][..], false),
        (&["-2", "--color", "always"], &[], true),
        (&["-2", "--color", "always"], &[("NO_COLOR", "1")], true),
        (&["-2", "--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&["-2"], &[("CLICOLOR_FORCE", "1")], true),
        (&["-2"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&["-2", "--color", "always", "--format", "json"], &[], false),
    ] {
        let ran = run(stews(flags).arg(&url).envs(environment.iter().copied()));
        assert!(ran.code <= 1, "{}", ran.err);
        assert_eq!(ran.out.contains("\x1b["), colours, "{flags:?} {environment:?}: {}", ran.out);
    }
}

// What is sent.

/// The lengths over 64 KiB that any frame declared.
fn long_lengths(server: &Server) -> BTreeSet<u64> {
    server.frames().iter().map(|frame| frame.length).filter(|length| *length > 65_536).collect()
}

#[test]
fn long_payloads_are_sent_only_when_asked_for() {
    let heavy: BTreeSet<u64> = ALL
        .iter()
        .filter(|probe| probe.risk == Risk::Heavy)
        .map(|probe| probe.payload_bytes())
        .filter(|length| *length > 65_536)
        .collect();
    assert_eq!(heavy.len(), 12);
    for (flags, asked) in
        [(&[][..], false), (&["-1", "-2", "-3", "-4", "-5", "-7", "-8", "-9"], false), (&["-6"], true), (&["-a"], true)]
    {
        let server = Server::start(Manner::Strict);
        let ran = run(stews(flags).args(["--format", "json", &server.url()]));
        assert!(ran.code <= 1, "{}", ran.err);
        let sent = serde_json::from_str::<Value>(&ran.out).unwrap()["targets"][0]["run"]["bytes_sent"].as_u64();
        if asked {
            // The ladder of declared lengths is longer than what any one run climbs of it.
            assert!(long_lengths(&server).is_superset(&heavy), "{flags:?}: {:?}", long_lengths(&server));
        } else {
            assert_eq!(long_lengths(&server), BTreeSet::new(), "{flags:?}");
            assert!(sent.unwrap() < 200_000, "{flags:?}: {sent:?} bytes");
        }
    }
}

#[test]
fn a_series_sends_its_own_probes_and_the_baseline() {
    let flags = ["-1", "-2", "-3", "-4", "-5", "-7", "-8", "-9"];
    for (flag, series) in flags.into_iter().zip([100, 200, 300, 400, 500, 700, 800, 900]) {
        let server = Server::start(Manner::Strict);
        let ran = run(&mut stews(&[flag, "--format", "json", &server.url()]));
        let report = read_json(&ran.out, &server);
        let observed: BTreeSet<&str> =
            report["targets"][0]["run"]["observations"].as_object().unwrap().keys().map(String::as_str).collect();
        let mine = |probe: &Probe| probe.series() == series && probe.is_light();
        let expected = chosen(|probe| mine(probe) || probe.id == ProbeId::BASELINE);
        assert_eq!(observed, expected.iter().map(String::as_str).collect(), "{flag}: {}", ran.err);
    }
}

#[test]
fn the_origin_matches_unless_it_is_given() {
    let server = Server::start(Manner::Strict);
    run(&mut stews(&["-1", &server.url()]));
    assert_eq!(server.values("Origin"), BTreeSet::from([format!("http://127.0.0.1:{}", server.port)]));
    let server = Server::start(Manner::Strict);
    run(&mut stews(&["-1", "-o", "null", &server.url()]));
    assert_eq!(server.values("Origin"), BTreeSet::from(["null".to_owned()]));
}

#[test]
fn fields_cookies_and_subprotocols_go_with_every_request() {
    let server = Server::start(Manner::Strict);
    let flags = ["-1", "-H", "X-One: 1", "-H", "Authorization: Bearer abc:def", "--cookie", "a=b; c=d"];
    let ran = run(stews(&flags).args(["--subprotocol", "chat", "--subprotocol", "superchat", &server.url()]));
    assert!(ran.code <= 1, "{}{}", ran.out, ran.err);
    let heads = server.heads();
    assert!(!heads.is_empty());
    for head in &heads {
        for (name, value) in [
            ("X-One", "1"),
            ("Authorization", "Bearer abc:def"),
            ("Cookie", "a=b; c=d"),
            ("Sec-WebSocket-Protocol", "chat, superchat"),
        ] {
            assert_eq!(server::field(head, name).as_deref(), Some(value), "{head}");
        }
    }
}

/// The server sees the end of a connection late, so the trace tells: no probe's traffic is among another's.
#[test]
fn with_one_connection_probes_come_one_after_the_other() {
    let server = Server::start(Manner::Strict);
    let ran = run(&mut stews(&["-2", "-v", "--connections", "1", &server.url()]));
    let mut order: Vec<&str> = ran.err.lines().filter_map(|line| line.split(' ').next()).collect();
    order.dedup();
    order.retain(|id| *id != "309");
    order.sort_unstable();
    assert_eq!(order, chosen(|probe| probe.series() == 200));
}

// Recording.

#[test]
fn a_recording_loads_with_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let url = server.url();
    let ran = run(&mut stews(&["-g", "--product", "ws", "--product-version", "8.18.0", &url]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let recording = Recording::load(Path::new(&file(&folder, "recording.json", &ran.out))).unwrap();
    assert_eq!((recording.product.as_str(), recording.version.as_str(), recording.runs), ("ws", "8.18.0", 1));
    let recorded: Vec<String> = recording.observations.keys().map(ToString::to_string).collect();
    assert_eq!(recorded, chosen(Probe::is_light));
    assert_eq!(recording.to_text(), ran.out, "not the stored form");
    assert!(!ran.out.contains(&server.port.to_string()), "the port is in the recording");
    let again = run(&mut stews(&["-g", "--product", "ws", "--product-version", "8.18.0", &url]));
    assert_eq!(again.out, ran.out, "a second recording differs");
    let database = file(&folder, "database.json", &derive(&[recording], &[]).to_text());
    assert_eq!(Database::load(Path::new(&database)).unwrap().behaviours.len(), 1);
}

#[test]
fn a_recording_without_names_is_of_an_unknown_server() {
    let server = Server::start(Manner::Strict);
    let ran = run(&mut stews(&["-2", "-g", &server.url()]));
    let recording: Recording = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((recording.product.as_str(), recording.version.as_str()), ("unknown", "unknown"));
}

#[test]
fn what_is_no_websocket_is_not_recorded() {
    let server = Server::start(Manner::Says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    let ran = run(&mut stews(&["-g", &server.url()]));
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(ran.err.contains("not a WebSocket"), "{}", ran.err);
}
