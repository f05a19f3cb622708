//! Targets that open no WebSocket for us (401, 403, 404, 426): what can be told from their refusals alone. Each answer that differs from
//! the refusal is compared like any other; the refusal itself, which is to another request than those that were recorded, with
//! whatever a known server ever refused.

use super::weigh::Sum;
use super::{Answer, Mask, Matcher, Observations};
use crate::database::ABSENT;
use crate::features::{Kind, RefusalStyle, facts};
use crate::observation::Observation;
use crate::probe::ProbeId;

impl Matcher<'_> {
    /// Ranks all known products by how well they explain refusals.
    #[must_use]
    pub fn identify_refused(&self, observations: &Observations) -> Answer {
        let Some(refusal) = observations.get(&ProbeId::BASELINE) else { return Answer::none() };
        let same = |seen: &Observation| seen.reply.status() == refusal.reply.status();
        let other: Observations =
            observations.iter().filter(|(_, seen)| !same(seen)).map(|(probe, seen)| (*probe, seen.clone())).collect();
        let mut scales = self.weigh(&other, Mask::default());
        for (sum, more) in scales.sums.iter_mut().zip(self.style_sums(refusal)) {
            sum.add(&more);
        }
        // A few sides of one refusal are no independent witnesses: nothing makes them speak louder than they do.
        let loud = self.temper(&scales.sums).max(1.0);
        for sum in &mut scales.sums {
            sum.bits /= loud;
            sum.unsaid /= loud;
        }
        self.answer(&scales, &other)
    }

    /// What a refusal says of each behaviour.
    fn style_sums(&self, refusal: &Observation) -> Vec<Sum> {
        let mut sums = vec![Sum::default(); self.database.behaviours.len()];
        if refusal.reply.status().is_none() {
            return sums;
        }
        for (kind, value) in facts(refusal).into_iter().filter(|(_, value)| !value.is_empty()) {
            let style = kind.properties().refusal;
            if style == RefusalStyle::Nobodys {
                continue;
            }
            let shown = self.refusing_with(kind, &value);
            // The application chooses what it refuses with; if nobody was made to say so, that says nothing.
            if style == RefusalStyle::Applications && !shown.contains(&true) {
                continue;
            }
            let background = self.index.common(&shown);
            let taken = |shows: bool| Sum::of_style(kind, shows, background, self.numbers.change[kind as usize]);
            let (with, without) = (taken(true), taken(false));
            for (sum, shows) in sums.iter_mut().zip(&shown) {
                sum.add(if *shows { &with } else { &without });
            }
        }
        sums
    }

    /// By behaviour, whether any of its refusals shows a value.
    fn refusing_with(&self, kind: Kind, value: &str) -> Vec<bool> {
        let lines = self.database.lines();
        let upgrades = [0, 1].map(|minor| lines.value(&format!("HTTP/1.{minor} 101")).unwrap_or(ABSENT));
        let wanted = lines.value(value);
        let shows = |line: u32| {
            let facts = lines.facts(line);
            let status = facts[Kind::Status as usize];
            status != ABSENT && !upgrades.contains(&status) && Some(facts[kind as usize]) == wanted
        };
        let behaviours = self.database.behaviours.iter();
        behaviours.map(|known| known.all_seen().iter().any(|seen| shows(seen.line))).collect()
    }
}
