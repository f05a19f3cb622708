//! One observed fact, and how each behaviour takes it: directly, or through a proxy in front.

use std::borrow::Cow;

use super::edge::{Asked, Edge, Taken, Turn};
use super::index::{Answered, Probed, Shows, share_of};
use super::weigh::Sum;
use crate::database::{ABSENT, Lines};
use crate::features::Kind;
use crate::probe::ProbeId;

/// The side of an answer that a value belongs to.
pub(super) type Key = (ProbeId, Kind);

/// An observed value, and who in the database shows it.
pub(super) struct Fact<'a> {
    pub(super) key: Key,
    /// The value; `None` where nothing was observed and some behaviour shows something, which is a difference too.
    pub(super) value: Option<Cow<'static, str>>,
    /// The number of the value.
    pub(super) number: u32,
    pub(super) weight: f64,
    /// How likely it is to change though the server does not.
    pub(super) change: f64,
    /// How it is taken through a proxy; `None` where nothing stands in front.
    pub(super) through: Option<Through>,
    /// Whether the handshake was accepted.
    pub(super) upgraded: bool,
    /// Whether a difference tells that the server is another, and not just its application.
    pub(super) tells_servers_apart: bool,
    /// Whether the server says it of itself.
    pub(super) is_banner: bool,
    /// Whether only the WebSocket library decides it.
    pub(super) is_library: bool,
    pub(super) probed: &'a Probed,
    /// Which lines of the probe show the value.
    pub(super) shows: Shows<'a>,
    /// Whether any does.
    pub(super) is_shown: bool,
    /// How common it is among products.
    pub(super) background: f64,
    /// The weighted logarithm, in bits, of how likely the value is for a server of which nothing is known.
    pub(super) anybodys: f64,
}

/// How a fact is taken that was observed through a proxy.
pub(super) struct Through {
    /// By a server that answers with each of the lines of the probe.
    pub(super) by_line: Vec<Taken>,
    /// How far what the server shows decides what is observed.
    passes: f64,
}

impl Fact<'_> {
    pub(super) fn asked(&self) -> Asked<'_> {
        let (kind, value) = (self.key.1, self.value.as_deref());
        Asked { kind, value, upgraded: self.upgraded, background: self.background }
    }

    /// How it is taken through a proxy that answers the probe itself in front of so large a share of servers.
    pub(super) fn through(&self, edge: &Edge, turns: &Turns<'_>, own: f64) -> Through {
        let (asked, kind) = (self.asked(), self.key.1);
        let (none, key) = (Turn::default(), asked.key());
        let usual = edge.rewrite(kind, self.upgraded).map_or(&none, |rewrite| &rewrite.usual);
        let of = &turns.of(self.upgraded)[kind as usize];
        let known = &self.probed.values[kind as usize];
        // Most lines show what nothing special becomes of.
        let usually = [false, true].map(|same| usual.takes(&asked, &key, same));
        let taken = |place: usize| {
            let number = known.get(place).copied().unwrap_or(ABSENT);
            let same = number == self.number;
            let turn = of.iter().find(|(of, _)| *of == number);
            let taken = turn.map_or(usually[usize::from(same)], |(_, turn)| turn.takes(&asked, &key, same));
            // Of an answer of its own all sides are as they are.
            Taken { like: own + (1.0 - own) * taken.like, agreed: taken.agreed.max(f64::from(u8::from(own > 0.0))) }
        };
        let passes = (1.0 - own) * (1.0 - usual.change());
        Through { by_line: (0..self.probed.lines.len()).map(taken).collect(), passes }
    }

    /// How it is taken where nothing stands in front by a server that shows it in this share of its runs.
    pub(super) fn directly(&self, share: f64) -> Taken {
        Taken { like: (1.0 - self.change) * share + self.change * self.background, agreed: share }
    }

    /// The same by one that answered with these lines, through what stands in front.
    pub(super) fn taken(&self, shares: &[(Answered, f64)]) -> Taken {
        let Some(through) = &self.through else { return self.directly(share_of(shares, self.shows)) };
        let of = |(place, share): &(Answered, f64)| {
            let taken = through.by_line[usize::from(*place)];
            (share * taken.like, share * taken.agreed)
        };
        let add = |all: (f64, f64), one: (f64, f64)| (all.0 + one.0, all.1 + one.1);
        let (like, agreed) = shares.iter().map(of).fold((0.0, 0.0), add);
        Taken { like, agreed }
    }

    /// Whether the behaviour was asked the same.
    pub(super) fn is_known_of(&self, behaviour: u32) -> bool {
        self.probed.has(behaviour)
    }

    /// The weighted logarithm, in bits, of how likely the value is for a behaviour that was asked the same.
    pub(super) fn bits(&self, behaviour: u32) -> f64 {
        self.bits_of(self.probed.seen(behaviour, |shares| self.taken(shares)))
    }

    fn bits_of(&self, taken: Taken) -> f64 {
        self.weight * taken.like.log2()
    }

    pub(super) fn compared(&self) -> Weight {
        // What is rewritten on the way tells nothing.
        let passes = self.through.as_ref().map_or(1.0 - self.change, |through| through.passes);
        let telling = if self.tells_servers_apart { self.weight * passes } else { 0.0 };
        Weight { all: self.weight, telling }
    }

    /// What the fact says of a behaviour that takes it so.
    pub(super) fn said(&self, taken: Taken) -> Said {
        let bits = self.bits_of(taken) - self.anybodys;
        Said {
            bits,
            unsaid: if self.is_banner { 0.0 } else { bits },
            agreed: taken.agreed * self.weight,
            telling_agreed: taken.agreed * self.compared().telling,
        }
    }
}

