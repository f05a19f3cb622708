//! What is recorded, as it came on the wire.

use std::path::Path;
use std::sync::LazyLock;

use stews::database::{Recording, version_order, vocabulary};
use stews::export::example;
use stews::observation::{Observation, Reply};
use stews::probe::ProbeId;

/// All recordings that there are.
pub static ALL: LazyLock<Vec<Recording>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fingerprints/recordings");
    Recording::load_all(&folder).unwrap().into_iter().map(|(_, recording)| recording).collect()
});

/// What is drawn anew each time, in other values than those that expressions are made with.
const DRAWN: [(&str, &str); 7] = [
    ("<date>", "Wed, 25 Nov 2026 10:33:43 GMT"),
    ("<authority>", "other.example:81"),
    ("<length>", "77"),
    ("<cookie>", "zz9; Path=/; HttpOnly"),
    ("<varies>", "0123-4567"),
    ("<id>", "UTgF-YmU"),
    ("<time>", "2027-01-02T03:04:05.678+00:00"),
];

/// All answers to a probe's handshake, as bytes.
pub fn answers(recording: &Recording, probe: ProbeId) -> Vec<Vec<u8>> {
    let lines = |probe: ProbeId| recording.observations.get(&probe).into_iter().flat_map(|answers| answers.seen.keys());
    let mut all = Vec::new();
    for seen in lines(probe) {
        match seen.observation().reply {
            Reply::Usual => all.extend(lines(ProbeId::BASELINE).filter_map(|line| bytes(line.as_str()))),
            _ => all.extend(bytes(seen.as_str())),
        }
    }
    all
}

fn bytes(line: &str) -> Option<Vec<u8>> {
    let drawn = DRAWN.iter().fold(line.to_owned(), |line, (word, value)| line.replace(word, &quotable(value)));
    example(&drawn.parse::<Observation>().unwrap_or_else(|error| panic!("{error}: {drawn}")).reply)
}

/// A value that may hold commas, in a field that is not quoted.
fn quotable(value: &str) -> String {
    value.replace(',', "\\x2c")
}

/// Whether a name is that of a recorded product, or of its engine.
pub fn is_right(recording: &Recording, name: &str) -> bool {
    name == vocabulary::name_of(&recording.product) || name == recording.engine
}

/// Whether a recorded version is among those in words: one, `1 - 3`, `1, 2`, or `3 of 1 to 9`.
pub fn is_among(version: &str, words: &str) -> bool {
    let between =
        |first: &str, last: &str| version_order(first, version).is_le() && version_order(version, last).is_le();
    if let Some((first, last)) = words.split_once(" - ") {
        return between(first, last);
    }
    if let Some((first, last)) = words.split_once(" of ").and_then(|(_, range)| range.split_once(" to ")) {
        return between(first, last);
    }
    words.split(", ").any(|one| one == version)
}
