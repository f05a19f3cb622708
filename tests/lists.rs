//! Lists of targets, as they are found in the world.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use server::{Manner, Ran, Server, run, stews};
use tempfile::TempDir;

/// A port where nothing listens: each target is done at once.
fn closed_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn file(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn utf_16(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(to).collect()
}

/// The paths of the targets of a run with `--format jsonl`, in order.
fn paths(ran: &Ran) -> Vec<String> {
    let target = |line: &str| serde_json::from_str::<Value>(line).unwrap()["target"].as_str().unwrap().to_owned();
    ran.out.lines().map(|line| target(line).rsplit('/').next().unwrap().to_owned()).collect()
}

#[test]
fn lists_are_read_however_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let port = closed_port();
    let at = |path: &str| format!("127.0.0.1:{port}/{path}");
    let text = format!("# two\n{}\n\n{} # the other\n", at("a"), at("b"));
    let mut latin = b"# \xfcber\n".to_vec();
    latin.extend(text.replace("the other", "tr").bytes());
    latin.extend(b"#\xe9\n");
    let mut comment = text.clone().into_bytes();
    comment.splice(0..5, *b"\xe9\t#\xff ");
    comment.splice(0..1, *b"#");
    for (name, bytes) in [
        ("plain", text.clone().into_bytes()),
        ("mark", format!("\u{feff}{text}").into_bytes()),
        ("windows", text.replace('\n', "\r\n").into_bytes()),
        ("windows with a mark", format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes()),
        ("little", utf_16(&text, u16::to_le_bytes)),
        ("big", utf_16(&text.replace('\n', "\r\n"), u16::to_be_bytes)),
        ("latin", latin),
        ("tabs", text.replace(' ', "\t").into_bytes()),
        ("spaces", text.replace('\n', " \t\n\t").into_bytes()),
        ("no end", text.trim_end().as_bytes().to_vec()),
        ("put together", format!("\u{feff}{}\n\u{feff}{}\n", at("a"), at("b")).into_bytes()),
        ("twice", text.repeat(3).into_bytes()),
    ] {
        let list = file(&folder, name, &bytes);
        let ran = run(&mut stews(&["-n", "--ordered", "--jsonl", "-f", &list]));
        assert_eq!((ran.code, ran.err.as_str(), paths(&ran)), (6, "", vec!["a".to_owned(), "b".to_owned()]), "{name}");
        let ran = run(stews(&["-n", "--ordered", "--jsonl", "-f", "-"]).write_stdin(bytes));
        assert_eq!((ran.code, ran.err.as_str(), paths(&ran)), (6, "", vec!["a".to_owned(), "b".to_owned()]), "{name}");
    }
}

#[test]
fn each_target_is_looked_at_once_wherever_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let port = closed_port();
    let at = |path: &str| format!("ws://127.0.0.1:{port}/{path}");
    let one = file(&folder, "one", format!("{}\n{}\n127.0.0.1:{port}/c\n", at("b"), at("c")));
    let other = file(&folder, "other", format!("{}\n{}\n", at("d"), at("a")));
    let arguments = ["-n", "--ordered", "--jsonl", &at("a"), "-u", &at("b"), "-u", &at("a"), "-f", &one, "-l", &other];
    let ran = run(stews(&arguments).args(["--list", &one]));
    assert_eq!((paths(&ran), ran.err.as_str()), (["a", "b", "c", "d"].map(str::to_owned).to_vec(), ""));
}

#[test]
fn lines_that_are_no_targets_are_told_all_at_once_or_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let text = format!("{}good\n127.0.0.9-1\n# fine\nws://me:secret@h/\nfoo bar\n-\n", server.url());
    let list = file(&folder, "list", &text);
    let ran = run(&mut stews(&["-f", &list]));
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    for (line, part) in [
        (0, "list, line 2: `127.0.0.9-1` is no range of addresses"),
        (1, "list, line 4: `ws://…@h/` carries a user name"),
        (2, "list, line 5: `foo bar` holds a space"),
        (3, "list, line 6: `-` has no host"),
        (4, "4 lines are no targets; mend them, or leave them out with --skip-invalid"),
    ] {
        let told = ran.err.lines().nth(line).unwrap();
        assert!(told.starts_with("error: ") && told.contains(part), "{part}: {}", ran.err);
    }
    assert!(ran.err.lines().count() == 5 && !ran.err.contains("secret"), "{}", ran.err);
    assert!(server.heads().is_empty(), "something was sent");

    let ran = run(&mut stews(&["-1", "--format", "json", "--skip-invalid", "-f", &list]));
    assert!(ran.code <= 1, "{}", ran.err);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((document["targets"].as_array().unwrap().len(), &document["skipped_lines"]), (1, &Value::from(4)));
    assert!(
        ran.err.lines().all(|line| line.starts_with("warning: ")) && ran.err.contains("line 5: `foo bar`"),
        "{}",
        ran.err
    );
    assert!(ran.err.ends_with("warning: 4 lines that are no targets are left out\n"), "{}", ran.err);

    let many = file(&folder, "many", "-\n".repeat(500));
    let ran = run(&mut stews(&["-f", &many]));
    assert_eq!((ran.code, ran.err.lines().count()), (2, 11));
    assert!(ran.err.contains("line 10: ") && ran.err.contains("500 lines are no targets"), "{}", ran.err);
    let ran = run(&mut stews(&["--skip-invalid", "-f", &many]));
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (2, "error: no target given; try `stews wss://example.org/` or `stews --help`\n")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn endless_lists_end_soon() {
    let start = Instant::now();
    for option in
        [&["-f", "/dev/zero"][..], &["127.0.0.1", "-H", "@/dev/zero"], &["127.0.0.1", "--cookie", "@/dev/zero"]]
    {
        let ran = run(&mut stews(option));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.starts_with("error: `/dev/zero`, line 1 is longer than "), "{}", ran.err);
    }
    // What has an end is read to it.
    let line = format!("#{}\n", "x".repeat(1_000_000));
    let ran = run(stews(&["-f", "-"]).write_stdin(line.repeat(70)));
    assert_eq!((ran.code, ran.err.as_str()), (2, "error: `-` holds no target; write one a line\n"));
    assert!(start.elapsed() < Duration::from_secs(50));
}

/// The most memory that a process held, in KiB.
#[cfg(target_os = "linux")]
fn peak(arguments: &[&str]) -> u64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stews"));
    let mut child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (path, mut peak) = (format!("/proc/{}/status", child.id()), 0);
    while child.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(&path).unwrap_or_default();
        let held = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let held = held.and_then(|held| held.trim_end_matches("kB").trim().parse().ok());
        peak = held.unwrap_or(0).max(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    peak
}

/// What was said of a target is not kept: it was some 100 KiB for each that refuses.
#[cfg(target_os = "linux")]
#[test]
fn many_targets_take_no_more_memory_than_a_few() {
    let server = Server::start(Manner::Says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    let folder = tempfile::tempdir().unwrap();
    let list = |targets: usize| {
        let text: String = (0..targets).map(|number| format!("{}{number}\n", server.url())).collect();
        file(&folder, &targets.to_string(), text)
    };
    for format in ["json", "human"] {
        let [few, many] = [10, 80].map(|targets| peak(&["--format", format, "-f", &list(targets)]));
        println!("{format}: {few} KiB for 10 targets, {many} KiB for 80");
        assert!(few > 1000 && many < few + 2048, "{format}: {few} KiB for 10 targets, {many} KiB for 80");
    }
}
