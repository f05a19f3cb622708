//! `cargo xtask separation`: which smoke servers each group of probes tells apart, from the recordings.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use stews::database::Recording;
use stews::features::{Kind, Layer, telling};
use stews::observation::Observation;
use stews::probe::{ALL, Probe, ProbeId};

use crate::playground::manifest;
use crate::support::{markdown, paths};

/// How much of an observation is shown.
const SHOWN: usize = 60;

/// Writes the report, or with `check` fails where it is out of date.
pub fn run(check: bool) -> Result<()> {
    let servers = manifest::smoke(&manifest::load_all(&paths::root()?.join("playground"))?);
    let folder = paths::recordings()?;
    let read = |server: &manifest::Server| {
        let path = folder.join(server.recording_path());
        let hint = || format!("run `cargo xtask regenerate --only {}`", server.manifest.product);
        Recorded::new(server.id(), &Recording::load(&path).with_context(hint)?)
    };
    let text = report(&servers.iter().map(read).collect::<Result<Vec<_>>>()?);
    print!("{text}");
    let path = paths::root()?.join("fingerprints/separation.md");
    paths::write_or_check(&path, &text, check, "cargo xtask separation")
}

/// What the runs of one recording came to, by probe.
struct Recorded {
    name: String,
    probes: BTreeMap<ProbeId, Answers>,
}

/// What one probe was answered.
struct Answers {
    /// The observation that most runs made.
    usual: String,
    /// The compared facts of each observation that some run made.
    facts: Vec<BTreeMap<Kind, String>>,
}

impl Recorded {
    fn new(name: String, recording: &Recording) -> Result<Self> {
        let mut probes = BTreeMap::new();
        for probe in ALL.iter() {
            let Some(counted) = recording.observations.get(&probe.id.to_string()) else { continue };
            let usual = recording.usual(probe.id).cloned().unwrap_or_default();
            let facts = counted.keys().map(|line| compared(line).with_context(|| format!("{name}, {}", probe.id)));
            probes.insert(probe.id, Answers { usual, facts: facts.collect::<Result<_>>()? });
        }
        Ok(Self { name, probes })
    }
}

fn compared(line: &str) -> Result<BTreeMap<Kind, String>> {
    let observation: Observation = line.parse().with_context(|| format!("not an observation: `{line}`"))?;
    Ok(telling(&observation).map(|(kind, value)| (kind, value.into_owned())).collect())
}

impl Answers {
    /// The values that a fact had; `None` where it was absent.
    fn values(&self, kind: Kind) -> BTreeSet<Option<&String>> {
        self.facts.iter().map(|facts| facts.get(&kind)).collect()
    }

    /// The facts in which no run of one server was like any run of the other.
    fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = Kind> + 'a {
        let kinds: BTreeSet<Kind> =
            self.facts.iter().chain(&other.facts).flat_map(|facts| facts.keys().copied()).collect();
        kinds.into_iter().filter(|kind| self.values(*kind).is_disjoint(&other.values(*kind)))
    }
}

/// Two servers, the first before the second in the order of names.
type Pair = (usize, usize);

/// The fact that shows a difference best: what the library decides before what a proxy may rewrite, then in order.
type Shown = (Reverse<Layer>, usize, Kind);

/// One group, and the pairs that it tells apart.
struct Group {
    name: &'static str,
    probes: Vec<&'static Probe>,
    pairs: BTreeMap<Pair, Shown>,
}

/// All groups in the order of their first probes.
fn groups(servers: &[Recorded]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for probe in ALL.iter() {
        match groups.iter_mut().find(|known| known.name == probe.group) {
            Some(known) => known.probes.push(probe),
            None => groups.push(Group { name: probe.group, probes: vec![probe], pairs: BTreeMap::new() }),
        }
    }
    for group in &mut groups {
        group.pairs =
            pairs(servers.len()).filter_map(|pair| Some((pair, best(&group.probes, servers, pair)?))).collect();
    }
    groups
}

fn pairs(servers: usize) -> impl Iterator<Item = Pair> {
    (0..servers).flat_map(move |one| (one + 1..servers).map(move |other| (one, other)))
}

