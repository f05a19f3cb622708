//! Each rule both ways, all rules over all that is recorded, and whatever a server may say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::database::Recording;
use crate::observation::Observation;
use crate::probe::{self, ProbeId, RequestContext, Risk};

const OPEN: &str = "HTTP/1.1 101 Go {Upgrade: websocket, Connection: Upgrade, Sec-WebSocket-Accept: <accept>} | alive";

/// A rule, a probe, an answer that shows its case, and those that do not.
type Case = (&'static str, u16, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "takes-unmasked-frames",
        120,
        "text 1 echo | alive",
        &[
            "close 1002 | fin",
            "| fin",
            "| silent",
            "| reset",
            "| cut",
            "text 1 echo, close 1002 | fin",
            "HTTP/1.1 400 No {} | alive",
        ],
    ),
    ("takes-unmasked-frames", 122, "pong 1 echo | silent", &["close 1002 | silent", "text 5 \"hello\" | silent"]),
    (
        "takes-reserved-opcodes",
        807,
        "| alive",
        &["text 2 \"ab\" | silent", "close 1002 | fin", "http \"HTTP/1.1 200 OK\" | alive"],
    ),
    ("takes-reserved-opcodes", 135, "text 1 echo, reacted at 7 | alive", &["reacted at 2 | broken"]),
    ("takes-reserved-bits", 200, "fence | fin", &["close 1002 | fin", "close 1002, fence | fin", "| silent"]),
    ("takes-invalid-utf8", 840, r#"text 1 "\xff" | alive"#, &["close 1007 | fin", r#"text 1 "\xff" | silent"#]),
    (
        "takes-invalid-utf8-in-close",
        903,
        r#"close 1000 "\xff\xfe" | fin"#,
        &["close 1000 | fin", "close 1007 \"bad\" | fin"],
    ),
    ("takes-invalid-utf8-in-close", 903, r#"close 1000 "\xef\xbf\xbd\xef\xbf\xbd" | fin"#, &["| fin"]),
    (
        "takes-fragmented-control-frames",
        820,
        "pong 1 echo | alive",
        &["close 1002 | fin", "pong 1 echo, op8 1 \"x\" | alive"],
    ),
    ("takes-long-control-frames", 823, "pong 126 echo | alive", &["close 1002 | fin"]),
    ("takes-long-control-frames", 825, "op8 126 \"x\" | fin", &["op8 1 \"x\" | fin", "close 1000 | fin"]),
    ("takes-stray-continuations", 104, "fence | alive", &["close 1002 | fin"]),
    ("takes-interleaved-messages", 802, "text 2 echo | alive", &["close 1002 | fin"]),
    ("returns-invalid-close-codes", 911, "close 999 | fin", &["close 1002 | fin", "close | fin", "| fin"]),
    ("returns-half-a-close-code", 105, "op8 1 echo | fin", &["close | fin", "close 1002 | fin"]),
    (
        "speaks-after-close",
        904,
        "close 1000, text 1 echo | fin",
        &["text 1 echo, close 1000 | fin", "close 1000, text 3 \"bye\" | fin"],
    ),
    ("takes-long-length-forms", 830, "text 1 echo | alive", &["close 1002 | fin"]),
    ("takes-impossible-lengths", 641, "| silent", &["close 1002 | silent", "| fin", "| cut"]),
    ("waits-for-long-frames", 636, "| silent", &["close 1009 | fin"]),
    (
        "keeps-compression-context",
        410,
        "HTTP/1.1 101 Go {Sec-WebSocket-Extensions: permessage-deflate} | alive",
        &[
            "| alive",
            "HTTP/1.1 101 Go {Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover} | alive",
        ],
    ),
    (
        "masks-its-frames",
        100,
        "text 1 masked=01020304 echo | alive",
        &["text 1 echo | alive", "close 1000, text 1 masked=01020304 \"x\" | fin"],
    ),
    (
        "opens-for-foreign-origin",
        367,
        "| alive",
        &["HTTP/1.1 403 Forbidden {} | alive", "close 4403 | fin", "| fin", "| cut"],
    ),
    ("opens-for-foreign-origin", 368, "| alive", &["| silent"]),
    (
        "opens-without-key",
        340,
        "HTTP/1.1 101 Go {Upgrade: websocket} | alive",
        &["HTTP/1.1 101 Go {Upgrade: websocket} | silent", "nothing | fin"],
    ),
    ("opens-with-bad-key", 342, "| alive", &["HTTP/1.1 400 No {} | alive"]),
    ("opens-with-two-keys", 345, "| alive", &["HTTP/1.1 400 No {} | fin"]),
    ("opens-without-version", 327, "| alive", &["HTTP/1.1 426 No {} | alive"]),
    ("opens-with-bad-version", 326, "| alive", &["HTTP/1.1 426 No {} | alive"]),
    ("opens-with-two-versions", 329, "| alive", &["HTTP/1.1 426 No {} | alive"]),
    ("opens-without-upgrade", 701, "| alive", &["HTTP/1.1 400 No {} | alive"]),
    ("opens-without-connection", 360, "| alive", &["HTTP/1.1 200 OK {} | alive"]),
    ("opens-for-other-methods", 370, "| alive", &["HTTP/1.1 405 No {} | alive"]),
    ("opens-for-other-http-versions", 371, "| alive", &["| fin"]),
    (
        "agrees-to-nothing-offered",
        309,
        "HTTP/1.1 101 Go {Sec-WebSocket-Protocol: chat} | alive",
        &[
            OPEN,
            "HTTP/1.1 101 Go {Sec-WebSocket-Protocol: <query>} | alive",
            "HTTP/1.1 400 No {Sec-WebSocket-Protocol: chat} | alive",
        ],
    ),
    (
        "agrees-to-nothing-offered",
        510,
        "HTTP/1.1 101 Go {Sec-WebSocket-Protocol: stews-b} | alive",
        &["HTTP/1.1 101 Go {Sec-WebSocket-Protocol: stews-a} | alive"],
    ),
    (
        "lacks-a-field-in-101",
        309,
        "HTTP/1.1 101 Go {Upgrade: websocket} | alive",
        &[OPEN, "HTTP/1.1 404 No {} | alive"],
    ),
    ("takes-bad-host", 380, "| alive", &["HTTP/1.1 400 No {} | fin"]),
    ("takes-bare-line-feeds", 387, "| alive", &["HTTP/1.1 400 No {} | fin"]),
    ("takes-folded-fields", 385, "| alive", &["HTTP/1.1 400 No {} | fin"]),
    ("takes-space-before-colon", 386, "| alive", &["HTTP/1.1 400 No {} | fin"]),
    ("takes-control-characters", 390, "| alive", &["HTTP/1.1 400 No {} | fin"]),
    ("takes-lines-that-are-no-fields", 394, "| alive", &["HTTP/1.1 400 No {} | fin"]),
    ("takes-invalid-content-length", 330, "| alive", &["HTTP/1.1 400 No {} | fin"]),
    ("takes-two-lengths", 333, "| alive", &["close 1002 | fin"]),
    ("takes-content-for-frames", 334, r#"text 1 "'" | alive"#, &["| alive", r#"text 5 "hello" | alive"#]),
    (
        "names-its-version",
        340,
        "HTTP/1.1 400 No {Server: Jetty(12.1)} | fin",
        &[
            "HTTP/1.1 400 No {Server: nginx} | fin",
            "HTTP/1.1 400 No {Via: 1.1 x, X-Runtime: 0.1, Server: ECS (dcb/7F84)} | fin",
        ],
    ),
    (
        "shows-internal-errors",
        302,
        r#"HTTP/1.1 500 No {} body "x\n\tat java.base/a.b(C.java:1)" | fin"#,
        &[r#"HTTP/1.1 500 No {} body "look at this" | fin"#],
    ),
    (
        "shows-paths",
        302,
        r#"HTTP/1.1 500 No {} body "in /usr/lib/ruby/x.rb" | fin"#,
        &[
            r#"HTTP/1.1 500 No {} body "<a href=\"/opt/x\">" | fin"#,
            r#"HTTP/1.1 500 No {} body "see https://example.org/opt/x" | fin"#,
            r#"HTTP/1.1 500 No {} body "<form action='/home/'>" | fin"#,
        ],
    ),
];

fn seen(line: &str) -> Observation {
    line.parse().expect(line)
}

fn context() -> RequestContext {
    RequestContext::new(false, "h:1", "/")
}

/// The ids of all that is found where the legal handshake is answered as it should be, and one probe with this line.
fn found(probe: u16, line: &str) -> BTreeSet<&'static str> {
    let observations = BTreeMap::from([(ProbeId::BASELINE, seen(OPEN)), (ProbeId::new(probe), seen(line))]);
    ids(&findings(&Seen { observations: &observations, context: &context(), died_of: &[] }))
}

fn ids(findings: &Findings) -> BTreeSet<&'static str> {
    findings.found.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn each_rule_finds_its_case_and_nothing_else() {
    for (id, probe, shows, others) in CASES {
        assert!(found(*probe, shows).contains(id), "{id}: {probe}: {shows}");
        for line in *others {
            assert!(!found(*probe, line).contains(id), "{id}: {probe}: {line}");
        }
    }
    let tried: BTreeSet<&str> = CASES.iter().map(|case| case.0).chain(["stops-answering"]).collect();
    assert_eq!(tried, ALL.iter().map(|rule| rule.id).collect(), "each rule has a case");
}

#[test]
fn a_server_that_stopped_answering_is_told_with_what_it_heard_last() {
    let observations = BTreeMap::from([(ProbeId::BASELINE, seen(OPEN))]);
    let of = |died_of: &[ProbeId]| findings(&Seen { observations: &observations, context: &context(), died_of });
    let finding = &of(&[ProbeId::new(702), ProbeId::new(100)]).found[0];
    assert_eq!(finding.rule.id, "stops-answering");
    assert_eq!(finding.evidence.iter().map(|one| one.probe.number()).collect::<Vec<_>>(), [702, 100]);
    assert!(of(&[ProbeId::BASELINE]).found.is_empty(), "nothing that could harm was sent");
}

/// Where the user comes from the very Origin that a probe sends, or where the server's own is that, it is no foreign one.
#[test]
fn an_origin_that_the_user_chose_is_not_foreign() {
    let observations = BTreeMap::from([(ProbeId::new(367), seen("| alive")), (ProbeId::new(368), seen("| alive"))]);
    let probes = |context: &RequestContext| -> Vec<u16> {
        let found = findings(&Seen { observations: &observations, context, died_of: &[] }).found;
        found.iter().flat_map(|finding| &finding.evidence).map(|one| one.probe.number()).collect()
    };
    assert_eq!(probes(&context()), [367, 368]);
    assert_eq!(probes(&RequestContext { origin: None, ..context() }), [367, 368]);
    assert_eq!(probes(&RequestContext { origin: Some("null".to_owned()), ..context() }), [367]);
    let own = crate::wire::Header::new("origin", "https://stews.invalid");
    assert_eq!(probes(&RequestContext { headers: vec![own], ..context() }), [368]);
    assert_eq!(probes(&RequestContext::new(true, "stews.invalid", "/")), [368]);
}

/// What an application does to whoever connects is no answer to a Close.
#[test]
fn a_close_that_comes_whatever_is_sent_answers_nothing() {
    let lines =
        |own: &str| BTreeMap::from([(ProbeId::BASELINE, seen(own)), (ProbeId::new(911), seen("close 999 | fin"))]);
    let of = |own: &str| ids(&findings(&Seen { observations: &lines(own), context: &context(), died_of: &[] }));
    assert!(of(OPEN).contains("returns-invalid-close-codes"));
    assert!(of("close 999 | fin").is_empty());
}

#[test]
fn of_a_server_without_pongs_a_101_is_enough_and_silence_is_no_waiting() {
    let of = |probe: u16, line: &str| {
        let lines = BTreeMap::from([(ProbeId::BASELINE, seen("| cut")), (ProbeId::new(probe), seen(line))]);
        ids(&findings(&Seen { observations: &lines, context: &context(), died_of: &[] }))
    };
    assert!(of(641, "| silent").is_empty());
    assert!(of(367, "| silent").contains("opens-for-foreign-origin"));
    assert!(of(367, "HTTP/1.1 101 Go {} | silent").is_empty());
}

#[test]
fn rules_are_told_apart_and_their_probes_exist() {
    let ids: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), ALL.len());
    for rule in ALL.iter() {
        let kebab = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        assert!(rule.id.chars().all(kebab) && !rule.signs.is_empty(), "{}", rule.id);
        assert!(
            rule.section.starts_with("RFC ") && rule.meaning.ends_with('.') && !rule.title.ends_with('.'),
            "{}",
            rule.id
        );
        assert!(!rule.meaning.contains("  "), "{}", rule.id);
        for number in rule.signs.iter().flat_map(|sign| sign.probes) {
            assert!(probe::find(ProbeId::new(*number)).is_ok(), "{}: {number}", rule.id);
        }
    }
}

