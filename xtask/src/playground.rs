//! `cargo xtask playground`: build, up, down, list.

use anyhow::{Result, bail};
use clap::Subcommand;

use crate::build::{self, Built};
use crate::manifest::{self, Server};
use crate::setup::{self, Availability};
use crate::{Check, Selection, contract, engine, paths, readme, reference};

/// The label of containers that `up` starts.
const LABEL: &str = "stews.playground=1";

/// What to do with the playground.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Build the images that are missing or out of date
    Build(Selection),
    /// Start each server as each of its applications and check that it keeps the playground's contract
    Check(Selection),
    /// Start servers and print where they serve
    Up(Selection),
    /// Stop and remove all servers that `up` started
    Down,
    /// Show what there is, and what is built
    List,
    /// Write playground/README.md from the manifests and the recordings
    Readme(Check),
}

/// Runs a verb.
pub async fn run(verb: &Verb) -> Result<()> {
    match verb {
        Verb::Build(selection) => build_selected(selection).map(|_| ()),
        Verb::Check(selection) => check(selection).await,
        Verb::Up(selection) => up(selection).await,
        Verb::Down => down(),
        Verb::List => list(),
        Verb::Readme(check) => readme::run(check.check),
    }
}

/// Builds a selection and reports each server; those that can run.
pub fn build_selected(selection: &Selection) -> Result<Vec<(Server, build::ImageInfo)>> {
    if let Availability::None(why) = setup::ensure_engine()? {
        bail!("no container engine: {why}");
    }
    let servers =
        manifest::select(&manifest::load_all(&paths::root()?.join("playground"))?, selection.only.as_deref())?;
    let built = build::build(&servers, selection.jobs)?;
    let mut ready = Vec::new();
    for (server, built) in servers.into_iter().zip(built) {
        match built {
            Built::Image(info) => {
                println!("built      {}", server.id());
                ready.push((server, info));
            }
            Built::NotBuilt(why) => println!("not built  {} ({why})", server.id()),
        }
    }
    Ok(ready)
}

async fn check(selection: &Selection) -> Result<()> {
    let mut broken = 0;
    for (server, image) in build_selected(selection)? {
        match contract::check(&server, &image).await {
            Ok(()) => println!("sound      {}", server.id()),
            Err(error) => {
                broken += 1;
                println!("broken     {} ({error:#})", server.id());
            }
        }
    }
    if broken > 0 { bail!("{broken} servers break the playground's contract") } else { Ok(()) }
}

async fn up(selection: &Selection) -> Result<()> {
    for (server, _) in build_selected(selection)? {
        let port = reference::free_port()?;
        let name = format!("stews-{}-{}", server.manifest.product, server.version.version);
        let (port_setting, image) = (format!("PORT={port}"), server.image());
        engine::output(&[
            "run",
            "--detach",
            "--rm",
            "--network=host",
            "--label",
            LABEL,
            "--name",
            &name,
            "-e",
            &port_setting,
            &image,
        ])?;
        let url = format!("ws://127.0.0.1:{port}{}", server.manifest.path);
        reference::wait_until_ready(&url, "echo").await?;
        println!("{url}  {}", server.id());
    }
    Ok(())
}

fn down() -> Result<()> {
    let containers = engine::output(&["ps", "--quiet", "--filter", &format!("label={LABEL}")])?;
    for container in containers.lines() {
        engine::output(&["stop", "--time", "2", container])?;
    }
    println!("stopped {} servers", containers.lines().count());
    Ok(())
}

fn list() -> Result<()> {
    let manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    let engine = engine::version();
    println!("{:<20} {:<16} {:<12} {:<12} {:<6} state", "product", "engine", "framework", "version", "smoke");
    let mut built = 0;
    let servers = manifest::select(&manifests, None)?;
    for server in &servers {
        let manifest = &server.manifest;
        let state = match (&manifest.blocked, engine::inspect(&server.image(), "{{.Id}}")) {
            (Some(blocked), _) => format!("not built here: {}: {}", blocked.registry, blocked.reason),
            (None, Some(_)) => {
                built += 1;
                "built".to_owned()
            }
            (None, None) if manifest.plain_process.is_some() => "not built (runs as a plain process too)".to_owned(),
            (None, None) => "not built".to_owned(),
        };
        let framework = manifest.framework.as_deref().unwrap_or("-");
        let smoke = if manifest.smoke { "yes" } else { "no" };
        println!(
            "{:<20} {:<16} {framework:<12} {:<12} {smoke:<6} {state}",
            manifest.product, manifest.engine, server.version.version
        );
    }
    println!("{} products, {} versions, {built} built", manifests.len(), servers.len());
    if let Err(why) = engine {
        println!("no container engine: {why}");
    }
    Ok(())
}
