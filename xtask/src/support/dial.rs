//! What dials a server of the playground.

use anyhow::{Context as _, Result};
use stews::connection::{ConnectOptions, Connector};
use stews::scan::{Options, Scan, scan};
use stews::target::{Scheme, Target};

/// Scans a target over plain TCP.
pub async fn scan_target(target: &Target, options: &Options) -> Result<Scan> {
    scan(&connector(target, options)?, options, &()).await.with_context(|| format!("{target} was not reached"))
}

/// A connector over plain TCP.
pub fn connector(target: &Target, options: &Options) -> Result<Connector> {
    let connect = ConnectOptions { timeout: options.timeout, ..ConnectOptions::default() };
    Ok(Connector::new(target, &connect)?)
}

/// A URL as a target, and what dials it. Certificates are our own.
pub fn connect(url: &str) -> Result<(Target, Connector)> {
    let target = Target::parse(url, Scheme::Ws)?;
    let connect = ConnectOptions { insecure: true, timeout: Options::TIMEOUT, ..ConnectOptions::default() };
    let connector = Connector::new(&target, &connect)?;
    Ok((target, connector))
}
