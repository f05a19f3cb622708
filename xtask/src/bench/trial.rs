//! One list, looked at by `stews` and by the floor in turns.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use crate::bench::children::{self, FarmProcess};
use crate::bench::farm::Kind;
use crate::bench::floor::{self, Job};
use crate::bench::list::FarmTarget;
use crate::bench::measure::Used;
use crate::bench::ratios::{Figure, Goal};
use crate::bench::subject::{Said, Stews, Task};
use crate::bench::tracked;
use crate::evaluate::statistics::quantile;

/// Connections to one target at a time, as `stews` has them by default where there are many.
const CONNECTIONS: usize = 4;

/// What is to be done with a list.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// The list.
    pub targets: &'a [FarmTarget],
    /// Whether WebSockets are to be found alone, and not identified.
    pub detect: bool,
    /// Targets at a time.
    pub concurrency: usize,
    /// The most time to wait for one answer.
    pub timeout: Duration,
    /// How often both do it.
    pub rounds: usize,
}

/// What one run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// From start to end.
    pub seconds: f64,
    /// Of processor time.
    pub processor: f64,
    /// The most memory, in KiB.
    pub peak_kib: f64,
    /// Targets of which something was told.
    pub targets: f64,
    /// Connections in all, as the farm counts them.
    pub connections: f64,
    /// WebSockets that were found.
    pub found: f64,
    /// Others that were taken for WebSockets.
    pub wrong: f64,
}

/// What both came to: the median of each figure.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// `stews`.
    pub stews: Sample,
    /// The floor.
    pub floor: Sample,
    /// WebSockets that there are.
    pub websockets: usize,
}

/// The files that lists are passed on in.
struct Lists {
    urls: PathBuf,
    jobs: PathBuf,
    _folder: tempfile::TempDir,
}

/// What is known of a target by its URL.
type ByUrl = HashMap<String, (SocketAddrV4, Kind)>;

impl Trial<'_> {
    /// Has both look at the list in turns, so that both meet the same machine.
    pub fn run(&self, stews: &Stews, farm: &mut FarmProcess) -> Result<Outcome> {
        let lists = self.lists()?;
        let by_url: ByUrl =
            self.targets.iter().map(|target| (url(target.address), (target.address, target.kind))).collect();
        let (mut of_stews, mut of_floor) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds.max(1) {
            tracked::wait_for_room();
            let before = farm.connections()?;
            let (sample, jobs) = self.run_stews(stews, &lists, &by_url)?;
            let between = farm.connections()?;
            of_stews.push(Sample { connections: (between - before) as f64, ..sample });
            let sample = self.run_floor(&lists, &jobs)?;
            of_floor.push(Sample { connections: (farm.connections()? - between) as f64, ..sample });
        }
        let websockets = self.targets.iter().filter(|target| target.kind.is_websocket()).count();
        Ok(Outcome { stews: median(&of_stews), floor: median(&of_floor), websockets })
    }

    fn lists(&self) -> Result<Lists> {
        let folder = tempfile::tempdir()?;
        let lists = Lists { urls: folder.path().join("urls"), jobs: folder.path().join("jobs"), _folder: folder };
        let mut text = String::new();
        for target in self.targets {
            let _ = writeln!(text, "{}", url(target.address));
        }
        fs::write(&lists.urls, text)?;
        Ok(lists)
    }

    /// What `stews` came to, and as many connections for the floor as it made.
    fn run_stews(&self, stews: &Stews, lists: &Lists, by_url: &ByUrl) -> Result<(Sample, Vec<Job>)> {
        let Trial { detect, concurrency, timeout, .. } = *self;
        let mut sample = Sample::default();
        let mut made = HashMap::new();
        let task = Task { list: &lists.urls, detect, concurrency, timeout };
        let used = stews.run(&task, |said: Said| {
            let Some((address, kind)) = by_url.get(&said.target) else { return };
            sample.targets += 1.0;
            sample.found += f64::from(said.is_websocket && kind.is_websocket());
            sample.wrong += f64::from(said.is_websocket && !kind.is_websocket());
            made.insert(*address, said.connections);
        })?;
        let job = |target: &FarmTarget| {
            // To find a WebSocket takes one connection, whatever was made.
            let connections = if detect { 1 } else { made.get(&target.address).copied().unwrap_or(1).max(1) };
            Job { address: target.address, connections }
        };
        Ok((sample.of(&used), self.targets.iter().map(job).collect()))
    }

    fn run_floor(&self, lists: &Lists, jobs: &[Job]) -> Result<Sample> {
        write_jobs(&lists.jobs, jobs)?;
        let timeout = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        let plan =
            floor::Plan { list: lists.jobs.clone(), concurrency: self.concurrency, connections: CONNECTIONS, timeout };
        let (used, tally) = children::floor(&plan)?;
        let [targets, found] = [tally.targets, tally.found].map(|count| count as f64);
        Ok(Sample { targets, found, ..Sample::default() }.of(&used))
    }
}