#[test]
fn what_is_sent_for_findings_harms_nobody_that_is_known() {
    let set = findings_set();
    assert!(
        (60..90).contains(&set.len()) && set.iter().all(|probe| probe.risk < Risk::Heavy && probe.kills.is_empty())
    );
    let numbers: BTreeSet<u16> = set.iter().map(|probe| probe.id.number()).collect();
    // All others that look at certain probes can be judged by it; the legal handshake is sent in any case.
    let heavy = ["takes-impossible-lengths", "waits-for-long-frames"];
    let deadly = ["opens-without-connection"];
    for rule in ALL.iter().filter(|rule| rule.signs.iter().any(|sign| !sign.probes.is_empty())) {
        let mut asked = rule.signs.iter().flat_map(|sign| sign.probes);
        let is_judged = asked.any(|number| numbers.contains(number) || *number == ProbeId::BASELINE.number());
        assert!(is_judged != [&heavy[..], &deadly].concat().contains(&rule.id), "{}", rule.id);
    }
}

/// What no recorded server does, and why.
const NOT_RECORDED: [(&str, &str); 3] = [
    ("agrees-to-nothing-offered", "no library names what was not offered; applications and proxies do"),
    ("lacks-a-field-in-101", "what is recorded opens WebSockets"),
    ("masks-its-frames", "no recorded server does in RFC 6455"),
];

