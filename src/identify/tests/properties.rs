//! What holds of every answer, whatever the database.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::generated::{cases, numbers, probes};
use crate::database::{Database, Recording, derive};
use crate::features::Kind;
use crate::identify::ids::BehaviourId;
use crate::identify::score::Score;
use crate::identify::{Answer, Calibration, Mask, Matcher, Observations, Part, part_of};
use crate::probe::{Layer, ProbeId, find};

fn identify(observations: &Observations, database: &Database, numbers: &Calibration) -> Answer {
    Matcher::calibrated(database, numbers.clone()).identify(observations, Mask::default())
}

/// What is compared, and how each behaviour scores, by product and versions, where nothing stands in front.
#[derive(Debug)]
struct Scored {
    compared: BTreeSet<(ProbeId, Kind)>,
    scores: Vec<((String, Vec<String>), Score)>,
}

impl Scored {
    fn of(observations: &Observations, database: &Database) -> Self {
        let matcher = Matcher::calibrated(database, Calibration::cautious());
        let likelihoods = matcher.likelihoods(observations, Mask::default());
        let compared = likelihoods.features.iter().map(|feature| (feature.probe, feature.kind)).collect();
        let names = database.behaviours.iter().map(|known| (known.product.clone(), known.versions.clone()));
        Self { compared, scores: names.zip(likelihoods.scores.iter().copied()).collect() }
    }

