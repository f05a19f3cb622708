//! Aggregates repeated runs into a recording: what was seen with how often it was seen, nondeterminism of notation removed.
//!
//! Three runs see what happens always. Where they disagree, or say otherwise than what is stored of the same image, the server races or
//! the machine was busy, and it is run on to nine ([`MOST_RUNS`]): nothing that was seen is left out, and its share says how rare it is.

use std::collections::{BTreeMap, BTreeSet};

use stews::database::{Answers, Counted, ProbeSets, Provenance, Recording};
use stews::observation::noted::Noted;
use stews::observation::order::FieldOrders;
use stews::observation::{End, Event, Observation};
use stews::probe::{Probe, ProbeId, find};
use stews::wire::Opcode;

/// Runs of each server that make a recording.
pub const RUNS: usize = 3;

/// Runs of a server of which the first [`RUNS`] disagree.
pub const MOST_RUNS: usize = 9;

/// What one scan observed.
pub type Observed = BTreeMap<ProbeId, Observation>;

/// All that was observed of one server, by probe, in the notation.
#[derive(Debug, Default)]
pub struct RunConsensus {
    seen: BTreeMap<ProbeId, Vec<String>>,
}

impl RunConsensus {
    /// Adds what a scan observed.
    pub fn add(&mut self, observed: &Observed) {
        for (probe, observation) in observed {
            self.seen.entry(*probe).or_default().push(observation.to_string());
        }
    }

    /// Takes out what chance alone decides: fields whose order is drawn anew for each answer, or for each process, are put in
    /// alphabetical order, and the pings of a timer, which fall into one play and not into the next, are left out. That may show only
    /// beside what is stored.
    pub fn remove_nondeterminism(&mut self, stored: Option<&Recording>) {
        let (mut orders, mut by_timer) = (FieldOrders::default(), false);
        let parsed = |line: &String| line.parse::<Observation>().ok();
        for (probe, lines) in &self.seen {
            let Some(first) = lines.first().and_then(parsed) else { continue };
            let known = stored.and_then(|stored| stored.observations.get(probe));
            let known = known.into_iter().flat_map(|known| known.seen.keys()).map(|line| line.observation().clone());
            for other in lines.iter().filter_map(parsed).chain(known) {
                orders.compare(&first.reply, &other.reply);
                by_timer |= first != other && without_pings(first.clone()) == without_pings(other);
            }
        }
        if orders.is_empty() && !by_timer {
            return;
        }
        for line in self.seen.values_mut().flatten() {
            if let Some(observation) = parsed(line) {
                let settled = observation.in_settled_order(&orders);
                *line = if by_timer { without_pings(settled) } else { settled }.to_string();
            }
        }
    }

    /// Leaves out a probe altogether.
    pub fn forget(&mut self, probe: ProbeId) {
        self.seen.remove(&probe);
    }

    /// The probes to which the answers differ, from each other or from what is stored of the same server ([`comparable`]); what nothing is
    /// stored of differs from nothing.
    pub fn differing(&self, known: Option<&Recording>) -> BTreeSet<ProbeId> {
        let news = |probe: &ProbeId, line: &String| {
            let stored = known.and_then(|known| known.observations.get(probe));
            stored.is_some_and(|stored| !stored.seen.contains_key(line.as_str()))
        };
        let doubt =
            |(probe, lines): &(&ProbeId, &Vec<String>)| lines.iter().any(|line| *line != lines[0] || news(probe, line));
        self.seen.iter().filter(doubt).map(|(probe, _)| *probe).collect()
    }

    /// Whether all that was seen of the probes that are `wanted` is stored.
    pub fn is_stored(&self, known: Option<&Recording>, wanted: impl Fn(ProbeId) -> bool) -> bool {
        let is_told = |(probe, lines): (&ProbeId, &Vec<String>)| {
            let stored = known.and_then(|known| known.observations.get(probe));
            stored.is_some_and(|stored| lines.iter().all(|line| stored.seen.contains_key(line.as_str())))
        };
        self.seen.iter().filter(|(probe, _)| wanted(**probe)).all(is_told)
    }