/// What is found of each recorded version, by its product.
fn recorded() -> BTreeMap<String, Vec<(String, BTreeSet<&'static str>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fingerprints/recordings");
    let mut all: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (_, recording) in Recording::load_all(&folder).expect("recordings") {
        let usual =
            |(id, answers): (&ProbeId, &crate::database::Answers)| Some((*id, answers.usual()?.observation().clone()));
        let observations: BTreeMap<ProbeId, Observation> = recording.observations.iter().filter_map(usual).collect();
        let seen = Seen { observations: &observations, context: &context(), died_of: &recording.dies_of };
        all.entry(recording.product).or_default().push((recording.version, ids(&findings(&seen))));
    }
    all
}

#[test]
fn every_rule_is_true_of_a_recorded_server_and_known_facts_are_found() {
    let recorded = recorded();
    let shown: BTreeSet<&str> = recorded.values().flatten().flat_map(|(_, ids)| ids).copied().collect();
    let unknown: BTreeSet<&str> = NOT_RECORDED.iter().map(|(id, _)| *id).collect();
    let not_shown: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).filter(|id| !shown.contains(id)).collect();
    assert_eq!(not_shown, unknown);
    let of = |product: &str, version: &str| -> &BTreeSet<&str> {
        let versions = recorded.get(product).expect(product);
        versions.iter().find(|(known, _)| known == version).map(|(_, ids)| ids).expect(version)
    };
    assert!(of("aiohttp", "3.10.11").contains("takes-unmasked-frames"));
    assert!(of("aiohttp", "3.10.11").contains("opens-for-foreign-origin"));
    assert!(!of("aiohttp", "3.10.11").contains("takes-reserved-opcodes"));
    let gorilla = of("gorilla", "v1.5.3");
    assert!(gorilla.contains("takes-invalid-utf8") && !gorilla.contains("takes-unmasked-frames"));
    assert!(!gorilla.contains("opens-for-foreign-origin") && !gorilla.contains("takes-reserved-bits"));
    let mojolicious = of("mojolicious", "9.53");
    assert!(
        ["opens-without-key", "takes-reserved-opcodes", "speaks-after-close"].iter().all(|id| mojolicious.contains(id))
    );
    assert!(of("swoole", "6.2.2").contains("stops-answering"));
}

