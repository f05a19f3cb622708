//! What a server says of itself, for people.

use std::fmt::Write as _;

use super::style::BAD;
use crate::database::vocabulary;
use crate::identify::{Banner, Verdict};

/// What the server says of itself, apart from what it does.
pub(super) fn write_banners(out: &mut String, banners: &[Banner]) {
    for banner in banners {
        let names: Vec<&str> = banner.products.iter().map(|id| vocabulary::name_of(id)).collect();
        let verdict = match banner.verdict {
            Verdict::Agrees => "agrees with what it does".to_owned(),
            Verdict::Contradicts => format!("{BAD}contradicts{BAD:#} what it does: {} says so", names.join(" or ")),
            Verdict::Unheard => "nobody in the database says so".to_owned(),
        };
        let version = banner.version.as_ref().map(|version| format!("; it claims to be version {version}"));
        let version = version.filter(|_| banner.verdict == Verdict::Agrees).unwrap_or_default();
        let _ = writeln!(out, "  Says         {} ({verdict}{version})", banner.text);
    }
}
