//! One scan of one server under one condition.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use stews::connection::Dial;
use stews::identify::{Matcher, Observations};
use stews::probe::{Probe, Variation, default_set};
use stews::scan::{Options, Scan, Stop, ask_again, scan};
use stews::wire::Header;

use crate::conditions::link::{Link, Through};
use crate::conditions::local_proxies::{Alternating, TlsFront};
use crate::conditions::name::Condition;
use crate::conditions::stored::ScanOutcome;
use crate::playground::app_modes::{ECHO, OFFERED, SUBPROTOCOL};
use crate::playground::containers;
use crate::playground::manifest::Server;
use crate::playground::servers::{self, Way};
use crate::record::stability;
use crate::support::adaptive;
use crate::support::dial::{self, connect};

/// The link of [`Condition::Delayed`].
const DELAYED_LINK: Link = Link { delay: Duration::from_millis(50), jitter: Duration::from_millis(20), ..Link::PLAIN };

/// The link of [`Condition::SlowReader`].
const SLOW_LINK: Link = Link { slow: Some((64, Duration::from_millis(5))), ..Link::PLAIN };

/// A server that is scanned, and another of a different engine.
pub struct Subject {
    /// The server that is scanned.
    pub server: Server,
    /// How it is started.
    pub way: Way,
    /// The server that it takes turns with, where two do.
    pub other: Option<Server>,
}

/// Scans servers under conditions: what all such scans share.
pub struct ConditionRunner<'a> {
    seed: u64,
    proxies: &'a BTreeMap<String, Server>,
    /// What names servers.
    pub matcher: Matcher<'a>,
    /// What is asked.
    probes: Vec<&'static Probe>,
    /// Whoever has it keeps one core busy.
    load: tokio::sync::Mutex<()>,
}

/// What it takes to do a scan again, and its outcome.
pub type Scanned = (String, ScanOutcome);

impl<'a> ConditionRunner<'a> {
    /// What variations are drawn from, the proxies by product, and what names servers; asks the default set.
    pub fn new(seed: u64, proxies: &'a BTreeMap<String, Server>, matcher: Matcher<'a>) -> Self {
        Self { seed, proxies, matcher, probes: default_set(), load: tokio::sync::Mutex::new(()) }
    }

    /// Asks these probes instead of the default set, and the baseline.
    pub fn asking(self, probes: Vec<&'static Probe>) -> Self {
        Self { probes, ..self }
    }

    /// Starts a server as a condition wants it, scans it, and stops it.
    pub async fn run_condition(&self, subject: &Subject, condition: &Condition) -> Result<Scanned> {
        let running = servers::start(&subject.server, &subject.way, app_mode(condition)).await?;
        let running = running.with_context(|| format!("{} cannot be started here", subject.server.id()))?;
        let scanned = self.scan_running(subject, condition, running.url()).await;
        running.stop().await?;
        scanned
    }

    /// Scans a server that runs at `url` under a condition.
    async fn scan_running(&self, subject: &Subject, condition: &Condition, url: &str) -> Result<Scanned> {
        let plain = Variation::default();
        Ok(match condition {
            Condition::Varied => {
                let seed = self.seed ^ name_seed(&subject.server.id());
                // Not `seed …` alone: variations were once drawn otherwise, and scans of both kinds must not be mixed.
                (
                    format!("drawn by proptest from seed {seed}"),
                    self.scan_through(url, stability::drawn(seed), None).await?,
                )
            }
            Condition::Tls => {
                let front = TlsFront::start(url).await?;
                (String::new(), self.scan_through(&front.url, plain, None).await?)
            }
            Condition::Delayed => {
                ("50 ms ± 20 ms each way".to_owned(), self.scan_through(url, plain, Some(DELAYED_LINK)).await?)
            }
            Condition::SlowReader => {
                ("64 bytes each 5 ms".to_owned(), self.scan_through(url, plain, Some(SLOW_LINK)).await?)
            }
            Condition::Loaded => {
                let _alone = self.load.lock().await;
                let _busy = Busy::start();
                (String::new(), self.scan_through(url, plain, None).await?)
            }
            Condition::TwoBackEnds => {
                let other = subject.other.as_ref().context("there is no server of another engine")?;
                self.scan_alternating(other, url).await?
            }
            Condition::Subprotocol => (format!("offering {OFFERED}"), self.scan_offering(url, OFFERED).await?),
            Condition::Behind(product) => {
                let proxy = self.proxies.get(product).with_context(|| format!("{product} is not built"))?;
                self.scan_behind(proxy, url).await?
            }
            Condition::Sink
            | Condition::Push
            | Condition::PayloadLimit
            | Condition::Compression
            | Condition::Refused => (String::new(), self.scan_through(url, plain, None).await?),
        })
    }

