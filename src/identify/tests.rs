pub(super) mod generated;
mod properties;

use std::collections::BTreeMap;

use enum_map::EnumMap;

use super::*;
use crate::database::{Database, Recording, derive};
use crate::features::Kind;
use crate::observation::Observation;
use crate::probe::ProbeId;

fn observations(lines: &[(u16, &str)]) -> Observations {
    lines.iter().map(|(number, line)| (ProbeId::new(*number), line.parse().expect(line))).collect()
}

const WS: &[(u16, &str)] = &[
    (203, "close 1002 | fin"),
    (104, "close 1002 | fin"),
    (105, "close 1002 | fin"),
    (300, r#"HTTP/1.1 400 Bad Request {Connection: close, Content-Type: text/html} body "Bad Request" | fin"#),
];
const GORILLA: &[(u16, &str)] = &[
    (203, r#"close 1002 "RSV1 set" | fin"#),
    (104, r#"close 1002 "continuation after FIN" | fin"#),
    (105, "close | fin"),
    (
        300,
        r#"HTTP/1.1 400 Bad Request {Content-Type: text/plain, Sec-Websocket-Version: 13} body "Bad Request\n" | alive"#,
    ),
];
const TORNADO: &[(u16, &str)] = &[
    (203, "| fin"),
    (104, "| fin"),
    (105, "| fin"),
    (300, r#"HTTP/1.1 101 Switching Protocols {Server: TornadoServer/6.6} | alive"#),
];

fn database() -> Database {
    let recording = |product: &str, version: &str, lines: &[(u16, &str)]| {
        Recording::of_runs(product, version, &[observations(lines), observations(lines)])
    };
    derive(&[recording("ws", "8", WS), recording("gorilla", "1.5", GORILLA), recording("tornado", "6.6", TORNADO)], &[])
}

#[test]
fn each_recorded_server_is_named_first_and_not_unknown() {
    for (product, lines) in [("ws", WS), ("gorilla", GORILLA), ("tornado", TORNADO)] {
        let answer = identify(&observations(lines), &database(), Mask::default());
        assert_eq!(answer.first()[0].product, product);
        assert_eq!(answer.first().len(), 1);
        assert!(!answer.is_unknown(), "{answer:?}");
        assert!((answer.first()[0].match_percent - 100.0).abs() < 1e-9, "{answer:?}");
        assert!(answer.evidence.iter().all(|evidence| evidence.bits > 0.0), "{answer:?}");
    }
}

#[test]
fn probabilities_sum_to_one() {
    let answer = identify(&observations(WS), &database(), Mask::default());
    let sum: f64 = answer.unknown + answer.candidates.iter().map(|candidate| candidate.probability).sum::<f64>();
    assert!((sum - 1.0).abs() < 1e-9);
}

/// In the original a number in the database matched any text with that digit in it.
#[test]
fn a_value_matches_only_itself() {
    let near = observations(&[(203, r#"close 1002 "reserved1 = 1" | fin"#)]);
    let other = observations(&[(203, r#"close 1002 "1" | fin"#)]);
    let database = derive(&[Recording::of_runs("ws", "8", &[near])], &[]);
    let answer = identify(&other, &database, Mask::default());
    assert!(answer.candidates[0].match_percent < 100.0);
}

/// In the original a server was unknown only if all known ones were equally bad.
#[test]
fn a_server_like_none_is_unknown() {
    let strange = observations(&[
        (203, r#"close 1011 "boom" | reset"#),
        (104, r#"close 1011 "what" | reset"#),
        (105, r#"close 1011 "half" | reset"#),
        (300, r#"HTTP/1.0 418 Teapot {X: y} body "short and stout" | fin"#),
    ]);
    let answer = identify(&strange, &database(), Mask::default());
    assert!(answer.is_unknown() && answer.unknown > 0.5, "{answer:?}");
}

#[test]
fn nothing_observed_is_unknown() {
    assert!(identify(&Observations::new(), &database(), Mask::default()).is_unknown());
    let empty = derive(&[], &[]);
    assert!(identify(&observations(WS), &empty, Mask::default()).is_unknown());
}

#[test]
fn products_that_behave_alike_are_named_together() {
    let recording = |product: &str| Recording::of_runs(product, "1", &[observations(WS)]);
    let database = derive(
        &[recording("ws"), recording("gorilla"), Recording::of_runs("tornado", "6", &[observations(TORNADO)])],
        &[],
    );
    let answer = identify(&observations(WS), &database, Mask::default());
    let names: Vec<_> = answer.first().iter().map(|candidate| candidate.product.as_str()).collect();
    assert_eq!(names, ["gorilla", "ws"]);
    assert_eq!(answer.second()[0].product, "tornado");
}

/// One that was recorded by nine runs, of which one raced, explains what all of them show a little worse than its twin that never did.
#[test]
fn products_that_differ_by_chance_are_named_together() {
    let other = [&[(105, "| reset")], &WS[..2], &WS[3..]].concat();
    let runs = |raced: usize| (0..9).map(|run| observations(if run < raced { &other } else { WS })).collect::<Vec<_>>();
    let named = |raced: usize| {
        let recordings = [
            Recording::of_runs("ws", "1", &runs(raced)),
            Recording::of_runs("gorilla", "1", &runs(0)),
            Recording::of_runs("tornado", "6", &[observations(TORNADO)]),
        ];
        identify(&observations(WS), &derive(&recordings, &[]), Mask::default()).first().len()
    };
    assert_eq!([named(0), named(1), named(9)], [2, 2, 1]);
}

#[test]
fn a_masked_banner_decides_nothing() {
    let with = |banner: &str| observations(&[(309, &format!("HTTP/1.1 101 X {{Server: {banner}}} | alive"))]);
    let database =
        derive(&[Recording::of_runs("ws", "8", &[with("a")]), Recording::of_runs("tornado", "6", &[with("b")])], &[]);
    assert_eq!(identify(&with("b"), &database, Mask::default()).first()[0].product, "tornado");
    assert_eq!(identify(&with("b"), &database, Mask { banners: true }).first().len(), 2);
}

#[test]
fn an_explanation_names_what_tells_two_apart_and_what_would() {
    let (database, seen) = (database(), observations(&WS[..2]));
    let explanation = Matcher::new(&database).explain(&seen).unwrap();
    assert_eq!(explanation.first.product, "ws");
    let probes: Vec<u16> = explanation.probes.iter().map(|one| one.probe.number()).collect();
    assert_eq!(probes.len(), 2);
    let told = |one: &ProbeEvidence| (one.bits > 0.0, one.first.is_none(), one.second.is_some());
    assert!(explanation.probes.iter().all(|one| told(one) == (true, true, true)), "{explanation:?}");
    let deciding: Vec<u16> = explanation.deciding.iter().map(|one| one.probe.number()).collect();
    assert!(deciding.contains(&300) && !deciding.contains(&203), "{deciding:?}");
    assert!(!explanation.turning.is_empty());
    let mut turned = seen;
    for probe in &explanation.turning {
        let one = explanation.probes.iter().find(|one| one.probe == *probe).unwrap();
        turned.insert(*probe, one.second.clone().unwrap());
    }
    assert_ne!(identify(&turned, &database, Mask::default()).first()[0].product, "ws");
}

#[test]
fn a_refusal_is_known_by_how_known_servers_refuse() {
    let refused = |line: &str| observations(&[(ProbeId::BASELINE.number(), line), (301, line)]);
    let database = database();
    let matcher = Matcher::new(&database);
    let answer = matcher.identify_refused(&refused(
        r#"HTTP/1.1 404 Not Found {Content-Type: text/plain, Sec-Websocket-Version: 13} body "no" | alive"#,
    ));
    assert_eq!(answer.first()[0].product, "gorilla", "field names and their order are its own");
    let whole = identify(&observations(GORILLA), &database, Mask::default());
    assert!(answer.first()[0].probability < whole.first()[0].probability, "that is not much: {answer:?}");
    assert!(matcher.identify_refused(&Observations::new()).candidates.is_empty());
}

#[test]
fn a_target_that_answers_otherwise_contradicts_itself_unless_the_server_is_known_for_it() {
    let (fickle, seen) = (observations(&[(203, "| fin"), (104, "close | fin")]), observations(WS));
    let database = derive(
        &[
            Recording::of_runs("ws", "8", &[observations(WS)]),
            Recording::of_runs("tornado", "6", &[observations(TORNADO), fickle]),
        ],
        &[],
    );
    let matcher = Matcher::new(&database);
    let again = |probe: u16, line: &str| vec![(ProbeId::new(probe), line.parse::<Observation>().unwrap())];
    let found = |seen: &Observations, again: &[(ProbeId, Observation)]| {
        matcher.contradictions(seen, again, &matcher.identify(seen, Mask::default())).len()
    };
    assert_eq!(found(&seen, &again(203, "close 1002 | reset")), 0, "how it ends is chance");
    assert_eq!(found(&seen, &again(203, "close 1007 | fin")), 1);
    let tornado = observations(TORNADO);
    assert_eq!(found(&tornado, &again(104, "close | fin")), 0);
    assert_eq!(found(&tornado, &again(105, "close | fin")), 1);
}

#[test]
fn a_proxy_in_front_is_named_and_what_it_writes_is_not_held_against_the_server() {
    let direct =
        |server: &str| format!("HTTP/1.1 101 Switching Protocols {{Upgrade: websocket, Server: {server}}} | alive");
    let with = |baseline: &str| {
        let mut seen = observations(WS);
        seen.insert(ProbeId::BASELINE, baseline.parse().unwrap());
        seen
    };
    let database = derive(
        &[
            Recording::of_runs("ws", "8", &[with(&direct("ws"))]),
            Recording::of_runs("gorilla", "1.5", &[observations(GORILLA)]),
        ],
        &[],
    );
    let mut numbers = Calibration::cautious();
    let mut upgraded = EnumMap::default();
    let to = |value: &str| RewriteDistribution { rate: 0.95, values: BTreeMap::from([(value.to_owned(), 1.0)]) };
    let written = |value: &str| Rewrite { usual: to(value), by_value: BTreeMap::new() };
    upgraded[Kind::Banner] = written("server: nginx");
    upgraded[Kind::FieldOrder] = written("server, upgrade");
    upgraded[Kind::FieldCase] = written("Server, Upgrade");
    numbers.proxies = vec![ReverseProxy { product: "nginx".into(), upgraded, ..ReverseProxy::default() }];
    let matcher = Matcher::calibrated(&database, numbers);
    let behind = with("HTTP/1.1 101 Switching Protocols {Server: nginx/1.26.3, Upgrade: websocket} | alive");
    let answer = matcher.identify(&behind, Mask::default());
    assert_eq!(answer.proxy.as_ref().map(|proxy| proxy.product.as_str()), Some("nginx"));
    assert_eq!(answer.first()[0].product, "ws");
    let bare = matcher.identify(&with(&direct("ws")), Mask::default());
    assert_eq!(bare.proxy, None);
}

/// nginx turns a reset into FIN, and lets all other ends pass.
#[test]
fn what_a_proxy_makes_of_the_servers_own_value_is_held_against_no_server_that_shows_it() {
    let all = |end: &str| {
        let lines = [203, 104, 105].map(|probe| (probe, format!("close 1002 | {end}")));
        let mut seen: Observations =
            lines.iter().map(|(probe, line)| (ProbeId::new(*probe), line.parse().unwrap())).collect();
        let baseline = "HTTP/1.1 101 Switching Protocols {Upgrade: websocket, Server: own} | alive";
        seen.insert(ProbeId::BASELINE, baseline.parse().unwrap());
        seen
    };
    // The one resets; the other hangs up, but answers one probe in another way.
    let mut hangs_up = all("fin");
    hangs_up.extend(observations(&[(204, r#"close 1003 "no" | fin"#)]));
    let mut resets = all("reset");
    resets.extend(observations(&[(204, "close 1002 | reset")]));
    let database =
        derive(&[Recording::of_runs("ws", "8", &[resets]), Recording::of_runs("tornado", "6", &[hangs_up])], &[]);
    let to = |rate: f64, value: &str| RewriteDistribution { rate, values: [(value.to_owned(), 1.0)].into() };
    let proxy = |by_value: BTreeMap<String, RewriteDistribution>| {
        let mut upgraded: EnumMap<Kind, Rewrite> = EnumMap::default();
        upgraded[Kind::Banner].usual = to(0.98, "server: nginx");
        upgraded[Kind::End].by_value = by_value;
        ReverseProxy { product: "nginx".into(), upgraded, ..ReverseProxy::default() }
    };
    let mut seen = all("fin");
    seen.extend(observations(&[
        (204, "close 1002 | fin"),
        (
            ProbeId::BASELINE.number(),
            "HTTP/1.1 101 Switching Protocols {Upgrade: websocket, Server: nginx/1.26.3} | alive",
        ),
    ]));
    let behind = |by_value: BTreeMap<String, RewriteDistribution>| {
        let numbers = Calibration { proxies: vec![proxy(by_value)], ..Calibration::cautious() };
        Matcher::calibrated(&database, numbers).identify(&seen, Mask::default())
    };
    let (usual, special) = (behind(BTreeMap::new()), behind([("reset".to_owned(), to(1.0, "fin"))].into()));
    assert_eq!(usual.first()[0].product, "tornado", "{usual:?}");
    assert_eq!(special.proxy.as_ref().map(|proxy| proxy.product.as_str()), Some("nginx"), "{special:?}");
    assert_eq!(special.first()[0].product, "ws", "{special:?}");
    assert!(special.first()[0].match_percent > 99.0, "{special:?}");
}

#[test]
fn one_probe_tells_which_proxy_stands_in_front_although_the_answer_stands() {
    let proxy = |product: &str| {
        let local = LocalResponse { signature: product.to_owned(), probes: BTreeMap::from([(386, 1.0), (390, 1.0)]) };
        ReverseProxy { product: product.to_owned(), local_responses: vec![local], ..ReverseProxy::default() }
    };
    let numbers = Calibration { proxies: ["nginx", "envoy", "caddy"].map(proxy).into(), ..Calibration::cautious() };
    let database = database();
    let matcher = Matcher::calibrated(&database, numbers);
    let asked = |seen: &Observations| {
        let next = matcher.next(seen, &crate::probe::gentle_set(), &Policy::default());
        next.iter().filter(|probe| [386, 390].contains(&probe.id.number())).count()
    };
    let mut seen = observations(WS);
    assert_eq!(asked(&seen), 1);
    seen.extend(observations(&[(390, "| alive")]));
    assert_eq!(asked(&seen), 0);
}
