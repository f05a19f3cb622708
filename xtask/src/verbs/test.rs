//! `cargo xtask test`: everything that can be tested here.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};

use crate::conditions::run;
use crate::evaluate::calibrate;
use crate::pages::{behaviours, products, readme, separation};
use crate::playground::servers::{self, Way};
use crate::playground::setup;
use crate::verbs::{accuracy, derive};

/// Tests without containers, generated files, and, where there is an engine, the smoke servers, under a few conditions too.
pub async fn run() -> Result<()> {
    let begun = Instant::now();
    // Tests start it; where there is none they are skipped, and that is said at the end.
    let nats = setup::ensure_nats();
    cargo(&["test", "--workspace"])?;
    tell("tests without containers", begun);
    generated_files()?;
    tell("generated files", begun);
    let browser = setup::ensure_browser();
    if browser.is_ok() {
        cargo(&[
            "test",
            "--package",
            "xtask",
            "--test",
            "report",
            "--test",
            "scan_page",
            "--test",
            "site",
            "--",
            "--ignored",
        ])?;
    }
    tell("the accuracy page and the site", begun);
    // The engine is set up, and images are built, here: a test only starts containers.
    let smoke = servers::smoke()?;
    tell("smoke servers ready", begun);
    cargo(&["test", "--package", "xtask", "--test", "smoke", "--", "--ignored", "--nocapture", "--test-threads=1"])?;
    tell("smoke tests", begun);
    run::run_quick().await?;
    tell("conditions", begun);
    let skipped: Vec<_> = smoke.iter().filter(|(_, way)| matches!(way, Way::Skipped(_))).collect();
    for (server, way) in &skipped {
        if let Way::Skipped(why) = way {
            println!("skipped: container tests of {} ({why})", server.id());
        }
    }
    if let Err(why) = browser {
        println!("skipped: pages in a browser ({why})");
    }
    if let Err(why) = nats {
        println!("skipped: lists that workers share over a NATS server ({why})");
    }
    println!("smoke servers: {} tested, {} skipped", smoke.len() - skipped.len(), skipped.len());
    Ok(())
}

/// Whether all that is generated from committed files is up to date. What takes long is done side by side: it is all computation.
fn generated_files() -> Result<()> {
    products::run(true)?;
    derive::run(true)?;
    let calibrated = std::thread::spawn(|| calibrate::run(true));
    let accurate = accuracy::run(&accuracy::Plan { check: true, reason: None });
    calibrated.join().map_err(|_| anyhow!("the calibration panicked"))??;
    accurate?;
    separation::run(true)?;
    behaviours::run(true)?;
    readme::run(true)
}

/// Says what is done, and after how long.
fn tell(what: &str, begun: Instant) {
    println!("== {what}: done at {} s", begun.elapsed().as_secs());
}

fn cargo(arguments: &[&str]) -> Result<()> {
    println!("cargo {}", arguments.join(" "));
    let status = Command::new("cargo").args(arguments).status().context("cannot run cargo")?;
    ensure!(status.success(), "`cargo {}` failed", arguments.join(" "));
    Ok(())
}
