//! Arguments checked and ready to run.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::args::{Args, Color, Format};
use super::destination::Place;
use super::error::PlanError;
use super::fields::Fields;
use super::limits::{Limits, time_or_none};
use super::origin::Origin;
use super::recording::{self, RecordedServer};
use super::targets::{self, Sources};
use super::{connect, scope, tool};
use crate::connection::{AddressFilter, ConnectOptions};
use crate::database::Database;
use crate::findings::findings_set;
use crate::fleet::{Exclusion, Expansion, Settings};
use crate::probe::{ALL, Probe, RequestContext, Risk, Variation, gentle_set};
use crate::report::Tool;
use crate::scan::Options;
use crate::target::{Scheme, Target};

/// How many connections are open at a time to a target that is the only one.
const ALONE: u8 = 8;

/// How many are open at a time to each of several targets: a step of a scan asks no more than a few probes.
const AMONG_OTHERS: u8 = 4;

/// Everything a run needs but its targets; nothing has been sent yet.
pub(super) struct Plan {
    pub(super) connect: ConnectOptions,
    pub(super) probes: Vec<&'static Probe>,
    /// Whether only some of the probes are played: those that are needed to tell.
    pub(super) step_by_step: bool,
    /// Whether probes that told much are asked again, to see whether the target contradicts itself.
    pub(super) repeats: bool,
    /// Whether it is only looked at whether targets open a WebSocket.
    pub(super) detects: bool,
    /// It is there as long as the process, of which there is one run: targets are looked at by tasks, which live as long as they like.
    pub(super) database: &'static Database,
    /// The server to record; nothing is judged then.
    pub(super) recording: Option<RecordedServer>,
    /// Where a recording goes besides the report.
    pub(super) record_to: Option<PathBuf>,
    pub(super) expansion: Arc<Expansion>,
    pub(super) exclusion: Option<Arc<Exclusion>>,
    pub(super) settings: Settings,
    /// Whether there is one target and no more.
    pub(super) is_alone: bool,
    /// Whether targets are more than what was typed one by one.
    pub(super) is_list: bool,
    /// Whether lines that are no targets are no fault.
    pub(super) skips_invalid: bool,
    pub(super) format: Format,
    /// What results are made with.
    pub(super) tool: Tool,
    pub(super) destination: Place,
    pub(super) color: Color,
    pub(super) explain: bool,
    /// Whether it is told what targets do wrong.
    pub(super) findings: bool,
    /// The probes that are played for that besides those that are needed to tell who answers.
    pub(super) for_findings: Vec<&'static Probe>,
    /// Whether programs are told also of candidates that are very unlikely.
    pub(super) all_candidates: bool,
    pub(super) debug: bool,
    pub(super) verbose: bool,
    pub(super) stats: bool,
    /// The most connections open at a time to one target.
    pub(super) connections: usize,
    pub(super) limits: Limits,
    origin: Origin,
    fields: Fields,
    timeout: Duration,
    explain_refusal: bool,
}

impl Plan {
    /// A plan, and where its targets come from.
    pub(super) fn new(args: &Args) -> Result<(Self, Sources), PlanError> {
        standard_input_once(args)?;
        let expansion = scope::expansion(args)?;
        let sources = targets::look_through(args, &expansion)?;
        let exclusion = scope::exclusion(args, &[])?;
        let database = Box::leak(Box::new(database(args)?));
        let plan = Self::over(args, &Ahead::of(&sources), database, (expansion, exclusion))?;
        Ok((plan, sources))
    }

    /// A plan for targets that come from elsewhere.
    pub(super) fn over(
        args: &Args,
        ahead: &Ahead,
        database: &'static Database,
        (expansion, exclusion): (Expansion, Option<Arc<Exclusion>>),
    ) -> Result<Self, PlanError> {
        let timeout = seconds(&args.how.timeout)?;
        let recording = RecordedServer::of(args, ahead.count)?;
        let fields = Fields::of(args)?;
        let connect = connect::options(args, ahead.may_be_secure, &fields.headers, timeout)?;
        let is_alone = ahead.count == Some(1);
        let format = format(args, ahead.is_list)?;
        Ok(Self {
            connect: ConnectOptions {
                filter: exclusion.clone().map(|exclusion| exclusion as Arc<dyn AddressFilter>),
                ..connect
            },
            probes: if is_step_by_step(args) { gentle_set() } else { probes(args) },
            step_by_step: is_step_by_step(args),
            repeats: !is_fixed_set(args),
            detects: args.how.detect,
            database,
            recording,
            record_to: recording::beside(args, ahead.count)?,
            expansion: Arc::new(expansion),
            exclusion,
            settings: settings(args)?,
            is_alone,
            is_list: ahead.is_list,
            skips_invalid: args.listed.skip_invalid,
            destination: Place::of(args, format)?,
            tool: tool::tool(&args.how, args.local.db.as_deref(), format),
            format,
            color: args.color,
            explain: args.how.explain,
            findings: args.how.findings,
            for_findings: if args.how.findings && is_step_by_step(args) { findings_set() } else { Vec::new() },
            all_candidates: args.how.all_candidates,
            debug: args.debug,
            verbose: args.verbose,
            stats: args.many.stats,
            connections: usize::from(args.local.connections.unwrap_or(if is_alone { ALONE } else { AMONG_OTHERS })),
            origin: Origin::parse(args.how.origin.as_deref())?,
            fields,
            timeout,
            limits: Limits::new(args)?,
            explain_refusal: args.how.explain_refusal,
        })
    }