    /// Asks two servers that take turns as a user would ask one, and looks whether that was noticed.
    async fn scan_alternating(&self, other: &Server, url: &str) -> Result<Scanned> {
        let running = containers::start(other, "echo").await?;
        let noticed = self.notices_two(url, &running.url).await;
        running.stop().await?;
        let (scan, noticed) = noticed?;
        let outcome = ScanOutcome { noticed: Some(noticed), ..outcome(scan) };
        Ok((format!("and {}", other.id()), ScanOutcome { observations: Observations::new(), ..outcome }))
    }

    async fn notices_two(&self, one: &str, other: &str) -> Result<(Scan, bool)> {
        let (target, connector) = connect(one)?;
        let alternating = Alternating::new([connector, connect(other)?.1]);
        let options = dial::options(&target, default_set());
        let (mut scan, answer) =
            adaptive::identify_through(&alternating, &options, &self.matcher).await.context("not scanned")?;
        if scan.stop.is_some() {
            let changed = matches!(scan.stop, Some(Stop::Changed { .. }));
            return Ok((scan, changed));
        }
        let probes = self.matcher.to_ask_again(&scan.observations);
        let again = ask_again(&alternating, &options, &(), &mut scan, &probes).await;
        let noticed = !self.matcher.contradictions(&scan.observations, &again, &answer).is_empty();
        Ok((scan, noticed))
    }

    async fn scan_behind(&self, proxy: &Server, backend: &str) -> Result<Scanned> {
        let front = containers::start_behind(proxy, backend, "echo").await?;
        let outcome = self.scan_through(&front.url, Variation::default(), None).await;
        front.stop().await?;
        Ok((proxy.id(), outcome?))
    }

    /// A scan as a user would make it: the default set at the default pace.
    async fn scan_through(&self, url: &str, variation: Variation, link: Option<Link>) -> Result<ScanOutcome> {
        let (target, connector) = connect(url)?;
        let options = Options { variation, ..dial::options(&target, self.probes.clone()) };
        match link {
            None => scanned(&connector, &options).await,
            Some(link) => scanned(&Through { dial: connector, link }, &options).await,
        }
    }

    /// A scan as by a user whose client offers a subprotocol.
    async fn scan_offering(&self, url: &str, subprotocol: &str) -> Result<ScanOutcome> {
        let (target, connector) = connect(url)?;
        let mut options = dial::options(&target, self.probes.clone());
        options.context.headers.push(Header::new("Sec-WebSocket-Protocol", subprotocol));
        scanned(&connector, &options).await
    }
}

/// The application, or the changed setting, that a server runs with in a condition.
pub const fn app_mode(condition: &Condition) -> &'static str {
    match condition {
        Condition::Sink => "sink",
        Condition::Push => "push",
        Condition::PayloadLimit => "payload-limit",
        Condition::Compression => "compression",
        Condition::Subprotocol | Condition::Refused => SUBPROTOCOL,
        Condition::Varied
        | Condition::Tls
        | Condition::Delayed
        | Condition::SlowReader
        | Condition::Loaded
        | Condition::TwoBackEnds
        | Condition::Behind(_) => ECHO,
    }
}

/// Keeps one core busy until it is dropped.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn start() -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ends);
        std::thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        Self(ends)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn scanned<D: Dial>(dial: &D, options: &Options) -> Result<ScanOutcome> {
    Ok(outcome(scan(dial, options, &()).await.context("not scanned")?))
}

fn outcome(scan: Scan) -> ScanOutcome {
    let stopped = scan.stop.as_ref().map(ToString::to_string);
    ScanOutcome { observations: scan.observations, stopped, cost: scan.cost, noticed: None }
}

/// A number that follows from a name.
fn name_seed(name: &str) -> u64 {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(name);
    hash.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playground::app_modes::{APPS, SETTINGS};

    #[test]
    fn every_condition_runs_an_application_or_a_setting_that_there_is() {
        for condition in Condition::WITHOUT_PROXY {
            let mode = app_mode(&condition);
            assert!(APPS.contains(&mode) || SETTINGS.contains(&mode), "{condition}");
        }
        for mode in APPS.into_iter().filter(|app| *app != ECHO).chain(SETTINGS) {
            let condition: Condition = mode.parse().unwrap();
            assert_eq!(app_mode(&condition), mode);
        }
    }
}
