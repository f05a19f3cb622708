//! What the user wants every request to carry, and where it may come from.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

use std::collections::BTreeSet;

use server::{Manner, Ran, Server, field, run, stews};
use tempfile::TempDir;

fn file(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    format!("@{}", path.to_str().unwrap())
}

/// The requests that a run with these options sends.
fn heads(options: &[&str], input: &str) -> Vec<String> {
    let server = Server::start(Manner::Strict);
    let ran = run(stews(options).args(["-1", &server.url()]).write_stdin(input.to_owned()));
    assert!(ran.code <= 1, "{options:?}: {}{}", ran.out, ran.err);
    let heads = server.heads();
    assert!(!heads.is_empty(), "{options:?}");
    heads
}

/// All the values that a field has in each request: they are the same in all.
fn values(heads: &[String], name: &str) -> Vec<String> {
    let of = |head: &String| -> Vec<String> {
        let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).collect()
    };
    let all: BTreeSet<Vec<String>> = heads.iter().map(of).collect();
    assert_eq!(all.len(), 1, "{name}: {all:?}");
    all.into_iter().next().unwrap()
}

#[test]
fn secrets_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let fields = file(&folder, "fields", "\u{feff}Authorization: Bearer abc:def\r\n\r\nX-One: 1\r\nX-Empty;\r\n");
    let cookies = file(&folder, "cookies", "a=b; c=d;\ne=f\n");
    let sent = heads(&["-H", &fields, "-H", "X-Two: 2", "--cookie", &cookies], "");
    for (name, value) in [
        ("Authorization", "Bearer abc:def"),
        ("X-One", "1"),
        ("X-Two", "2"),
        ("X-Empty", ""),
        ("Cookie", "a=b; c=d; e=f"),
    ] {
        assert_eq!(values(&sent, name), [value]);
    }
    assert_eq!(values(&heads(&["-H", "@-"], "X-One: 1"), "X-One"), ["1"]);
    assert_eq!(values(&heads(&["--cookie", "@-"], "a=b\n"), "Cookie"), ["a=b"]);
}

#[test]
fn no_error_tells_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    let url = server.url();
    let no_colon = file(&folder, "no colon", "X: 1\nBearer s3cret\n");
    let control = file(&folder, "control", "X: s3cret\u{1b}\n");
    let latin = file(&folder, "latin", b"X: s3cret\xe9\n");
    let name = file(&folder, "name", "two s3cret: 1\n");
    let jar = file(&folder, "jar", "# Netscape HTTP Cookie File\nh\tFALSE\t/\tTRUE\t0\ta\ts3cret\n");
    let long = file(&folder, "long", format!("X: s3cret{}\n", "x".repeat(1 << 17)));
    let empty = file(&folder, "empty", "\n");
    for (option, given, part) in [
        ("-H", "Bearer s3cret", "-H number 1 is not a header field: it has no colon"),
        ("-H", "X: s3cret\nY: 1", "it holds a line break"),
        ("-H", &no_colon, "no colon`, line 2 is not a header field: it has no colon"),
        ("-H", &control, "control`, line 1 is not a header field: it holds a line break or another control"),
        ("-H", &latin, "latin`, line 1 is neither UTF-8 nor marked as UTF-16"),
        ("-H", &name, "name`, line 1 is not a header field: its name"),
        ("-H", &long, "long`, line 1 is longer than 65536 bytes"),
        ("-H", &empty, "empty` is empty"),
        ("--cookie", &jar, "jar` is a browser's or curl's file of cookies"),
        ("--cookie", &control, "the cookie holds a line break"),
        ("--cookie", &latin, "latin`, line 1 is neither"),
        ("--cookie", "s3cret\n", "the cookie holds a line break"),
    ] {
        let Ran { code, out, err } = run(&mut stews(&[&url, option, given]));
        assert_eq!((code, out.as_str(), err.lines().count()), (2, "", 1), "{part}: {err}");
        assert!(err.starts_with("error: ") && err.contains(part) && !err.contains("s3cret"), "{part}: {err}");
    }
    assert!(server.heads().is_empty(), "something was sent");
}

#[test]
fn fields_of_one_name_are_all_sent() {
    let sent =
        heads(&["-H", "X-Two: a", "-H", "x-two: b", "-H", "Sec-WebSocket-Protocol: x", "--subprotocol", "y"], "");
    assert_eq!(values(&sent, "X-Two"), ["a", "b"]);
    assert_eq!(values(&sent, "Sec-WebSocket-Protocol"), ["x", "y"]);
}

#[test]
fn fields_can_be_left_out_or_empty() {
    let none: [&str; 0] = [];
    for options in [&["--origin", "none"][..], &["-H", "Origin:"], &["-H", "origin: "]] {
        assert_eq!(values(&heads(options, ""), "Origin"), none, "{options:?}");
    }
    assert_eq!(values(&heads(&["-H", "Origin;"], ""), "Origin"), [""]);
    assert_eq!(values(&heads(&["-H", "Origin: anything at all"], ""), "Origin"), ["anything at all"]);
    assert_eq!(values(&heads(&["-o", "null"], ""), "Origin"), ["null"]);
    assert_eq!(values(&heads(&["-H", "Host:"], ""), "Host"), none);
}

/// Not by one of the probes that a default scan chooses either.
#[test]
fn no_origin_is_sent_but_by_probes_about_it() {
    for more in [&[][..], &["-7"]] {
        let server = Server::start(Manner::Strict);
        let ran = run(stews(more).args(["--origin", "none", &server.url()]));
        assert!(ran.code <= 1, "{}", ran.err);
        let sent: BTreeSet<Option<String>> = server.heads().iter().map(|head| field(head, "Origin")).collect();
        let foreign = ["https://stews.invalid", "null", "http://www.example.com"];
        let ours: Vec<_> = sent.iter().flatten().filter(|origin| !foreign.contains(&origin.as_str())).collect();
        assert!(ours.is_empty() && sent.contains(&None), "{sent:?}");
    }
}