/// What an edge makes of what servers show, by the numbers of values; refused, then accepted handshakes.
pub(super) struct Turns<'a>([Vec<Vec<(u32, &'a Turn)>>; 2]);

impl<'a> Turns<'a> {
    pub(super) fn new(edge: &'a Edge, lines: &Lines) -> Self {
        let number = |own: &str| lines.value(own);
        let of = |upgraded| move |kind| edge.rewrite(kind, upgraded).map_or_else(Vec::new, |all| all.by_number(number));
        Self([Kind::ALL.into_iter().map(of(false)).collect(), Kind::ALL.into_iter().map(of(true)).collect()])
    }

    fn of(&self, upgraded: bool) -> &[Vec<(u32, &'a Turn)>] {
        &self.0[usize::from(upgraded)]
    }
}

/// What facts say of a behaviour: the fields of [`Sum`] of the same names.
#[derive(Clone, Copy, Default)]
pub(super) struct Said {
    bits: f64,
    unsaid: f64,
    agreed: f64,
    telling_agreed: f64,
}

impl Said {
    pub(super) const fn add(&mut self, other: &Self) {
        self.bits += other.bits;
        self.unsaid += other.unsaid;
        self.agreed += other.agreed;
        self.telling_agreed += other.telling_agreed;
    }

    pub(super) const fn less(mut self, other: &Self) -> Self {
        self.bits -= other.bits;
        self.unsaid -= other.unsaid;
        self.agreed -= other.agreed;
        self.telling_agreed -= other.telling_agreed;
        self
    }

    /// The same with the weight of what was compared.
    pub(super) const fn sum(self, compared: Weight) -> Sum {
        let Self { bits, unsaid, agreed, telling_agreed } = self;
        Sum { bits, unsaid, agreed, telling_agreed, compared: compared.all, telling: compared.telling }
    }
}

/// The weight of facts, and of those that tell servers apart.
#[derive(Clone, Copy, Default)]
pub(super) struct Weight {
    all: f64,
    telling: f64,
}

impl Weight {
    pub(super) const fn plus(self, other: Self) -> Self {
        Self { all: self.all + other.all, telling: self.telling + other.telling }
    }

    pub(super) const fn less(self, other: Self) -> Self {
        Self { all: self.all - other.all, telling: self.telling - other.telling }
    }
}
