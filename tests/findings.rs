//! `--findings`: what is told of a live server that takes what it should refuse, and of one that does not; in every format.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

use std::collections::BTreeSet;

use serde_json::Value;
use server::{Manner, Ran, Server, run, stews};

/// What a run with these options says of a server.
fn told(server: &Server, options: &[&str]) -> Ran {
    let ran = run(stews(options).arg(server.url()));
    assert!(ran.code <= 1, "{options:?}: {}{}", ran.out, ran.err);
    ran
}

/// The report in JSON on a server.
fn json(server: &Server, options: &[&str]) -> Value {
    serde_json::from_str(&told(server, &[options, &["--jsonl"]].concat()).out).unwrap()
}

fn ids(report: &Value) -> BTreeSet<&str> {
    report["findings"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

/// The probes that show a finding.
fn probes(report: &Value, id: &str) -> Vec<u64> {
    let all = report["findings"].as_array().unwrap();
    let finding = all.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("no {id}: {report}"));
    finding["evidence"].as_array().unwrap().iter().map(|one| one["probe"].as_u64().unwrap()).collect()
}

#[test]
fn a_server_that_takes_unmasked_frames_and_foreign_origins_is_told_so_with_evidence() {
    let server = Server::start(Manner::Lax);
    let report = json(&server, &["--findings"]);
    assert_eq!(probes(&report, "opens-for-foreign-origin"), [367, 368]);
    let unmasked = probes(&report, "takes-unmasked-frames");
    assert!([120, 121, 122, 123].iter().all(|probe| unmasked.contains(probe)), "{unmasked:?}");
    assert!(!ids(&report).contains("takes-reserved-bits") && !ids(&report).contains("takes-reserved-opcodes"));
    // All that is told was observed in this run, and is there to be looked up.
    for finding in report["findings"].as_array().unwrap() {
        for evidence in finding["evidence"].as_array().unwrap() {
            let probe = evidence["probe"].as_u64().unwrap();
            let line = report["run"]["observations"][probe.to_string()].as_str().unwrap();
            assert!(line.contains(evidence["observed"].as_str().unwrap().trim_end_matches('…')), "{probe}: {line}");
        }
    }
    assert!(server.values("Origin").contains("https://stews.invalid"));
    assert_eq!(report["run"]["stopped"], Value::Null, "the budget is enough");
    assert_eq!(report["run"]["failures"], serde_json::json!({}));
}

#[test]
fn a_server_that_keeps_to_the_rules_is_not_said_to_break_them() {
    let server = Server::start(Manner::Strict);
    let report = json(&server, &["--findings"]);
    let rest = ids(&report);
    for id in [
        "takes-unmasked-frames",
        "takes-reserved-bits",
        "takes-reserved-opcodes",
        "stops-answering",
        "names-its-version",
    ] {
        assert!(!rest.contains(id), "{id}");
    }
    assert!(rest.contains("opens-for-foreign-origin"), "it looks at no Origin: {rest:?}");
}

#[test]
fn people_read_what_is_wrong_the_gravest_first() {
    let server = Server::start(Manner::Lax);
    let text = told(&server, &["--findings", "--color", "never"]).out;
    let (_, findings) = text.split_once("\nFindings: ").unwrap();
    // A recording to contribute may follow.
    let findings = findings.split("\nIf you know").next().unwrap();
    let place = |words: &str| findings.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(place("medium  Pages of other sites may open it") < place("low     Frames without a mask are taken"));
    assert!(place("low     ") < place("info    ") && findings.contains("no exploit was tried"), "{text}");
    assert!(findings.lines().all(|line| line.chars().count() <= 140), "{text}");
}

#[test]
fn lines_and_tables_hold_ids() {
    let server = Server::start(Manner::Lax);
    let line = told(&server, &["--findings", "--format", "line"]).out;
    assert!(line.contains(" findings: opens-for-foreign-origin, "), "{line}");
    let table = told(&server, &["--findings", "--csv"]).out;
    let (head, row) = table.split_once('\n').unwrap();
    assert!(head.ends_with(",findings"), "{table}");
    assert!(row.contains(",opens-for-foreign-origin;") && row.contains(";takes-unmasked-frames"), "{table}");
}

/// Who does not ask for it pays nothing, and reads nothing of it.
#[test]
fn without_the_option_nothing_is_different() {
    let server = Server::start(Manner::Lax);
    let without = json(&server, &[]);
    assert_eq!(without.get("findings"), None);
    let connections = |report: &Value| report["run"]["connections"].as_u64().unwrap();
    assert!(connections(&without) < 60);
    let table = told(&server, &["--csv"]).out;
    assert!(!table.contains("findings"), "{table}");
    let with = json(&server, &["--findings"]);
    assert!(connections(&with) > connections(&without), "it costs more");
}

/// Of what was not sent nothing is said: a chosen series is all that is sent.
#[test]
fn nothing_is_found_of_what_was_not_asked() {
    let server = Server::start(Manner::Lax);
    let report = json(&server, &["-1", "--findings"]);
    assert!(ids(&report).contains("takes-unmasked-frames"));
    assert!(!ids(&report).contains("opens-for-foreign-origin"));
    assert!(!server.values("Origin").contains("https://stews.invalid"));
}

#[test]
fn an_origin_that_the_user_chose_is_not_called_foreign() {
    let server = Server::start(Manner::Lax);
    let report = json(&server, &["--findings", "--origin", "https://stews.invalid"]);
    assert_eq!(probes(&report, "opens-for-foreign-origin"), [368]);
}

#[test]
fn what_excludes_it_is_said_at_once() {
    for other in ["--generate-fingerprint", "--detect"] {
        let ran = run(stews(&["--findings", other, "ws://127.0.0.1:9/"]).write_stdin(""));
        assert_eq!(ran.code, 2, "{other}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("--findings") && ran.err.contains(other), "{}", ran.err);
    }
}
