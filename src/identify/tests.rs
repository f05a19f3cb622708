use super::*;
use crate::database::{Recording, derive};
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

use crate::database::Database;

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
}
