//! Whole reports with all their digits: the numbers of the matcher are fixed, so that no calibration changes them.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::*;
use crate::database::{Recording, derive};
use crate::identify::{Calibration, Mask, Matcher, Observations};
use crate::probe::ProbeId;
use crate::scan::{Cost, Scan};
use crate::target::{Scheme, Target};
use crate::wire::{CertificateFacts, TlsFacts};

const WS: &[(u16, &str)] = &[
    (309, "HTTP/1.1 101 Switching Protocols {Upgrade: websocket, Connection: Upgrade} | alive"),
    (203, "close 1002 | fin"),
    (104, r#"close 1002 "no message to continue" | fin"#),
    (300, r#"HTTP/1.1 400 Bad Request {Connection: close} body "Bad Request" | fin"#),
];

const TORNADO: &[(u16, &str)] = &[
    (309, "HTTP/1.1 101 Switching Protocols {Server: TornadoServer/6.6, Upgrade: websocket} | alive"),
    (203, "| fin"),
    (104, "| fin"),
    (300, "HTTP/1.1 426 Upgrade Required {Server: TornadoServer/6.6} | alive"),
];

const HUMAN: Human = Human { explain: true };

fn observations(lines: &[(u16, &str)]) -> Observations {
    lines.iter().map(|(number, line)| (ProbeId::new(*number), line.parse().unwrap())).collect()
}

/// What is said of a target that answers as ws does, but for one probe, where two servers are known.
fn report() -> TargetReport {
    let recording = |product, lines| Recording::of_runs(product, "1.2.3", &[observations(lines)]);
    let database = derive(&[recording("ws", WS), recording("tornado", TORNADO)], &[]);
    let matcher = Matcher::calibrated(&database, Calibration::cautious());
    let mut observations = observations(&WS[..3]);
    observations.insert(ProbeId::new(203), "| fin".parse().unwrap());
    let answer = matcher.identify(&observations, Mask::default());
    let scan = Scan {
        baseline: observations[&ProbeId::BASELINE].clone(),
        round_trip: Duration::from_micros(500),
        fences: true,
        observations,
        failures: BTreeMap::new(),
        stop: None,
        cost: Cost {
            connections: 4,
            sent: 1234,
            received: 987,
            elapsed: Duration::from_millis(1500),
            waited: Duration::ZERO,
        },
        chance: Default::default(),
        beside: Default::default(),
        breath: Duration::ZERO,
    };
    let reached = Reached {
        banners: matcher.banners(&scan.observations, &answer),
        contradictions: Vec::new(),
        why: matcher.compare(&scan.observations, 40),
        explanation: matcher.explain(&scan.observations),
        findings: None,
        is_new: true,
        scan,
        answer,
    };
    let target = Target::parse("wss://example.org/", Scheme::Wss).unwrap();
    let address = "192.0.2.1:443".parse().unwrap();
    let report = TargetReport::new(&target, Finding::WebSocket(Box::new(reached)));
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_796_100_000_123);
    report.reached_by(Some(address), Some(false)).secured_by(Some(tls(time))).begun_at(time)
}

fn tls(time: SystemTime) -> TlsFacts {
    TlsFacts {
        version: "TLSv1.3".to_owned(),
        cipher_suite: "TLS_AES_128_GCM_SHA256".to_owned(),
        certificate: Some(CertificateFacts {
            subject: "CN=example.org".to_owned(),
            issuer: "CN=an issuer,O=of some".to_owned(),
            names: ["example.org", "www.example.org", "a.example.org", "192.0.2.1"].map(str::to_owned).to_vec(),
            not_before: time,
            not_after: time + Duration::from_secs(90 * 86_400),
            sha256: "0123456789abcdef".repeat(4),
        }),
    }
}

/// Rounds numbers to nine places: the last digits are the platform's.
fn round(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(round),
        Value::Array(values) => values.iter_mut().for_each(round),
        Value::Number(number) if number.is_f64() => *value = json!((number.as_f64().unwrap() * 1e9).round() / 1e9),
        _ => {}
    }
}

