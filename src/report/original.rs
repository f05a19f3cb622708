//! The lines of the original tool, for whatever reads those.

use super::cut::{message, quoted_url};
use super::describe::refusal_in_words;
use super::finding::{Finding, TargetReport};
use super::headline::list;
use super::reporter::Reporter;
use super::versions::versions_in_words;
use crate::database::vocabulary;
use crate::identify::Candidate;

/// The two lines of STEWS behind the target: the likeliest product and the second, with the share of what was compared that matches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Original;

impl Reporter for Original {
    fn target(&self, report: &TargetReport) -> String {
        let url = quoted_url(&report.target);
        match &report.finding {
            Finding::WebSocket(reached) => format!(
                "{url}\n>>>Most likely server: {}\n>>>Second most likely server: {}\n",
                place(reached.answer.first()),
                place(reached.answer.second())
            ),
            Finding::Unreachable(why) => format!("{url}\nNot reached: {}\n", message(why)),
            Finding::NotWebSocket(reached) => {
                format!("{url}\nNot a WebSocket: {}\n", message(&refusal_in_words(&report.target, &reached.scan)))
            }
            Finding::Detected(_) if report.is_websocket() => format!("{url}\nWebSocket\n"),
            Finding::Detected(_) => format!("{url}\nNot a WebSocket\n"),
        }
    }
}

fn place(candidates: &[Candidate]) -> String {
    let Some(first) = candidates.first() else { return "none -- % match: 0.0".to_owned() };
    let names: Vec<String> = candidates
        .iter()
        .map(|candidate| format!("{} {}", vocabulary::name_of(&candidate.product), versions_in_words(candidate)))
        .collect();
    format!("{} -- % match: {:.1}", list(&names), first.match_percent)
}