fn write_jobs(path: &Path, jobs: &[Job]) -> Result<()> {
    Ok(fs::write(path, jobs.iter().map(Job::line).collect::<String>())?)
}

/// A URL as `stews` tells it again.
fn url(address: SocketAddrV4) -> String {
    format!("ws://{address}/")
}

impl Sample {
    fn of(self, used: &Used) -> Self {
        let (seconds, processor) = (used.elapsed.as_secs_f64(), used.processor.as_secs_f64());
        Self { seconds, processor, peak_kib: used.peak_kib as f64, ..self }
    }
}

/// The median of each figure by itself.
fn median(samples: &[Sample]) -> Sample {
    let of = |part: fn(&Sample) -> f64| quantile(&samples.iter().map(part).collect::<Vec<_>>(), 0.5);
    Sample {
        seconds: of(|sample| sample.seconds),
        processor: of(|sample| sample.processor),
        peak_kib: of(|sample| sample.peak_kib),
        targets: of(|sample| sample.targets),
        connections: of(|sample| sample.connections),
        found: of(|sample| sample.found),
        wrong: of(|sample| sample.wrong),
    }
}

/// What the figures of a row should be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Goals {
    /// Targets a second.
    pub rate: Option<Goal>,
    /// Milliseconds of processor time a target.
    pub processor: Option<Goal>,
    /// Seconds in all.
    pub seconds: Option<Goal>,
    /// Mebibytes at most.
    pub peak: Option<Goal>,
}

/// The figures of an outcome: all there are, and which of the targets were found.
#[must_use]
pub fn figures(outcome: &Outcome, goals: &Goals) -> Vec<Figure> {
    let figure = |what: &str, part: fn(&Sample) -> f64, goal: Option<Goal>| {
        let figure = Figure::new(what, part(&outcome.stews), Some(part(&outcome.floor)));
        goal.into_iter().fold(figure, Figure::with_goal)
    };
    let all = outcome.websockets as f64;
    vec![
        figure("targets a second", |sample| sample.targets / sample.seconds, goals.rate),
        figure("seconds", |sample| sample.seconds, goals.seconds),
        figure("processor ms a target", |sample| sample.processor * 1e3 / sample.targets.max(1.0), goals.processor),
        figure("peak MiB", |sample| sample.peak_kib / 1024.0, goals.peak),
        figure("connections a target", |sample| sample.connections / sample.targets.max(1.0), None),
        figure("targets told of", |sample| sample.targets, None),
        figure("WebSockets found", |sample| sample.found, Some(Goal::AtLeast(all))),
        figure("taken for WebSockets", |sample| sample.wrong, Some(Goal::AtMost(0.0))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_has_a_median_of_its_own() {
        let sample = |seconds, found| Sample { seconds, found, ..Sample::default() };
        let middle = median(&[sample(3.0, 7.0), sample(1.0, 9.0), sample(2.0, 8.0)]);
        assert_eq!(middle, sample(2.0, 8.0));
        assert_eq!(median(&[sample(4.0, 1.0)]), sample(4.0, 1.0));
    }

    #[test]
    fn figures_are_a_target_and_beside_the_floor() {
        let stews = Sample {
            seconds: 2.0,
            processor: 1.0,
            peak_kib: 2048.0,
            targets: 1000.0,
            connections: 3000.0,
            found: 99.0,
            wrong: 1.0,
        };
        let floor = Sample { seconds: 1.0, processor: 0.5, ..stews };
        let goals = Goals { seconds: Some(Goal::TimesFloorAtMost(1.1)), ..Goals::default() };
        let figures = figures(&Outcome { stews, floor, websockets: 100 }, &goals);
        let values: Vec<(f64, Option<f64>, Option<bool>)> =
            figures.iter().map(|figure| (figure.stews, figure.ratio, figure.met)).collect();
        assert_eq!(
            values,
            [
                (500.0, Some(0.5), None),
                (2.0, Some(2.0), Some(false)),
                (1.0, Some(2.0), None),
                (2.0, Some(1.0), None),
                (3.0, Some(1.0), None),
                (1000.0, Some(1.0), None),
                (99.0, Some(1.0), Some(false)),
                (1.0, Some(1.0), Some(false)),
            ]
        );
    }
}
