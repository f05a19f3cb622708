use std::collections::BTreeMap;

use enum_map::EnumMap;

use super::*;
use crate::database::{Database, Recording, derive};
use crate::features::Kind;
use crate::observation::Observation;
use crate::probe::ProbeId;
use proptest::prelude::*;

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
    derive(&[recording("ws", "8", WS), recording("gorilla", "1.5", GORILLA), recording("tornado", "6.6", TORNADO)])
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
    let database = derive(&[Recording::of_runs("ws", "8", &[near])]);
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
    let empty = derive(&[]);
    assert!(identify(&observations(WS), &empty, Mask::default()).is_unknown());
}

#[test]
fn products_that_behave_alike_are_named_together() {
    let recording = |product: &str| Recording::of_runs(product, "1", &[observations(WS)]);
    let database =
        derive(&[recording("ws"), recording("gorilla"), Recording::of_runs("tornado", "6", &[observations(TORNADO)])]);
    let answer = identify(&observations(WS), &database, Mask::default());
    let names: Vec<_> = answer.first().iter().map(|candidate| candidate.product.as_str()).collect();
    assert_eq!(names, ["gorilla", "ws"]);
    assert_eq!(answer.second()[0].product, "tornado");
}

#[test]
fn a_masked_banner_decides_nothing() {
    let with = |banner: &str| observations(&[(309, &format!("HTTP/1.1 101 X {{Server: {banner}}} | alive"))]);
    let database =
        derive(&[Recording::of_runs("ws", "8", &[with("a")]), Recording::of_runs("tornado", "6", &[with("b")])]);
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
    let database = derive(&[
        Recording::of_runs("ws", "8", &[observations(WS)]),
        Recording::of_runs("tornado", "6", &[observations(TORNADO), fickle]),
    ]);
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
    let database = derive(&[
        Recording::of_runs("ws", "8", &[with(&direct("ws"))]),
        Recording::of_runs("gorilla", "1.5", &[observations(GORILLA)]),
    ]);
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
        let next = matcher.next(seen, &crate::probe::default_set(), &Policy::default());
        next.iter().filter(|probe| [386, 390].contains(&probe.id.number())).count()
    };
    let mut seen = observations(WS);
    assert_eq!(asked(&seen), 1);
    seen.extend(observations(&[(390, "| alive")]));
    assert_eq!(asked(&seen), 0);
}

proptest! {
    /// Whatever subset of probes was answered, the answer is finite, sums to one, and repeats.
    #[test]
    fn any_subset_gives_a_sound_answer(keep in proptest::collection::vec(any::<bool>(), 4), which in 0usize..3) {
        let lines = [WS, GORILLA, TORNADO][which];
        let some: Vec<(u16, &str)> = lines.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(line, _)| *line).collect();
        let answer = identify(&observations(&some), &database(), Mask::default());
        let sum: f64 = answer.unknown + answer.candidates.iter().map(|candidate| candidate.probability).sum::<f64>();
        prop_assert!((sum - 1.0).abs() < 1e-9);
        prop_assert_eq!(&answer, &identify(&observations(&some), &database(), Mask::default()));
    }

    /// Neither the order in which observations arrive nor that in which recordings were read changes anything.
    #[test]
    fn no_order_matters(order in Just((0..4).collect::<Vec<usize>>()).prop_shuffle(), turned in any::<bool>(), which in 0usize..3) {
        let lines = [WS, GORILLA, TORNADO][which];
        let mut seen = Observations::new();
        for index in order {
            seen.extend(observations(&lines[index..=index]));
        }
        let recording = |product: &str, lines: &[(u16, &str)]| Recording::of_runs(product, "1", &[observations(lines)]);
        let mut recordings = vec![recording("ws", WS), recording("gorilla", GORILLA), recording("tornado", TORNADO)];
        let straight = derive(&recordings);
        if turned {
            recordings.reverse();
        }
        let answer = identify(&seen, &derive(&recordings), Mask::default());
        prop_assert_eq!(answer, identify(&observations(lines), &straight, Mask::default()));
    }
}
