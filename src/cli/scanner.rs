//! Looks at one target: scans it and judges it, or finds whether it opens a WebSocket.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::Semaphore;

use super::args::Format;
use super::ending::Ending;
use super::list::shown;
use super::plan::Plan;
use super::progress::Progress;
use super::recording::write_beside;
use super::tally::Class;
use super::{exit, hint};
use crate::connection::{Connector, Connectors, DialError, DialErrorKind, Stage};
use crate::findings::{Findings, Seen, findings};
use crate::fleet::{Asked, HostKey, Look, Prepared};
use crate::identify::{Answer, Matcher, Observations, Policy};
use crate::observation::Observation;
use crate::probe::{Probe, ProbeId, RequestContext};
use crate::report::{
    Csv, Finding, Html, Human, Json, JsonLines, Line, Markdown, Original, Reached, Reporter, Sarif, TargetReport,
};
use crate::scan::{Scan, Stop, ask_again, detect, scan, scan_adaptive};
use crate::target::{Host, Target};

/// The most probes that are told as reasons.
const MOST_REASONS: usize = 24;

/// How many names are looked up at a time: each look-up by the system takes a thread.
const LOOKUPS: usize = 64;

/// Looks at targets, with all that they share.
pub(super) struct Scanner {
    plan: Plan,
    matcher: Matcher<'static>,
    connectors: Connectors,
    ending: Ending,
    reporter: Box<dyn Reporter>,
    lookups: Semaphore,
}

/// What is told of a target.
pub(super) struct Told {
    /// For the output.
    pub(super) text: String,
    /// For standard error.
    pub(super) aside: String,
    /// The exit code that it would have alone.
    pub(super) code: u8,
    pub(super) class: Class,
}

/// A target whose turn may come.
pub(super) struct Ready {
    asked: Asked,
    connector: Connector,
}

/// What puts findings into the format that was asked for.
pub(super) fn reporter(plan: &Plan) -> Box<dyn Reporter> {
    let json = || Json { tool: plan.tool.clone(), all_candidates: plan.all_candidates };
    match plan.format {
        Format::Human => Box::new(Human { explain: plan.explain }),
        Format::Stews => Box::new(Original),
        Format::Line => Box::new(Line),
        Format::Json => Box::new(json()),
        Format::Jsonl => Box::new(JsonLines(json())),
        Format::Csv => Box::new(Csv { findings: plan.findings }),
        Format::Html => Box::new(Html { tool: plan.tool.clone() }),
        Format::Markdown => Box::new(Markdown { tool: plan.tool.clone() }),
        Format::Sarif => Box::new(Sarif { tool: plan.tool.clone() }),
    }
}

impl Scanner {
    pub(super) fn new(plan: Plan, ending: Ending) -> Self {
        let matcher = Matcher::new(plan.database);
        let (connectors, reporter) = (Connectors::new(plan.connect.clone()), reporter(&plan));
        Self { plan, matcher, connectors, ending, reporter, lookups: Semaphore::new(LOOKUPS) }
    }

    /// The plan that it keeps to.
    pub(super) const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// All that there is to say of a target.
    fn told(&self, asked: &Asked, report: TargetReport) -> Told {
        let name = asked.next().is_some().then(|| asked.shown());
        let report = report.asked_as(name, asked.id());
        let (code, class) = (exit_code(&self.plan, &report), class(&report));
        let (text, mut aside) = match &self.plan.recording {
            Some(server) => server.told(&report),
            None => (self.reporter.target(&report), String::new()),
        };
        let mut told = Told { text, aside: String::new(), code, class };
        if let Some(path) = &self.plan.record_to {
            match write_beside(path, &report) {
                Ok(words) => aside += &words,
                Err(error) => {
                    aside += &format!("error: cannot write to `{}`: {error}\n", shown(path));
                    told.code = exit::INTERNAL;
                }
            }
        }
        Told { aside, ..told }
    }

    /// Looks at a target, and where it speaks no TLS and need not, without.
    async fn report(&self, asked: &Asked, connector: &Connector) -> TargetReport {
        let began = SystemTime::now();
        self.first_that_answers(asked, connector).await.begun_at(began)
    }

    async fn first_that_answers(&self, asked: &Asked, connector: &Connector) -> TargetReport {
        let error = match self.look_at(asked.first(), connector).await {
            Ok(report) => return report,
            Err(error) => error,
        };
        let next = asked.next().filter(|next| is_plain(&error, next.port() != asked.first().port()));
        let Some(next) = next else { return unreachable(asked.first(), &error) };
        let second = match self.connectors.connector(next) {
            Ok(connector) => self.look_at(next, &connector).await,
            Err(error) => Err(error),
        };
        match second {
            Ok(report) => report,
            // What was tried first is told where neither has anybody listening.
            Err(second) if second.kind() == DialErrorKind::Refused => unreachable(asked.first(), &error),
            Err(second) => unreachable(next, &second),
        }
    }

