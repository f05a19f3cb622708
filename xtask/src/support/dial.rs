//! What dials a server of the playground.

use std::time::Duration;

use anyhow::{Context as _, Result};
use stews::connection::{ConnectOptions, Connector};
use stews::probe::Probe;
use stews::scan::{Budget, Options, Scan, scan};
use stews::target::{Scheme, Target};

/// The default options for a target that is our own, which may cost whatever it takes, and is asked whatever may open it.
pub fn options(target: &Target, probes: Vec<&'static Probe>) -> Options {
    Options { budget: Budget::UNLIMITED, explain_refusal: true, ..Options::for_recording(target, probes) }
}

/// Scans a target.
pub async fn scan_target(target: &Target, options: &Options) -> Result<Scan> {
    scan(&connector(target, options.timeout)?, options, &()).await.with_context(|| format!("{target} was not reached"))
}

/// What dials a target. Certificates are our own, so none is checked.
pub fn connector(target: &Target, timeout: Duration) -> Result<Connector> {
    let connect = ConnectOptions { insecure: true, timeout, ..ConnectOptions::default() };
    Ok(Connector::new(target, &connect)?)
}

/// A URL as a target, and what dials it as `stews` does without options.
pub fn connect(url: &str) -> Result<(Target, Connector)> {
    let target = Target::parse(url, Scheme::Ws)?;
    let connector = connector(&target, Options::TIMEOUT)?;
    Ok((target, connector))
}