/// The best of the facts in which a pair differs.
fn best(probes: &[&'static Probe], servers: &[Recorded], (one, other): Pair) -> Option<Shown> {
    let answers = |server: usize, probe: &Probe| servers[server].probes.get(&probe.id);
    let shown = probes.iter().enumerate().filter_map(|(index, probe)| {
        // A probe that only one of them was sent tells nothing.
        let kinds = answers(one, probe)?.differences(answers(other, probe)?);
        kinds.map(|kind| (Reverse(kind.layer()), index, kind)).min()
    });
    shown.min()
}

fn report(servers: &[Recorded]) -> String {
    let groups = groups(servers);
    let of = pairs(servers.len()).count();
    let mut out = String::from(
        "# Separation\n\nGenerated by `cargo xtask separation` from the recordings of the smoke servers, the newest version of \
         each.\n\nA group of probes tells two servers apart if, in some fact that the WebSocket library or a proxy decides, no \
         run of one was like any\nrun of the other. What a server calls itself and what its application sends do not count. The \
         example is the pair that the fewest\nother groups tell apart. An observation without an HTTP response begins with the \
         same 101 as the server's baseline (probe 309).\n\n\
         | group | probes | pairs told apart | for example | by | the first | the second |\n|---|---|---|---|---|---|---|\n",
    );
    for group in &groups {
        let _ = write!(out, "| {} | {} | {} of {of} | ", group.name, group.probes.len(), group.pairs.len());
        out.push_str(&example(group, &groups, servers));
        out.push_str(" |\n");
    }
    out
}

/// The last four cells of a row.
fn example(group: &Group, groups: &[Group], servers: &[Recorded]) -> String {
    // Every group that tells the pair apart counts, this one too: that changes no order.
    let rivals = |pair: &Pair| groups.iter().filter(|other| other.pairs.contains_key(pair)).count();
    let name = |(one, other): &Pair| (&servers[*one].name, &servers[*other].name);
    let Some((pair, shown)) = group.pairs.iter().min_by_key(|(pair, _)| (rivals(pair), name(pair))) else {
        let recorded = |probe: &&Probe| servers.iter().any(|server| server.probes.contains_key(&probe.id));
        let why = match group.probes.iter().any(recorded) {
            true => "none of the smoke servers differ here",
            false => "not recorded: these are played with `--slow` only",
        };
        return format!("{why} | | |");
    };
    let (_, index, kind) = *shown;
    let probe = group.probes[index];
    let (one, other) = (&servers[pair.0], &servers[pair.1]);
    let lines = [one, other].map(|server| server.probes[&probe.id].usual.as_str());
    let lines: Vec<String> = markdown::excerpts(&lines, SHOWN).iter().map(|line| markdown::code(line)).collect();
    format!("{}, {} | {} {kind} | {}", one.name, other.name, probe.id, lines.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recording with one line a run for each probe.
    fn recorded(name: &str, runs: &[&[(u16, &str)]]) -> Recorded {
        let run = |lines: &&[(u16, &str)]| {
            lines.iter().map(|(number, line)| (ProbeId::new(*number), line.parse().unwrap())).collect()
        };
        let runs: Vec<BTreeMap<ProbeId, Observation>> = runs.iter().map(run).collect();
        Recorded::new(name.to_owned(), &Recording::of_runs(name, "1", &runs)).unwrap()
    }

    fn rows(servers: &[Recorded]) -> Vec<String> {
        report(servers).lines().filter(|line| line.starts_with("| ")).skip(1).map(str::to_owned).collect()
    }

    fn row(rows: &[String], group: &str) -> String {
        rows.iter().find(|row| row.starts_with(&format!("| {group} |"))).unwrap().clone()
    }

    #[test]
    fn a_difference_is_shown_with_its_probe_and_pipes_are_escaped() {
        let one = recorded("a", &[&[(100, "text 1 echo | alive"), (203, "close 1002 | fin")]]);
        let other = recorded("b", &[&[(100, "text 2 echo | alive"), (203, "close 1007 | fin")]]);
        let rows = rows(&[one, other]);
        assert!(
            row(&rows, "opcodes").ends_with("| 0 of 1 | none of the smoke servers differ here | | | |"),
            "{rows:?}"
        );
        assert!(row(&rows, "timers").contains("| 0 of 1 | not recorded: "), "{rows:?}");
        let expected = r"| 1 of 1 | a, b | 203 close code | `close 1002 \| fin` | `close 1007 \| fin` |";
        assert!(row(&rows, "reserved bits").ends_with(expected), "{rows:?}");
        assert!(rows.iter().all(|row| row.matches('|').count() - row.matches(r"\|").count() == 8), "{rows:?}");
    }

    /// Chance is no difference: a value that both servers had once proves nothing.
    #[test]
    fn runs_that_differ_prove_nothing() {
        let one = recorded("a", &[&[(203, "| fin")], &[(203, "| reset")]]);
        let other = recorded("b", &[&[(203, "| reset")], &[(203, "| reset")]]);
        assert!(row(&rows(&[one, other]), "reserved bits").contains("| 0 of 1 |"));
    }

    #[test]
    fn banners_and_probes_sent_to_one_only_do_not_count() {
        let one = recorded("a", &[&[(300, "HTTP/1.1 400 Bad {Server: a} | fin"), (203, "| fin")]]);
        let other = recorded("b", &[&[(300, "HTTP/1.1 400 Bad {Server: b} | fin")]]);
        assert!(rows(&[one, other]).iter().all(|row| row.contains("| 0 of 1 |")));
    }

    /// a and b differ in both groups, a and c in one: that pair says more about it.
    #[test]
    fn the_example_is_the_pair_that_the_fewest_groups_tell_apart() {
        let one = recorded("a", &[&[(100, "| alive"), (203, "close 1002 | fin")]]);
        let two = recorded("b", &[&[(100, "| fin"), (203, "close 1007 | fin")]]);
        let three = recorded("c", &[&[(100, "| alive"), (203, "close 1007 | fin")]]);
        let rows = rows(&[one, two, three]);
        assert!(row(&rows, "opcodes").contains("| 2 of 3 | b, c | 100 "), "{rows:?}");
        assert!(row(&rows, "reserved bits").contains("| 2 of 3 | a, c | 203 "), "{rows:?}");
    }
}
