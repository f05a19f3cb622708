//! The field set judged: applications that nobody recorded, each half for itself. Of the held half nothing but sums is kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use stews::database::{Database, Recording};
use stews::identify::{Calibration, Mask, Matcher, Policy};

use crate::evaluate::hold_out::{Case, Judged};
use crate::evaluate::parallel;
use crate::evaluate::ratio::{Balanced, Ratio};
use crate::evaluate::statistics::quantile;
use crate::field::half::Half;
use crate::field::stored::Stored;

/// Both halves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSet {
    /// The day of the latest scan.
    pub date: String,
    /// The half that was not looked at while the matcher was made: the headline.
    pub held: HalfJudged,
    /// The half that may be looked at.
    pub open: HalfJudged,
}

/// What one half came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HalfJudged {
    /// Applications, with all their variants and behind all proxies.
    pub applications: usize,
    /// The engines inside them.
    pub engines: usize,
    /// Scans: each variant, and each proxy in front of it, is one.
    pub scans: usize,
    /// Of these, scans behind a proxy.
    pub behind_proxies: usize,
    /// The default scan, as it would go on what the thorough scan observed.
    pub default: ScansJudged,
    /// The thorough scan.
    pub thorough: ScansJudged,
    /// Applications that served nobody after the default scan.
    pub dead: Share,
    /// Milliseconds that the default scan took over loopback: median and 95th percentile.
    pub milliseconds: [f64; 2],
}

/// What scans of one kind came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScansJudged {
    /// Where the engine is recorded: it is named first.
    pub engine: Share,
    /// Where the engine is recorded: it is named first, and identified (exit 0).
    pub identified: Share,
    /// Another engine is identified (exit 0).
    pub somebody_else: Share,
    /// Where the engine is not recorded: that is said.
    pub unknown: Share,
}

/// A share by scan, and with all scans of an application counted as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// By scan.
    pub scans: Ratio,
    /// By application.
    pub applications: Balanced,
}

impl Share {
    /// Of scans, each with its application and whether something holds of it.
    fn of<'a>(scans: impl Iterator<Item = (&'a str, bool)>) -> Self {
        let scans: Vec<(&str, bool)> = scans.collect();
        let shares = scans.iter().map(|(application, holds)| (*application, f64::from(u8::from(*holds))));
        Self { scans: Ratio::of(&scans, |(_, holds)| *holds), applications: Balanced::over(shares) }
    }

    /// How often it does not hold.
    #[must_use]
    pub fn rest(self) -> Self {
        Self { scans: self.scans.rest(), applications: self.applications.rest() }
    }
}

/// What was said of one scan.
#[derive(Clone, Copy)]
struct Verdict {
    is_right: bool,
    is_identified: bool,
    is_somebody_else: bool,
    is_unknown: bool,
}

impl Verdict {
    fn of(judged: &Judged<'_>) -> Self {
        Self {
            is_right: judged.engine_is_named(),
            is_identified: judged.answer.is_identified(),
            is_somebody_else: judged.is_wrongly_identified(),
            is_unknown: judged.answer.is_unknown(),
        }
    }
}

/// A scan and the verdicts on it.
struct Scan<'a> {
    stored: &'a Stored,
    is_known: bool,
    default: Verdict,
    thorough: Verdict,
}

/// Judges all scans that are stored; none where nothing is.
pub fn measure(stored: &[Stored], database: &Database, numbers: &Calibration) -> Option<FieldSet> {
    let date = stored.iter().map(|one| &one.date).max()?.clone();
    let known: BTreeSet<&str> = database.behaviours.iter().map(|known| known.engine.as_str()).collect();
    let matcher = Matcher::calibrated(database, numbers.clone());
    let scans =
        parallel::map("scans of applications", stored, |one| judge(one, known.contains(one.engine.as_str()), &matcher));
    let half = |which: Half| {
        let mine: Vec<&Scan<'_>> = scans.iter().filter(|scan| scan.stored.half() == which).collect();
        sum(&mine)
    };
    Some(FieldSet { date, held: half(Half::Held), open: half(Half::Open) })
}

fn judge<'a>(stored: &'a Stored, is_known: bool, matcher: &Matcher<'_>) -> Scan<'a> {
    let mut truth = Recording::of_runs(&stored.application, &stored.version, &[]);
    truth.engine.clone_from(&stored.engine);
    let case = Case::new(&truth, stored.thorough.seen());
    let default = if case.is_opened() {
        case.adaptive_answer(matcher, &Policy::default())
    } else {
        // All polite handshakes were asked here, of which a scan without options asks five; no application refuses now.
        case.answer(matcher, Mask::default())
    };
    let thorough = case.answer(matcher, Mask::default());
    Scan { stored, is_known, default: Verdict::of(&default), thorough: Verdict::of(&thorough) }
}

