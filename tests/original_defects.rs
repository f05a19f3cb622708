//! Every known defect of the original tool, and the test that holds it absent here.
//!
//! | defect of the original | held absent by |
//! |---|---|
//! | 200 to 206 all send RSV3 only | `seven_patterns_of_reserved_bits` here, `probe::tests::the_reserved_bits_count_upwards` |
//! | 401 to 405 all send what 400 sends | `six_offers_of_extensions` here, `probe::request::tests::the_offers_of_extensions_differ`, `probe::tests::no_two_probes_send_the_same` |
//! | after the 300s every later handshake has the version `13\/` | `the_version_is_legal_outside_the_300s` here |
//! | so the 600s never connect properly | `long_payloads_connect_and_are_read` here |
//! | the 600s never read a reply and push 594,680,192 bytes | `long_payloads_connect_and_are_read` here, `play::tests::a_long_payload_streams_and_stops_at_the_first_refusal` |
//! | close codes are thrown away | `close_codes_reach_the_recording` here, `play::tests::a_close_is_kept_with_code_and_reason_and_end`, `features::extract::tests::close_codes_are_told_apart` |
//! | an integer in the database matches any text with that digit | `identify::tests::a_value_matches_only_itself` |
//! | `-o` crashes | `an_origin_can_be_given` here |
//! | `-k` is ignored by 309, 4xx and 5xx | `nocert_holds_for_all_tests` in `tests/connection.rs` |
//! | 7xx over ws:// have no timeout | `a_server_silent_to_drafts_does_not_hold_us` here |
//! | the query string is dropped | `the_query_goes_with_every_request` here, `scan::tests::the_query_is_in_every_request` |
//! | one second of sleep a frame test, strictly serial | `probes_run_side_by_side_and_without_sleeps` here, `play::tests::an_answered_fence_needs_no_waiting` |
//! | "unknown" only if all tie | `identify::tests::a_server_like_none_is_unknown`, `not_identified_is_1` in `tests/command.rs` |
//! | one undated, unversioned sample a server | `every_fingerprint_has_versions_and_a_provenance` here, `database::tests::the_embedded_database_is_derived_from_the_recordings` |
//! | some samples are of an application, not the library | `every_fingerprint_has_versions_and_a_provenance` here, `features::extract::tests::echoes_belong_to_the_application` |

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use server::{Manner, Ran, Server, field, run, stews};
use stews::database::Recording;
use stews::observation::noted::Noted;
use stews::probe::ProbeId;

/// Runs the tool against the server and expects that it spoke to a WebSocket.
fn reached(server: &Server, arguments: &[&str]) -> Ran {
    let url = server.url();
    let ran = run(&mut stews(&[arguments, &["-u", &url]].concat()));
    assert!(ran.code <= 1, "{}{}", ran.out, ran.err);
    ran
}

/// The request of each probe, out of a trace (`-v`).
fn requests(trace: &str) -> BTreeMap<u16, String> {
    let first = |line: &str| {
        let (id, bytes) = line.split_once(" > \"")?;
        let is_head = bytes.starts_with("GET ") || bytes.starts_with("HTTP/") || bytes.contains(" HTTP/1.");
        is_head.then(|| id.parse().ok().map(|id: u16| (id, bytes.replace("\\r\\n", "\r\n")))).flatten()
    };
    trace.lines().filter_map(first).collect()
}

#[test]
fn seven_patterns_of_reserved_bits() {
    let server = Server::start(Manner::Strict);
    reached(&server, &["-2"]);
    let patterns: BTreeSet<u8> = server.frames().iter().map(|frame| frame.rsv).filter(|rsv| *rsv > 0).collect();
    assert_eq!(patterns, (1..=7).collect());
}

#[test]
fn six_offers_of_extensions() {
    let server = Server::start(Manner::Strict);
    let ran = reached(&server, &["-4", "-v"]);
    let requests = requests(&ran.err);
    let numbers: Vec<u16> = (400..=405).collect();
    let offers: BTreeSet<_> =
        numbers.iter().map(|number| field(&requests[number], "Sec-WebSocket-Extensions")).collect();
    assert_eq!(offers.len(), 6, "{offers:?}");
}

