//! Who answers, for programs: the same names with the same probability as for people.

use serde::Serialize;

use super::candidates::{RangeFacts, range};
use crate::database::vocabulary;
use crate::identify::{Advised, Bearing, Candidate};
use crate::report::finding::Reached;
use crate::report::headline::judged;
use crate::report::judgement::{Judgement, doubt};

/// What is named of a target.
#[derive(Serialize)]
pub(super) struct Answered {
    level: &'static str,
    headline: String,
    probability: Option<f64>,
    is_identified: bool,
    doubt: Option<String>,
    engines: Vec<String>,
    engine_probability: f64,
    products: Vec<Named>,
    proxy: Option<Proxy>,
    unknown: f64,
}

#[derive(Serialize)]
struct Named {
    product: String,
    name: String,
    engine: String,
    probability: f64,
    in_ranges: f64,
    ranges: Vec<RangeFacts>,
    cpe: Option<String>,
    purl: Option<String>,
    homepage: Option<String>,
    advisories: Vec<Flaw>,
    /// How many more are mended in all versions that are named.
    advisories_fixed: usize,
}

#[derive(Serialize)]
struct Proxy {
    product: String,
    name: String,
    probability: f64,
}

#[derive(Serialize)]
struct Flaw {
    ids: Vec<String>,
    title: String,
    bearing: &'static str,
    severity: Option<String>,
    published: Option<String>,
    source: String,
}

/// What is named of a target that speaks WebSocket.
pub(super) fn answered(reached: &Reached) -> Answered {
    let answer = &reached.answer;
    let judgement = Judgement::of(answer);
    Answered {
        level: judgement.level.word(),
        headline: judged(reached).line(),
        probability: judgement.is_named().then_some(judgement.probability),
        is_identified: reached.is_identified(),
        doubt: doubt(reached).map(str::to_owned),
        engines: judgement.engines.iter().map(|engine| (*engine).to_owned()).collect(),
        engine_probability: answer.confidence(),
        products: judgement.first.iter().map(named).collect(),
        proxy: answer.proxy.as_ref().map(|proxy| Proxy {
            product: proxy.product.clone(),
            name: vocabulary::name_of(&proxy.product).to_owned(),
            probability: proxy.probability,
        }),
        unknown: answer.unknown,
    }
}

fn named(candidate: &Candidate) -> Named {
    let known = vocabulary::product(&candidate.product);
    let (fixed, open): (Vec<Advised>, Vec<Advised>) =
        candidate.advisories().into_iter().partition(|one| one.bearing == Bearing::Fixed);
    Named {
        product: candidate.product.clone(),
        name: vocabulary::name_of(&candidate.product).to_owned(),
        engine: candidate.engine.clone(),
        probability: candidate.with_its_front,
        in_ranges: candidate.in_ranges,
        ranges: candidate.ranges.iter().map(range).collect(),
        cpe: known.and_then(|known| known.cpe_of(candidate.only_release())),
        purl: known.and_then(|known| known.purl.clone()),
        homepage: known.map(|known| known.homepage.clone()),
        advisories: open.iter().map(flaw).collect(),
        advisories_fixed: fixed.len(),
    }
}

fn flaw(advised: &Advised) -> Flaw {
    let advisory = advised.advisory;
    Flaw {
        ids: advisory.ids.clone(),
        title: advisory.title.clone(),
        bearing: advised.bearing.word(),
        severity: advisory.severity.clone(),
        published: advisory.published.clone(),
        source: advisory.source.clone(),
    }
}
