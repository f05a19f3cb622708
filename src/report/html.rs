//! For a hand-over: one page that needs no other file and no network, with all that was found and how.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::describe::{in_full, in_words, summary};
use super::facts::{Fact, Facts, facts};
use super::finding::{Finding, TargetReport};
use super::headline::{Headline, Tone};
use super::reporter::{Reporter, Totals};
use super::tool::{Tool, timestamp};
use crate::findings::{self, ALL, Findings, NOTE, Severity};
use crate::identify::Comparison;
use crate::scan::Scan;

/// The most of an observation that is shown, in characters.
const OBSERVATION: usize = 600;

/// A page with a row for each target, and all that is known of it behind that. Parts leave as they are known.
#[derive(Clone, Debug, Default)]
pub struct Html {
    /// What results are made with.
    pub tool: Tool,
}

impl Reporter for Html {
    fn target(&self, report: &TargetReport) -> String {
        target(report).into_string() + "\n"
    }

    fn before(&self, is_first: bool) -> String {
        if is_first { self.beginning() } else { String::new() }
    }

    fn finish(&self, has_targets: bool, totals: &Totals) -> String {
        let beginning = if has_targets { String::new() } else { self.beginning() };
        beginning + "</table></main>\n" + &end(totals).into_string() + "</body></html>\n"
    }
}

impl Html {
    /// All before the first target. It is cut in the middle of elements, which a macro for whole ones cannot write.
    fn beginning(&self) -> String {
        let head = html! {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { "WebSocket servers" }
            style { (PreEscaped(include_str!("html/page.css"))) }
        };
        let top = html! {
            h1 { "WebSocket servers" }
            p.faint {
                (self.tool.name) " " (self.tool.version) ", database " code { (self.tool.database) } ", probe set "
                code { (self.tool.probe_set) } ", options: "
                @if self.tool.options.is_empty() { "none" } @else { code { (self.tool.options.join(" ")) } }
            }
        };
        let columns = html! {
            thead {
                tr {
                    th scope="col" data-key="target" { "Target" }
                    th scope="col" data-key="what" { "What answers" }
                    th scope="col" data-key="findings" { "Findings" }
                    th scope="col" data-key="time" { "Time" }
                }
            }
        };
        let [head, top, columns] = [head, top, columns].map(Markup::into_string);
        let doctype = DOCTYPE.into_string();
        format!(
            "{doctype}\n<html lang=\"en\"><head>{head}</head>\n<body><main>{top}\n<table id=\"targets\">{columns}\n"
        )
    }
}

fn target(report: &TargetReport) -> Markup {
    let headline = Headline::of(report);
    let findings = report.findings();
    let time = timestamp(report.time);
    html! {
        tbody data-target=(report.target) data-what=(headline.line()) data-findings=(findings.map(weight).unwrap_or_default()) data-time=(time) {
            tr {
                td { (report.target) }
                td class=(class(headline.tone)) { (headline.line()) }
                td { (counted(findings)) }
                td.faint { (time) }
            }
            @let lines = facts(report);
            @if !lines.0.is_empty() { tr { td colspan="4" { details { summary { "Details" } div { (details(report, &lines)) } } } } }
        }
    }
}

const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Doubt => "doubt",
        Tone::Bad => "bad",
    }
}

/// What findings are sorted by: those of each severity, the worst first.
fn weight(findings: &Findings) -> String {
    of_each(findings).map(|(_, count)| format!("{count:03}")).concat()
}

fn of_each(findings: &Findings) -> [(Severity, usize); 4] {
    let all = [Severity::High, Severity::Medium, Severity::Low, Severity::Info];
    all.map(|severity| (severity, findings.found.iter().filter(|one| one.rule.severity == severity).count()))
}

