//! Aggregates repeated runs into a recording: majority lines kept, nondeterminism removed.
//!
//! Recordings are made on busy machines, many servers at a time. Where the runs of a server disagree, or say otherwise than
//! what is stored, the probes in question are asked again, and what was seen once and never again is left out. What a server does
//! now and then is told once it was seen; that it is not seen another time is no news, and what was never seen before is, only if
//! it is seen most of the time.

use std::collections::{BTreeMap, BTreeSet};

use stews::database::{Answers, Counted, Recording};
use stews::observation::noted::Noted;
use stews::observation::order::FieldOrders;
use stews::observation::{End, Event, Observation};
use stews::probe::{Probe, ProbeId, find};
use stews::wire::Opcode;

/// What one scan observed.
pub type Observed = BTreeMap<ProbeId, Observation>;

/// All that was observed of one server, by probe, in the notation.
#[derive(Debug, Default)]
pub struct RunConsensus {
    seen: BTreeMap<ProbeId, Vec<String>>,
    /// The probes that were asked again.
    again: BTreeSet<ProbeId>,
}

impl RunConsensus {
    /// Adds what a scan observed.
    pub fn add(&mut self, observed: &Observed) {
        for (probe, observation) in observed {
            self.seen.entry(*probe).or_default().push(observation.to_string());
        }
    }

