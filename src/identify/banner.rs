//! What a server says of itself (RFC 9110 sections 10.2.4 and 7.6.3), set against what it does: evidence of a layer of its own. Anybody
//! can write it, and a proxy in front often does.

use std::collections::BTreeSet;

use super::answer::{Candidate, Observations};
use crate::database::Database;
use crate::features::banner_text::{name_in, split_fields, version_in};
use crate::features::{Kind, facts};
use crate::observation::Observation;
use crate::probe::ProbeId;

/// One field in which a server names itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banner {
    /// The field as it was sent, its name in lower case: `server: TornadoServer/6.5.2`.
    pub text: String,
    /// The version that it claims, if there is one in it.
    pub version: Option<String>,
    /// The products that name themselves so in the database, whatever the version.
    pub products: Vec<String>,
    /// How that agrees with what the server does.
    pub verdict: Verdict,
}

/// How a banner agrees with behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The product that explains the behaviour best names itself so.
    Agrees,
    /// Only other products name themselves so.
    Contradicts,
    /// Nobody in the database does.
    Unheard,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Contradicts => "contradicts",
            Self::Unheard => "unheard of",
        }
    }
}

/// The banners among what was observed, each once, set against the candidates that are named first.
#[must_use]
pub fn banners(observations: &Observations, database: &Database, first: &[Candidate]) -> Vec<Banner> {
    let mut told = BTreeSet::new();
    let mut banners = Vec::new();
    for (probe, observation) in observations {
        for text in fields(observation) {
            if told.insert(text.clone()) {
                banners.push(judge(text, *probe, database, first));
            }
        }
    }
    banners
}

fn judge(text: String, probe: ProbeId, database: &Database, first: &[Candidate]) -> Banner {
    let name = name_in(&text);
    let says_so = |line: &str| line.parse().is_ok_and(|seen| fields(&seen).iter().any(|field| name_in(field) == name));
    let named =
        database.behaviours.iter().filter(|known| database.answers(known, probe).any(|(line, _)| says_so(line)));
    let products: Vec<String> = named.map(|known| known.product.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let verdict = if products.is_empty() {
        Verdict::Unheard
    } else if first.iter().any(|candidate| products.contains(&candidate.product)) {
        Verdict::Agrees
    } else {
        Verdict::Contradicts
    };
    Banner { version: version_in(&text), text, products, verdict }
}

/// The fields in which an answer names the server, `name: value` each.
fn fields(observation: &Observation) -> Vec<String> {
    let all = facts(observation).into_iter().find(|(kind, _)| *kind == Kind::Banner).map(|(_, value)| value);
    split_fields(all.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: &str) -> Observation {
        line.parse().unwrap()
    }

    #[test]
    fn fields_are_told_apart() {
        let fields =
            fields(&seen("HTTP/1.1 101 X {Server: \"a, b/1\", X-Powered-By: Express, Upgrade: websocket} | alive"));
        assert_eq!(fields, ["server: a, b/1", "x-powered-by: Express"]);
        assert!(super::fields(&seen("| alive")).is_empty());
    }
}