    async fn look_at(&self, target: &Target, connector: &Connector) -> Result<TargetReport, DialError> {
        let finding = if self.plan.detects {
            self.detect(target, connector).await?
        } else {
            let progress = Progress::new(&self.plan, &target.without_query_values());
            let finding = self.scan(target, connector, &progress).await;
            progress.finish();
            finding?
        };
        let report = TargetReport::new(target, finding).reached_by(connector.address(), connector.checks_certificate());
        Ok(report.secured_by(connector.tls()))
    }

    async fn detect(&self, target: &Target, connector: &Connector) -> Result<Finding, DialError> {
        if let Some(rate) = self.plan.limits.rate() {
            rate.turn().await;
        }
        let context = self.plan.context(target);
        Ok(Finding::Detected(Box::new(detect(connector, &context, self.plan.patience()).await?)))
    }

    async fn scan(&self, target: &Target, connector: &Connector, progress: &Progress) -> Result<Finding, DialError> {
        let (plan, matcher) = (&self.plan, &self.matcher);
        let mut options = plan.scan_options(target);
        options.interrupt = self.ending.interrupt();
        let scan = if plan.step_by_step {
            let next = |seen: &Observations| self.next(seen);
            scan_adaptive(connector, &options, progress, &next).await?
        } else {
            scan(connector, &options, progress).await?
        };
        if plan.recording.is_some() {
            return Ok(recorded(scan));
        }
        if !scan.is_websocket() {
            // A 101 that is no WebSocket is no refusal either.
            let refused = !scan.baseline.reply.is_upgrade();
            let answer = if refused { matcher.identify_refused(&scan.observations) } else { Answer::none() };
            return Ok(Finding::NotWebSocket(Box::new(self.reached(scan, answer, &[], &options.context))));
        }
        let mut scan = scan;
        // Of one that says nothing, what its handshakes told is judged, and that is no identification.
        let repeats = plan.repeats && !scan.is_cut_short() && scan.has_spoken();
        let probes = if repeats { matcher.judge(&scan.observations).ask_again.clone() } else { Vec::new() };
        let again = ask_again(connector, &options, progress, &mut scan, &probes).await;
        // Before the answer, whose evidence may be long, takes room.
        let why = plan.format.tells_why().then(|| matcher.compare(&scan.observations, MOST_REASONS)).flatten();
        // What was asked again may have shown what is drawn anew for each answer.
        let answer = Arc::unwrap_or_clone(matcher.judge(&scan.observations)).answer;
        let reached = self.reached(scan, answer, &again, &options.context);
        Ok(Finding::WebSocket(Box::new(Reached { why, ..reached })))
    }

    /// What a target is asked next: what it takes to tell who answers, and after that what it takes to tell what it does wrong.
    fn next(&self, seen: &Observations) -> Vec<&'static Probe> {
        let next = self.matcher.next(seen, &self.plan.probes, &Policy::default());
        if !next.is_empty() {
            return next;
        }
        self.plan.for_findings.iter().copied().filter(|probe| !seen.contains_key(&probe.id)).collect()
    }

    fn reached(
        &self,
        scan: Scan,
        answer: Answer,
        again: &[(ProbeId, Observation)],
        context: &RequestContext,
    ) -> Reached {
        let matcher = &self.matcher;
        let is_new = scan.is_websocket()
            && !scan.is_cut_short()
            && answer.is_unknown()
            && scan.has_spoken()
            && scan.closed_at_once().is_none();
        Reached {
            banners: matcher.banners(&scan.observations, &answer),
            contradictions: matcher.contradictions(&scan.observations, again, &answer),
            why: None,
            explanation: self.plan.explain.then(|| matcher.explain(&scan.observations)).flatten(),
            findings: self.plan.findings.then(|| wrongs(&scan, context)),
            is_new,
            scan,
            answer,
        }
    }
}

impl Look for Scanner {
    type Ready = Ready;
    type Found = Told;