#[test]
fn the_version_is_legal_outside_the_300s() {
    let server = Server::start(Manner::Strict);
    let ran = reached(&server, &["-1", "-2", "-3", "-4", "-5", "-6", "-v"]);
    let requests = requests(&ran.err);
    for number in [100, 206, 400, 500, 600, 612] {
        assert!(requests.contains_key(&number), "{number} was not sent: {:?}", requests.keys());
    }
    for (number, request) in requests.iter().filter(|(number, _)| !(300..400).contains(*number)) {
        assert_eq!(field(request, "Sec-WebSocket-Version").as_deref(), Some("13"), "{number}");
    }
}

#[test]
fn long_payloads_connect_and_are_read() {
    let server = Server::start(Manner::Strict);
    let ran = reached(&server, &["-6", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let facts = &report["targets"][0]["run"];
    assert_eq!(facts["observations"]["600"], "text 100 echo | alive", "{facts:#}");
    for number in 601..=612 {
        let seen = facts["observations"][number.to_string()].as_str().unwrap_or_default();
        assert!(seen.starts_with("close 1009 \"too big\""), "{number}: {seen}");
    }
    let sent = facts["bytes_sent"].as_u64().unwrap();
    assert!(sent < 594_680_192 / 4, "{sent} bytes though each was refused at its head");
}

#[test]
fn close_codes_reach_the_recording() {
    let server = Server::start(Manner::Strict);
    let ran = reached(&server, &["-2", "-g", "--product", "ws", "--product-version", "1"]);
    let recording: Recording = serde_json::from_str(&ran.out).unwrap();
    let lines: Vec<&str> = recording.observations[&ProbeId::new(203)].seen.keys().map(Noted::as_str).collect();
    assert_eq!(lines, ["close 1002 \"that is not legal\" | fin"]);
}

#[test]
fn an_origin_can_be_given() {
    let server = Server::start(Manner::Strict);
    reached(&server, &["-1", "-o", "https://elsewhere.example"]);
    assert_eq!(server.values("Origin"), BTreeSet::from(["https://elsewhere.example".to_owned()]));
}

/// A Faye server says nothing to some of the drafts, and the original waited for it for good.
#[test]
fn a_server_silent_to_drafts_does_not_hold_us() {
    let server = Server::start(Manner::SilentToStrangers);
    let start = Instant::now();
    let ran = reached(&server, &["-7", "--timeout", "1", "--format", "json"]);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let observations = report["targets"][0]["run"]["observations"].as_object().unwrap();
    for number in 700..=705 {
        assert!(observations.contains_key(&number.to_string()), "{number}: {observations:?}");
    }
}

#[test]
fn the_query_goes_with_every_request() {
    let server = Server::start(Manner::Strict);
    let url = format!("{}chat?room=7&seat=2", server.url());
    let ran = run(&mut stews(&["--thorough", &url]));
    assert!(ran.code <= 1, "{}{}", ran.out, ran.err);
    let heads = server.heads();
    assert!(heads.len() > 30, "{}", heads.len());
    // 702 opens with a status line, which has no path.
    for head in heads.iter().filter(|head| !head.starts_with("HTTP/")) {
        let line = head.lines().next().unwrap();
        assert!(line.contains("/chat") && line.contains("?room=7&seat=2"), "{line}");
    }
}

#[test]
fn probes_run_side_by_side_and_without_sleeps() {
    let server = Server::start(Manner::Strict);
    let start = Instant::now();
    reached(&server, &[]);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(server.most_open() > 1, "one connection at a time");
}

#[test]
fn every_fingerprint_has_versions_and_a_provenance() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fingerprints/recordings");
    let recordings = Recording::load_all(&folder).unwrap();
    assert!(!recordings.is_empty());
    for (path, recording) in recordings {
        let path = path.display();
        assert!(!recording.version.is_empty() && !recording.engine.is_empty(), "{path}");
        assert!(!recording.provenance.app.is_empty() && !recording.provenance.tool.is_empty(), "{path}");
        assert!(recording.runs > 1, "{path}: one sample says nothing about what varies; record it again");
    }
}
