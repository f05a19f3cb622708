//! What behaviours answered to a handshake.

use super::pattern::Pattern;
use crate::database::{Behaviour, Database};
use crate::observation::{Observation, Reply};
use crate::probe::ProbeId;

/// An answer to a handshake, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Answer<'a> {
    pub(super) behaviour: &'a Behaviour,
    pub(super) reply: Reply,
}

/// All answers to a probe's handshake that a database has.
pub(super) fn answers(database: &Database, probe: ProbeId) -> Vec<Answer<'_>> {
    database.behaviours.iter().flat_map(|behaviour| of_behaviour(database, behaviour, probe)).collect()
}

fn of_behaviour<'a>(database: &'a Database, behaviour: &'a Behaviour, probe: ProbeId) -> Vec<Answer<'a>> {
    let replies = |probe: ProbeId| database.answers(behaviour, probe).filter_map(|(line, _)| reply(line));
    let mut all: Vec<Reply> = Vec::new();
    for reply in replies(probe) {
        match reply {
            // A 101 that is that of the baseline is written there alone.
            Reply::Usual => all.extend(replies(ProbeId::BASELINE)),
            other => all.push(other),
        }
    }
    all.into_iter().map(|reply| Answer { behaviour, reply }).collect()
}

/// The answer to the handshake in a stored line; what does not read was refused when the database was loaded.
fn reply(line: &str) -> Option<Reply> {
    line.parse::<Observation>().ok().map(|seen| seen.reply)
}

/// An answer as it may come on the wire: with an example in place of whatever is drawn anew. Nothing where no byte came, or where it is
/// that of the baseline, which is written elsewhere.
#[must_use]
pub fn example(reply: &Reply) -> Option<Vec<u8>> {
    let mut whole = Pattern::of_reply(reply)?.example();
    if let Reply::Response { body, .. } = reply {
        let head = whole.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(whole.len(), |at| at + 4);
        whole.truncate(head);
        whole.extend(super::pattern::filled(body));
    }
    Some(whole)
}