    async fn prepare(&self, asked: Asked) -> Prepared<Ready, Told> {
        let done = |error| Prepared::Done(self.told(&asked, unreachable(asked.first(), &error)));
        let connector = match self.connectors.connector(asked.first()) {
            Ok(connector) => connector,
            Err(error) => return done(error),
        };
        let is_name = matches!(asked.first().host(), Host::Name(_));
        // The deadline of a look-up is not for waiting for others. The semaphore is never closed.
        let _permit = if is_name { self.lookups.acquire().await.ok() } else { None };
        match connector.look_up().await {
            Ok(Some(address)) => {
                Prepared::Ready(HostKey::Address(address.ip().to_canonical()), Ready { asked, connector })
            }
            Ok(None) => {
                let host: &str = &asked.first().host().to_string();
                Prepared::Ready(HostKey::Name(host.into()), Ready { asked, connector })
            }
            Err(DialError::Excluded(_)) => Prepared::Excluded,
            Err(error) => done(error),
        }
    }

    async fn look(&self, ready: Ready) -> Told {
        let report = self.report(&ready.asked, &ready.connector);
        if !self.plan.detects {
            return self.told(&ready.asked, report.await);
        }
        let interrupt = self.ending.interrupt();
        tokio::select! {
            biased;
            report = report => self.told(&ready.asked, report),
            // Of one handshake that was cut short nothing is left to tell. A scan tells what was confirmed.
            () = interrupt.triggered() => {
                Told { text: String::new(), aside: String::new(), code: exit::IDENTIFIED, class: Class::Interrupted }
            }
        }
    }
}

#[cfg(feature = "nats")]
impl Scanner {
    /// What is told of a target whose result cannot be had, or not be passed on, and why.
    pub(super) fn fault(&self, asked: &Asked, why: &str) -> Told {
        let finding = Finding::Unreachable(why.to_owned());
        let report = TargetReport::new(asked.first(), finding).failed_by("fault", "handshake");
        Told { code: exit::INTERNAL, ..self.told(asked, report) }
    }
}

fn unreachable(target: &Target, error: &DialError) -> TargetReport {
    TargetReport::new(target, Finding::Unreachable(hint::dial(error, target)))
        .failed_by(error.kind().name(), error.stage())
}

/// Whether a target may be reached without TLS, as its failure to speak it says; it listens on another port then, or it does not.
fn is_plain(error: &DialError, has_other_port: bool) -> bool {
    match error.kind() {
        DialErrorKind::NotTls => true,
        DialErrorKind::Refused => has_other_port,
        // A server that waits for a request, and gets one that it does not take for any.
        _ => matches!(error, DialError::Timeout { stage: Stage::Tls, .. }),
    }
}

/// What a target does wrong that was addressed so.
fn wrongs(scan: &Scan, context: &RequestContext) -> Findings {
    let died_of = match &scan.stop {
        Some(Stop::Died { after, .. }) => after.as_slice(),
        _ => &[],
    };
    findings(&Seen { observations: &scan.observations, context, died_of })
}

/// What a scan amounts to where it is to be recorded, and not judged.
fn recorded(scan: Scan) -> Finding {
    let open = scan.is_websocket();
    let (banners, contradictions) = (Vec::new(), Vec::new());
    let (answer, why, explanation, findings) = (Answer::none(), None, None, None);
    let reached = Reached { scan, answer, banners, contradictions, why, explanation, findings, is_new: false };
    if open { Finding::WebSocket(Box::new(reached)) } else { Finding::NotWebSocket(Box::new(reached)) }
}

fn exit_code(plan: &Plan, report: &TargetReport) -> u8 {
    match &report.finding {
        Finding::Unreachable(_) => exit::UNREACHABLE,
        Finding::NotWebSocket(_) => exit::NO_WEBSOCKET,
        Finding::Detected(_) if report.is_websocket() => exit::IDENTIFIED,
        Finding::Detected(_) => exit::NO_WEBSOCKET,
        // A recording is of a server that the user knows, whatever the database thinks of it.
        Finding::WebSocket(reached) if plan.recording.is_some() => {
            if reached.scan.stop.is_none() {
                exit::IDENTIFIED
            } else {
                exit::NO_WEBSOCKET
            }
        }
        Finding::WebSocket(reached) if reached.is_identified() => exit::IDENTIFIED,
        Finding::WebSocket(_) => exit::NOT_IDENTIFIED,
    }
}

fn class(report: &TargetReport) -> Class {
    match &report.finding {
        _ if report.is_interrupted() => Class::Interrupted,
        Finding::Unreachable(_) => Class::Unreached(report.error_kind.unwrap_or("other")),
        Finding::WebSocket(reached) if reached.is_identified() => Class::Identified,
        _ if report.is_websocket() => Class::WebSocket,
        _ => Class::NoWebSocket,
    }
}
