//! What stays of servers' answers behind each reverse proxy.

use maud::{Markup, html};

use crate::evaluate::ratio::Ratio;
use crate::site::catalog::Catalog;
use crate::site::heat;
use crate::site::interval::failures;
use crate::site::labels::{anchor, counted, probe_file};
use crate::site::shell::Page;
use crate::site::survival::{Behind, Survival};

/// The most probes that are named for one proxy.
const MOST_NAMED: usize = 40;

/// The page.
pub fn page(catalog: &Catalog, survival: &Survival) -> Page {
    Page {
        file: "proxies.html".to_owned(),
        menu: "proxies.html",
        heading: "What survives each proxy".to_owned(),
        description: "Which answers of WebSocket servers stay what they are behind nginx, HAProxy, Envoy and other reverse proxies.".to_owned(),
        scripts: &[],
        body: html! {
            p {
                "A reverse proxy in front of a server answers some requests itself and rewrites others. The newest recorded version of each product was scanned behind each of "
                (survival.proxies.len()) " proxies, and what it answered compared with what it answers without. "
                "What the WebSocket engine decides mostly stays, since most proxies pass frames on as they come."
            }
            (overview(catalog, survival))
            (by_group(catalog, survival))
            (lost(catalog, survival))
        },
    }
}

fn percent(ratio: Ratio) -> String {
    if ratio.of == 0 { "–".to_owned() } else { format!("{:.0} %", ratio.percent()) }
}

fn overview(catalog: &Catalog, survival: &Survival) -> Markup {
    let figure = |behind: &Behind| catalog.report.figures.get(&format!("engine, behind-{}", behind.proxy)).copied();
    html! {
        section aria-labelledby="overview" {
            h2 id="overview" { "Proxy by proxy" }
            p { "Shares are of all answers of all servers to the default probes. The last column is how often the engine is not named right behind the proxy, all of these probes sent, with the range that chance leaves open (Wilson, 95 %)." }
            div.scroll tabindex="0" role="region" aria-label="Proxy by proxy" {
                table {
                    thead { tr {
                        th scope="col" { "proxy" } th.number scope="col" { "servers" } th.number scope="col" { "answers that stay as they are" }
                        th.number scope="col" { "what the engine decides stays" } th scope="col" { "engine not named right" }
                    } }
                    tbody {
                        @for behind in &survival.proxies {
                            @let total = behind.total();
                            tr {
                                th scope="row" { (catalog.proxy_name(&behind.proxy)) @if !behind.detail.is_empty() { br; small { (behind.detail) } } }
                                td.number { (behind.servers) }
                                td.number { (percent(total.whole)) }
                                td.number { (percent(total.engine)) }
                                td { @match figure(behind) { Some(ratio) => (failures(ratio)), None => "not measured" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn by_group(catalog: &Catalog, survival: &Survival) -> Markup {
    let mut groups: Vec<&str> = Vec::new();
    for probe in catalog.default_probes() {
        if !groups.contains(&probe.group) {
            groups.push(probe.group);
        }
    }
    let share = |behind: &Behind, group: &str| {
        let probes = catalog.default_probes().filter(|probe| probe.group == group);
        let kept = probes.filter_map(|probe| behind.probes.get(&probe.id));
        kept.fold(Ratio::default(), |sum, kept| sum.plus(kept.whole))
    };
    html! {
        section aria-labelledby="groups" {
            h2 id="groups" { "Group by group" }
            p { "How many answers to the probes of a group stay as they are. The darker the cell in the light, or the brighter in the dark, the more." }
            div.scroll.tall tabindex="0" role="region" aria-label="Group by group" {
                table.heat {
                    thead { tr { th scope="col" { "probes" } @for behind in &survival.proxies { th.number scope="col" { (catalog.proxy_name(&behind.proxy)) } } } }
                    tbody {
                        @for group in groups {
                            tr {
                                th scope="row" { a href={ "probes.html#" (anchor(group)) } { (group) } }
                                @for behind in &survival.proxies {
                                    @let ratio = share(behind, group);
                                    td class={ "number " (heat::of_share(ratio)) } { (percent(ratio)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn lost(catalog: &Catalog, survival: &Survival) -> Markup {
    html! {
        section aria-labelledby="lost" {
            h2 id="lost" { "What does not pass" }
            p { "Probes to which fewer than half of the servers answer as without the proxy, those first that tell least behind it." }
            @for behind in &survival.proxies {
                @let lost = behind.lost();
                details {
                    summary { (catalog.proxy_name(&behind.proxy)) ": " (counted(lost.len(), "probe")) }
                    ul.inline {
                        @for id in lost.iter().take(MOST_NAMED) { li { a href=(probe_file(*id)) { (id) } } }
                        @if lost.len() > MOST_NAMED { li { "and " (lost.len() - MOST_NAMED) " more" } }
                    }
                }
            }
        }
    }
}
