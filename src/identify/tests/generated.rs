//! Small databases and observations, drawn.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use crate::database::{Database, Recording, derive};
use crate::identify::{Calibration, Observations};
use crate::probe::{ALL, ProbeId};

/// The most probes that are played.
const MOST_PROBES: usize = 12;

/// What real servers answer.
const LINES: &[&str] = &[
    "| alive",
    "| fin",
    "| reset",
    "| silent",
    "nothing | fin",
    "close | fin",
    "close 1002 | fin",
    "close 1002 | reset",
    r#"close 1002 "RSV1 set" | fin"#,
    "close 1007 | fin",
    r#"close 1011 "internal error" | silent"#,
    "text 1 echo, fence | alive",
    "pong 1 echo, fence | alive",
    r#"HTTP/1.1 400 Bad Request {Connection: close, Content-Type: text/html} body "Bad Request" | fin"#,
    r#"HTTP/1.1 400 Bad Request {Content-Type: text/plain, Sec-Websocket-Version: 13} body "Bad Request\n" | alive"#,
    "HTTP/1.1 426 Upgrade Required {Sec-WebSocket-Version: 13} | fin",
    "HTTP/1.1 101 Switching Protocols {Upgrade: websocket, Connection: Upgrade, Sec-WebSocket-Accept: <accept>} | alive",
    "HTTP/1.1 101 Switching Protocols {Server: TornadoServer/6.6, Upgrade: websocket, Connection: Upgrade, Sec-WebSocket-Accept: <accept>} | alive",
];

/// The products that there are, at most.
const PRODUCTS: &[&str] = &["gorilla", "jetty", "netty", "tornado", "undertow", "ws"];

/// The versions of a product, at most.
const VERSIONS: &[&str] = &["1.9", "1.10", "2.0"];

/// What is known, and what was seen of a target.
#[derive(Clone, Debug)]
pub(in crate::identify) struct Case {
    pub(in crate::identify) recordings: Vec<Recording>,
    pub(in crate::identify) seen: Observations,
}

impl Case {
    pub(in crate::identify) fn database(&self) -> Database {
        derive(&self.recordings, &[])
    }

    /// With one answer to each probe. Which of two equally frequent ones is the usual depends on what else is in the database.
    pub(in crate::identify) fn steady(mut self) -> Self {
        for answers in self.recordings.iter_mut().flat_map(|recording| recording.observations.values_mut()) {
            let usual = answers.usual().cloned();
            answers.seen.retain(|line, _| Some(line) == usual.as_ref());
        }
        self
    }

    /// The recordings without what some of them were answered by one probe.
    pub(in crate::identify) fn without(&self, probe: ProbeId, whose: impl Fn(&Recording) -> bool) -> Vec<Recording> {
        let mut rest = self.recordings.clone();
        for recording in rest.iter_mut().filter(|recording| whose(recording)) {
            recording.observations.remove(&probe);
        }
        rest
    }
}

/// What a version answered to a probe in two runs; nothing if it was not asked.
type Recorded = Option<[&'static str; 2]>;

/// What was seen of a target by one probe.
#[derive(Clone, Debug)]
enum Seen {
    NotPlayed,
    /// What the version that answers is recorded with, if it was asked.
    AsRecorded,
    Other(&'static str),
}

fn line() -> impl Strategy<Value = &'static str> {
    select(LINES)
}

fn answers() -> impl Strategy<Value = Recorded> {
    prop_oneof![
        2 => Just(None),
        6 => line().prop_map(|line| Some([line; 2])),
        1 => [line(), line()].prop_map(Some),
    ]
}

fn seen_by_probe() -> impl Strategy<Value = Seen> {
    prop_oneof![1 => Just(Seen::NotPlayed), 4 => Just(Seen::AsRecorded), 1 => line().prop_map(Seen::Other)]
}

fn observations<'a>(lines: impl Iterator<Item = (&'a ProbeId, &'a str)>) -> Observations {
    lines.map(|(probe, line)| (*probe, line.parse().expect(line))).collect()
}

fn recording_of(product: &str, version: &str, probes: &[ProbeId], answers: &[Recorded]) -> Recording {
    let run = |index: usize| {
        let asked = probes.iter().zip(answers).filter_map(|(probe, lines)| Some((probe, (*lines)?[index])));
        observations(asked)
    };
    Recording::of_runs(product, version, &[run(0), run(1)])
}

/// From 3 to 12 probes.
pub(in crate::identify) fn probes() -> impl Strategy<Value = Vec<ProbeId>> {
    let all: Vec<ProbeId> = ALL.iter().map(|probe| probe.id).collect();
    subsequence(all, 3..=MOST_PROBES)
}

/// From 2 to 6 products of 1 to 3 versions, not all of which were asked everything, and a target that mostly answers as one of them.
pub(in crate::identify) fn cases() -> impl Strategy<Value = Case> {
    let version = vec(answers(), MOST_PROBES);
    let products = vec(vec(version, 1..=VERSIONS.len()), 2..=PRODUCTS.len());
    (probes(), products, any::<Index>(), vec(seen_by_probe(), MOST_PROBES)).prop_map(|(probes, products, who, seen)| {
        let named = PRODUCTS.iter().zip(&products);
        let versions = named.flat_map(|(product, versions)| {
            VERSIONS.iter().zip(versions).map(move |(version, answers)| (*product, *version, answers))
        });
        let recordings = versions.map(|(product, version, answers)| recording_of(product, version, &probes, answers));
        let answers: Vec<&Vec<Recorded>> = products.iter().flatten().collect();
        let lines = probes.iter().zip(who.get(&answers).iter()).zip(&seen);
        let seen = lines.filter_map(|((probe, recorded), seen)| match seen {
            Seen::NotPlayed => None,
            Seen::AsRecorded => recorded.map(|[line, _]| (probe, line)),
            Seen::Other(line) => Some((probe, *line)),
        });
        Case { recordings: recordings.collect(), seen: observations(seen) }
    })
}

/// The measured numbers, which know proxies and take longer, and those that a fit starts from.
pub(in crate::identify) fn numbers() -> impl Strategy<Value = &'static Calibration> {
    static CAUTIOUS: LazyLock<Calibration> = LazyLock::new(Calibration::cautious);
    prop_oneof![1 => Just(Calibration::measured()), 3 => Just(&*CAUTIOUS)]
}
