//! The page of a probe.

use std::collections::BTreeMap;

use maud::{Markup, html};
use stews::probe::Probe;

use crate::evaluate::ratio::Ratio;
use crate::site::answers::Line;
use crate::site::catalog::{Catalog, Product};
use crate::site::labels::{anchor, counted, decided_by, probe_file, product_file, risk, versions};
use crate::site::sent;
use crate::site::shell::Page;
use crate::site::survival::Survival;

/// Those who answer a probe alike.
struct Group<'a> {
    /// The most frequent of their answers.
    line: &'a Line,
    /// The products of which some version answers so.
    members: Vec<Member<'a>>,
}

/// A product, and which of its behaviours answer so.
struct Member<'a> {
    product: &'a Product,
    /// Behaviours by their places in the database, and whether each always answers so.
    behaviours: Vec<(usize, bool)>,
}

/// The page.
pub fn page(catalog: &Catalog, survival: &Survival, probe: &Probe) -> Page {
    Page {
        file: probe_file(probe.id),
        menu: "probes.html",
        heading: format!("Probe {}: {}", probe.id, probe.summary),
        description: format!("What WebSocket servers answer to {}.", probe.summary),
        scripts: &[],
        body: html! {
            (facts(probe))
            p { (probe.why) }
            (sent::section(probe))
            (answers(catalog, probe))
            (proxies(catalog, survival, probe))
        },
    }
}

fn facts(probe: &Probe) -> Markup {
    let asked = match (probe.is_default(), probe.has_killed()) {
        (true, false) => "by default, where it tells more than another",
        (true, true) => "where a thorough scan or its series is asked for, since a server is known to die of it",
        (false, _) if probe.for_releases => {
            "where a thorough scan or its series is asked for: it tells releases of one server apart"
        }
        (false, _) => "only where it is asked for",
    };
    html! {
        dl.facts {
            dt { "Risk" } dd { (risk(probe)) }
            dt { "Sent" } dd { (asked) }
            dt { "Section" } dd { (probe.reference) }
            dt { "Group" } dd { a href={ "../probes.html#" (anchor(probe.group)) } { (probe.group) } }
            dt { "Decided by" } dd { (decided_by(probe)) }
            @if probe.has_killed() { dt { "Known to die of it" } dd { (probe.kills.join(", ")) } }
        }
    }
}

fn answers(catalog: &Catalog, probe: &Probe) -> Markup {
    let groups = groups(catalog, probe);
    let asked =
        catalog.products.iter().filter(|product| catalog.answers.usual(product.newest, probe.id).is_some()).count();
    let not_asked: Vec<&Product> = catalog
        .products
        .iter()
        .filter(|product| product.behaviours.iter().all(|one| catalog.answers.given(*one, probe.id).is_empty()))
        .collect();
    html! {
        section aria-labelledby="answers" {
            h2 id="answers" { "Who answers how" }
            p {
                (counted(groups.len(), "answer")) " that tell servers apart, by " (counted(asked, "product")) " in their newest recorded version and by older ones. "
                "What a server calls itself and what its application sends do not count."
            }
            @for group in &groups { (group_in_words(catalog, group)) }
            @if !not_asked.is_empty() {
                h3 { "Not asked" }
                p { (members(catalog, &not_asked.into_iter().map(|product| Member { product, behaviours: Vec::new() }).collect::<Vec<_>>())) }
            }
        }
    }
}

/// Who answers how, the most common answer first.
fn groups<'a>(catalog: &'a Catalog, probe: &Probe) -> Vec<Group<'a>> {
    let mut by_class: BTreeMap<usize, (BTreeMap<usize, usize>, Vec<Member<'a>>)> = BTreeMap::new();
    for product in &catalog.products {
        for behaviour in &product.behaviours {
            let given = catalog.answers.given(*behaviour, probe.id);
            let always = catalog.answers.classes(*behaviour, probe.id).len() == 1;
            for number in given {
                let (lines, members) = by_class.entry(catalog.answers.line(*number).class).or_default();
                *lines.entry(*number).or_default() += 1;
                match members.last_mut().filter(|member| member.product.id == product.id) {
                    Some(member) if member.behaviours.last().is_some_and(|(last, _)| last == behaviour) => {}
                    Some(member) => member.behaviours.push((*behaviour, always)),
                    None => members.push(Member { product, behaviours: vec![(*behaviour, always)] }),
                }
            }
        }
    }
    let mut groups: Vec<Group<'a>> = by_class
        .into_values()
        .filter_map(|(lines, members)| {
            let (line, _) = lines.into_iter().max_by_key(|(number, count)| (*count, std::cmp::Reverse(*number)))?;
            Some(Group { line: catalog.answers.line(line), members })
        })
        .collect();
    groups.sort_by(|one, other| {
        other.members.len().cmp(&one.members.len()).then_with(|| one.line.text.cmp(&other.line.text))
    });
    groups
}

