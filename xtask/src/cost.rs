//! `cargo xtask wire`: what identifying real servers takes on the wire.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use stews::database::Database;
use stews::identify::Matcher;
use stews::target::{Scheme, Target};

use crate::evaluate::hold_out::names_product;
use crate::evaluate::statistics::{quantile, rounded};
use crate::playground::manifest::Server;
use crate::playground::{containers, servers, setup};
use crate::support::{adaptive, paths};

/// The version of the stored form.
const SCHEMA: u32 = 1;

/// Which servers.
#[derive(Debug, Args)]
pub struct Plan {
    /// Only these: product or product@version, comma separated
    #[arg(long, value_name = "SERVERS")]
    only: Option<String>,
    /// Servers started at a time; one is scanned at a time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    jobs: u8,
}

/// What identifying each server took, as it was measured last.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wire {
    schema: u32,
    /// By `product version`.
    servers: BTreeMap<String, Taken>,
}

/// What one identification took.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Taken {
    /// Whether the server was named, alone or with its twins.
    right: bool,
    /// Different probes.
    probes: usize,
    /// Connections, checks that the target lives included.
    connections: u64,
    /// Bytes sent.
    sent: u64,
    /// Bytes received.
    received: u64,
    /// Time in milliseconds, loopback.
    milliseconds: f64,
}

/// Measures the selected servers and stores what it took.
pub async fn run(plan: &Plan) -> Result<()> {
    setup::run()?;
    let servers = servers::built_and_recorded(plan.only.as_deref())?;
    let database = Database::embedded()?;
    let (matcher, quiet) = (Matcher::new(&database), tokio::sync::Mutex::new(()));
    let measured = servers.iter().map(|(server, _)| {
        let (matcher, quiet) = (&matcher, &quiet);
        async move { (server, measure(server, matcher, quiet).await) }
    });
    let mut measured = futures_util::stream::iter(measured).buffer_unordered(plan.jobs.into());
    let (mut wire, mut failed) = (load()?, 0);
    while let Some((server, taken)) = measured.next().await {
        match taken {
            Ok(taken) => {
                let word = if taken.right { "right" } else { "WRONG" };
                println!(
                    "{word}  {}: {} probes, {} connections, {:.0} ms",
                    server.id(),
                    taken.probes,
                    taken.connections,
                    taken.milliseconds
                );
                wire.servers.insert(server.id(), taken);
            }
            Err(error) => {
                failed += 1;
                println!("failed {}: {error:#}", server.id());
            }
        }
    }
    wire.schema = SCHEMA;
    paths::write(&paths::root()?.join(FILE), &(serde_json::to_string_pretty(&wire)? + "\n"))?;
    print!("{}", wire.markdown());
    ensure!(failed == 0, "{failed} servers were not measured");
    Ok(())
}

const FILE: &str = "fingerprints/wire.json";

/// What is stored; nothing where nothing is.
pub fn load() -> Result<Wire> {
    match std::fs::read_to_string(paths::root()?.join(FILE)) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("`{FILE}` does not read")),
        Err(_) => Ok(Wire::default()),
    }
}

/// Starts a server and identifies it twice: what a server does once, at its first connection, is no measure of ours.
async fn measure(server: &Server, matcher: &Matcher<'_>, quiet: &tokio::sync::Mutex<()>) -> Result<Taken> {
    let running = containers::start(server, "echo").await?;
    let target = Target::parse(&running.url, Scheme::Ws)?;
    let identified = {
        let _alone = quiet.lock().await;
        match adaptive::identify(&target, matcher).await {
            Ok(_) => adaptive::identify(&target, matcher).await,
            failed => failed,
        }
    };
    running.stop().await?;
    let (scan, answer) = identified?;
    Ok(Taken {
        right: names_product(&answer, &server.manifest.product),
        probes: scan.observations.len(),
        connections: scan.cost.connections,
        sent: scan.cost.sent,
        received: scan.cost.received,
        milliseconds: rounded(scan.cost.elapsed.as_secs_f64() * 1e3, 1),
    })
}

/// A number of an identification, with its name.
type Column = (&'static str, fn(&Taken) -> f64);

impl Wire {
    /// The distributions: the median, the 95th percentile and the most of each number; none where nothing was measured.
    pub fn distributions(&self) -> Vec<(&'static str, [f64; 3])> {
        let columns: [Column; 5] = [
            ("probes", |one| one.probes as f64),
            ("connections", |one| one.connections as f64),
            ("bytes sent", |one| one.sent as f64),
            ("bytes received", |one| one.received as f64),
            ("milliseconds", |one| one.milliseconds),
        ];
        let of = |(name, column): Column| {
            let values: Vec<f64> = self.servers.values().map(column).collect();
            (name, [0.5, 0.95, 1.0].map(|share| quantile(&values, share)))
        };
        if self.servers.is_empty() { Vec::new() } else { columns.into_iter().map(of).collect() }
    }

    /// How many servers were measured, and how many of them were named right.
    pub fn measured(&self) -> (usize, usize) {
        (self.servers.len(), self.servers.values().filter(|one| one.right).count())
    }

    /// What one server took, by product and version; nothing where it was not measured.
    pub fn of(&self, product: &str, version: &str) -> Option<String> {
        let Taken { probes, connections, sent, received, milliseconds, .. } =
            self.servers.get(&format!("{product} {version}"))?;
        Some(format!(
            "{probes} probes, {connections} connections, {sent} bytes sent, {received} received, {milliseconds:.0} ms"
        ))
    }

    /// The distributions as a table; nothing where nothing was measured.
    pub fn markdown(&self) -> String {
        if self.servers.is_empty() {
            return String::new();
        }
        let (of, right) = self.measured();
        let mut out = format!(
            "Over loopback, {of} real servers in containers (`cargo xtask wire`), {right} named right:\n\n\
             | | median | 95th percentile | most |\n|---|---|---|---|\n"
        );
        for (name, [median, high, most]) in self.distributions() {
            out.push_str(&format!("| {name} | {median:.0} | {high:.0} | {most:.0} |\n"));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_told_and_nothing_of_nothing() {
        assert_eq!(Wire::default().markdown(), "");
        let taken = |probes| Taken { right: true, probes, connections: 9, sent: 1, received: 2, milliseconds: 3.4 };
        let servers = [("a 1", 3), ("b 1", 5), ("c 1", 4)].map(|(name, probes)| (name.to_owned(), taken(probes)));
        let wire = Wire { schema: SCHEMA, servers: servers.into() };
        let one = wire.of("b", "1");
        assert_eq!(one.as_deref(), Some("5 probes, 9 connections, 1 bytes sent, 2 received, 3 ms"));
        assert_eq!(wire.of("b", "2"), None);
        let text = wire.markdown();
        assert!(text.contains("3 real servers") && text.contains("3 named right"), "{text}");
        assert!(text.contains("| probes | 4 | 5 | 5 |") && text.contains("| milliseconds | 3 | 3 | 3 |"), "{text}");
    }
}
