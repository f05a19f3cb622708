//! Whatever answers, whatever is given and whatever happens: the run ends, soon, in words, in little memory.
//!
//! Each kind is an entry of a table in one of the modules below; [`judge`] holds what must hold for all of them.
//! `cargo test --test hostile -- --nocapture` prints what each of them came to. `HOSTILE=words` runs those of which group, name or options
//! hold the words, and `STEWS_BINARY=path` judges another build.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![allow(clippy::cast_possible_truncation, reason = "the sizes are those of a test")]

mod judge;
mod kind;
mod peer;
mod run;
mod script;
mod table;
mod wire;

mod bans;
mod files;
mod frames;
mod greetings;
mod heads;
mod limits;
mod proxies;
mod servers;
mod signals;
mod terminals;
mod tls;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use kind::{Kind, group};
use table::Judged;

/// Runs at a time: most of their time is waiting.
const AT_A_TIME: usize = 24;

/// The least number of kinds: what is lost from the tables by mistake is missed.
const KINDS: usize = 120;

fn kinds() -> Vec<Kind> {
    [
        group("servers", servers::kinds()),
        group("greetings", greetings::kinds()),
        group("heads", heads::kinds()),
        group("frames", frames::kinds()),
        group("limits", limits::kinds()),
        group("bans", bans::kinds()),
        group("proxies", proxies::kinds()),
        group("tls", tls::kinds()),
        group("files", files::kinds()),
        group("terminals", terminals::kinds()),
        group("signals", signals::kinds()),
    ]
    .concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kind_does_harm() {
    let start = Instant::now();
    let all = kinds();
    let names: BTreeSet<&str> = all.iter().map(|kind| kind.name.as_str()).collect();
    assert!(names.len() >= KINDS, "{} kinds", names.len());
    let (count, wanted) = (names.len(), std::env::var("HOSTILE").unwrap_or_default());
    let chosen = |kind: &Kind| format!("{} {} {}", kind.group, kind.name, kind.options()).contains(&wanted);
    let judged = judge_all(all.into_iter().filter(chosen).collect()).await;
    table::print(&judged);
    let own = run::high_water(std::process::id()).unwrap_or_default() / 1024;
    println!(
        "{count} kinds, {} runs, {:.0} s; the suite itself: {own} MiB",
        judged.len(),
        start.elapsed().as_secs_f64()
    );
    let failed: Vec<String> = judged.iter().filter(|one| !one.faults.is_empty()).map(told).collect();
    assert!(failed.is_empty(), "{} of {} runs fail:\n{}", failed.len(), judged.len(), failed.join("\n"));
}

/// Runs and judges all of them, the long ones first; in the order given.
async fn judge_all(kinds: Vec<Kind>) -> Vec<Judged> {
    let room = Arc::new(tokio::sync::Semaphore::new(AT_A_TIME));
    let mut order: Vec<(usize, Kind)> = kinds.into_iter().enumerate().collect();
    order.sort_by_key(|(_, kind)| !kind.long);
    let mut running = tokio::task::JoinSet::new();
    for (place, kind) in order {
        let permit = room.clone().acquire_owned().await.unwrap();
        running.spawn(async move {
            let mut run = run::run(&kind).await;
            drop(permit);
            let faults = judge::judge(&kind, &run);
            run.forget();
            (place, Judged { kind, run, faults })
        });
    }
    let mut judged = running.join_all().await;
    judged.sort_by_key(|(place, _)| *place);
    judged.into_iter().map(|(_, judged)| judged).collect()
}

/// A kind that failed, with the beginning of what it printed.
fn told(judged: &Judged) -> String {
    let begin = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string();
    let Judged { kind, run, faults } = judged;
    format!(
        "- {}: {} ({}): {}\n    out: {}\n    err: {}",
        kind.group,
        kind.name,
        kind.options(),
        faults.join("; "),
        begin(&run.out),
        begin(&run.err)
    )
}
