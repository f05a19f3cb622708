//! One release tried: built by the recipe of a version near it, started, and asked the default probes once.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use stews::database::{Recording, version_order};
use stews::probe::default_set;

use crate::playground::build::{self, Built, ImageInfo};
use crate::playground::manifest::{Manifest, Server, Version};
use crate::playground::{engine, pins};
use crate::record::recorder::{Deadly, one_run};
use crate::support::paths;

/// The longest reason that is kept for a release that cannot be built, in characters.
const REASON: usize = 160;

/// What a try came to.
pub enum Tried {
    /// How it behaves, in one run.
    Seen(Box<Recording>),
    /// It cannot be built or run here, and why.
    Refused(String),
}

/// Tries a release: by the recipe of the nearest version that has one of its own, then by that of the nearest on its other side.
pub async fn run(manifest: &Arc<Manifest>, version: &str) -> Result<Tried> {
    let mut reasons = Vec::new();
    for recipe in recipes(manifest, version) {
        let server = Server { manifest: manifest.clone(), version: Version::like(version, recipe) };
        match one(&server).await {
            Ok(recording) => {
                paths::write(&path(&recording)?, &recording.to_text())?;
                return Ok(Tried::Seen(Box::new(recording)));
            }
            Err(error) => reasons.push(format!("like {}: {}", server.like(), in_short(&error))),
        }
        discard(&server)?;
    }
    Ok(Tried::Refused(reasons.join("; ")))
}

/// A release built, started, and asked once.
async fn one(server: &Server) -> Result<Recording> {
    built(server).await?;
    let mut deadly = Deadly::new();
    let observed = one_run(server, &default_set(), &mut deadly).await?;
    let mut recording = Recording::of_runs(&server.manifest.product, &server.version.version, &[observed]);
    recording.engine.clone_from(&server.manifest.engine);
    recording.framework.clone_from(&server.manifest.framework);
    recording.provenance.base = Some(server.like().to_owned());
    Ok(recording)
}

/// Asks a release that was tried once more, and adds what it answers.
pub async fn again(server: &Server, mut seen: Recording) -> Result<Recording> {
    built(server).await?;
    let observed = one_run(server, &default_set(), &mut Deadly::new()).await?;
    let run = Recording::of_runs(&seen.product, &seen.version, &[observed]);
    for (probe, answers) in run.observations {
        let known = seen.observations.entry(probe).or_default();
        for (line, count) in answers.seen {
            *known.seen.entry(line).or_default() += count;
        }
    }
    seen.runs += run.runs;
    paths::write(&path(&seen)?, &seen.to_text())?;
    Ok(seen)
}

/// Builds the image of a release, with its pins; an error where it cannot be built.
pub async fn built(server: &Server) -> Result<ImageInfo> {
    let server = server.clone();
    let built = tokio::task::spawn_blocking(move || {
        pins::make(&server)?;
        build::build_one(&server)
    });
    match built.await.context("the build panicked")?? {
        Built::Image(image) => Ok(image),
        Built::NotBuilt(why) => bail!("{why}"),
    }
}

/// Removes the image and the pins of a release that is not kept.
pub fn discard(server: &Server) -> Result<()> {
    engine::remove_image(&server.image());
    pins::remove(server)
}

/// The versions of a manifest that have a recipe of their own, the nearest on either side of a version: the nearer first.
fn recipes<'a>(manifest: &'a Manifest, version: &str) -> Vec<&'a Version> {
    let mut own: Vec<&Version> = manifest.versions.iter().filter(|known| known.like.is_none()).collect();
    own.sort_by(|one, other| version_order(&one.version, &other.version));
    let newer = own.partition_point(|known| version_order(&known.version, version).is_lt());
    // What is built alike but for the version need not be tried twice.
    let mut near: Vec<&Version> =
        own.get(newer).into_iter().chain(newer.checked_sub(1).map(|older| &own[older])).copied().collect();
    let same_major = |known: &&Version| major(&known.version) != major(version);
    near.sort_by_key(same_major);
    near
}

fn major(version: &str) -> &str {
    version.trim_start_matches('v').split('.').next().unwrap_or(version)
}

/// An error in a line: the first that says what is wrong, where a build or a server said many.
pub fn in_short(error: &anyhow::Error) -> String {
    // What was said before the end is escaped, colours included.
    let whole = format!("{error:#}").replace("\\n", "\n").replace("\\u{1b}[91m", "").replace("\\u{1b}[0m", "");
    let lines: Vec<&str> = whole.lines().map(str::trim).filter(|line| is_said(line)).collect();
    let line = lines.iter().find(|line| is_telling(line)).or_else(|| lines.last()).copied().unwrap_or_default();
    line.chars().take(REASON).collect()
}

/// Whether a line was said by what was built or started, and not by the container engine about it.
fn is_said(line: &str) -> bool {
    let of_the_engine = [
        "the build of ",
        "The command ",
        "Step ",
        "--->",
        "Removing intermediate container",
        "DEPRECATED: The legacy builder",
        "BuildKit is currently disabled",
        "environment-variable.",
    ];
    !line.is_empty() && !of_the_engine.iter().any(|start| line.starts_with(start))
}

/// Whether a line says what is wrong.
fn is_telling(line: &str) -> bool {
    let line = line.to_lowercase();
    ["error", "cannot", "not found", "no matching", "requires", "undefined"].iter().any(|word| line.contains(word))
}

/// Where the one run of a release is kept while its product is bisected.
fn path(recording: &Recording) -> Result<PathBuf> {
    Ok(folder()?.join(recording.path()))
}

fn folder() -> Result<PathBuf> {
    Ok(paths::root()?.join("target/bisect"))
}

/// The releases of a product that were tried in an earlier, interrupted run, each as it behaved and with the version that it was built like.
pub fn load_all(product: &str) -> Result<Vec<Recording>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder()?.join(product)).into_iter().flatten() {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "json") {
            all.push(Recording::load(&path)?);
        }
    }
    Ok(all)
}

/// Forgets the tries of a product.
pub fn forget_all(product: &str) -> Result<()> {
    let folder = folder()?.join(product);
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove `{}`", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn the_line_that_says_what_is_wrong_is_kept() {
        let server = anyhow!(
            "ws 0.2.6 did not get ready; it said: node:internal:1215\\n  throw err;\\n  ^\\n\\nError: no module 'x'\\n"
        );
        assert_eq!(in_short(&server), "Error: no module 'x'");
        let build = anyhow!(
            "the build of x 1 failed (whole log: x)\n---> Running in 02c7\n\\u{{1b}}[91mgo: x@1 requires go >= 1.26\nThe command 'go build' returned a non-zero code: 1"
        );
        assert_eq!(in_short(&build), "go: x@1 requires go >= 1.26");
        assert_eq!(in_short(&anyhow!("it is gone")), "it is gone");
    }
}
