//! Targets that open no WebSocket for us (401, 403, 404, 426): what can be told from their refusals alone. Each answer that differs from
//! the refusal is compared like any other; the refusal itself, which is to another request than those that were recorded, with
//! whatever a known server ever refused.

use std::collections::BTreeSet;

use super::answer::{Answer, Mask, Observations};
use super::hypotheses::Posterior;
use super::matcher::Matcher;
use super::part::Part;
use super::score::{Score, bits_by_rate};
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
        // One refusal that many probes are given is one fact.
        let mut told = BTreeSet::new();
        let others = observations.iter().filter(|(_, seen)| !same(seen) && told.insert(seen.to_string()));
        let other: Observations = others.map(|(probe, seen)| (*probe, seen.clone())).collect();
        let mut likelihoods = self.likelihoods(&other, Mask::default());
        for (score, style) in likelihoods.scores.iter_mut().zip(self.style_scores(refusal)) {
            score.add(&style);
        }
        let posterior = Posterior::new(&likelihoods.scores, &self.index, &self.calibration);
        self.answer(&likelihoods, &posterior, &other)
    }

    /// What a refusal says of each behaviour.
    fn style_scores(&self, refusal: &Observation) -> Vec<Score> {
        let mut scores = vec![Score::default(); self.database.behaviours.len()];
        if refusal.reply.status().is_none() {
            return scores;
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
            let background = self.index.background(&shown);
            let score = |shows: bool| style_score(kind, shows, background, self.calibration.change[kind]);
            let (with, without) = (score(true), score(false));
            for (score, shows) in scores.iter_mut().zip(&shown) {
                score.add(if *shows { &with } else { &without });
            }
        }
        scores
    }

    /// By behaviour, whether any of its refusals shows a value.
    fn refusing_with(&self, kind: Kind, value: &str) -> Vec<bool> {
        let lines = self.database.lines();
        let upgrades = [0, 1].map(|minor| lines.value(&format!("HTTP/1.{minor} 101")).unwrap_or(ABSENT));
        let wanted = lines.value(value);
        let shows = |line: u32| {
            let facts = lines.facts(line);
            let status = facts[Kind::Status];
            status != ABSENT && !upgrades.contains(&status) && Some(facts[kind]) == wanted
        };
        let behaviours = self.database.behaviours.iter();
        behaviours.map(|known| known.all_seen().iter().any(|seen| shows(seen.line))).collect()
    }
}

/// What one feature of a refusal says of a behaviour that shows it, or does not.
fn style_score(kind: Kind, shows: bool, background: f64, change: f64) -> Score {
    let share = f64::from(u8::from(shows));
    let part = if kind == Kind::Banner { Part::Banner } else { Part::Front };
    let bits = ((1.0 - change) * share + change * background).log2() - background.log2();
    let mut score = Score {
        bits,
        bits_without_banners: if part == Part::Banner { 0.0 } else { bits },
        compared: 1.0,
        agreed: share,
        ..Score::default()
    };
    score.parts[part] = bits_by_rate(share / background, 1.0);
    score.weights[part] = 1.0 - background;
    score
}
