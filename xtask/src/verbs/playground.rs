//! `cargo xtask playground`: build, up, down, list.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use clap::{Args, Subcommand};

use crate::pages::readme;
use crate::playground::manifest::{self, Blocked, Role, Server};
use crate::playground::selection::{Selection, build_selected};
use crate::playground::{containers, contract, engine, reference};
use crate::support::paths;
use crate::verbs::check::Check;

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
    Up(Up),
    /// Stop and remove all servers that `up` started
    Down,
    /// Show what there is, and what is built
    List,
    /// Write playground/README.md from the manifests and the recordings
    Readme(Check),
}

/// What to start.
#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    selection: Selection,
    /// Start every version that is selected by a name alone, and not the newest
    #[arg(long)]
    all_versions: bool,
    /// Put this proxy in front of each server: product or product@version
    #[arg(long, value_name = "PROXY")]
    behind: Option<String>,
}

/// Runs a verb.
pub async fn run(verb: &Verb) -> Result<()> {
    match verb {
        Verb::Build(selection) => build_and_sum_up(selection),
        Verb::Check(selection) => check(selection).await,
        Verb::Up(wanted) => up(wanted).await,
        Verb::Down => down(),
        Verb::List => list(),
        Verb::Readme(check) => readme::run(check.check),
    }
}

