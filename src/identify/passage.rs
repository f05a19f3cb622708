//! What proxies make of facts, in numbers: an [`Edge`] made ready for many identifications.

use std::sync::OnceLock;

use super::edge::{Edge, NONE, Rewrite, Turn};
use super::fronts::Front;
use crate::database::{ABSENT, Lines, hash};
use crate::features::Kind;
use crate::probe::ProbeId;

/// How much of what is changed is taken to be changed to something that this proxy was not seen to write.
const UNSEEN: f64 = 0.1;

/// A fact as it is compared with what proxies write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// The hash of what was observed, as it is counted.
    pub(super) key: u64,
    /// How common the value is where nothing stands in front.
    pub(super) background: f64,
}

/// How a server that shows something takes what was observed instead.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Taken {
    /// How likely that is.
    pub(super) like: f64,
    /// The same against what is likeliest: 1 where nothing is likelier.
    pub(super) agreed: f64,
}

/// Something for each kind of facts, of refused handshakes and then of accepted ones.
type ByKind<T> = [[T; Kind::COUNT]; 2];

/// What one proxy makes of facts.
#[derive(Debug)]
pub(super) struct Passages {
    /// Whatever the server showed.
    usual: ByKind<Way>,
    /// By the number of what the server showed, where that is another matter; in order. Made only for proxies that anything speaks for.
    special: OnceLock<ByKind<Vec<(u32, Way)>>>,
}

/// What becomes of facts of one kind.
#[derive(Clone, Copy)]
pub(super) struct Passage<'a> {
    /// Whatever the server showed.
    pub(super) usual: &'a Way,
    special: &'a [(u32, Way)],
}

/// A proxy that may stand in front.
#[derive(Clone, Copy)]
pub(super) struct Passing<'a> {
    passages: &'a Passages,
    special: &'a ByKind<Vec<(u32, Way)>>,
    /// What of its own answers was observed.
    front: &'a Front,
}

/// A [`Turn`] in numbers.
#[derive(Debug)]
pub(super) struct Way {
    /// How likely a fact is changed.
    change: f64,
    /// What it is changed to, by its hash, with its share.
    values: Vec<(u64, f64)>,
    /// How likely the likeliest is that can be observed.
    likeliest: f64,
}

impl Passages {
    pub(super) fn new(edge: &Edge) -> Self {
        let way = |rewrite: Option<&Rewrite>| Way::new(rewrite.map_or(&Turn::default(), |rewrite| &rewrite.usual));
        Self { usual: by_kind(|kind, upgraded| way(edge.rewrite(kind, upgraded))), special: OnceLock::new() }
    }

    /// Whatever a server showed: what becomes of facts of a kind where the handshake was accepted or not.
    pub(super) fn usual(&self, kind: Kind, upgraded: bool) -> &Way {
        &self.usual[usize::from(upgraded)][kind as usize]
    }

    /// The same proxy, from its measured numbers, with what of its own answers was observed.
    pub(super) fn with<'a>(&'a self, edge: &Edge, front: &'a Front, lines: &Lines) -> Passing<'a> {
        let special = |kind, upgraded| edge.rewrite(kind, upgraded).map_or_else(Vec::new, |all| special(all, lines));
        Passing { passages: self, special: self.special.get_or_init(|| by_kind(special)), front }
    }
}

fn by_kind<T>(of: impl Fn(Kind, bool) -> T) -> ByKind<T> {
    [false, true].map(|upgraded| Kind::ALL.map(|kind| of(kind, upgraded)))
}

/// What becomes of values by their numbers, in order.
fn special(rewrite: &Rewrite, lines: &Lines) -> Vec<(u32, Way)> {
    let number = |own: &str| if own == NONE { Some(ABSENT) } else { lines.value(own) };
    let of = rewrite.of.iter().filter_map(|(own, turn)| Some((number(own)?, Way::new(turn))));
    let mut of: Vec<(u32, Way)> = of.collect();
    of.sort_unstable_by_key(|(number, _)| *number);
    of
}

impl<'a> Passing<'a> {
    /// What becomes of facts of a kind, where the handshake was accepted or not.
    pub(super) fn of(self, kind: Kind, upgraded: bool) -> Passage<'a> {
        let special = &self.special[usize::from(upgraded)][kind as usize];
        Passage { usual: self.passages.usual(kind, upgraded), special }
    }

    /// In front of what share of servers it answers a probe itself as was observed.
    pub(super) fn answers(self, probe: ProbeId) -> f64 {
        self.front.answered.get(&probe).copied().unwrap_or(0.0)
    }
}