fn group_in_words(catalog: &Catalog, group: &Group<'_>) -> Markup {
    html! {
        div.answer {
            h3 { (counted(group.members.len(), "product")) ": " (group.line.words) }
            p { (members(catalog, &group.members)) }
            details { summary { "Exactly" } pre tabindex="0" { code { (group.line.text) } } }
        }
    }
}

/// Products with the versions that are meant, where it is not all of them.
fn members(catalog: &Catalog, members: &[Member<'_>]) -> Markup {
    html! {
        @for (place, member) in members.iter().enumerate() {
            @if place > 0 { ", " }
            a href={ "../" (product_file(&member.product.id)) } { (member.product.name) }
            @if member.behaviours.iter().any(|(_, always)| !always) || !(member.behaviours.is_empty() || member.behaviours.len() == member.product.behaviours.len()) {
                small { " (" (which(catalog, member)) ")" }
            }
        }
    }
}

/// The versions of a member in words.
fn which(catalog: &Catalog, member: &Member<'_>) -> String {
    let one = |(behaviour, always): &(usize, bool)| {
        let versions = versions(catalog.behaviour(*behaviour));
        if *always { versions } else { format!("{versions} at times") }
    };
    member.behaviours.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn proxies(catalog: &Catalog, survival: &Survival, probe: &Probe) -> Markup {
    let rows: Vec<_> =
        survival.proxies.iter().filter_map(|behind| Some((behind, behind.probes.get(&probe.id)?))).collect();
    let percent = |ratio: Ratio| {
        if ratio.of == 0 { "–".to_owned() } else { format!("{:.0} % of {}", ratio.percent(), ratio.of) }
    };
    html! {
        @if !rows.is_empty() {
            section aria-labelledby="proxies" {
                h2 id="proxies" { "Behind proxies" }
                p { "With how many of the servers measured behind each " a href="../proxies.html" { "reverse proxy" } " the answer stays what it is without it." }
                div.scroll tabindex="0" role="region" aria-label="Behind proxies" {
                    table {
                        thead { tr { th scope="col" { "proxy" } th.number scope="col" { "all of the answer" } th.number scope="col" { "what the engine decides" } } }
                        tbody {
                            @for (behind, kept) in rows {
                                tr {
                                    th scope="row" { (catalog.proxy_name(&behind.proxy)) }
                                    td.number { (percent(kept.whole)) }
                                    td.number { (percent(kept.engine)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::catalog::tests::{catalog, recording};
    use stews::probe::{ProbeId, find};

    fn shown(catalog: &Catalog) -> String {
        let probe = find(ProbeId::new(203)).unwrap();
        page(catalog, &Survival { proxies: Vec::new() }, probe).body.into_string()
    }

    #[test]
    fn what_servers_say_is_text_and_nothing_else() {
        let hostile = r#"close 1002 "</code><script>alert(1)</script>" | fin"#;
        let page = shown(&catalog(vec![recording("<b>", "1\"onclick=", &[hostile])]));
        assert!(!page.contains("<script>") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&lt;/code&gt;&lt;script&gt;alert(1)"), "{page}");
    }

    #[test]
    fn the_common_answer_comes_first_and_versions_are_named_where_not_all_are_meant() {
        let page = shown(&catalog(vec![
            recording("a", "1", &["| fin"]),
            recording("b", "1", &["close 1002 | fin"]),
            recording("b", "2", &["close 1007 | fin"]),
            recording("c", "1", &["close 1002 | fin", "close 1007 | fin"]),
        ]));
        let heads: Vec<&str> =
            page.split("<h3>").skip(1).filter_map(|rest| Some(rest.split_once("</h3>")?.0)).collect();
        assert_eq!(
            heads,
            [
                "2 products: closed with 1002, then hung up",
                "2 products: closed with 1007, then hung up",
                "1 product: said nothing and hung up"
            ]
        );
        assert!(page.contains("b.html\">b</a><small> (1)</small>"), "{page}");
        assert!(page.contains("c.html\">c</a><small> (1 at times)</small>"), "{page}");
    }
}