    /// What to record, as so many runs: every line as often as it was seen, or as its share has it where there were more runs than that.
    pub fn consensus(&self, runs: usize) -> Vec<Observed> {
        let mut consensus = vec![Observed::new(); runs];
        for (probe, lines) in &self.seen {
            // A rung of a ladder that one run alone climbed to: a chance answer to another led there.
            if lines.len() == 1 && runs > 1 && find(*probe).is_ok_and(Probe::is_rung) {
                continue;
            }
            let counts = count(lines.iter().map(|line| (line.as_str(), 1)));
            for (run, line) in consensus.iter_mut().zip(in_shares(counts, runs.min(lines.len()))) {
                // It was written as an observation.
                if let Ok(observation) = line.parse() {
                    run.insert(*probe, observation);
                }
            }
        }
        consensus
    }
}

fn without_pings(mut observation: Observation) -> Observation {
    let is_ping = |event: &Event| matches!(event, Event::Frame { head, .. } if head.opcode == Opcode::PING);
    observation.events.retain(|event| !is_ping(event));
    observation
}

fn count<L: Ord>(lines: impl Iterator<Item = (L, usize)>) -> BTreeMap<L, usize> {
    let mut counts = BTreeMap::new();
    lines.for_each(|(line, count)| *counts.entry(line).or_default() += count);
    counts
}

/// Lines as often as their shares of `room` have it, and each at least once where there is room; sorted.
fn in_shares<L: Ord + Copy>(counts: BTreeMap<L, usize>, room: usize) -> Vec<L> {
    let total = counts.values().sum::<usize>() as f64;
    let mut ordered: Vec<(L, usize)> = counts.into_iter().collect();
    ordered.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    ordered.truncate(room);
    let mut told: Vec<L> = ordered.iter().map(|(line, _)| *line).collect();
    while told.len() < room {
        // The line that is furthest below its share.
        let lacks = |(line, count): &(L, usize)| {
            let now = told.iter().filter(|one| *one == line).count();
            (count * room) as f64 / total - now as f64
        };
        let Some(next) = ordered.iter().max_by(|one, other| lacks(one).total_cmp(&lacks(other))) else { break };
        told.push(next.0);
    }
    told.sort_unstable();
    told
}

/// What of a stored recording a server of this provenance can be held against: the answers to probes that send today what they sent then;
/// nothing where the image is another one.
pub fn comparable(stored: &Recording, provenance: &Provenance, sets: &ProbeSets) -> Option<Recording> {
    let then = &stored.provenance;
    let is_same = then.recipe.is_some() && (&then.recipe, &then.packages) == (&provenance.recipe, &provenance.packages);
    is_same.then(|| {
        let mut known = stored.clone();
        sets.drop_stale(&mut known);
        known
    })
}

/// A recording with what an earlier one of the same image says beside it: a server that now and then answers otherwise is known ever
/// better, and what was once seen is not forgotten. Of another image, or to a probe that sends something else today, nothing is taken over.
pub fn merge(stored: &Recording, new: &Recording, sets: &ProbeSets) -> Recording {
    let mut merged = new.clone();
    let Some(known) = comparable(stored, &new.provenance, sets) else { return merged };
    merged.runs = known.runs.max(new.runs);
    for probe in known.observations.keys().filter(|probe| may_lack(**probe)) {
        merged.observations.entry(*probe).or_default();
    }
    for (probe, answers) in &mut merged.observations {
        let of = |recording: &'_ Recording| recording.observations.get(probe).cloned().unwrap_or_default().seen;
        let (theirs, ours) = (of(&known), of(new));
        let both = theirs.iter().chain(&ours);
        let counts = count(both.map(|(line, count)| (line, *count as usize)));
        let room = counts.values().sum::<usize>().min(merged.runs as usize);
        answers.seen.clear();
        in_shares(counts, room).into_iter().for_each(|line| *answers.seen.entry(line.clone()).or_insert(0) += 1);
    }
    merged
}

