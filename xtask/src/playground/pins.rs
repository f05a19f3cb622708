//! The files in which a version pins what it stands on, made for one that was not built before.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::playground::build;
use crate::playground::manifest::Server;
use crate::support::paths;

/// The file in which a version of a server pins what it stands on; none where its base pins nothing by version.
fn file_of(server: &Server) -> Option<PathBuf> {
    let version = &server.version.version;
    let name = match server.base() {
        "rust" => format!("Cargo.{version}.lock"),
        "go" => format!("go.{version}.sum"),
        _ => return None,
    };
    Some(server.manifest.folder.join(name))
}

/// Makes the file, by the pins of the version that the server is built like.
pub fn make(server: &Server) -> Result<()> {
    let Some(file) = file_of(server).filter(|file| !file.is_file()) else { return Ok(()) };
    let dockerfile = paths::root()?.join("playground/base").join(server.base()).join("pins.Dockerfile");
    let pins = build::pins_of(server, &dockerfile)?;
    paths::write(&file, &pins)
}

/// Removes the file.
pub fn remove(server: &Server) -> Result<()> {
    match file_of(server).filter(|file| file.is_file()) {
        Some(file) => std::fs::remove_file(&file).with_context(|| format!("cannot remove `{}`", file.display())),
        None => Ok(()),
    }
}
