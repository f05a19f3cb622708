//! What there is to say about a target, before any format says it.

use std::net::SocketAddr;
use std::time::SystemTime;

use crate::findings::Findings;
use crate::identify::{Answer, Banner, Comparison, Contradiction, Explanation};
use crate::scan::{Detection, Heard, Scan, Stop};
use crate::target::Target;
use crate::wire::TlsFacts;

/// All there is to say about one target.
#[derive(Debug)]
pub struct TargetReport {
    /// The URL, without the values of its query.
    pub target: String,
    /// How it was asked for, where that is something else: without a scheme.
    pub asked: Option<String>,
    /// What tells it from others, where the URL that is shown does not.
    pub id: Option<String>,
    /// What came of it.
    pub finding: Finding,
    /// The address that all connections went to, where we and not a proxy looked it up.
    pub address: Option<SocketAddr>,
    /// Whether its certificate was checked; none without TLS.
    pub certificate_checked: Option<bool>,
    /// How TLS was spoken with it, where it was.
    pub tls: Option<TlsFacts>,
    /// When the look at it began.
    pub time: SystemTime,
    /// The kind of the error, where it was not reached: a word that stays.
    pub error_kind: Option<&'static str>,
    /// How far it was then: a word that stays.
    pub error_stage: Option<&'static str>,
}

/// What came of looking at a target.
#[derive(Debug)]
pub enum Finding {
    /// It could not be reached; in words.
    Unreachable(String),
    /// It was reached, but opened no WebSocket when asked legally; who answers, as far as refusals tell.
    NotWebSocket(Box<Reached>),
    /// It speaks WebSocket.
    WebSocket(Box<Reached>),
    /// It was only looked at whether it opens one.
    Detected(Box<Detection>),
}

/// A target that answered.
#[derive(Debug)]
pub struct Reached {
    /// What was observed.
    pub scan: Scan,
    /// Who answers.
    pub answer: Answer,
    /// What it says of itself.
    pub banners: Vec<Banner>,
    /// Where it contradicts itself.
    pub contradictions: Vec<Contradiction>,
    /// What speaks for the answer and against it in a few sentences, where the format tells that.
    pub why: Option<Comparison>,
    /// Why the answer is what it is, if that was asked for.
    pub explanation: Option<Explanation>,
    /// What it does wrong, if that was asked for.
    pub findings: Option<Findings>,
    /// Whether it is a server that the database does not know and a recording of which would help.
    pub is_new: bool,
}

impl Reached {
    /// Whether the target was identified: by one engine that is likely enough and was heard enough of; never by what little was kept of a
    /// scan that was cut short, nor by handshakes alone.
    #[must_use]
    pub fn is_identified(&self) -> bool {
        let heard = !self.scan.is_cut_short() && self.scan.has_spoken();
        heard && self.answer.is_identified() && self.contradictions.is_empty()
    }
}

impl TargetReport {
    /// What the target does wrong, if that was asked for and it answered.
    pub(super) fn findings(&self) -> Option<&Findings> {
        match &self.finding {
            Finding::WebSocket(reached) | Finding::NotWebSocket(reached) => reached.findings.as_ref(),
            Finding::Unreachable(_) | Finding::Detected(_) => None,
        }
    }

    /// A report on `target`.
    #[must_use]
    pub fn new(target: &Target, finding: Finding) -> Self {
        let target = target.without_query_values();
        Self {
            target,
            asked: None,
            id: None,
            finding,
            address: None,
            certificate_checked: None,
            tls: None,
            time: SystemTime::now(),
            error_kind: None,
            error_stage: None,
        }
    }

    /// The same, with how the target was asked for and what tells it from others, as far as its URL does not say.
    #[must_use]
    pub fn asked_as(self, asked: Option<String>, id: Option<String>) -> Self {
        Self { asked, id, ..self }
    }

    /// The same, with the kind of the error and how far it was.
    #[must_use]
    pub fn failed_by(self, error_kind: &'static str, error_stage: &'static str) -> Self {
        Self { error_kind: Some(error_kind), error_stage: Some(error_stage), ..self }
    }

    /// The same, with when the look at it began.
    #[must_use]
    pub fn begun_at(self, time: SystemTime) -> Self {
        Self { time, ..self }
    }

    /// The same, with how TLS was spoken.
    #[must_use]
    pub fn secured_by(self, tls: Option<TlsFacts>) -> Self {
        Self { tls, ..self }
    }

    /// Whether it opens a WebSocket.
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        match &self.finding {
            Finding::WebSocket(_) => true,
            Finding::Detected(detection) => matches!(detection.heard, Heard::WebSocket(_)),
            Finding::Unreachable(_) | Finding::NotWebSocket(_) => false,
        }
    }

    /// Whether its scan was ended before anything ended it but us.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        match &self.finding {
            Finding::WebSocket(reached) | Finding::NotWebSocket(reached) => {
                matches!(reached.scan.stop, Some(Stop::Interrupted { .. }))
            }
            Finding::Unreachable(_) | Finding::Detected(_) => false,
        }
    }

    /// The same, with the address that was connected to and whether the certificate was checked.
    #[must_use]
    pub fn reached_by(self, address: Option<SocketAddr>, certificate_checked: Option<bool>) -> Self {
        Self { address, certificate_checked, ..self }
    }
}
