//! Arguments checked and ready to run.

use std::time::Duration;

use super::args::{Args, Color, Format};
use super::connect;
use super::error::PlanError;
use super::recording::RecordedServer;
use super::targets;
use crate::connection::ConnectOptions;
use crate::database::Database;
use crate::probe::{ALL, Probe, RequestContext, Risk, Variation, gentle_set};
use crate::scan::Options;
use crate::target::{Scheme, Target};
use crate::wire::Header;
use crate::wire::handshake::SUBPROTOCOL;

/// Everything a run needs; nothing has been sent yet.
pub(super) struct Plan {
    pub(super) targets: Vec<Target>,
    pub(super) connect: ConnectOptions,
    pub(super) probes: Vec<&'static Probe>,
    /// Whether only some of the probes are played: those that are needed to tell.
    pub(super) step_by_step: bool,
    /// Whether probes that told much are asked again, to see whether the target contradicts itself.
    pub(super) repeats: bool,
    pub(super) database: Database,
    /// The server to record; nothing is judged then.
    pub(super) recording: Option<RecordedServer>,
    pub(super) format: Format,
    pub(super) color: Color,
    pub(super) explain: bool,
    pub(super) debug: bool,
    pub(super) verbose: bool,
    origin: Option<String>,
    headers: Vec<Header>,
    connections: usize,
    timeout: Duration,
}

impl Plan {
    pub(super) fn new(args: &Args) -> Result<Self, PlanError> {
        let targets = targets::collect(args)?;
        let timeout = seconds(&args.timeout)?;
        let recording = RecordedServer::of(args, targets.len())?;
        let headers = headers(args)?;
        let connect = connect::options(args, &targets, &headers, timeout)?;
        let database = args.db.as_deref().map_or_else(Database::embedded, Database::load)?;
        Ok(Self {
            targets,
            connect,
            probes: if is_step_by_step(args) { gentle_set() } else { probes(args) },
            step_by_step: is_step_by_step(args),
            repeats: !is_fixed_set(args),
            database,
            recording,
            format: args.format,
            color: args.color,
            explain: args.explain,
            debug: args.debug,
            verbose: args.verbose,
            origin: args.origin.clone().map(|origin| plain(origin, "origin")).transpose()?,
            headers,
            connections: usize::from(args.connections),
            timeout,
        })
    }

    /// How one of the targets is scanned.
    pub(super) fn scan_options(&self, target: &Target) -> Options {
        let mut options = Options::for_target(target, self.probes.clone());
        let mut headers = self.headers.clone();
        if let Some((host, _)) = connect::own_host(&self.headers) {
            // Origin and all that names the server in a request are of one piece.
            options.context = RequestContext::new(target.scheme() == Scheme::Wss, host, target.path_and_query());
            headers.retain(|header| !header.is("Host"));
        }
        if self.origin.is_some() {
            options.context.origin.clone_from(&self.origin);
        }
        options.context.headers = headers;
        options.connections = self.connections;
        options.timeout = self.timeout;
        if self.recording.is_some() {
            options.least_quiet = Options::RECORDING_QUIET.min(self.timeout);
            options.variation = Variation::default();
        }
        options
    }
}

/// Each series, and whether it is asked for.
fn series(args: &Args) -> [(u16, bool); 9] {
    [
        (100, args.series_100),
        (200, args.series_200),
        (300, args.series_300),
        (400, args.series_400),
        (500, args.series_500),
        (600, args.series_600),
        (700, args.series_700),
        (800, args.series_800),
        (900, args.series_900),
    ]
}

/// Whether the options say exactly which probes are played.
fn is_fixed_set(args: &Args) -> bool {
    args.all_tests || args.slow || args.generate_fingerprint || series(args).iter().any(|(_, wanted)| *wanted)
}

/// Whether only what is needed to tell is asked.
fn is_step_by_step(args: &Args) -> bool {
    !(args.thorough || is_fixed_set(args))
}

/// The probes of the series asked for; without any, of all. Heavy ones only of the 600s, which are what -6 asks for,
/// or with -a; slow ones only with --slow.
fn probes(args: &Args) -> Vec<&'static Probe> {
    let series: Vec<u16> = series(args).into_iter().filter(|(_, wanted)| *wanted).map(|(series, _)| series).collect();
    let may = |probe: &&'static Probe| {
        let chosen = series.is_empty() || series.contains(&probe.series());
        let bearable = probe.risk < Risk::Heavy || series.contains(&600) && probe.series() == 600;
        (args.all_tests || chosen && bearable) && (args.slow || !probe.is_slow())
    };
    ALL.iter().copied().filter(may).collect()
}

fn seconds(text: &str) -> Result<Duration, PlanError> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0 && *seconds <= 600.0);
    seconds.map(Duration::from_secs_f64).ok_or_else(|| PlanError::Timeout(text.escape_debug().to_string()))
}

fn headers(args: &Args) -> Result<Vec<Header>, PlanError> {
    let mut headers = Vec::new();
    for text in &args.header {
        headers.push(header(text)?);
    }
    if let Some(cookie) = &args.cookie {
        headers.push(Header::new("Cookie", plain(cookie.clone(), "cookie")?));
    }
    if !args.subprotocol.is_empty() {
        headers.push(Header::new(SUBPROTOCOL, plain(args.subprotocol.join(", "), "subprotocol")?));
    }
    Ok(headers)
}

/// A field by RFC 9110 section 5: a token, a colon, a value.
fn header(text: &str) -> Result<Header, PlanError> {
    let token = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    // The value lets the user in, and what is no field may be nothing else.
    let first =
        text.split_once(' ').map(|(first, _)| first).filter(|first| !first.is_empty() && first.chars().all(token));
    let wrong = || PlanError::Header(first.map_or_else(|| "…".to_owned(), |first| format!("{first} …")));
    let (name, value) = text.split_once(':').ok_or_else(wrong)?;
    if name.is_empty() || !name.chars().all(token) {
        return Err(wrong());
    }
    Ok(Header::new(name, plain(value.trim().to_owned(), "header field")?))
}

fn plain(text: String, what: &'static str) -> Result<String, PlanError> {
    if text.chars().any(|letter| letter.is_control() && letter != '\t') {
        Err(PlanError::Control(what))
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn only_a_recording_has_the_same_masking_key_throughout() {
        let mask = |arguments: &[&str]| {
            let args = Args::try_parse_from(["stews", "ws://h/"].iter().chain(arguments)).expect("arguments");
            let plan = Plan::new(&args).expect("a plan");
            plan.scan_options(&plan.targets[0]).variation.mask
        };
        assert_eq!((mask(&[]), mask(&["--thorough"]), mask(&["-a"])), (None, None, None));
        assert_eq!(mask(&["-g"]), Some(Variation::MASK));
    }
}
