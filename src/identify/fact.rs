//! One observed fact, and how each behaviour takes it: directly, or through a proxy in front.

use super::index::{Answered, Probed};
use super::passage::{Asked, Passing, Taken};
use super::sides::{Shows, share_of};
use super::weigh::Sum;
use crate::database::ABSENT;
use crate::features::Kind;
use crate::probe::ProbeId;

/// The side of an answer that a value belongs to.
pub(super) type Key = (ProbeId, Kind);

/// An observed value, and who in the database shows it.
pub(super) struct Fact<'a> {
    pub(super) key: Key,
    /// Where all sides of the observation stand among what was seen ([`super::shown::Seen`]).
    pub(super) place: usize,
    /// The number of the value; that of none where nothing was observed and some behaviour shows something, which is a difference too.
    pub(super) number: u32,
    /// The same for all facts of one kind and number.
    pub(super) voice: u32,
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
    /// What proxies are asked about it, and how common it is among products.
    pub(super) asked: Asked,
    /// The weighted logarithm, in bits, of how likely the value is for a server of which nothing is known.
    pub(super) anybodys: f64,
}

/// How a fact is taken that was observed through a proxy.
#[derive(Default)]
pub(super) struct Through {
    /// By a server that shows something else, of which nothing special becomes.
    pub(super) usual: Taken,
    /// By those that show each of the distinct values of the probe, where that is not the usual.
    by_value: Vec<Option<Taken>>,
    /// How far what the server shows decides what is observed.
    passes: f64,
}

impl Through {
    /// By a server that answers with one of the lines of the probe.
    fn by_line(&self, shows: Shows<'_>, place: Answered) -> Taken {
        let value = shows.side.of_line.get(usize::from(place)).map_or(0, |value| usize::from(*value));
        self.by_value[value].unwrap_or(self.usual)
    }
}

impl Fact<'_> {
    /// Works out how it is taken through a proxy.
    pub(super) fn fill(&self, through: &mut Through, edge: Passing<'_>) {
        let (passage, own) = (edge.of(self.key.1, self.upgraded), edge.answers(self.key.0));
        let taken = |taken: Taken| {
            // Of an answer of its own all sides are as they are.
            Taken { like: own + (1.0 - own) * taken.like, agreed: taken.agreed.max(f64::from(u8::from(own > 0.0))) }
        };
        let by_value = |number: u32| match passage.special(number) {
            Some(way) => Some(taken(way.takes(self.asked, number == self.number))),
            None if number == self.number => Some(taken(passage.usual.takes(self.asked, true))),
            None => None,
        };
        let nothing = [ABSENT];
        let known = if self.shows.side.values.is_empty() { &nothing[..] } else { &self.shows.side.values };
        through.by_value.clear();
        through.by_value.extend(known.iter().map(|number| by_value(*number)));
        through.usual = taken(passage.usual.takes(self.asked, false));
        through.passes = (1.0 - own) * passage.usual.keeps();
    }

    /// Adds what it says of whoever answered with each of the lines of its probe to what it says of all of them.
    pub(super) fn add_to_lines(&self, through: Option<&Through>, of_lines: &mut [Said], of_all: &mut Said) {
        let telling = self.telling(through);
        let Some(through) = through else {
            let none = self.said(self.directly(0.0), telling);
            of_all.add(&none);
            let more = self.said(self.directly(1.0), telling).less(&none);
            self.shows.of(of_lines.iter_mut()).for_each(|line| line.add(&more));
            return;
        };
        if self.shows.side.of_line.is_empty() {
            // Every line shows the same: nothing.
            of_all.add(&self.said(through.by_value[0].unwrap_or(through.usual), telling));
            return;
        }
        let usual = self.said(through.usual, telling);
        of_all.add(&usual);
        for (value, taken) in (0..).zip(&through.by_value) {
            let Some(taken) = taken else { continue };
            let more = self.said(*taken, telling).less(&usual);
            self.shows.of_value(value, of_lines.iter_mut()).for_each(|line| line.add(&more));
        }
    }

    /// How it is taken where nothing stands in front by a server that shows it in this share of its runs.
    pub(super) fn directly(&self, share: f64) -> Taken {
        Taken { like: (1.0 - self.change) * share + self.change * self.asked.background, agreed: share }
    }

    /// The same by one that answered with these lines, through what stands in front.
    fn taken(&self, shares: &[(Answered, f64)], through: Option<&Through>) -> Taken {
        let Some(through) = through else { return self.directly(share_of(shares, self.shows)) };
        let of = |(place, share): &(Answered, f64)| {
            let taken = through.by_line(self.shows, *place);
            (share * taken.like, share * taken.agreed)
        };
        let add = |all: (f64, f64), one: (f64, f64)| (all.0 + one.0, all.1 + one.1);
        let (like, agreed) = shares.iter().map(of).fold((0.0, 0.0), add);
        Taken { like, agreed }
    }

    /// What it says of a behaviour that did not always answer alike.
    pub(super) fn said_by_mixed(&self, shares: &[(Answered, f64)], through: Option<&Through>) -> Said {
        self.said(self.taken(shares, through), self.telling(through))
    }

    /// Whether the behaviour was asked the same.
    pub(super) fn is_known_of(&self, behaviour: u32) -> bool {
        self.probed.has(behaviour)
    }

    /// The weighted logarithm, in bits, of how likely the value is for a behaviour that was asked the same.
    pub(super) fn bits(&self, behaviour: u32) -> f64 {
        self.bits_of(self.probed.seen(behaviour, |shares| self.taken(shares, self.through.as_ref())))
    }

    fn bits_of(&self, taken: Taken) -> f64 {
        self.weight * taken.like.log2()
    }

    /// The weight with which it tells servers apart: what is rewritten on the way tells nothing.
    pub(super) fn telling(&self, through: Option<&Through>) -> f64 {
        let passes = through.map_or(1.0 - self.change, |through| through.passes);
        if self.tells_servers_apart { self.weight * passes } else { 0.0 }
    }

    pub(super) fn compared(&self, through: Option<&Through>) -> Weight {
        Weight { all: self.weight, telling: self.telling(through) }
    }

    /// What the fact says of a behaviour that takes it so, with the weight with which it tells servers apart.
    pub(super) fn said(&self, taken: Taken, telling: f64) -> Said {
        let bits = self.bits_of(taken) - self.anybodys;
        Said {
            bits,
            unsaid: if self.is_banner { 0.0 } else { bits },
            agreed: taken.agreed * self.weight,
            telling_agreed: taken.agreed * telling,
        }
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
