//! One scan of one server under one condition.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use stews::connection::{ConnectOptions, Connector, Dial};
use stews::identify::{Matcher, Observations};
use stews::probe::{Variation, default_set};
use stews::report::human::stop_in_words;
use stews::scan::{Options, Scan, Stop, ask_again, scan};
use stews::target::{Scheme, Target};
use stews::wire::Header;

use super::{DELAYED, LOADED, SLOW_READER, TLS, TWO_BACK_ENDS, VARIED, application};
use crate::condition::Outcome;
use crate::front::{TlsFront, Turns};
use crate::link::{Link, Through};
use crate::manifest::Server;
use crate::servers::{self, Way};
use crate::settings::{OFFERED, SUBPROTOCOL};
use crate::{asking, containers, stability};

/// The link of [`DELAYED`].
const DELAYED_LINK: Link = Link { delay: Duration::from_millis(50), jitter: Duration::from_millis(20), slow: None };

/// The link of [`SLOW_READER`].
const SLOW_LINK: Link =
    Link { delay: Duration::ZERO, jitter: Duration::ZERO, slow: Some((64, Duration::from_millis(5))) };

/// A server, and another of a different engine.
pub(super) struct Actors {
    pub(super) server: Server,
    pub(super) way: Way,
    pub(super) other: Option<Server>,
}

/// What all scans share.
pub(super) struct Stage<'a> {
    seed: u64,
    proxies: &'a BTreeMap<String, Server>,
    pub(super) matcher: Matcher<'a>,
    /// Whoever has it keeps one core busy.
    load: tokio::sync::Mutex<()>,
}

/// What it takes to do a scan again, and its outcome.
pub(super) type Scanned = (String, Outcome);

impl<'a> Stage<'a> {
    pub(super) fn new(seed: u64, proxies: &'a BTreeMap<String, Server>, matcher: Matcher<'a>) -> Self {
        Self { seed, proxies, matcher, load: tokio::sync::Mutex::new(()) }
    }

    /// Scans a server under a condition.
    pub(super) async fn under(&self, actors: &Actors, condition: &str) -> Result<Scanned> {
        let running = servers::start(&actors.server, &actors.way, application(condition)).await?;
        let running = running.with_context(|| format!("{} cannot be started here", actors.server.id()))?;
        let scanned = self.under_while(actors, condition, running.url()).await;
        running.stop().await?;
        scanned
    }

    /// The same of a server that runs.
    async fn under_while(&self, actors: &Actors, condition: &str, url: &str) -> Result<Scanned> {
        if let Some(proxy) = self.proxies.get(condition) {
            return behind(proxy, url).await;
        }
        let plain = Variation::default();
        Ok(match condition {
            VARIED => {
                let seed = self.seed ^ name_seed(&actors.server.id());
                (format!("seed {seed}"), scan_through(url, stability::drawn(seed), None).await?)
            }
            TLS => {
                let front = TlsFront::start(url).await?;
                (String::new(), scan_through(&front.url, plain, None).await?)
            }
            DELAYED => ("50 ms ± 20 ms each way".to_owned(), scan_through(url, plain, Some(DELAYED_LINK)).await?),
            SLOW_READER => ("64 bytes each 5 ms".to_owned(), scan_through(url, plain, Some(SLOW_LINK)).await?),
            LOADED => {
                let _alone = self.load.lock().await;
                let _busy = Busy::start();
                (String::new(), scan_through(url, plain, None).await?)
            }
            TWO_BACK_ENDS => {
                let other = actors.other.as_ref().context("there is no server of another engine")?;
                self.beside(other, url).await?
            }
            SUBPROTOCOL => (format!("offering {OFFERED}"), scan_offering(url, OFFERED).await?),
            _ => (String::new(), scan_through(url, plain, None).await?),
        })
    }

    /// Asks two servers that take turns as a user would ask one, and looks whether that was noticed.
    async fn beside(&self, other: &Server, url: &str) -> Result<Scanned> {
        let running = containers::start(other, "echo").await?;
        let noticed = self.notices_two(url, &running.url).await;
        running.stop().await?;
        let (scan, noticed) = noticed?;
        let outcome = Outcome { noticed: Some(noticed), ..outcome(scan) };
        Ok((format!("and {}", other.id()), Outcome { observations: Observations::new(), ..outcome }))
    }

    async fn notices_two(&self, one: &str, other: &str) -> Result<(Scan, bool)> {
        let (target, connector) = connect(one)?;
        let turns = Turns::new([connector, connect(other)?.1]);
        let options = Options::for_target(&target, default_set());
        let (mut scan, answer) =
            asking::identify_through(&turns, &options, &self.matcher).await.context("not scanned")?;
        if scan.stop.is_some() {
            let changed = matches!(scan.stop, Some(Stop::Changed { .. }));
            return Ok((scan, changed));
        }
        let probes = self.matcher.to_ask_again(&scan.observations);
        let again = ask_again(&turns, &options, &(), &mut scan, &probes).await;
        let noticed = !self.matcher.contradictions(&scan.observations, &again, &answer).is_empty();
        Ok((scan, noticed))
    }
}

/// A thread that does nothing, all the time; until it is dropped.
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

async fn behind(proxy: &Server, backend: &str) -> Result<Scanned> {
    let front = containers::start_behind(proxy, backend, "echo").await?;
    let outcome = scan_through(&front.url, Variation::default(), None).await;
    front.stop().await?;
    Ok((proxy.id(), outcome?))
}

/// A scan as a user would make it: the default set at the default pace.
async fn scan_through(url: &str, variation: Variation, link: Option<Link>) -> Result<Outcome> {
    let (target, connector) = connect(url)?;
    let options = Options { variation, ..Options::for_target(&target, default_set()) };
    match link {
        None => scanned(&connector, &options).await,
        Some(link) => scanned(&Through { dial: connector, link }, &options).await,
    }
}

/// The same of a client that offers a subprotocol.
async fn scan_offering(url: &str, subprotocol: &str) -> Result<Outcome> {
    let (target, connector) = connect(url)?;
    let mut options = Options::for_target(&target, default_set());
    options.peer.headers.push(Header::new("Sec-WebSocket-Protocol", subprotocol));
    scanned(&connector, &options).await
}

async fn scanned<D: Dial>(dial: &D, options: &Options) -> Result<Outcome> {
    Ok(outcome(scan(dial, options, &()).await.context("not scanned")?))
}

fn outcome(scan: Scan) -> Outcome {
    let cost = (scan.cost.connections, scan.cost.sent, scan.cost.received);
    let stopped = scan.stop.as_ref().map(stop_in_words);
    Outcome { observations: scan.observations, stopped, cost, noticed: None }
}

/// A URL as a target, and what dials it. Certificates are our own.
pub fn connect(url: &str) -> Result<(Target, Connector)> {
    let target = Target::parse(url, Scheme::Ws)?;
    let connect = ConnectOptions { insecure: true, timeout: Options::TIMEOUT, ..ConnectOptions::default() };
    let connector = Connector::new(&target, &connect)?;
    Ok((target, connector))
}

/// A number that follows from a name.
fn name_seed(name: &str) -> u64 {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(name);
    hash.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}
