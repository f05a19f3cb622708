//! `cargo xtask test`: everything that can be tested here.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::conditions::run;
use crate::evaluate::calibrate;
use crate::pages::{behaviours, products, readme, separation};
use crate::playground::servers::{self, Way};
use crate::playground::setup;
use crate::verbs::{accuracy, derive};

/// Tests without containers, generated files, and, where there is an engine, the smoke servers, under a few conditions too.
pub async fn run() -> Result<()> {
    cargo(&["test", "--workspace"])?;
    products::run(true)?;
    derive::run(true)?;
    calibrate::run(true)?;
    accuracy::run(&accuracy::Plan { check: true, reason: None })?;
    separation::run(true)?;
    behaviours::run(true)?;
    readme::run(true)?;
    let browser = setup::ensure_browser();
    if browser.is_ok() {
        cargo(&["test", "--package", "xtask", "--test", "report", "--", "--ignored"])?;
    }
    // The engine is set up, and images are built, here: a test only starts containers.
    let smoke = servers::smoke()?;
    cargo(&["test", "--package", "xtask", "--test", "smoke", "--", "--ignored", "--nocapture", "--test-threads=1"])?;
    run::run_quick().await?;
    let skipped: Vec<_> = smoke.iter().filter(|(_, way)| matches!(way, Way::Skipped(_))).collect();
    for (server, way) in &skipped {
        if let Way::Skipped(why) = way {
            println!("skipped: container tests of {} ({why})", server.id());
        }
    }
    if let Err(why) = browser {
        println!("skipped: the accuracy page in a browser ({why})");
    }
    println!("smoke servers: {} tested, {} skipped", smoke.len() - skipped.len(), skipped.len());
    Ok(())
}

fn cargo(arguments: &[&str]) -> Result<()> {
    println!("cargo {}", arguments.join(" "));
    let status = Command::new("cargo").args(arguments).status().context("cannot run cargo")?;
    ensure!(status.success(), "`cargo {}` failed", arguments.join(" "));
    Ok(())
}