/// Whether a probe is not sent in every run: which rungs of a ladder are tried follows from the answers to others, and which long
/// payloads are, from the time that they take.
fn may_lack(probe: ProbeId) -> bool {
    let not_always = |probe: &Probe| probe.is_rung() || probe.has_long_payload();
    find(probe).is_ok_and(not_always)
}

/// Whether a server was seen to answer a probe alike and to end in order the one time and with a reset the other.
fn races_its_end(stored: &Recording) -> bool {
    let both = |lines: &Counted| {
        lines.keys().any(|line| other_end(line).is_some_and(|other| lines.contains_key(other.as_str())))
    };
    stored.observations.values().any(|answers| both(&answers.seen))
}

/// The line with the other of the two ends between which chance may decide.
fn other_end(line: &Noted) -> Option<String> {
    let to =
        |from: End, other: End| line.as_str().strip_suffix(from.word()).map(|rest| format!("{rest}{}", other.word()));
    to(End::Fin, End::Reset).or_else(|| to(End::Reset, End::Fin))
}

/// Whether a recording says nothing that the stored one does not say too: of a server that answers now so, now so, each set of runs
/// sees its own shares. To get further up a ladder than before, or to longer payloads, is no news; the first of them are. Nor is it news
/// how a connection ends of a server that is known to end the same now so, now so.
pub fn adds_nothing(stored: &Recording, new: &Recording) -> bool {
    let has_some = stored.observations.keys().any(|probe| may_lack(*probe));
    let races = races_its_end(stored);
    let is_told = |theirs: &Counted, line: &Noted| {
        theirs.contains_key(line) || races && other_end(line).is_some_and(|other| theirs.contains_key(other.as_str()))
    };
    let alike = |(probe, ours): (&ProbeId, &Answers)| match stored.observations.get(probe) {
        Some(theirs) => ours.seen.keys().all(|line| is_told(&theirs.seen, line)),
        None => has_some && may_lack(*probe),
    };
    let lacks_none = stored.observations.keys().all(|probe| new.observations.contains_key(probe));
    let observations = lacks_none && new.observations.iter().all(alike);
    let mut rest = stored.clone();
    rest.observations.clone_from(&new.observations);
    // The id of an image alone is no news: its recipe is told, and its packages.
    rest.provenance.image.clone_from(&new.provenance.image);
    observations && rest == *new
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPCODE: u16 = 203;
    const RUNG: u16 = 623;

    fn plays(probe: u16, lines: &[&str]) -> RunConsensus {
        let mut plays = RunConsensus::default();
        lines.iter().for_each(|line| plays.add(&observed(probe, line)));
        plays
    }

    fn observed(probe: u16, line: &str) -> Observed {
        Observed::from([(ProbeId::new(probe), line.parse().unwrap())])
    }

    fn told(plays: &RunConsensus, probe: u16) -> Vec<String> {
        told_of(plays, probe, 3)
    }

    fn told_of(plays: &RunConsensus, probe: u16, runs: usize) -> Vec<String> {
        plays.consensus(runs).iter().filter_map(|run| run.get(&ProbeId::new(probe)).map(ToString::to_string)).collect()
    }

    fn recording(lines: &[&str]) -> Recording {
        let runs: Vec<Observed> = lines.iter().map(|line| observed(OPCODE, line)).collect();
        Recording::of_runs("ws", "8", &runs)
    }

    #[test]
    fn what_differs_calls_for_more_runs() {
        let differs = |lines: &[&str], stored: Option<&Recording>| !plays(OPCODE, lines).differing(stored).is_empty();
        assert!(!differs(&["| fin", "| fin", "| fin"], None));
        assert!(differs(&["| fin", "| reset", "| fin"], None));
        assert!(differs(&["| fin", "| fin"], Some(&recording(&["| reset"]))));
        assert!(!differs(&["| fin", "| fin"], Some(&recording(&["| reset", "| fin"]))));
        let of_another = Recording::of_runs("ws", "8", &[observed(RUNG, "| fin")]);
        assert!(!differs(&["| fin", "| fin"], Some(&of_another)), "a new probe is no news");
    }

    #[test]
    fn what_is_stored_is_told_apart_from_what_is_new() {
        let seen = plays(OPCODE, &["| fin"]);
        assert!(seen.is_stored(Some(&recording(&["| fin", "| reset"])), |_| true));
        assert!(!seen.is_stored(Some(&recording(&["| reset"])), |_| true));
        assert!(!seen.is_stored(None, |_| true));
        assert!(seen.is_stored(None, |probe| probe == ProbeId::new(RUNG)));
    }

    #[test]
    fn rare_answers_keep_their_shares() {
        let lines: Vec<&str> = [vec!["| fin"; 7], vec!["| reset"], vec!["| silent"]].concat();
        let nine = plays(OPCODE, &lines);
        let mut all = told_of(&nine, OPCODE, MOST_RUNS);
        all.dedup();
        assert_eq!(told_of(&nine, OPCODE, MOST_RUNS).len(), MOST_RUNS);
        assert_eq!(all, ["| fin", "| reset", "| silent"]);
        assert_eq!(told(&nine, OPCODE), ["| fin", "| reset", "| silent"], "each at least once where there is room");
        let ten: Vec<&str> = [vec!["| fin"; 8], vec!["| reset"; 2]].concat();
        assert_eq!(told(&plays(OPCODE, &ten), OPCODE), ["| fin", "| fin", "| reset"]);
    }

    #[test]
    fn fields_in_any_order_are_told_in_one() {
        let lines = ["HTTP/1.1 400 No {B: 1, A: 2} | fin", "HTTP/1.1 400 No {A: 2, B: 1} | fin"];
        let mut plays = plays(OPCODE, &lines);
        plays.add(&observed(RUNG, "HTTP/1.1 405 No {b: 3, a: 4} | fin"));
        plays.remove_nondeterminism(None);
        assert_eq!(told(&plays, OPCODE), [lines[1], lines[1]]);
        assert_eq!(plays.seen[&ProbeId::new(RUNG)], ["HTTP/1.1 405 No {a: 4, b: 3} | fin"]);
    }

    #[test]
    fn pings_of_a_timer_are_left_out_once_one_was_missing() {
        let mut by_timer = plays(OPCODE, &["ping 4 | silent", "| silent", "ping 4 | silent"]);
        by_timer.add(&observed(100, "text 1 echo, ping 4 | silent"));
        by_timer.remove_nondeterminism(None);
        assert_eq!(told(&by_timer, OPCODE), ["| silent"; 3]);
        assert_eq!(told(&by_timer, 100), ["text 1 echo | silent"]);
        let mut always = plays(OPCODE, &["ping 4 | silent", "ping 4 | silent"]);
        always.remove_nondeterminism(None);
        assert_eq!(told(&always, OPCODE), ["ping 4 | silent"; 2]);
        always.remove_nondeterminism(Some(&recording(&["| silent"])));
        assert_eq!(told(&always, OPCODE), ["| silent"; 2]);
    }

    #[test]
    fn a_rung_that_one_run_alone_climbed_to_is_left_out() {
        assert_eq!(told(&plays(RUNG, &["| fin"]), RUNG), Vec::<String>::new());
        assert_eq!(told(&plays(RUNG, &["| fin", "| fin"]), RUNG).len(), 2);
    }

    #[test]
    fn what_an_earlier_recording_of_the_same_image_says_is_kept() {
        let of = |recipe: &str, lines: &[&str]| {
            let mut recording = recording(lines);
            recording.provenance.recipe = Some(recipe.to_owned());
            recording
        };
        let merge = |stored: &Recording, new: &Recording| merge(stored, new, &ProbeSets::today());
        let (stored, new) = (of("a", &["| reset"; 3]), of("a", &["| fin"; 3]));
        let both = merge(&stored, &new);
        assert_eq!(both.observations[&ProbeId::new(OPCODE)].seen.len(), 2);
        assert!(adds_nothing(&both, &new) && adds_nothing(&both, &stored));
        let other = of("b", &["| fin"; 3]);
        assert_eq!(merge(&stored, &other), other);
        let nine = of("a", &[vec!["| fin"; 8], vec!["| reset"]].concat());
        let still = merge(&nine, &new);
        assert_eq!(
            (still.runs, &still.observations),
            (9, &nine.observations),
            "three runs more do not make nine fewer"
        );
        assert!(adds_nothing(&nine, &still));
    }

    /// A new probe changes the name of the set, and nothing that was seen of the others.
    #[test]
    fn rare_answers_outlive_a_new_probe_and_not_one_that_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let id = ProbeId::new(OPCODE);
        let of = |set: &str, lines: &[&str]| {
            let mut recording = recording(lines);
            recording.provenance.recipe = Some("a".to_owned());
            recording.provenance.probe_set = set.to_owned();
            recording
        };
        let then = format!(r#"{{"{id}": "{}"}}"#, find(id).unwrap().content_hash());
        std::fs::write(folder.path().join("then.json"), then).unwrap();
        std::fs::write(folder.path().join("changed.json"), format!(r#"{{"{id}": "0123"}}"#)).unwrap();
        let sets = ProbeSets::load_all(folder.path()).unwrap();
        let new = of(&stews::probe::set_hash(), &["| fin"; 3]);
        let lines = |set: &str| {
            let merged = merge(&of(set, &["| fin", "| fin", "| reset"]), &new, &sets);
            assert_eq!(merged.provenance.probe_set, new.provenance.probe_set);
            merged.observations[&id].seen.keys().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(lines("then"), ["| fin", "| reset"]);
        assert_eq!(lines("changed"), ["| fin"]);
        assert_eq!(lines("unknown"), ["| fin"]);
    }

    #[test]
    fn to_get_further_is_no_news_and_to_get_anywhere_is() {
        let of = |probes: &[u16]| {
            let seen: Observed = probes.iter().flat_map(|probe| observed(*probe, "| fin")).collect();
            Recording::of_runs("ws", "8", &[seen])
        };
        assert!(adds_nothing(&of(&[OPCODE, 622]), &of(&[OPCODE, 622, RUNG])));
        assert!(!adds_nothing(&of(&[OPCODE]), &of(&[OPCODE, RUNG])));
        assert!(!adds_nothing(&of(&[OPCODE, 622]), &of(&[OPCODE, 622, 205])));
        assert!(!adds_nothing(&of(&[OPCODE, 622]), &of(&[622])));
    }

    #[test]
    fn who_races_its_own_end_may_do_so_everywhere() {
        let of = |opcode: &[&str], rung: &str| {
            let mut seen: Vec<Observed> = opcode.iter().map(|line| observed(OPCODE, line)).collect();
            seen[0].extend(observed(100, rung));
            Recording::of_runs("ws", "8", &seen)
        };
        let racing = of(&["close | fin", "close | reset"], "close 1002 | fin");
        assert!(adds_nothing(&racing, &of(&["close | fin"; 2], "close 1002 | reset")));
        assert!(!adds_nothing(&racing, &of(&["close | fin"; 2], "close 1002 | silent")));
        let steady = of(&["close | fin"; 2], "close 1002 | fin");
        assert!(!adds_nothing(&steady, &of(&["close | fin"; 2], "close 1002 | reset")));
    }

    #[test]
    fn shares_alone_are_no_news() {
        let stored = recording(&["| fin", "| fin", "| reset"]);
        let mut new = recording(&["| fin", "| reset", "| reset"]);
        new.provenance.image = Some("another".into());
        assert!(adds_nothing(&stored, &new));
        assert!(adds_nothing(&stored, &recording(&["| fin", "| fin", "| fin"])));
        assert!(!adds_nothing(&stored, &recording(&["| fin", "| fin", "| silent"])));
        new.provenance.recipe = Some("another".into());
        assert!(!adds_nothing(&stored, &new));
    }
}