/// Parts of lines of the notation, legal and not, put together at random.
fn any_line() -> impl Strategy<Value = String> {
    let reply = prop_oneof![
        Just(String::new()),
        Just("nothing".to_owned()),
        "[ -!#-\\[\\]-~]{0,20}".prop_map(|text| format!("bytes \"{text}\"")),
        (
            "[A-Za-z-]{1,12}",
            "[!#-\\[\\]-~ ]{0,30}",
            "[ !#-\\[\\]-~]{0,60}",
            prop::sample::select(vec![101, 200, 400, 500])
        )
            .prop_map(|(name, value, body, status)| format!(
                "HTTP/1.1 {status} X {{{name}: \"{value}\"}} body \"\\x1b\\x00{body}\""
            )),
    ];
    let event = prop_oneof![
        prop::sample::select(vec![
            "fence",
            "text 1 echo",
            "op8 1 echo",
            "close",
            "close 999",
            "more",
            "reacted at 3",
            "after 5"
        ])
        .prop_map(str::to_owned),
        (0_u16..5100, "[ !#-\\[\\]-~]{0,30}")
            .prop_map(|(code, reason)| format!("close {code} \"{reason}\\xff\\xe2\\x80\\xae\"")),
        (0_u32..9, any::<u32>())
            .prop_map(|(rsv, mask)| format!("text 7 rsv={} masked={mask:08x} \"\\x1b[31mx\"", rsv % 7 + 1)),
    ];
    let end = prop::sample::select(vec!["alive", "fin", "reset", "silent", "broken", "cut"]);
    (reply, prop::collection::vec(event, 0..4), end).prop_map(|(reply, events, end)| {
        let items: Vec<String> = std::iter::once(reply).filter(|text| !text.is_empty()).chain(events).collect();
        let space = if items.is_empty() { "" } else { " " };
        format!("{}{space}| {end}", items.join(", "))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_a_server_says_what_is_found_is_printable(lines in prop::collection::vec((0_usize..400, any_line()), 0..40), died in prop::collection::vec(0_u16..1000, 0..3)) {
        let all = &*probe::ALL;
        let mut observations = BTreeMap::new();
        for (place, line) in &lines {
            let observation: Observation = line.parse().map_err(|error| TestCaseError::fail(format!("{line}: {error}")))?;
            observations.insert(all[place % all.len()].id, observation);
        }
        let died_of: Vec<ProbeId> = died.into_iter().map(ProbeId::new).collect();
        let found = findings(&Seen { observations: &observations, context: &context(), died_of: &died_of });
        prop_assert!(found.judged <= ALL.len());
        prop_assert!(found.found.windows(2).all(|pair| pair[0].rule.severity >= pair[1].rule.severity));
        for one in &found.found {
            prop_assert!(!one.evidence.is_empty());
            for evidence in &one.evidence {
                let printable = evidence.observed.chars().all(|letter| matches!(letter, ' '..='~' | '…'));
                prop_assert!(printable && evidence.observed.chars().count() <= 257, "{}", evidence.observed);
                let asked = observations.contains_key(&evidence.probe) || died_of.contains(&evidence.probe);
                prop_assert!(asked, "{} was not sent", evidence.probe);
            }
        }
    }
}