fn sum(scans: &[&Scan<'_>]) -> HalfJudged {
    let engines: BTreeSet<&str> = scans.iter().map(|scan| scan.stored.engine.as_str()).collect();
    let applications: BTreeSet<&str> = scans.iter().map(|scan| application(scan)).collect();
    let milliseconds: Vec<f64> = scans.iter().map(|scan| scan.stored.default.cost.milliseconds as f64).collect();
    HalfJudged {
        applications: applications.len(),
        engines: engines.len(),
        scans: scans.len(),
        behind_proxies: scans.iter().filter(|scan| scan.stored.proxy.is_some()).count(),
        default: judged(scans, |scan| scan.default),
        thorough: judged(scans, |scan| scan.thorough),
        dead: Share::of(scans.iter().map(|scan| (application(scan), scan.stored.default.dead.is_some()))),
        milliseconds: [0.5, 0.95].map(|share| quantile(&milliseconds, share)),
    }
}

fn application<'a>(scan: &Scan<'a>) -> &'a str {
    &scan.stored.application
}

fn judged(scans: &[&Scan<'_>], verdict: impl Fn(&Scan<'_>) -> Verdict) -> ScansJudged {
    let share = |chosen: &dyn Fn(&Scan<'_>) -> bool, holds: &dyn Fn(Verdict) -> bool| {
        let chosen = scans.iter().filter(|scan| chosen(scan));
        Share::of(chosen.map(|scan| (application(scan), holds(verdict(scan)))))
    };
    ScansJudged {
        engine: share(&|scan| scan.is_known, &|said| said.is_right),
        identified: share(&|scan| scan.is_known, &|said| said.is_right && said.is_identified),
        somebody_else: share(&|_| true, &|said| said.is_somebody_else),
        unknown: share(&|scan| !scan.is_known, &|said| said.is_unknown),
    }
}

/// The shares of a half that may only rise, by name, each turned so that more is better.
pub fn by_name(half: &HalfJudged) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::from([("applications alive after the default scan".to_owned(), half.dead.rest())]);
    for (how, scans) in [("default scan", &half.default), ("thorough scan", &half.thorough)] {
        all.insert(format!("engine, {how}"), scans.engine);
        all.insert(format!("identified rightly, {how}"), scans.identified);
        all.insert(format!("not identified as somebody else, {how}"), scans.somebody_else.rest());
        all.insert(format!("unknown engine said to be unknown, {how}"), scans.unknown);
    }
    all.into_iter().map(|(name, share)| (name, share.scans.percent())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::database::derive;
    use stews::identify::Observations;
    use stews::probe::ProbeId;

    /// What two engines do, so far apart that either is known by a few probes.
    fn recording(product: &str, code: u16) -> Recording {
        let ids = stews::probe::default_set().into_iter().map(|probe| probe.id).filter(|id| *id != ProbeId::BASELINE);
        let line = format!("close {code} | fin").parse().unwrap();
        let mut seen: Observations = ids.map(|id| (id, stews::observation::Observation::clone(&line))).collect();
        seen.insert(
            ProbeId::BASELINE,
            "HTTP/1.1 101 X {Upgrade: websocket, Connection: Upgrade} | alive".parse().unwrap(),
        );
        Recording::of_runs(product, "1", &[seen])
    }

    fn stored(application: &str, engine: &str, like: &Recording) -> Stored {
        let lines: BTreeMap<String, String> =
            like.run(0).into_iter().map(|(id, line)| (id.to_string(), line.observation().to_string())).collect();
        let scanned = |dead: Option<&str>, milliseconds: u64| {
            serde_json::json!({
                "observations": lines,
                "cost": {"connections": 5, "sent": 1, "received": 1, "milliseconds": milliseconds},
                "stopped": null, "dead": dead,
            })
        };
        let dead = (engine == "other").then_some("no-handshake");
        let text = serde_json::json!({
            "schema": 1, "application": application, "version": "1", "variant": null, "proxy": null, "engine": engine,
            "engine_version": "1", "framework": null, "probe_set": stews::probe::set_hash(), "date": "2026-11-30",
            "default": scanned(dead, 100), "thorough": scanned(None, 900),
        });
        Stored::read(&text.to_string()).unwrap()
    }

    #[test]
    fn a_half_counts_its_own_scans_and_each_application_once() {
        let known = [recording("ws", 1002), recording("gorilla", 1007)];
        let database = derive(&known, &[]);
        // The first two are of the open half, the third is of the held one (`half` has a test of that).
        let scans = [
            stored("mosquitto", "ws", &known[0]),
            stored("mosquitto", "gorilla", &known[1]),
            stored("hugo", "other", &known[0]),
            stored("aria2", "gorilla", &known[1]),
        ];
        let field = measure(&scans, &database, Calibration::measured()).unwrap();
        let (open, held) = (&field.open, &field.held);
        assert_eq!((field.date.as_str(), open.applications, open.engines, open.scans), ("2026-11-30", 2, 3, 3));
        assert_eq!((held.applications, held.scans, held.thorough.engine.scans.of), (1, 1, 1));
        assert_eq!(open.thorough.engine.scans, Ratio { count: 2, of: 2 });
        assert_eq!(open.thorough.engine.applications, Balanced { count: 1.0, of: 1 });
        assert_eq!((open.dead.scans, held.dead.scans), (Ratio { count: 1, of: 3 }, Ratio { count: 0, of: 1 }));
        assert_eq!(open.milliseconds, [100.0, 100.0]);
        // What looks like `ws` and is another is unknown or named as somebody else, never right.
        assert_eq!((open.thorough.unknown.scans.of, open.thorough.somebody_else.scans.of), (1, 3));
        assert!(measure(&[], &database, Calibration::measured()).is_none());
    }
}
