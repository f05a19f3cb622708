//! Recog's XML, by what its own tests ask of a file: every example matches its fingerprint and none before it, and what is found in it is
//! what it says.

use std::collections::BTreeMap;

use base64::Engine as _;
use regex::bytes::Regex;
use stews::database::Database;
use stews::export::{Matches, recog};

use super::recorded::{self, is_right};

struct Fingerprint {
    regex: Regex,
    params: BTreeMap<String, (usize, String)>,
    examples: Vec<(Vec<u8>, Option<String>)>,
}

fn plain(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn attribute(line: &str, name: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    Some(plain(rest.split_once('"').unwrap().0))
}

/// Each element is on a line of its own.
fn parse(text: &str) -> Vec<Fingerprint> {
    let mut all: Vec<Fingerprint> = Vec::new();
    assert!(text.starts_with("<?xml ") && text.ends_with("</fingerprints>\n"));
    for line in text.lines().map(str::trim) {
        if let Some(pattern) = attribute(line, "pattern") {
            let regex = Regex::new(&format!("(?-u){pattern}")).unwrap();
            all.push(Fingerprint { regex, params: BTreeMap::new(), examples: Vec::new() });
        } else if line.starts_with("<param ") {
            let place =
                (attribute(line, "pos").unwrap().parse().unwrap(), attribute(line, "value").unwrap_or_default());
            all.last_mut().unwrap().params.insert(attribute(line, "name").unwrap(), place);
        } else if line.starts_with("<example") {
            let (_, rest) = line.split_once('>').unwrap();
            let content = rest.strip_suffix("</example>").unwrap();
            let bytes = match attribute(line, "_encoding").as_deref() {
                Some("base64") => base64::engine::general_purpose::STANDARD.decode(content).unwrap(),
                None => plain(content).into_bytes(),
                other => panic!("{other:?}"),
            };
            all.last_mut().unwrap().examples.push((bytes, attribute(line, "service.version")));
        }
    }
    all
}

#[test]
fn examples_match_their_fingerprint_and_none_before_it() {
    let database = Database::embedded().unwrap();
    for matches in [Matches::Server, Matches::PoweredBy, Matches::Answer] {
        let all = parse(&recog(&database, matches));
        assert!(!all.is_empty(), "{matches:?}");
        for (index, one) in all.iter().enumerate() {
            assert!(!one.examples.is_empty() && one.params["service.product"].0 == 0, "{}", one.regex);
            for (example, version) in &one.examples {
                let found = one.regex.captures(example).unwrap_or_else(|| panic!("{}", one.regex));
                let said = one.params.get("service.version").filter(|(group, _)| *group > 0);
                let said = said.map(|(group, _)| String::from_utf8(found[*group].to_vec()).unwrap());
                assert_eq!(&said, version, "{}", one.regex);
                if matches != Matches::Answer {
                    let before = all[..index].iter().find(|before| before.regex.is_match(example));
                    assert!(before.is_none(), "{} is before {}", before.unwrap().regex, one.regex);
                }
            }
        }
    }
}

#[test]
fn no_banner_names_anybody_who_is_somebody_else() {
    let all = parse(&recog(&Database::embedded().unwrap(), Matches::Server));
    let mut named = 0;
    for recording in recorded::ALL.iter() {
        for line in recording.observations.values().flat_map(|answers| answers.seen.keys()) {
            let stews::observation::Reply::Response { head, .. } = &line.observation().reply else { continue };
            for field in head.headers.iter().filter(|field| field.is("server")) {
                let Some(found) = all.iter().find(|one| one.regex.is_match(&field.value)) else { continue };
                assert!(
                    is_right(recording, &found.params["service.product"].1),
                    "{} by {}",
                    recording.product,
                    found.regex
                );
                named += 1;
            }
        }
    }
    assert!(named > 1000, "{named} banners are named");
}
