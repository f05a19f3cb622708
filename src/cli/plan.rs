//! Arguments checked and ready to run.

use std::time::Duration;

use super::args::{Args, Color, Format};
use super::connect;
use super::error::PlanError;
use super::fields::Fields;
use super::limits::Limits;
use super::origin::Origin;
use super::recording::RecordedServer;
use super::targets::{self, Targets};
use crate::connection::ConnectOptions;
use crate::database::Database;
use crate::probe::{ALL, Probe, RequestContext, Risk, Variation, gentle_set};
use crate::scan::Options;
use crate::target::{Scheme, Target};

/// Everything a run needs; nothing has been sent yet.
pub(super) struct Plan {
    pub(super) targets: Targets,
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
    origin: Origin,
    fields: Fields,
    connections: usize,
    timeout: Duration,
    limits: Limits,
    explain_refusal: bool,
}

impl Plan {
    pub(super) fn new(args: &Args) -> Result<Self, PlanError> {
        standard_input_once(args)?;
        let targets = targets::collect(args)?;
        let timeout = seconds(&args.timeout)?;
        let recording = RecordedServer::of(args, targets.all.len())?;
        let fields = Fields::of(args)?;
        let connect = connect::options(args, &targets.all, &fields.headers, timeout)?;
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
            origin: Origin::parse(args.origin.as_deref())?,
            fields,
            connections: usize::from(args.connections),
            timeout,
            limits: Limits::new(args)?,
            explain_refusal: args.explain_refusal,
        })
    }

    /// How one of the targets is scanned.
    pub(super) fn scan_options(&self, target: &Target) -> Options {
        let mut options = Options::for_target(target, self.probes.clone());
        let host = connect::own_host(&self.fields.headers);
        if let Some((host, _)) = &host {
            // Origin and all that names the server in a request are of one piece.
            options.context = RequestContext::new(target.scheme() == Scheme::Wss, host, target.path_and_query());
        }
        self.origin.apply(&mut options.context);
        self.fields.apply(&mut options.context);
        if host.is_some() {
            options.context.headers.retain(|header| !header.is("Host"));
        }
        options.connections = self.connections;
        options.timeout = self.timeout;
        options.explain_refusal = self.explain_refusal;
        self.limits.apply(&mut options, self.step_by_step);
        if self.recording.is_some() {
            self.limits.lift(&mut options);
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

/// Standard input is read to its end by whoever asks first.
fn standard_input_once(args: &Args) -> Result<(), PlanError> {
    let files = args.file.iter().filter(|path| path.as_os_str() == "-").count();
    let fields = args.header.iter().chain(&args.cookie).filter(|text| *text == "@-").count();
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
            let plan = Plan::new(&args).expect("a plan");
            plan.scan_options(&plan.targets.all[0]).variation.mask
        };
        assert_eq!((mask(&[]), mask(&["--thorough"]), mask(&["-a"])), (None, None, None));
        assert_eq!(mask(&["-g"]), Some(Variation::MASK));
    }
}
