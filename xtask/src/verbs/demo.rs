//! `cargo xtask demo`: the main job, on real servers, with the embedded database.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use stews::database::Database;
use stews::identify::{Answer, Matcher};
use stews::report::{Finding, Line, Reached, Reporter as _, TargetReport};
use stews::scan::Scan;
use stews::target::{Scheme, Target};

use crate::evaluate::hold_out::names_product;
use crate::playground::manifest::Server;
use crate::playground::servers::{self, Running, Way};
use crate::support::adaptive;

/// What a demonstration came to so far.
#[derive(Default)]
struct Course {
    right: usize,
    ran: usize,
    skipped: usize,
    /// When the first answer was there.
    first: Option<Duration>,
}

/// Builds and starts the smoke servers, fingerprints each as soon as it is there, and says how that went.
pub async fn run() -> Result<()> {
    let begun = Instant::now();
    println!("Builds nine servers, and starts and identifies each as soon as it is built.");
    println!(
        "Some seconds where that was done before; the first time some minutes, most of them to fetch what servers are made of.\n"
    );
    let mut servers = servers::smoke_as_built()?;
    let database = Database::embedded()?;
    let matcher = Matcher::new(&database);
    let mut course = Course::default();
    while let Some(server) = servers.recv().await {
        let (server, way) = server?;
        course.show(&server, &way, &matcher).await?;
        course.first.get_or_insert_with(|| begun.elapsed());
    }
    let Course { right, ran, skipped, first } = course;
    println!("\n{right} of {ran} right, {skipped} skipped");
    let first = first.unwrap_or_default().as_secs_f64();
    println!("first answer after {first:.0} s, the last after {:.0} s", begun.elapsed().as_secs_f64());
    if right == ran && ran > 0 { Ok(()) } else { bail!("{} servers were not identified", ran - right) }
}

impl Course {
    /// Fingerprints a server, and prints what it is and what is said of it.
    async fn show(&mut self, server: &Server, way: &Way, matcher: &Matcher<'_>) -> Result<()> {
        let Some(running) = servers::start(server, way, "echo").await? else {
            if let Way::Skipped(why) = way {
                println!("skipped  {}: {why}", server.id());
                self.skipped += 1;
            }
            return Ok(());
        };
        let (report, hit) = fingerprint(server, &running, matcher).await?;
        running.stop().await?;
        self.ran += 1;
        self.right += usize::from(hit);
        println!("{}  {} is", if hit { "right  " } else { "WRONG  " }, server.id());
        print!("         {}", Line.target(&report));
        Ok(())
    }
}

async fn fingerprint(server: &Server, running: &Running, matcher: &Matcher<'_>) -> Result<(TargetReport, bool)> {
    let target = Target::parse(running.url(), Scheme::Ws)?;
    let (scan, answer) = adaptive::identify(&target, matcher).await?;
    let hit = names_product(&answer, &server.manifest.product);
    Ok((TargetReport::new(&target, Finding::WebSocket(Box::new(reached(scan, answer)))), hit))
}

/// What is told of a scan without options.
fn reached(scan: Scan, answer: Answer) -> Reached {
    Reached {
        scan,
        answer,
        banners: Vec::new(),
        contradictions: Vec::new(),
        why: None,
        explanation: None,
        findings: None,
        is_new: false,
    }
}
