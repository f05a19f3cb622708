//! The smoke servers of the playground, for real: in containers, or the Rust ones as plain processes where there
//! is no engine. Ignored unless asked for, because they build images: `cargo xtask test` does both.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::process::{Command, Output};

use stews::database::{Database, Recording};
use stews::identify::{Mask, identify};
use stews::observation::Observation;
use stews::probe::{ProbeId, default_set};
use stews::scan::{Options, Scan};
use stews::target::{Scheme, Target};
use xtask::evaluate::hold_out::names_product;
use xtask::playground::manifest::Server;
use xtask::playground::servers::{self, Running, Way};
use xtask::playground::{build, contract, reference};
use xtask::support::{dial, paths};

/// The share of a server's observations that may differ from its recording by chance.
const MOST_DIFFERENT: f64 = 0.02;

/// The smoke servers that can be had here.
fn had() -> Vec<(Server, Way)> {
    let all = servers::smoke().unwrap();
    let had: Vec<_> = all.into_iter().filter(|(_, way)| !matches!(way, Way::Skipped(_))).collect();
    assert!(!had.is_empty(), "not even the plain processes can be had");
    had
}

async fn started(server: &Server, way: &Way, app: &str) -> Running {
    println!("{} ({app})", server.id());
    servers::start(server, way, app).await.unwrap().unwrap()
}

async fn scanned(running: &Running, least_quiet: std::time::Duration) -> Scan {
    let target = Target::parse(running.url(), Scheme::Ws).unwrap();
    let options = Options { least_quiet, ..dial::options(&target, default_set()) };
    let scan = dial::scan_target(&target, &options).await.unwrap();
    assert!(scan.stop.is_none() && scan.failures.is_empty(), "{:?} {:?}", scan.stop, scan.failures);
    scan
}

/// The released binary's twin, as cargo builds it for tests.
fn stews(arguments: &[&str]) -> Output {
    let status = Command::new("cargo").args(["build", "--quiet", "--package", "stews"]).status().unwrap();
    assert!(status.success());
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| paths::root().unwrap().join("target"), Into::into);
    Command::new(target.join("debug/stews")).args(arguments).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts real servers; run by `cargo xtask test`"]
async fn every_server_keeps_the_contract_of_the_playground() {
    for (server, way) in had() {
        match way {
            Way::Container => {
                let image = build::image_info(&server).unwrap();
                contract::check(&server, &image).await.unwrap_or_else(|error| panic!("{}: {error:#}", server.id()));
            }
            _ => {
                for app in &server.manifest.apps {
                    let running = started(&server, &way, app).await;
                    reference::check(running.url(), app).await.unwrap();
                    running.stop().await.unwrap();
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts real servers; run by `cargo xtask test`"]
async fn every_server_is_named_first_with_and_without_its_banner() {
    let database = Database::embedded().unwrap();
    for (server, way) in had() {
        let running = started(&server, &way, "echo").await;
        let scan = scanned(&running, Options::LEAST_QUIET).await;
        running.stop().await.unwrap();
        for banners in [false, true] {
            let answer = identify(&scan.observations, &database, Mask { banners });
            assert!(
                names_product(&answer, &server.manifest.product),
                "{} (banners masked: {banners}): {answer:#?}",
                server.id()
            );
        }
    }
}

/// The committed recording says what the server does today: evidence that drifts is caught here. Single cells may
/// differ by chance of timing (`cargo xtask stability` lists them); a server that changed differs in many.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts real servers; run by `cargo xtask test`"]
async fn every_server_does_what_was_recorded() {
    for (server, way) in had() {
        let recording = Recording::load(&paths::recordings().unwrap().join(server.recording_path())).unwrap();
        let running = started(&server, &way, "echo").await;
        let scan = scanned(&running, Options::RECORDING_QUIET).await;
        running.stop().await.unwrap();
        let recorded = |probe: &ProbeId| recording.observations.get(probe).map(|answers| &answers.seen);
        let differs = |(probe, seen): &(&ProbeId, &Observation)| {
            // What was not asked when it was recorded says nothing.
            recorded(probe).is_some_and(|lines| !lines.keys().any(|line| line.observation() == *seen))
        };
        let different: Vec<_> = scan.observations.iter().filter(differs).collect();
        for (probe, seen) in &different {
            println!("  differs: probe {probe}: {seen}\n  recorded: {:?}", recorded(probe));
        }
        let share = different.len() as f64 / scan.observations.len() as f64;
        assert!(share <= MOST_DIFFERENT, "{}: {:.1} % differ from the recording", server.id(), 100.0 * share);
    }
}

/// On Faye the original tool hung for good in the 700s, and asked for all series it sent half a gigabyte.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts real servers; run by `cargo xtask test`"]
async fn all_tests_end_by_themselves_and_name_the_server() {
    let (server, way) =
        had().into_iter().max_by_key(|(server, _)| server.manifest.product == "faye-websocket").unwrap();
    let running = started(&server, &way, "echo").await;
    let authority = running.url().trim_start_matches("ws://").to_owned();
    let output = tokio::task::spawn_blocking(move || stews(&["-a", "-n", "-u", &authority])).await.unwrap();
    running.stop().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let name = stews::database::vocabulary::name_of(&server.manifest.product);
    // Alone or as what the engine is most like.
    assert!(text.lines().next().is_some_and(|line| line.contains(name)), "{text}");
}