#[test]
fn text_for_people_with_its_digits() {
    let text = HUMAN.target(&report());
    let (first, styled) = text.split_once('\u{1b}').unwrap();
    let plain = styled.split('\u{1b}').map(|part| part.split_once('m').unwrap().1);
    insta::assert_snapshot!("human", first.to_owned() + &plain.collect::<String>());
}

#[test]
fn json_with_its_digits() {
    let mut whole: Value = serde_json::from_str(&document(1)).unwrap();
    let mut line: Value = serde_json::from_str(&JsonLines(json()).target(&report())).unwrap();
    round(&mut whole);
    round(&mut line);
    assert_eq!(whole["targets"][0], line);
    insta::assert_json_snapshot!("json", line);
}

/// The document about so many targets.
fn document(targets: usize) -> String {
    let parts: Vec<String> = (0..targets).map(|place| json().before(place == 0) + &json().target(&report())).collect();
    parts.concat() + &json().finish(targets > 0, &Totals { not_looked_at: Some(7), skipped_lines: 0 })
}

/// It is written piece by piece, and no reader sees that.
#[test]
fn the_document_is_laid_out_as_a_whole_one() {
    #[derive(serde::Serialize)]
    struct Document<'a> {
        schema: u32,
        targets: Vec<json::Target<'a>>,
        not_looked_at: usize,
        skipped_lines: usize,
    }
    for count in 0..3 {
        let (json, report) = (json(), report());
        let targets = (0..count).map(|_| json.of_target(&report)).collect();
        let whole = Document { schema: 2, targets, not_looked_at: 7, skipped_lines: 0 };
        assert_eq!(document(count), serde_json::to_string_pretty(&whole).unwrap() + "\n");
    }
}

/// A report with what the target does wrong, of which two answers more were seen.
fn with_findings() -> TargetReport {
    let mut report = report();
    let Finding::WebSocket(reached) = &mut report.finding else { panic!("{report:?}") };
    let open = "HTTP/1.1 101 Go {Upgrade: websocket, Connection: Upgrade, Sec-WebSocket-Accept: <accept>} | alive";
    let observations = observations(&[
        (309, open),
        (120, "text 1 echo | alive"),
        (122, "pong 1 echo | alive"),
        (340, "HTTP/1.1 400 Bad Request {Server: a/1.2} | fin"),
        (367, "| alive"),
        (807, "close 1002 | fin"),
    ]);
    let context = crate::probe::RequestContext::new(true, "example.org", "/");
    let seen = crate::findings::Seen { observations: &observations, context: &context, died_of: &[] };
    reached.findings = Some(crate::findings::findings(&seen));
    report
}

/// A text without what colours it.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.map(|part| part.split_once('m').unwrap().1).collect::<String>()
}

#[test]
fn findings_for_people() {
    let text = plain(&HUMAN.target(&with_findings()));
    let (_, told) = text.split_once("Findings: ").unwrap();
    let (told, _) = told.split_once("\nWhy ").unwrap();
    insta::assert_snapshot!("human_findings", told);
    let mut none = report();
    let Finding::WebSocket(reached) = &mut none.finding else { panic!("{none:?}") };
    reached.findings = Some(crate::findings::Findings { found: Vec::new(), judged: 3 });
    assert!(plain(&HUMAN.target(&none)).contains("\nFindings: none (3 of "));
    assert!(!plain(&HUMAN.target(&report())).contains("Findings"));
}

/// A report of each kind.
fn reports() -> [TargetReport; 3] {
    let target = Target::parse("wss://example.net/chat?token=secret", Scheme::Wss).unwrap();
    let unreachable = Finding::Unreachable("nobody is <there> | at all; use -n".to_owned());
    let unreachable = TargetReport::new(&target, unreachable).failed_by("refused", "connect");
    [with_findings(), report(), unreachable.begun_at(SystemTime::UNIX_EPOCH)]
}

/// All parts of a run in a format.
fn whole(reporter: &dyn Reporter) -> String {
    let parts = reports();
    let parts = parts.iter().enumerate().map(|(place, one)| reporter.before(place == 0) + &reporter.target(one));
    parts.collect::<String>() + &reporter.finish(true, &Totals { not_looked_at: Some(2), skipped_lines: 1 })
}