    fn score(&self, product: &str, version: &str) -> &Score {
        let mine = |known: &&((String, Vec<String>), Score)| {
            known.0.0 == product && known.0.1.iter().any(|known| known == version)
        };
        &self.scores.iter().find(mine).unwrap().1
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_answer_is_sound_and_repeats(case in cases(), numbers in numbers(), banners: bool) {
        let database = case.database();
        let matcher = Matcher::calibrated(&database, numbers.clone());
        let answer = matcher.identify(&case.seen, Mask { banners });
        let candidates = answer.candidates.iter().map(|candidate| candidate.probability);
        let known: f64 = candidates.clone().sum();
        let engines = answer.engines.iter().map(|engine| engine.probability);
        let proxy = answer.proxy.iter().map(|proxy| proxy.probability);
        for probability in candidates.chain(engines.clone()).chain(proxy).chain([answer.unknown]) {
            prop_assert!((0.0..=1.0).contains(&probability), "{answer:?}");
        }
        prop_assert!((known + answer.unknown - 1.0).abs() < 1e-9, "{answer:?}");
        prop_assert!((engines.sum::<f64>() - known).abs() < 1e-9, "{answer:?}");
        let percents = answer.candidates.iter().map(|candidate| candidate.match_percent);
        prop_assert!(percents.clone().all(|percent| (-1e-9..=100.0 + 1e-9).contains(&percent)), "{answer:?}");
        prop_assert!(answer.candidates.is_sorted_by(|one, other| one.probability >= other.probability), "{answer:?}");
        prop_assert_eq!(&answer, &matcher.identify(&case.seen, Mask { banners }), "again");
        prop_assert_eq!(&answer, &Matcher::calibrated(&database, numbers.clone()).identify(&case.seen, Mask { banners }));
    }

    #[test]
    fn the_order_in_which_recordings_are_read_does_not_matter(
        (case, shuffled) in cases().prop_flat_map(|case| {
            let shuffled = Just(case.recordings.clone()).prop_shuffle();
            (Just(case), shuffled)
        }),
        numbers in numbers(),
    ) {
        let (straight, shuffled) = (case.database(), derive(&shuffled, &[]));
        prop_assert!(straight == shuffled, "{}\n{}", straight.to_text(), shuffled.to_text());
        let answer = identify(&case.seen, &straight, numbers);
        prop_assert_eq!(answer, identify(&case.seen, &shuffled, numbers));
    }

    #[test]
    fn equals_are_named_together(case in cases(), numbers in numbers(), which: Index, last: bool) {
        let (own, copy) = (which.get(&case.recordings).product.clone(), if last { "zz" } else { "aa" });
        let copies = case.recordings.iter().filter(|recording| recording.product == own);
        let copies: Vec<Recording> =
            copies.map(|recording| Recording { product: copy.to_owned(), ..recording.clone() }).collect();
        let answer = identify(&case.seen, &derive(&[case.recordings.clone(), copies].concat(), &[]), numbers);
        let of = |product: &str| answer.candidates.iter().find(|candidate| candidate.product == product);
        if let (Some(one), Some(other)) = (of(&own), of(copy)) {
            prop_assert_eq!((one.probability, one.match_percent), (other.probability, other.match_percent));
            prop_assert_eq!(&one.versions, &other.versions);
            for place in [answer.first(), answer.second()] {
                let here = |product: &str| place.iter().any(|candidate| candidate.product == product);
                prop_assert_eq!(here(&own), here(copy), "{:?}", answer);
            }
        }
    }

    /// Backgrounds are others then, and with them bits and the order; what matches is not. A fact that nobody else showed is not compared any
    /// more where the target did not show it either, so that the match with others may change: such cases are passed over.
    #[test]
    fn a_version_that_is_left_out_changes_no_match_of_others(case in cases(), which: Index) {
        let (whole, out) = (case.database(), which.get(&case.recordings));
        let rest = whole.without_version(&out.product, &out.version);
        let (before, after) = (Scored::of(&case.seen, &whole), Scored::of(&case.seen, &rest));
        prop_assume!(before.compared == after.compared);
        for ((product, versions), score) in &after.scores {
            let old = before.score(product, &versions[0]);
            prop_assert!((score.match_percent() - old.match_percent()).abs() < 1e-9, "{product} {versions:?}");
        }
    }

    /// A score is the sum of what the features of the probes say that the behaviour was asked, and evidence is of probes that both were asked.
    #[test]
    fn what_was_not_asked_is_no_evidence(case in cases()) {
        let database = case.database();
        let matcher = Matcher::calibrated(&database, Calibration::cautious());
        let likelihoods = matcher.likelihoods(&case.seen, Mask::default());
        for (behaviour, score) in likelihoods.scores.iter().enumerate() {
            let asked: BTreeSet<ProbeId> = database.behaviours[behaviour].probes().collect();
            let features = || likelihoods.features.iter().filter(|feature| asked.contains(&feature.probe));
            let bits: f64 = features().map(|one| one.bits(BehaviourId::nth(behaviour)) - one.null_bits()).sum();
            let compared: f64 = features().map(|feature| feature.compared().all).sum();
            prop_assert!((bits - score.bits).abs() < 1e-9 && (compared - score.compared).abs() < 1e-9, "{score:?}");
        }
        let answer = matcher.identify(&case.seen, Mask::default());
        let asked = |product: &str, probe: ProbeId| {
            let mut versions = database.behaviours.iter().filter(|known| known.product == product);
            versions.any(|known| known.probes().any(|asked| asked == probe))
        };
        for candidate in answer.candidates.iter().take(2) {
            prop_assert!(answer.evidence.iter().all(|one| asked(&candidate.product, one.feature.probe)), "{answer:?}");
        }
    }

    /// A server that answers as it is recorded matches wholly, however little it was asked when it was recorded.
    #[test]
    fn a_server_that_was_asked_little_matches_wholly(case in cases(), which: Index, forgotten in vec(any::<Index>(), 0..4)) {
        let own = which.get(&case.recordings);
        let seen: Observations =
            own.run(0).into_iter().map(|(probe, line)| (probe, line.as_str().parse().unwrap())).collect();
        let mut recorded = seen.clone();
        for place in forgotten.iter().filter(|_| !seen.is_empty()).map(|index| index.index(seen.len())) {
            recorded.remove(seen.keys().nth(place).unwrap());
        }
        let others = case.recordings.iter().filter(|other| other.product != own.product).cloned();
        let recorded = Recording::of_runs(&own.product, &own.version, &[recorded]);
        let database = derive(&others.chain([recorded]).collect::<Vec<_>>(), &[]);
        let scored = Scored::of(&seen, &database);
        let score = scored.score(&own.product, &own.version);
        prop_assert!(score.compared < 1e-9 || (score.match_percent() - 100.0).abs() < 1e-9, "{score:?}");
        prop_assert!((score.engine_compared - score.engine_agreed).abs() < 1e-9, "{score:?}");
        prop_assert!(score.bits > -1e-9, "{score:?}");
    }

    /// The more probes a target answers as one product does and no other, the more probable that product is, and the less an unknown server.
    ///
    /// But for a hundredth: that it closes is a duplicate from probe to probe, and takes weight from those before. It does not hold of an
    /// answer that other products give too, which makes the share of facts in which those differ smaller.
    #[test]
    fn more_agreeing_evidence_never_lowers_a_candidate(
        probes in probes().prop_shuffle(),
        rivals in vec(select(&["| alive", "| silent", "close 1002 | fin", "close | reset"][..]), 1..5),
        numbers in numbers(),
    ) {
        let is_engines = |probe: &&ProbeId| {
            let probe = find(**probe).unwrap();
            probe.layer == Layer::Engine && part_of(probe, Kind::Reaction, true) == Some(Part::Engine)
        };
        let probes: Vec<ProbeId> = probes.iter().filter(is_engines).copied().collect();
        // Lines that differ from probe to probe, so that none is a duplicate of another.
        let own = |place: usize| format!("close {} \"reason {place}\" | fin", 4000 + place);
        let lines = |line: &dyn Fn(usize) -> String, count: usize| -> Observations {
            probes.iter().take(count).enumerate().map(|(place, probe)| (*probe, line(place).parse().unwrap())).collect()
        };
        let recording = |product: &str, line: &dyn Fn(usize) -> String| {
            Recording::of_runs(product, "1", &[lines(line, probes.len())])
        };
        let names = ["gorilla", "jetty", "netty", "tornado"];
        let rivals = names.iter().zip(&rivals).map(|(name, line)| recording(name, &|_| (*line).to_owned()));
        let database = derive(&rivals.chain([recording("ws", &own)]).collect::<Vec<_>>(), &[]);
        let numbers = Calibration { proxies: Vec::new(), ..numbers.clone() };
        let matcher = Matcher::calibrated(&database, numbers);
        let seen: Vec<Observations> = (1..=probes.len()).map(|count| lines(&own, count)).collect();
        let answers: Vec<Answer> = seen.iter().map(|seen| matcher.identify(seen, Mask::default())).collect();
        let of_ws = |answer: &Answer| answer.candidates.iter().find(|one| one.product == "ws").map(|one| one.probability);
        let probabilities: Vec<f64> = answers.iter().filter_map(of_ws).collect();
        prop_assert!(probabilities.is_sorted_by(|before, after| *after >= before - 1e-2), "{probabilities:?}");
        let unknown: Vec<f64> = answers.iter().map(|answer| answer.unknown).collect();
        prop_assert!(unknown.is_sorted_by(|before, after| *after <= before + 1e-2), "{unknown:?}");
    }

    /// What an application decides says nothing of the engine: whatever it sends, the answer stays.
    #[test]
    fn the_applications_data_change_nothing(case in cases(), data in vec(select(&["text 2 echo", "binary 7 \"hello\"", ""][..]), 12)) {
        let database = case.database();
        let matcher = Matcher::calibrated(&database, Calibration::cautious());
        let with = |which: fn(&str) -> &str| -> Observations {
            let frames = case.seen.keys().zip(&data).map(|(probe, data)| (*probe, format!("{} | alive", which(data))));
            frames.map(|(probe, line)| (probe, line.trim().parse().unwrap())).collect()
        };
        let (quiet, talking) = (with(|_| ""), with(|data| data));
        let (before, after) = (matcher.identify(&quiet, Mask::default()), matcher.identify(&talking, Mask::default()));
        prop_assert!((before.unknown - after.unknown).abs() < 1e-9);
        for (one, other) in before.candidates.iter().zip(&after.candidates) {
            prop_assert!((one.probability - other.probability).abs() < 1e-9, "{one:?} {other:?}");
        }
    }
}
