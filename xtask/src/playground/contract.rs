//! `cargo xtask playground check`: the contract that every member of the playground keeps, tried on the running thing.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::playground::app_modes::{APPS, SETTINGS};
use crate::playground::build::{self, Built, ImageInfo};
use crate::playground::containers::{self, Expected, Running};
use crate::playground::manifest::{self, Role, Server};
use crate::playground::{engine, reference};
use crate::support::paths;

/// What proxies are put in front of.
const BACKEND: &str = "ws";

/// The exit code of a process that was killed by SIGKILL, as container engines tell it.
pub const KILLED: i64 = 137;

/// Everything that a server promises: its applications, its settings, a user without rights, the loopback interface alone, SIGTERM, and
/// a listing of what is inside.
pub async fn check(server: &Server, image: &ImageInfo) -> Result<()> {
    ensure!(!image.packages.is_empty(), "/app/versions.txt is empty");
    let user = engine::inspect(&server.image(), "{{.Config.User}}").unwrap_or_default();
    ensure!(!["", "0", "root"].contains(&user.as_str()), "it runs as root");
    if server.manifest.role == Role::Application {
        return check_application(server, image).await;
    }
    ensure!(server.manifest.apps.iter().any(|app| app == "echo"), "there is no application `echo`");
    let backend = (server.manifest.role == Role::Proxy).then(backend).transpose()?;
    for wanted in APPS.into_iter().chain(SETTINGS).filter(|wanted| server.can(wanted)) {
        check_app(server, backend.as_ref(), wanted).await.with_context(|| format!("as `{wanted}`"))?;
    }
    Ok(())
}

/// What real software promises: the package of its engine is listed, each variant opens its WebSocket to a client that brings what it
/// wants, a second one too, and it listens on the loopback interface alone.
async fn check_application(server: &Server, image: &ImageInfo) -> Result<()> {
    let truth = server.manifest.truth.as_ref().context("an application has a `truth`")?;
    let listed = image.packages.iter().find(|line| line.split(' ').next() == Some(&truth.package));
    let listed = listed.with_context(|| format!("/app/versions.txt does not list `{}`", truth.package))?;
    for (name, dress) in server.manifest.variants() {
        let tried = async {
            let running = containers::start_as(server, Expected::Variant(name, dress)).await?;
            reference::open(&running.url, dress).await.context("the second client was not served")?;
            ensure_loopback_only(&running)?;
            running.stop().await
        };
        tried.await.with_context(|| format!("as `{name}`"))?;
    }
    println!("engine     {listed} in {}", server.id());
    Ok(())
}

/// The server that proxies are tried with, built.
fn backend() -> Result<Server> {
    let newest = manifest::select(&manifest::load_all(&paths::root()?.join("playground"))?, Some(BACKEND))?.remove(0);
    match build::build(std::slice::from_ref(&newest), 1)?.remove(0) {
        Built::Image(_) => Ok(newest),
        Built::NotBuilt(why) => anyhow::bail!("there is no {} to put it in front of: {why}", newest.id()),
    }
}

/// Tries a server as one of its applications; a proxy, in front of a backend that runs it.
async fn check_app(server: &Server, backend: Option<&Server>, app: &str) -> Result<()> {
    let behind = match backend {
        Some(backend) => Some(containers::start(backend, app).await?),
        None => None,
    };
    let running = match &behind {
        Some(behind) => containers::start_behind(server, &behind.url, app).await?,
        None => containers::start(server, app).await?,
    };
    // A second client, after the one that waited until it was ready.
    tokio::time::timeout(Duration::from_secs(10), reference::check(&running.url, app))
        .await
        .context("the second client was not served within 10 s")??;
    ensure_loopback_only(&running)?;
    let code = running.end().await?;
    ensure!(code.is_some() && code != Some(KILLED), "it did not stop within two seconds of SIGTERM");
    match behind {
        Some(behind) => behind.stop().await,
        None => Ok(()),
    }
}

/// A server that others can reach would be attacked, and would answer on addresses that nobody measures.
fn ensure_loopback_only(running: &Running) -> Result<()> {
    let processes = engine::output(&["top", running.id(), "-eo", "pid"])?;
    let pids = processes.lines().skip(1).map(str::trim);
    let sockets: BTreeSet<String> = pids.flat_map(sockets_of).collect();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        if let Some(address) = listening_elsewhere(&text, &sockets).first() {
            anyhow::bail!("it listens on {address}, as {table} writes it, and not on 127.0.0.1 alone");
        }
    }
    Ok(())
}

/// The inodes of the sockets that a process holds open; none where that is not ours to see.
fn sockets_of(pid: &str) -> Vec<String> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let links = files.filter_map(|file| std::fs::read_link(file.path()).ok());
    let inode =
        |link: std::path::PathBuf| Some(link.to_string_lossy().strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    links.filter_map(inode).collect()
}

/// Addresses of listening sockets among these that are not loopback addresses.
fn listening_elsewhere(table: &str, sockets: &BTreeSet<String>) -> Vec<String> {
    /// The state TCP_LISTEN as the kernel writes it.
    const LISTEN: &str = "0A";
    let loopback = |address: &str| {
        let address = address.split(':').next().unwrap_or_default();
        address.len() == 8 && address.ends_with("7F")
            || address == "00000000000000000000000001000000"
            || address.starts_with("0000000000000000FFFF0000") && address.ends_with("7F")
    };
    let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
    let listening = rows.filter(|row| row.len() > 9 && row[3] == LISTEN && sockets.contains(row[9]));
    listening.map(|row| row[1].to_owned()).filter(|address| !loopback(address)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listening_sockets_of_the_server_beyond_loopback_are_complained_of() {
        let row = |address: &str, state: &str, inode: &str| {
            format!("   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 10001 0 {inode} 1\n")
        };
        let table = String::from("  sl  local_address rem_address st\n")
            + &row("0100007F:1F90", "0A", "1")
            + &row("00000000:1F91", "0A", "2")
            + &row("00000000:1F92", "01", "3")
            + &row("00000000:1F93", "0A", "4");
        let own: BTreeSet<String> = ["1", "2", "3"].map(str::to_owned).into();
        assert_eq!(listening_elsewhere(&table, &own), ["00000000:1F91"]);
    }
}
