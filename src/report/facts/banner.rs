//! What a server says of itself, for people, and whose words these are.

use super::list::Facts;
use crate::database::vocabulary;
use crate::identify::{Banner, Verdict};
use crate::report::finding::Reached;
use crate::report::headline::list;
use crate::wire::escape::shorten;

/// The most of a banner that is shown, in characters.
const TEXT: usize = 120;

/// What the server says of itself, apart from what it does.
pub(super) fn add_banners(facts: &mut Facts, reached: &Reached) {
    if reached.banners.is_empty() {
        facts.add("says", "nothing of what it is");
    }
    for banner in &reached.banners {
        let text = format!("{}{}", shorten(&banner.text, TEXT), whose(banner, reached));
        if banner.verdict == Verdict::Contradicts { facts.warn("says", text) } else { facts.add("says", text) }
    }
}

/// Whose words a banner is, as far as that is known.
fn whose(banner: &Banner, reached: &Reached) -> String {
    let names: Vec<&str> = banner.products.iter().map(|id| vocabulary::name_of(id)).collect();
    match banner.verdict {
        // What it does is nobody's that is known.
        Verdict::Agrees if reached.answer.is_unknown() => format!(" (as {} does)", list(&names)),
        Verdict::Agrees => " (as its behaviour says)".to_owned(),
        Verdict::Proxy => " (from the proxy)".to_owned(),
        Verdict::Contradicts => {
            format!(" (its behaviour says otherwise: {} names itself so)", list(&names))
        }
        Verdict::Unheard => String::new(),
    }
}