impl<'a> Passage<'a> {
    /// What becomes of a value with a number of its own.
    pub(super) fn special(self, number: u32) -> Option<&'a Way> {
        let place = self.special.binary_search_by_key(&number, |(of, _)| *of).ok()?;
        Some(&self.special[place].1)
    }
}

impl Way {
    fn new(turn: &Turn) -> Self {
        let change = turn.change();
        let most = turn.values.values().copied().fold(0.0, f64::max);
        Self {
            change,
            values: turn.values.iter().map(|(value, share)| (hash(value), *share)).collect(),
            likeliest: (1.0 - change).max(change * (1.0 - UNSEEN) * most),
        }
    }

    /// How likely a fact is left as it is.
    pub(super) const fn keeps(&self) -> f64 {
        1.0 - self.change
    }

    /// How likely a changed fact is changed to what was observed.
    fn foreign(&self, asked: Asked) -> f64 {
        let written = self.values.iter().find(|(value, _)| *value == asked.key).map_or(0.0, |(_, share)| *share);
        (1.0 - UNSEEN) * written + UNSEEN * asked.background
    }

    /// How many bits a fact speaks for the proxy, whatever stands behind it.
    pub(super) fn bits(&self, asked: Asked) -> f64 {
        let (change, foreign) = (self.change, self.foreign(asked));
        (((1.0 - change) * asked.background + change * foreign) / asked.background).log2()
    }

    /// How a server takes what was observed that shows the same, or something else.
    pub(super) fn takes(&self, asked: Asked, same: bool) -> Taken {
        let kept = if same { 1.0 - self.change } else { 0.0 };
        let like = kept + self.change * self.foreign(asked);
        Taken { like, agreed: (like / self.likeliest).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge() -> Edge {
        let turn = |rate: f64, values: &[(&str, f64)]| Turn {
            rate,
            values: values.iter().map(|(value, share)| ((*value).to_owned(), *share)).collect(),
        };
        let mut upgraded = vec![Rewrite::default(); Kind::COUNT];
        upgraded[Kind::Banner as usize].usual = turn(0.95, &[("server: nginx", 0.9)]);
        upgraded[Kind::End as usize] = Rewrite {
            usual: turn(0.1, &[("fin", 1.0)]),
            of: [("reset".to_owned(), turn(1.0, &[("fin", 1.0)]))].into(),
        };
        Edge { product: "nginx".into(), refused: upgraded.clone(), upgraded, own: Vec::new() }
    }

    fn asked(kind: Kind, value: &str) -> Asked {
        Asked { key: hash(&Rewrite::key(kind, Some(value))), background: 0.01 }
    }

    #[test]
    fn what_a_proxy_writes_speaks_for_it_whatever_its_version_and_what_it_lets_pass_does_not() {
        let passages = Passages::new(&edge());
        let bits = |kind, value| passages.usual(kind, true).bits(asked(kind, value));
        assert!(bits(Kind::Banner, "server: nginx/1.26.3") > 5.0);
        assert!(bits(Kind::Banner, "server: other/1") < -2.0);
        assert!(bits(Kind::CloseCode, "1002").abs() < 0.05);
    }

    #[test]
    fn what_a_server_shows_decides_what_becomes_of_it() {
        let (edge, fin, front) = (edge(), asked(Kind::End, "fin"), Front::default());
        let lines = Lines::new(["close 1002 | reset"].into_iter().collect());
        let number = lines.value("reset").expect("a line has it");
        let passages = Passages::new(&edge);
        let passing = passages.with(&edge, &front, &lines);
        let end = passing.of(Kind::End, true);
        let reset = end.special(number).expect("it was measured");
        assert!(end.special(number + 1).is_none());
        assert!(reset.takes(fin, false).agreed > 0.99, "reset becomes fin");
        assert!(reset.takes(asked(Kind::End, "reset"), true).like < 0.05, "it is never let through");
        assert!(end.usual.takes(fin, true).agreed > 0.99, "fin stays fin");
        assert!(end.usual.takes(fin, false).agreed < 0.2, "what is alive stays so");
        let usual = passing.of(Kind::Banner, true).usual;
        assert!(usual.takes(asked(Kind::Banner, "server: nginx/1.26.3"), false).agreed > 0.99);
    }
}
