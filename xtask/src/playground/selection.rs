//! Which servers a verb is about.

use std::sync::Arc;

use anyhow::Result;
use clap::Args;

use crate::playground::build::{self, Built};
use crate::playground::manifest::{self, Server};
use crate::playground::{engine, setup};
use crate::support::paths;

/// Which servers, and how many at a time.
#[derive(Clone, Debug, Default, Args)]
pub struct Selection {
    /// Only these: product or product@version, comma separated
    #[arg(long, value_name = "SERVERS")]
    pub only: Option<String>,
    /// Build even what server.json says cannot be built here
    #[arg(long)]
    pub unblock: bool,
    /// Builds at a time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub jobs: u8,
}

/// Builds a selection and reports each server; those that can run, and proxies among them.
pub fn build_selected(selection: &Selection) -> Result<Vec<(Server, build::ImageInfo)>> {
    setup::run()?;
    let mut manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    if selection.unblock {
        manifests.iter_mut().for_each(|manifest| Arc::make_mut(manifest).blocked = None);
    }
    let servers = manifest::select(&manifests, selection.only.as_deref())?;
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

/// The servers and proxies of a selection whose images are there already, up to date or not.
pub fn built(only: Option<&str>) -> Result<Vec<Server>> {
    setup::run()?;
    let manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    let mut servers = manifest::select(&manifests, only)?;
    servers.retain(|server| engine::inspect(&server.image(), "{{.Id}}").is_some());
    Ok(servers)
}