    /// Adds what a scan observed of the probes that are asked again.
    pub fn add_again(&mut self, observed: &Observed, asked: &BTreeSet<ProbeId>) {
        let asked: Observed = observed
            .iter()
            .filter(|(probe, _)| asked.contains(probe))
            .map(|(probe, observation)| (*probe, observation.clone()))
            .collect();
        self.again.extend(asked.keys());
        self.add(&asked);
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

    /// The probes to ask again: those of [`RunConsensus::differing`] and, where the server raced its own end to one of them, all after which it
    /// hangs up: that three runs saw one side win is chance then.
    pub fn doubtful(&self, stored: Option<&Recording>) -> BTreeSet<ProbeId> {
        let mut doubtful = self.differing(stored);
        let hangs_up = |line: &String| {
            let end = line.parse::<Observation>().ok().map(|seen| seen.end);
            end.is_some_and(|end| matches!(end, End::Fin | End::Reset | End::Broken))
        };
        let ended: BTreeSet<ProbeId> =
            self.seen.iter().filter(|(_, lines)| lines.iter().all(hangs_up)).map(|(probe, _)| *probe).collect();
        if !doubtful.is_disjoint(&ended) {
            doubtful.extend(ended);
        }
        doubtful
    }

    /// The probes to which the answers differ, from each other or from what is stored.
    pub fn differing(&self, stored: Option<&Recording>) -> BTreeSet<ProbeId> {
        let news = |probe: &ProbeId, line: &String| {
            stored.is_some_and(|stored| {
                stored.observations.get(probe).is_none_or(|known| !known.seen.contains_key(line.as_str()))
            })
        };
        let doubt =
            |(probe, lines): &(&ProbeId, &Vec<String>)| lines.iter().any(|line| *line != lines[0] || news(probe, line));
        self.seen.iter().filter(doubt).map(|(probe, _)| *probe).collect()
    }

    /// What to record, as so many runs: lines in shares as they were seen, without what chance did.
    pub fn consensus(&self, runs: usize, stored: Option<&Recording>) -> Vec<Observed> {
        let mut consensus = vec![Observed::new(); runs];
        for (probe, lines) in &self.seen {
            let known = stored.and_then(|stored| stored.observations.get(probe));
            for (run, line) in consensus.iter_mut().zip(self.shares(*probe, lines, runs, known)) {
                // It was written as an observation.
                if let Ok(observation) = line.parse() {
                    run.insert(*probe, observation);
                }
            }
        }
        consensus
    }

    /// The lines to tell of a probe, at most `runs` of them.
    fn shares<'a>(&self, probe: ProbeId, lines: &'a [String], runs: usize, known: Option<&Answers>) -> Vec<&'a str> {
        // A rung of a ladder that one run alone climbed to: a chance answer to another led there.
        if lines.len() == 1 && runs > 1 && find(probe).is_ok_and(Probe::is_rung) {
            return Vec::new();
        }
        let mut counts = count(lines.iter().map(|line| (line.as_str(), 1)));
        if self.again.contains(&probe) && counts.values().any(|count| *count > 1) {
            let is_known = |line: &str| known.is_some_and(|known| known.seen.contains_key(line));
            let as_ever = counts.keys().any(|line| is_known(line));
            let often = if as_ever { lines.len() / 2 + 1 } else { 2 };
            counts.retain(|line, count| is_known(line) || *count >= often);
        }
        in_shares(counts, runs.min(lines.len()))
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

/// A recording with what an earlier one of the same image says beside it: a server that now and then answers otherwise is known ever
/// better, and what was once seen twice is not forgotten. Of another image, or by other probes, nothing is taken over.
pub fn merge(stored: &Recording, new: &Recording) -> Recording {
    let same_server = stored.provenance.recipe.is_some()
        && (&stored.provenance.recipe, &stored.provenance.probe_set, &stored.provenance.packages)
            == (&new.provenance.recipe, &new.provenance.probe_set, &new.provenance.packages);
    if !same_server {
        return new.clone();
    }
    let mut merged = new.clone();
    for probe in stored.observations.keys().filter(|probe| may_lack(**probe)) {
        merged.observations.entry(*probe).or_default();
    }
    for (probe, answers) in &mut merged.observations {
        let of = |recording: &'_ Recording| recording.observations.get(probe).cloned().unwrap_or_default().seen;
        let (theirs, ours) = (of(stored), of(new));
        let both = theirs.iter().chain(&ours);
        let counts = count(both.map(|(line, count)| (line, *count as usize)));
        let room = counts.values().sum::<usize>().min(new.runs as usize);
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
        plays
            .consensus(3, None)
            .iter()
            .filter_map(|run| run.get(&ProbeId::new(probe)).map(ToString::to_string))
            .collect()
    }

    fn recording(lines: &[&str]) -> Recording {
        let runs: Vec<Observed> = lines.iter().map(|line| observed(OPCODE, line)).collect();
        Recording::of_runs("ws", "8", &runs)
    }

    #[test]
    fn what_differs_is_doubtful() {
        let doubtful = |lines: &[&str], stored: Option<&Recording>| !plays(OPCODE, lines).doubtful(stored).is_empty();
        assert!(!doubtful(&["| fin", "| fin", "| fin"], None));
        assert!(doubtful(&["| fin", "| reset", "| fin"], None));
        assert!(doubtful(&["| fin", "| fin"], Some(&recording(&["| reset"]))));
        assert!(!doubtful(&["| fin", "| fin"], Some(&recording(&["| reset", "| fin"]))));
    }

    #[test]
    fn what_is_not_seen_again_was_chance_and_what_is_seen_again_was_not() {
        let mut plays = plays(OPCODE, &["| fin", "| reset", "| fin"]);
        assert_eq!(told(&plays, OPCODE), ["| fin", "| fin", "| reset"], "nobody has asked again");
        let asked = BTreeSet::from([ProbeId::new(OPCODE)]);
        plays.add_again(&observed(OPCODE, "| fin"), &asked);
        assert_eq!(told(&plays, OPCODE), ["| fin", "| fin", "| fin"]);
        plays.add_again(&observed(OPCODE, "| reset"), &asked);
        assert_eq!(told(&plays, OPCODE), ["| fin", "| fin", "| reset"]);
    }

    #[test]
    fn beside_what_is_known_the_new_must_be_frequent() {
        let stored = recording(&["| fin", "| fin", "| silent"]);
        let told = |lines: &[&str]| {
            let mut plays = plays(OPCODE, lines);
            plays.add_again(&observed(OPCODE, "| fin"), &BTreeSet::from([ProbeId::new(OPCODE)]));
            let runs = plays.consensus(3, Some(&stored));
            let lines = runs.iter().filter_map(|run| run.get(&ProbeId::new(OPCODE)).map(ToString::to_string));
            lines.collect::<BTreeSet<String>>().into_iter().collect::<Vec<String>>()
        };
        assert_eq!(told(&["| fin", "| reset", "| reset", "| fin", "| fin"]), ["| fin"], "2 of 6");
        assert_eq!(told(&["| fin", "| reset", "| reset", "| reset"]), ["| fin", "| reset"], "3 of 5");
        assert_eq!(told(&["| silent", "| fin"]), ["| fin", "| silent"], "it is known");
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
    fn where_a_server_races_its_own_end_once_it_may_do_so_everywhere() {
        let mut racing = plays(OPCODE, &["close 1002 | fin", "| fin", "close 1002 | fin"]);
        racing.add(&observed(RUNG, "close 1009 | fin"));
        racing.add(&observed(100, "text 1 echo | alive"));
        let ids = |numbers: [u16; 2]| numbers.map(ProbeId::new).into_iter().collect::<BTreeSet<_>>();
        assert_eq!(racing.doubtful(None), ids([OPCODE, RUNG]));
        let mut wavering = plays(OPCODE, &["text 1 echo | alive", "| alive", "| alive"]);
        wavering.add(&observed(RUNG, "close 1009 | fin"));
        assert_eq!(wavering.doubtful(None), BTreeSet::from([ProbeId::new(OPCODE)]));
    }

    #[test]
    fn lines_are_told_in_shares_and_the_rare_at_least_once() {
        let lines: Vec<&str> = [vec!["| fin"; 9], vec!["| reset"; 2], vec!["| silent"; 2]].concat();
        assert_eq!(told(&plays(OPCODE, &lines), OPCODE), ["| fin", "| reset", "| silent"]);
        assert_eq!(told(&plays(OPCODE, &["| fin"]), OPCODE), ["| fin"], "once is once");
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
        let (stored, new) = (of("a", &["| reset"; 3]), of("a", &["| fin"; 3]));
        let both = merge(&stored, &new);
        assert_eq!(both.observations[&ProbeId::new(OPCODE)].seen.len(), 2);
        assert!(adds_nothing(&both, &new) && adds_nothing(&both, &stored));
        let other = of("b", &["| fin"; 3]);
        assert_eq!(merge(&stored, &other), other);
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
