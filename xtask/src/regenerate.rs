//! `cargo xtask regenerate`: from servers to recordings to the database.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use stews::connection::{ConnectOptions, Connector};
use stews::database::Recording;
use stews::probe::{ALL, Probe};
use stews::scan::{Options, Scan, scan};
use stews::target::{Scheme, Target};

use crate::build::ImageInfo;
use crate::manifest::Server;
use crate::{Selection, containers, derive, paths, playground};

/// Runs of each server that make a recording.
const RUNS: usize = 3;

/// Records the selected servers and derives the database.
pub async fn run(selection: &Selection) -> Result<()> {
    let folder = paths::recordings()?;
    let mut failed = Vec::new();
    for (server, image) in playground::build_selected(selection)? {
        // A failure leaves the committed recording alone: evidence is never lost to a bad day.
        match record(&server, &image).await {
            Ok(recording) => println!("{:<10} {}", store(&folder, &recording)?, server.id()),
            Err(error) => {
                println!("failed     {} ({error:#})", server.id());
                failed.push(server.id());
            }
        }
    }
    derive::run(false)?;
    if failed.is_empty() { Ok(()) } else { bail!("not recorded: {}", failed.join(", ")) }
}

/// Starts a server, lets the reference client check it, and records it.
async fn record(server: &Server, image: &ImageInfo) -> Result<Recording> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        // A fresh process each time: what one run did to the server must not colour the next.
        let running = containers::start(server, "echo").await?;
        let scanned = scan_for_recording(&running.url).await;
        running.stop().await?;
        runs.push(scanned?.observations);
    }
    let mut recording = Recording::of_runs(&server.manifest.product, &server.version.version, &runs);
    recording.engine.clone_from(&server.manifest.engine);
    recording.framework.clone_from(&server.manifest.framework);
    recording.provenance.app = "echo".to_owned();
    recording.provenance.image = Some(image.id.clone());
    recording.provenance.base = Some(server.base().to_owned());
    recording.provenance.packages.clone_from(&image.packages);
    recording.provenance.recipe = Some(image.recipe.clone());
    Ok(recording)
}

/// What `stews -a -g` does. The servers are our own, so even heavy probes are fair.
async fn scan_for_recording(url: &str) -> Result<Scan> {
    let probes: Vec<&'static Probe> = ALL.iter().copied().filter(|probe| !probe.is_slow()).collect();
    let target = Target::parse(url, Scheme::Ws)?;
    let options = Options { least_quiet: Options::RECORDING_QUIET, ..Options::for_target(&target, probes) };
    let scanned = scan_target(&target, &options).await?;
    if let Some(stop) = &scanned.stop {
        bail!("the run ended early: {}", stews::report::human::stop_in_words(stop));
    }
    Ok(scanned)
}

/// Scans a target over plain TCP.
pub async fn scan_target(target: &Target, options: &Options) -> Result<Scan> {
    let connect = ConnectOptions { insecure: false, timeout: options.timeout, proxy: None, extra_roots: Vec::new() };
    let connector = Connector::new(target, &connect)?;
    scan(&connector, options, &()).await.with_context(|| format!("{target} was not reached"))
}

/// Writes a recording unless it says what the stored one says; the id of an image alone is no news.
fn store(folder: &Path, recording: &Recording) -> Result<&'static str> {
    let path = folder.join(recording.path());
    let Ok(mut stored) = Recording::load(&path) else {
        paths::write(&path, &recording.to_text())?;
        return Ok("recorded");
    };
    stored.provenance.image.clone_from(&recording.provenance.image);
    if stored == *recording {
        return Ok("unchanged");
    }
    paths::write(&path, &recording.to_text())?;
    Ok("changed")
}
