//! `cargo xtask`: the workbench. One room a thing; `verbs` has the command line.

pub mod bench;
pub mod bisect;
pub mod conditions;
pub mod cost;
pub mod discover;
pub mod evaluate;
pub mod field;
pub mod fuzz;
pub mod fuzz_parsers;
pub mod pages;
pub mod playground;
pub mod record;
pub mod releases;
pub mod site;
pub mod support;
pub mod verbs;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::playground::container;

/// What shells tell of a process that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// Runs the verb on the command line; told to end, removes the containers that it started.
pub fn main() -> ExitCode {
    let xtask = verbs::Xtask::parse();
    let (done, ended) = oneshot::channel();
    // A verb may keep its thread to itself, and must be interrupted all the same.
    std::thread::spawn(move || done.send(on_runtime(async { verbs::run(xtask).await })));
    on_runtime(async {
        tokio::select! {
            code = ended => Ok(code.unwrap_or(ExitCode::FAILURE)),
            () = interrupted() => {
                tokio::task::spawn_blocking(container::remove_own).await?;
                Ok(ExitCode::from(INTERRUPTED))
            }
        }
    })
}

fn on_runtime(work: impl Future<Output = anyhow::Result<ExitCode>>) -> ExitCode {
    let result = Runtime::new().map_err(|error| anyhow::anyhow!("cannot start: {error}"));
    result.and_then(|runtime| runtime.block_on(work)).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Until this process is told to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let mut listening: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
        let any = listening.iter_mut().map(|signal| Box::pin(signal.recv()));
        futures_util::future::select_all(any).await;
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