    /// How one of the targets is addressed.
    pub(super) fn context(&self, target: &Target) -> RequestContext {
        let host = connect::own_host(&self.fields.headers);
        // Origin and all that names the server in a request are of one piece.
        let named = host.as_ref().map(|(host, _)| (*host).to_owned()).unwrap_or_else(|| target.authority());
        let mut context = RequestContext::new(target.scheme() == Scheme::Wss, &named, target.path_and_query());
        self.origin.apply(&mut context);
        self.fields.apply(&mut context);
        if host.is_some() {
            context.headers.retain(|header| !header.is("Host"));
        }
        context
    }

    /// How long an answer is waited for where there is only one look.
    pub(super) fn patience(&self) -> Duration {
        self.limits.patience(self.timeout)
    }

    /// How one of the targets is scanned.
    pub(super) fn scan_options(&self, target: &Target) -> Options {
        let mut options = Options::for_target(target, [&self.probes[..], &self.for_findings].concat());
        options.context = self.context(target);
        options.connections = self.connections;
        options.timeout = self.timeout;
        options.explain_refusal = self.explain_refusal;
        self.limits.apply(&mut options, self.step_by_step, self.for_findings.len());
        if self.recording.is_some() {
            self.limits.lift(&mut options);
            options.least_quiet = Options::RECORDING_QUIET.min(self.timeout);
            options.variation = Variation::default();
        }
        options
    }
}

/// What is known of targets before they are read.
pub(super) struct Ahead {
    /// How many there are, if that is known.
    pub(super) count: Option<u64>,
    /// Whether any of them may be asked over TLS.
    pub(super) may_be_secure: bool,
    /// Whether they are more than what was typed one by one.
    pub(super) is_list: bool,
}

impl Ahead {
    fn of(sources: &Sources) -> Self {
        Self { count: sources.count, may_be_secure: sources.may_be_secure, is_list: sources.is_list }
    }
}

/// The database that targets are compared with.
pub(super) fn database(args: &Args) -> Result<Database, PlanError> {
    Ok(args.local.db.as_deref().map_or_else(Database::embedded, Database::load)?)
}

/// How results are printed.
fn format(args: &Args, is_list: bool) -> Result<Format, PlanError> {
    let asked = args.many.asked_format();
    match (&args.many.resume, asked) {
        (Some(_), None | Some(Format::Jsonl)) => Ok(Format::Jsonl),
        (Some(_), Some(other)) => Err(PlanError::ResumeFormat(other.name())),
        (None, asked) => Ok(asked.unwrap_or(if is_list { Format::Line } else { Format::Human })),
    }
}

/// How many targets are looked at at a time.
fn settings(args: &Args) -> Result<Settings, PlanError> {
    let default = Settings::default();
    // Traces of several targets would be among each other.
    let concurrency = if args.debug || args.verbose { 1 } else { default.concurrency };
    Ok(Settings {
        concurrency: args.local.concurrency.map_or(concurrency, |asked| asked as usize),
        per_host: args.how.per_host as usize,
        host_pause: time_or_none("--host-delay", &args.how.host_delay)?,
        ordered: args.many.ordered,
        ..default
    })
}

/// Each series, and whether it is asked for.
fn series(args: &Args) -> [(u16, bool); 9] {
    [
        (100, args.how.series_100),
        (200, args.how.series_200),
        (300, args.how.series_300),
        (400, args.how.series_400),
        (500, args.how.series_500),
        (600, args.how.series_600),
        (700, args.how.series_700),
        (800, args.how.series_800),
        (900, args.how.series_900),
    ]
}

/// Whether the options say exactly which probes are played.
fn is_fixed_set(args: &Args) -> bool {
    args.how.all_tests || args.how.slow || args.generate_fingerprint || series(args).iter().any(|(_, wanted)| *wanted)
}

/// Whether only what is needed to tell is asked.
fn is_step_by_step(args: &Args) -> bool {
    !(args.how.thorough || is_fixed_set(args))
}

/// The probes of the series asked for; without any, of all. Heavy ones only of the 600s, which are what -6 asks for,
/// or with -a; slow ones only with --slow.
fn probes(args: &Args) -> Vec<&'static Probe> {
    let series: Vec<u16> = series(args).into_iter().filter(|(_, wanted)| *wanted).map(|(series, _)| series).collect();
    let may = |probe: &&'static Probe| {
        let chosen = series.is_empty() || series.contains(&probe.series());
        let bearable = probe.risk < Risk::Heavy || series.contains(&600) && probe.series() == 600;
        (args.how.all_tests || chosen && bearable) && (args.how.slow || !probe.is_slow())
    };
    ALL.iter().copied().filter(may).collect()
}

fn seconds(text: &str) -> Result<Duration, PlanError> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0 && *seconds <= 600.0);
    seconds.map(Duration::from_secs_f64).ok_or_else(|| PlanError::Timeout(text.escape_debug().to_string()))
}

/// Standard input is read to its end by whoever asks first.
pub(super) fn standard_input_once(args: &Args) -> Result<(), PlanError> {
    let files = args.listed.file.iter().filter(|path| path.as_os_str() == "-").count();
    let fields = args.how.header.iter().chain(&args.how.cookie).filter(|text| *text == "@-").count();
    if files + fields > 1 { Err(PlanError::StandardInput(files + fields)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn only_a_recording_has_the_same_masking_key_throughout() {
        let mask = |arguments: &[&str]| {
            let args = Args::try_parse_from(["stews", "ws://h/"].iter().chain(arguments)).expect("arguments");
            let (plan, _) = Plan::new(&args).expect("a plan");
            plan.scan_options(&Target::parse("ws://h/", Scheme::Ws).expect("a target")).variation.mask
        };
        assert_eq!((mask(&[]), mask(&["--thorough"]), mask(&["-a"])), (None, None, None));
        assert_eq!(mask(&["-g"]), Some(Variation::MASK));
    }
}