fn build_and_sum_up(selection: &Selection) -> Result<()> {
    let begun = Instant::now();
    let built = build_selected(selection)?;
    // An image counts what it shares with others as its own; the engine counts each layer once.
    let disk = engine::output(&["system", "df", "--format", "{{.Type}} {{.Size}}"]).unwrap_or_default();
    let disk = disk.lines().find_map(|line| line.strip_prefix("Images ")).unwrap_or("unknown");
    println!(
        "{} members ready after {:.0} s; all images of the engine take {disk}",
        built.len(),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
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

async fn up(wanted: &Up) -> Result<()> {
    let proxy = wanted.behind.as_deref().map(|proxy| build_proxy(proxy, wanted.selection.jobs)).transpose()?;
    for (server, _) in build_selected(&newest(wanted)?)? {
        if server.manifest.role == Role::Proxy {
            println!("not up     {} (a proxy: `--only <server> --behind {}`)", server.id(), server.manifest.product);
            continue;
        }
        let name = format!("stews-{}-{}", server.manifest.product, server.version.version);
        let address = run_detached(&server, &name, &[])?;
        let url = format!("ws://{address}{}", server.manifest.path);
        wait_until_ready(&server, &url).await?;
        let Some(proxy) = &proxy else {
            println!("{url}  {}", server.id());
            continue;
        };
        let (backend, path) = containers::authority_and_path(&url)?;
        let name = format!("{name}-{}-{}", proxy.manifest.product, proxy.version.version);
        let url = format!("ws://{}{path}", run_detached(proxy, &name, &["-e", &format!("BACKEND={backend}")])?);
        wait_until_ready(&server, &url).await?;
        println!("{url}  {} behind {}", server.id(), proxy.id());
    }
    Ok(())
}

/// The selection with the newest version of each product that is named without one, unless all are wanted.
fn newest(wanted: &Up) -> Result<Selection> {
    let Selection { only, unblock, jobs } = wanted.selection.clone();
    let manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    let of_names = |names: Vec<String>| {
        let newest = |name: String| {
            let known = manifests.iter().find(|manifest| manifest.product == name);
            known.map_or(name.clone(), |known| format!("{name}@{}", known.versions[0].version))
        };
        names.into_iter().map(newest).collect::<Vec<_>>().join(",")
    };
    let only = match only {
        only if wanted.all_versions => only,
        Some(names) => Some(of_names(names.split(',').map(|name| name.trim().to_owned()).collect())),
        None => Some(of_names(manifests.iter().map(|manifest| manifest.product.clone()).collect())),
    };
    Ok(Selection { only, unblock, jobs })
}

/// Waits until what runs at `url`, perhaps behind a proxy, serves an ordinary client.
async fn wait_until_ready(server: &Server, url: &str) -> Result<()> {
    match server.manifest.role {
        Role::Application => reference::wait_until_open(url, server.manifest.variants()[0].1).await,
        Role::Server | Role::Proxy => reference::wait_until_ready(url, "echo").await,
    }
}

/// The newest version of the proxy that is asked for, built.
fn build_proxy(wanted: &str, jobs: u8) -> Result<Server> {
    let found = manifest::select(&manifest::load_all(&paths::root()?.join("playground"))?, Some(wanted))?.remove(0);
    ensure!(found.manifest.role == Role::Proxy, "`{}` is no proxy", found.manifest.product);
    let selection = Selection { only: Some(found.id().replace(' ', "@")), unblock: false, jobs };
    match build_selected(&selection)?.pop() {
        Some((proxy, _)) => Ok(proxy),
        None => bail!("{} could not be built", found.id()),
    }
}

/// Starts a container that stays; where it listens.
fn run_detached(server: &Server, name: &str, settings: &[&str]) -> Result<String> {
    let port = reference::free_port()?;
    let (setting, image) = (format!("PORT={port}"), server.image());
    // One that is up already gives way to the new one.
    engine::output(&["rm", "--force", name]).ok();
    let fixed = ["run", "--detach", "--rm", "--network=host", "--label", LABEL, "--name", name, "-e", &setting];
    engine::output(&[&fixed[..], settings, &[&image]].concat())?;
    Ok(format!("127.0.0.1:{port}"))
}

fn down() -> Result<()> {
    let containers = engine::output(&["ps", "--quiet", "--filter", &format!("label={LABEL}")])?;
    for container in containers.lines() {
        engine::output(&["stop", "--time", "2", container])?;
    }
    println!("stopped {} servers", containers.lines().count());
    Ok(())
}

/// What is to be said of a version that cannot be built.
fn blocked_state(root: &Path, server: &Server, blocked: &Blocked) -> String {
    let recorded = match (readme::is_recorded(root, &server.manifest, &server.version.version), server.manifest.role) {
        (true, Role::Server) => "recorded",
        (true, Role::Proxy) => "servers behind it are scanned",
        (true, Role::Application) => "scanned",
        (false, Role::Application) => "not scanned",
        (false, Role::Server) => "not recorded",
        (false, Role::Proxy) => "no servers behind it are scanned",
    };
    format!("{recorded}, cannot be built on this network: takes {}", blocked.registry)
}

fn list() -> Result<()> {
    let root = paths::root()?;
    let (manifests, faults) = manifest::load_each(&root.join("playground"))?;
    let engine = engine::version();
    println!("{:<24} {:<20} {:<14} {:<16} {:<6} state", "product", "engine", "framework", "version", "smoke");
    let mut built = 0;
    let servers = manifest::select(&manifests, None)?;
    for server in &servers {
        let manifest = &server.manifest;
        let state = match (&manifest.blocked, engine::inspect(&server.image(), "{{.Id}}")) {
            (Some(blocked), _) => blocked_state(&root, server, blocked),
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
            "{:<24} {:<20} {framework:<14} {:<16} {smoke:<6} {state}",
            manifest.product, manifest.engine, server.version.version
        );
    }
    let of = |role: Role| manifests.iter().filter(move |manifest| manifest.role == role);
    let engines: BTreeSet<&String> = of(Role::Server).map(|manifest| &manifest.engine).collect();
    let blocked = of(Role::Server).filter(|manifest| manifest.blocked.is_some()).count();
    println!(
        "{} products on {} engines ({blocked} products cannot be built on this network), {} proxies, {} applications; {} versions in all, {built} built",
        of(Role::Server).count(),
        engines.len(),
        of(Role::Proxy).count(),
        of(Role::Application).count(),
        servers.len()
    );
    if let Err(why) = engine {
        println!("no container engine: {why}");
    }
    faults.iter().for_each(|fault| eprintln!("warning: {fault:#}"));
    ensure!(faults.is_empty(), "{} are not listed, since their server.json does not read", faults.len());
    Ok(())
}
