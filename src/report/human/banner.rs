//! What a server says of itself, for people.

use std::fmt::Write as _;

use super::style::BAD;
use crate::database::vocabulary;
use crate::identify::Verdict;
use crate::report::finding::Reached;
use crate::wire::escape::shorten;

/// The most of a banner that is shown, in characters.
const TEXT: usize = 120;

/// The most of a version that is shown, in characters.
const VERSION: usize = 40;

/// What the server says of itself, apart from what it does.
pub(super) fn write_banners(out: &mut String, reached: &Reached) {
    for banner in &reached.banners {
        let names: Vec<&str> = banner.products.iter().map(|id| vocabulary::name_of(id)).collect();
        let verdict = match banner.verdict {
            // What it does is nobody's that is known.
            Verdict::Agrees if reached.answer.is_unknown() => format!("{} says so", names.join(" or ")),
            Verdict::Agrees => "agrees with what it does".to_owned(),
            Verdict::Contradicts => format!("{BAD}contradicts{BAD:#} what it does: {} says so", names.join(" or ")),
            Verdict::Unheard => "nobody in the database says so".to_owned(),
        };
        let version =
            banner.version.as_ref().map(|version| format!("; it claims to be version {}", shorten(version, VERSION)));
        let version = version.filter(|_| banner.verdict == Verdict::Agrees).unwrap_or_default();
        let _ = writeln!(out, "  Says         {} ({verdict}{version})", shorten(&banner.text, TEXT));
    }
}
