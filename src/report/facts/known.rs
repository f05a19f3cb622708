//! What others know of the products that are named: by which names, and which flaws were published of them.

use super::list::Facts;
use crate::database::{Advisory, vocabulary};
use crate::identify::{Advised, Answer, Bearing, Candidate};
use crate::report::judgement::{Judgement, Level};

/// The most advisories that are named one by one.
const MOST: usize = 4;

/// The names and flaws of the products that are named; of an engine under another front it is not known whose versions count.
pub(super) fn add_known(facts: &mut Facts, answer: &Answer) {
    let judgement = Judgement::of(answer);
    if judgement.level != Level::Product {
        return;
    }
    for candidate in judgement.first {
        add_names(facts, candidate);
        add_advisories(facts, &candidate.advisories());
    }
}

fn add_names(facts: &mut Facts, candidate: &Candidate) {
    let Some(known) = vocabulary::product(&candidate.product) else { return };
    let names = [known.cpe_of(candidate.only_release()), known.purl.clone(), Some(known.homepage.clone())];
    let names: Vec<String> = names.into_iter().flatten().collect();
    facts.add("known as", names.join("  "));
}

fn add_advisories(facts: &mut Facts, advisories: &[Advised]) {
    let with = |bearing: Bearing| advisories.iter().filter(move |one| one.bearing == bearing);
    for (bearing, words) in
        [(Bearing::Certain, "in every version that is named"), (Bearing::Possible, "in some of the versions named")]
    {
        let count = with(bearing).count();
        for one in with(bearing).take(MOST) {
            facts.warn("advisory", format!("{}: {} ({words})", one.advisory.ids[0], one.advisory.title));
        }
        if count > MOST {
            facts.warn("", format!("and {} more {words}", count - MOST));
        }
    }
    let fixed = with(Bearing::Fixed).count();
    if advisories.is_empty() {
        return;
    }
    let until = Advisory::snapshot().map(|day| format!(", as known on {day}")).unwrap_or_default();
    facts.add(
        "",
        format!("{fixed} others are mended before{until}; by version number: distributions mend without another"),
    );
}