fn json() -> Json {
    Json { tool: tool(), all_candidates: false }
}

fn tool() -> Tool {
    let text = |text: &str| text.to_owned();
    let (name, version, database, probe_set) = (text("stews"), text("1.2.3"), text("0123456789abcdef"), text("fedcba"));
    Tool { name, version, database, probe_set, options: vec![text("--findings"), text("--header=Authorization")] }
}

#[test]
fn every_format_of_a_run_with_its_digits() {
    insta::assert_snapshot!("markdown", whole(&Markdown { tool: tool() }));
    insta::assert_snapshot!("html", whole(&Html { tool: tool() }));
    insta::assert_snapshot!("line", whole(&Line));
    insta::assert_snapshot!("csv", whole(&Csv { findings: true }));
    insta::assert_snapshot!("original", whole(&Original));
    let mut sarif: Value = serde_json::from_str(&whole(&Sarif { tool: tool() })).unwrap();
    // The rules are those of the findings, which have tests of their own.
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].take();
    assert_eq!(rules.as_array().map(Vec::len), Some(crate::findings::ALL.len() + 1));
    round(&mut sarif);
    insta::assert_json_snapshot!("sarif", sarif);
}

/// A run without targets is a whole document too.
#[test]
fn a_run_without_targets_is_whole() {
    let none = |reporter: &dyn Reporter| reporter.finish(false, &Totals::default());
    let sarif: Value = serde_json::from_str(&none(&Sarif { tool: tool() })).unwrap();
    assert_eq!(sarif["runs"][0]["results"], json!([]));
    let page = none(&Html { tool: tool() });
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</body></html>\n"));
    assert!(none(&Markdown { tool: tool() }).starts_with("# "));
}

#[test]
fn findings_for_programs() {
    let value: Value = serde_json::from_str(&JsonLines(json()).target(&with_findings())).unwrap();
    insta::assert_json_snapshot!("json_findings", value["findings"]);
    let without: Value = serde_json::from_str(&JsonLines(json()).target(&report())).unwrap();
    assert_eq!(without.get("findings"), None);
    let ids = ["opens-for-foreign-origin", "takes-unmasked-frames", "names-its-version"];
    assert!(Line.target(&with_findings()).ends_with(&format!("  3 findings: {}\n", ids.join(", "))));
    assert!(!Line.target(&report()).contains("finding"));
    let csv = Csv { findings: true };
    assert!(csv.before(true).ends_with(",findings\n"));
    assert!(csv.target(&with_findings()).ends_with(&format!(",{}\n", ids.join(";"))));
    assert!(csv.target(&report()).ends_with(",\n"));
    let columns = |line: String| line.split(',').count();
    assert_eq!(columns(Csv::default().before(true)) + 1, columns(csv.before(true)));
}

/// However much a target says, a line is no longer than there is room for, and says what was cut.
#[test]
fn a_line_of_json_has_its_limit() {
    let mut report = report();
    let Finding::WebSocket(reached) = &mut report.finding else { panic!("{report:?}") };
    let fields: Vec<String> = (0..60).map(|number| format!("X-{number}: \"{}\"", r#"\""#.repeat(120))).collect();
    let long = format!("HTTP/1.1 400 No {{{}}} | fin", fields.join(", "));
    for number in 100..500 {
        reached.scan.observations.insert(ProbeId::new(number), long.parse().unwrap());
    }
    let evidence = reached.answer.evidence[0].clone();
    reached
        .answer
        .evidence
        .extend((0..2000).map(|_| crate::identify::Evidence { observation: long.as_str().into(), ..evidence.clone() }));
    let line = JsonLines(json()).target(&report);
    assert!(line.len() <= 1024 * 1024, "{}", line.len());
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["cut"], json!(["explanation", "evidence", "observations"]));
    assert_eq!(value["run"]["observations"].as_object().unwrap().len(), 400);
    let text = HUMAN.target(&report);
    assert!(text.len() < 100_000 && text.lines().all(|line| line.chars().count() < 700));
}
