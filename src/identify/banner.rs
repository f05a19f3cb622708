//! What a server says of itself (RFC 9110 sections 10.2.4 and 7.6.3), set against what it does: evidence of a layer of its own. Anybody
//! can write it, and a proxy in front often does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::answer::{Candidate, Observations};
use super::proxy::model::ReverseProxy;
use crate::database::{ABSENT, Database};
use crate::features::Kind;
use crate::features::banner_text::{fields, name_in, version_in};

/// The most banners that are told of a target; no server is known to have as many.
const MOST: usize = 16;

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
    /// The reverse proxy that stands in front writes it.
    Proxy,
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
            Self::Proxy => "proxy",
            Self::Contradicts => "contradicts",
            Self::Unheard => "not_recorded",
        }
    }
}

/// Who is said to answer.
#[derive(Clone, Copy)]
pub(super) struct Believed<'a> {
    /// The candidates that are named first.
    pub(super) first: &'a [Candidate],
    /// The reverse proxy in front.
    pub(super) proxy: Option<&'a ReverseProxy>,
}

/// The banners among what was observed, each once and up to [`MOST`], set against who is said to answer.
#[must_use]
pub(super) fn banners(observations: &Observations, names: &BannerNames<'_>, believed: Believed<'_>) -> Vec<Banner> {
    let mut told = BTreeSet::new();
    let all = observations.values().flat_map(|seen| fields(seen, MOST));
    let texts: Vec<String> = all.filter(|text| told.insert(text.clone())).take(MOST).collect();
    texts.into_iter().map(|text| judge(text, names.get(), believed)).collect()
}

/// By the name in a banner, the products that ever name themselves so, whatever they were asked. Worked out for the first banner that is seen.
#[derive(Debug)]
pub(super) struct BannerNames<'a> {
    database: &'a Database,
    products: OnceLock<BTreeMap<String, BTreeSet<&'a str>>>,
}

impl<'a> BannerNames<'a> {
    /// Those of a database.
    pub(super) const fn new(database: &'a Database) -> Self {
        Self { database, products: OnceLock::new() }
    }

    fn get(&self) -> &BTreeMap<String, BTreeSet<&'a str>> {
        self.products.get_or_init(|| named_so(self.database))
    }
}

fn named_so(database: &Database) -> BTreeMap<String, BTreeSet<&str>> {
    let lines = database.lines();
    // Thousands of lines have one of a few hundred banners.
    let mut names: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut named: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for known in &database.behaviours {
        let mut told = BTreeSet::from([ABSENT]);
        for seen in known.all_seen() {
            let banner = lines.facts(seen.line)[Kind::Banner];
            if !told.insert(banner) {
                continue;
            }
            for name in names.entry(banner).or_insert_with(|| names_in(lines.text(seen.line))) {
                named.entry(name.clone()).or_default().insert(&known.product);
            }
        }
    }
    named
}

/// The names that a server gives itself in a line of the notation.
fn names_in(line: &str) -> Vec<String> {
    let fields = line.parse().map(|seen| fields(&seen, MOST)).unwrap_or_default();
    fields.iter().map(|field| name_in(field)).collect()
}

fn judge(text: String, named: &BTreeMap<String, BTreeSet<&str>>, believed: Believed<'_>) -> Banner {
    let name = name_in(&text);
    let products: Vec<String> = named.get(&name).into_iter().flatten().map(|product| (*product).to_owned()).collect();
    let verdict = if believed.first.iter().any(|candidate| products.contains(&candidate.product)) {
        Verdict::Agrees
    } else if believed.proxy.is_some_and(|proxy| proxy.writes_banner(&name)) {
        Verdict::Proxy
    } else if products.is_empty() {
        Verdict::Unheard
    } else {
        Verdict::Contradicts
    };
    Banner { version: version_in(&text), text, products, verdict }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Recording, derive};
    use crate::observation::Observation;
    use crate::probe::ProbeId;

    const NOBODY: Believed<'_> = Believed { first: &[], proxy: None };

    fn seen(line: &str) -> Observation {
        line.parse().unwrap()
    }

    #[test]
    fn what_the_proxy_in_front_writes_is_its_own() {
        let proxies = &crate::identify::Calibration::measured().proxies;
        let proxy = proxies.iter().find(|proxy| proxy.product == "nginx");
        let database = derive(&[], &[]);
        let asked = [(ProbeId::new(327), seen("HTTP/1.1 404 No {Server: nginx/1.26.3} | fin"))].into();
        let told = |proxy| banners(&asked, &BannerNames::new(&database), Believed { first: &[], proxy })[0].verdict;
        assert_eq!((told(proxy), told(None)), (Verdict::Proxy, Verdict::Unheard));
        let other = proxies.iter().find(|proxy| proxy.product == "haproxy");
        assert_eq!(told(other), Verdict::Unheard);
    }

    /// A server that says so in a 101 says so in a refusal of anything.
    #[test]
    fn a_banner_is_looked_for_in_all_answers() {
        let line = "HTTP/1.1 101 X {Server: \"Thing/1.2\", Upgrade: websocket} | alive";
        let known = [(ProbeId::new(309), seen(line))].into();
        let database = derive(&[Recording::of_runs("thing", "1.2", &[known])], &[]);
        let asked = [(ProbeId::new(327), seen("HTTP/1.1 404 No {Server: Thing/2.0} | fin"))].into();
        let names = BannerNames::new(&database);
        let found = banners(&asked, &names, NOBODY);
        assert_eq!((found.len(), &*found[0].products), (1, &["thing".to_owned()][..]));
        assert_eq!((found[0].verdict, found[0].version.as_deref()), (Verdict::Contradicts, Some("2.0")));
        let stranger = [(ProbeId::new(327), seen("HTTP/1.1 404 No {Server: Other} | fin"))].into();
        assert_eq!(banners(&stranger, &names, NOBODY)[0].verdict, Verdict::Unheard);
    }

    #[test]
    fn fields_are_told_apart() {
        let fields = |line: &str| fields(&seen(line), MOST);
        let line =
            "HTTP/1.1 101 X {Server: \"a, b/1\", X-Powered-By: Express, Upgrade: websocket, Via: <varies>} | alive";
        assert_eq!(fields(line), ["server: a, b/1", "x-powered-by: Express"]);
        assert!(fields("| alive").is_empty());
    }

    /// One value is one field, whatever it holds; a target has few banners, and short ones.
    #[test]
    fn a_bomb_of_banners_is_a_few_short_ones() {
        let bomb: String = (0..9000).map(|number| format!(", a{number}: x")).collect();
        let database = derive(&[], &[]);
        let names = BannerNames::new(&database);
        let told = |observations: &Observations| {
            banners(observations, &names, NOBODY).iter().map(|banner| banner.text.clone()).collect::<Vec<_>>()
        };
        let asked = [(ProbeId::new(300), seen(&format!("HTTP/1.1 404 No {{Server: \"s{bomb}\"}} | fin")))].into();
        assert_eq!(told(&asked).len(), 1);
        let each = |number: u16| {
            format!("HTTP/1.1 404 No {{Server: \"{number} {}\", Via: {number}}} | fin", "\\x1b".repeat(90))
        };
        let asked = (300..400).map(|number| (ProbeId::new(number), seen(&each(number)))).collect();
        let texts = told(&asked);
        assert_eq!(texts.len(), MOST);
        assert!(texts.iter().all(|text| text.chars().count() <= 201), "{texts:?}");
        assert!(texts[0].ends_with("\\x1b…"), "cut between escapes: {}", texts[0]);
    }
}