fn counted(findings: Option<&Findings>) -> String {
    let Some(findings) = findings else { return "not looked for".to_owned() };
    let counts = of_each(findings).into_iter().filter(|(_, count)| *count > 0);
    let words: Vec<String> = counts.map(|(severity, count)| format!("{count} {}", severity.word())).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

fn details(report: &TargetReport, lines: &Facts) -> Markup {
    let reached = match &report.finding {
        Finding::WebSocket(reached) | Finding::NotWebSocket(reached) => Some(reached),
        Finding::Unreachable(_) | Finding::Detected(_) => None,
    };
    html! {
        (listed(lines))
        @if let Some(findings) = report.findings() { (found(findings)) }
        @if let Some(reached) = reached {
            @if let Some(why) = &reached.why { (compared(why)) }
            (observed(&reached.scan))
        }
    }
}

fn listed(facts: &Facts) -> Markup {
    html! {
        dl { @for fact in &facts.0 { (labelled(fact)) } }
    }
}

fn labelled(fact: &Fact) -> Markup {
    html! {
        dt { (fact.label) }
        dd class=[fact.is_warning.then_some("doubt")] {
            @if let Some(sent) = &fact.sent { span.faint { (sent) ": " } }
            (fact.text)
        }
    }
}

fn found(findings: &Findings) -> Markup {
    html! {
        h3 { "Findings" }
        p.faint { (findings.judged) " of " (ALL.len()) " rules could be judged. " @if !findings.found.is_empty() { (NOTE) } }
        @for finding in &findings.found { (one(finding)) }
    }
}

fn one(finding: &findings::Finding) -> Markup {
    let rule = finding.rule;
    let class = match rule.severity {
        Severity::High | Severity::Medium => "bad",
        Severity::Low => "doubt",
        Severity::Info => "faint",
    };
    html! {
        p { strong class=(class) { (rule.severity.word()) } " " strong { (rule.title) } span.faint { " (" (rule.id) "; " (rule.section) ")" } }
        p { (rule.meaning) }
        ul { @for shown in &finding.evidence { li { (shown.sent) " (" (shown.probe) "): " code { (in_full(&shown.observed)) } } } }
    }
}

fn compared(why: &Comparison) -> Markup {
    let second = crate::database::vocabulary::name_of(&why.second.product);
    let first = crate::database::vocabulary::name_of(&why.first.product);
    html! {
        h3 { "Evidence for " (first) " rather than " (second) }
        div.wide { table {
            thead { tr { th scope="col" { "Bits" } th scope="col" { "What was sent" } th scope="col" { "What it did" } th scope="col" { (second) } } }
            tbody { @for one in why.probes.iter().filter(|one| one.bits.abs() >= 0.05) { tr {
                td.number { (format!("{:+.1}", one.bits)) }
                td { (summary(one.probe)) " (" (one.probe) ")" }
                td { "it " (in_words(&one.observed)) }
                td { @if let Some(usual) = &one.second { (in_words(usual)) } @else { "the same" } }
            } } }
        } }
    }
}

fn observed(scan: &Scan) -> Markup {
    html! {
        details {
            summary { "All " (scan.observations.len()) " observations" }
            div.wide { table {
                thead { tr { th scope="col" { "Probe" } th scope="col" { "What was sent" } th scope="col" { "What was observed" } } }
                tbody { @for (id, seen) in &scan.observations { tr {
                    td { (id) } td { (summary(*id)) } td { code { (crate::wire::escape::shorten(&seen.to_string(), OBSERVATION)) } }
                } } }
            } }
        }
    }
}

/// How it was done, and the script that sorts.
fn end(totals: &Totals) -> Markup {
    html! {
        footer {
            h2 { "Method" }
            p { "Legal and malformed handshakes and frames were sent, the least risky first, with a legal handshake after each that shows whether the server is well. What came back was compared with recordings of real servers. A probability is that of all that is named before it, and was measured on recordings that were left out. Versions are told as ranges of releases that answer alike." }
            p { "Findings are observations: no exploit was tried, and none is claimed. Advisories go by version number: what a distribution mends without another number is told all the same." }
            @if let Some(left) = totals.not_looked_at.filter(|left| *left > 0) { p.doubt { (left) " targets were not looked at." } }
            @if totals.skipped_lines > 0 { p.doubt { (totals.skipped_lines) " lines that are no targets were left out." } }
        }
        script { (PreEscaped(include_str!("html/sort.js"))) }
    }
}
