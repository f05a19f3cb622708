//! What is said of a target, line by line, whatever puts it before people: each line has a label and says one thing.

mod answer;
mod banner;
mod course;
mod known;
mod list;
mod refusal;

pub(super) use list::{Fact, Facts};

use super::finding::{Finding, TargetReport};

/// What there is to say of a target behind its headline.
pub(super) fn facts(report: &TargetReport) -> Facts {
    let mut facts = Facts::default();
    match &report.finding {
        Finding::Unreachable(_) | Finding::Detected(_) => course::add_way(&mut facts, report),
        Finding::NotWebSocket(reached) if reached.scan.observations.is_empty() => {
            course::add_cost(&mut facts, &reached.scan);
        }
        Finding::NotWebSocket(reached) => {
            refusal::add_openers(&mut facts, &reached.scan, &report.target);
            refusal::add_refused(&mut facts, reached);
            course::add_way(&mut facts, report);
            course::add_cost(&mut facts, &reached.scan);
            // That it turned us away is what the headline says.
            if !reached.scan.baseline.reply.turns_away() {
                course::add_troubles(&mut facts, &reached.scan);
            }
        }
        Finding::WebSocket(reached) => {
            course::add_oddities(&mut facts, reached);
            answer::add_answer(&mut facts, reached);
            known::add_known(&mut facts, &reached.answer);
            course::add_way(&mut facts, report);
            course::add_cost(&mut facts, &reached.scan);
            course::add_troubles(&mut facts, &reached.scan);
        }
    }
    facts
}
