//! A list shared by several workers, over a real NATS server.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]
// Many loopback addresses, which other systems have to be given first.
#![cfg(target_os = "linux")]

mod nats;
#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "../support_cmd/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nats::{LONG, Nats, until};
use serde_json::Value;
use server::{Manner, Ran, Server, run, stews};
use stews::database::Database;

/// Servers at addresses of their own, so that their targets are in several buckets.
fn farm() -> Vec<Server> {
    (2..10).map(|last| Server::start_at(Ipv4Addr::new(127, 0, 0, last), Manner::Strict)).collect()
}

/// A file with so many targets at each server.
fn list(nats: &Nats, servers: &[Server], each: usize) -> String {
    let text: String =
        (0..each).flat_map(|number| servers.iter().map(move |server| format!("{}{number}\n", server.url()))).collect();
    file(nats, "list", &text)
}

fn file(nats: &Nats, name: &str, text: &str) -> String {
    let path = nats.folder().path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn fleet(nats: &Nats, verb: &str, arguments: &[&str]) -> Ran {
    run(stews(&["fleet", verb, "--server", &nats.url]).args(arguments).timeout(LONG))
}

/// Submits a job whose targets are only looked for WebSockets.
fn submit(nats: &Nats, job: &str, arguments: &[&str]) -> Ran {
    let ran = run(stews(&["fleet", "submit", "--server", &nats.url, "--job", job, "--detect", "--host-delay", "0"])
        .args(arguments));
    assert_eq!((ran.code, ran.out.as_str()), (0, format!("{job}\n").as_str()), "{}", ran.err);
    ran
}

/// Something that runs beside the test, and is killed where that fails.
struct Beside(Option<Child>);

impl Beside {
    fn start(nats: &Nats, verb: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stews"));
        command.args(["fleet", verb, "--server", &nats.url]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        Self(Some(command.spawn().unwrap()))
    }

    fn signal(&self, name: &str) {
        let id = self.0.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Its exit code, and what it said.
    fn end(mut self) -> (Option<i32>, String) {
        let child = self.0.as_mut().unwrap();
        until("it ends", || child.try_wait().unwrap());
        let output = self.0.take().unwrap().wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    fn kill(self) {
        self.signal("-KILL");
        self.end();
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn status(nats: &Nats, job: &str) -> Value {
    let ran = fleet(nats, "status", &["--json", "--job", job]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    serde_json::from_str::<Value>(&ran.out).unwrap()["jobs"][0].clone()
}

fn results(nats: &Nats, job: &str) -> u64 {
    status(nats, job)["results"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

/// How often each target is told in a file of JSON Lines.
fn counts(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        *counts.entry(line["target"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

/// Asserts that each target of a list has one result.
fn each_once(list: &str, results: &str) {
    let counts = counts(results);
    let list = std::fs::read_to_string(list).unwrap();
    assert!(list.lines().all(|target| counts.contains_key(target)), "{} of {}", counts.len(), list.lines().count());
    assert_eq!((counts.len(), counts.values().sum::<usize>()), (list.lines().count(), list.lines().count()));
}

#[test]
fn two_workers_share_a_list_and_each_target_is_collected_once() {
    let Some(nats) = Nats::start() else { return };
    let servers = farm();
    let nobody = format!(
        "ws://127.0.0.1:{}/",
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
    );
    let list = list(&nats, &servers, 25);
    let all = format!("{}{nobody}\n", std::fs::read_to_string(&list).unwrap());
    std::fs::write(&list, &all).unwrap();
    let twice = file(&nats, "twice", &format!("{all}{all}"));
    let told = submit(&nats, "all", &["--chunk", "5", "--file", &twice]);
    assert!(told.err.contains("submitted: 201 targets in 41 chunks; 201 named before\n"), "{}", told.err);
    let workers = ["one", "other"].map(|name| Beside::start(&nats, "work", &["--until-empty", "--name", name]));
    let output = nats.folder().path().join("out.jsonl");
    let name = output.to_str().unwrap();
    let ran = fleet(&nats, "collect", &["--job", "all", "--output", name]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "a WebSocket was found: {}", ran.err);
    assert!(ran.err.contains("201 results written; of all results: 1 unreached.refused, 200 websocket"), "{}", ran.err);
    for worker in workers {
        let (code, err) = worker.end();
        assert_eq!(code, Some(0), "{err}");
    }
    each_once(&list, &std::fs::read_to_string(&output).unwrap());
    let asked: usize = servers.iter().map(|server| server.heads().len()).sum();
    assert_eq!(asked, 200, "nothing was asked twice");
    let status = status(&nats, "all");
    assert_eq!(
        (&status["targets"], &status["chunks"]["done"], &status["chunks"]["waiting"]),
        (&201.into(), &41.into(), &0.into())
    );
    // Collected again, from a file whose last line was cut: what is there stays, and what is not comes.
    let held = std::fs::read(&output).unwrap();
    std::fs::write(&output, &held[..held.len() - 20]).unwrap();
    let ran = fleet(&nats, "collect", &["--job", "all", "--output", name, "--remove"]);
    assert!(ran.code == 0 && ran.err.contains("done: 1 results written"), "{}", ran.err);
    each_once(&list, &std::fs::read_to_string(&output).unwrap());
    let ran = fleet(&nats, "collect", &["--job", "all"]);
    assert!(ran.code == 2 && ran.err.contains("there is no job `all`"), "{}", ran.err);
    // The same again is another job, though its messages are those of the first.
    submit(&nats, "all", &["--chunk", "5", "--file", &list]);
    assert_eq!(fleet(&nats, "work", &["--until-empty"]).code, 0);
    each_once(&list, &fleet(&nats, "collect", &["--job", "all"]).out);
}

#[test]
fn what_a_killed_worker_had_in_hand_goes_to_another() {
    let Some(nats) = Nats::start() else { return };
    let servers = farm();
    let list = list(&nats, &servers, 40);
    // Slowly, so that it is killed in the middle.
    submit(
        &nats,
        "killed",
        &["--chunk", "4", "--rate", "100", "--ack-wait", "1500", "--max-deliver", "9", "-f", &list],
    );
    for _ in 0..2 {
        let before = results(&nats, "killed");
        let worker = Beside::start(&nats, "work", &["--concurrency", "8"]);
        until("some is found", || (results(&nats, "killed") > before + 30).then_some(()));
        worker.kill();
    }
    assert!(results(&nats, "killed") < 320, "it was over");
    let workers = [(); 2].map(|()| Beside::start(&nats, "work", &["--until-empty", "--job", "killed"]));
    let ran = fleet(&nats, "collect", &["--job", "killed"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    each_once(&list, &ran.out);
    workers.into_iter().for_each(|worker| assert_eq!(worker.end().0, Some(0)));
    assert_eq!(status(&nats, "killed")["set_aside"], Value::Array(Vec::new()));
}

#[test]
fn a_server_that_is_away_for_a_while_is_waited_for() {
    let Some(mut nats) = Nats::start() else { return };
    let servers = farm();
    let list = list(&nats, &servers, 40);
    submit(&nats, "away", &["--chunk", "4", "--rate", "100", "--ack-wait", "2000", "--max-deliver", "9", "-f", &list]);
    let worker = Beside::start(&nats, "work", &["--until-empty"]);
    until("some is found", || (results(&nats, "away") > 60).then_some(()));
    nats.restart(Duration::from_secs(1));
    let (code, err) = worker.end();
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("is lost; trying again") && err.contains("is there again"), "{err}");
    let ran = fleet(&nats, "collect", &["--job", "away"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    each_once(&list, &ran.out);
}

#[test]
fn a_worker_with_another_database_refuses() {
    let Some(nats) = Nats::start() else { return };
    let server = Server::start(Manner::Strict);
    let target = server.url();
    let ran = fleet(&nats, "submit", &["--job", "judged", &target]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut database = Database::embedded().unwrap();
    database.behaviours.pop();
    let other = file(&nats, "database.json", &database.to_text());
    let ran = fleet(&nats, "work", &["--job", "judged", "--db", &other]);
    assert!(ran.code == 2 && ran.err.contains("job `judged` was submitted with the database "), "{}", ran.err);
    let ran = fleet(&nats, "work", &["--until-empty", "--db", &other]);
    assert!(ran.code == 0 && ran.err.starts_with("warning: job `judged` was submitted with"), "{}", ran.err);
    assert!(server.heads().is_empty(), "something was sent");
    assert_eq!(fleet(&nats, "work", &["--until-empty"]).code, 0);
    let ran = fleet(&nats, "collect", &["--job", "judged"]);
    each_once(&file(&nats, "list", &format!("{target}\n")), &ran.out);
    // As a scan of its own would end.
    assert_eq!(ran.code, run(stews(&["--jsonl", &target]).args(["--skip-invalid"])).code, "{}", ran.err);
}

#[test]
fn a_chunk_that_its_workers_die_of_is_set_aside() {
    let Some(nats) = Nats::start() else { return };
    let servers = farm();
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let poison = format!("ws://127.0.0.1:{}/", silent.local_addr().unwrap().port());
    let list = list(&nats, &servers, 2);
    submit(&nats, "poisoned", &["--ack-wait", "2000", "--max-deliver", "1", "--timeout", "60", &poison]);
    let worker = Beside::start(&nats, "work", &["--name", "doomed"]);
    until("the target is looked at", || (status(&nats, "poisoned")["chunks"]["under_way"] == 1).then_some(()));
    let held = silent.accept().unwrap();
    worker.kill();
    drop(held);
    // What is no chunk is set aside as well.
    nats.publish("stews.work.poisoned.7", "{}");
    let ran = fleet(&nats, "work", &["--until-empty"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = fleet(&nats, "collect", &["--job", "poisoned"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""), "{}", ran.err);
    assert!(ran.err.contains("chunk 0 is set aside: it was begun 1 time, and never done, by doomed;"), "{}", ran.err);
    assert!(ran.err.contains("a message is set aside: it is no chunk: missing field"), "{}", ran.err);
    assert!(ran.err.contains(&format!("no result: {poison}\n")), "{}", ran.err);
    // Others are none the worse for it.
    submit(&nats, "good", &["-f", &list]);
    assert_eq!(fleet(&nats, "work", &["--until-empty"]).code, 0);
    each_once(&list, &fleet(&nats, "collect", &["--job", "good"]).out);
}

#[test]
fn a_submission_that_was_killed_is_gone_on_with() {
    let Some(nats) = Nats::start() else { return };
    let servers = farm();
    let list = list(&nats, &servers, 100);
    let job = ["--job", "long", "--detect", "--host-delay", "0", "--chunk", "5", "--backlog", "60", "-f", &list];
    let submitting = Beside::start(&nats, "submit", &job);
    until("there is no room for more", || {
        let ran = fleet(&nats, "status", &["--json"]);
        let jobs: Value = serde_json::from_str(&ran.out).ok()?;
        (jobs["jobs"][0]["chunks"]["waiting"].as_u64()? == 60).then_some(())
    });
    submitting.kill();
    let ran = fleet(&nats, "collect", &["--job", "long", "--now"]);
    assert!(ran.code == 5 && ran.out.is_empty(), "{}", ran.err);
    let worker = Beside::start(&nats, "work", &[]);
    let ran = fleet(&nats, "submit", &job);
    assert_eq!((ran.code, ran.out.as_str()), (0, "long\n"), "{}", ran.err);
    assert!(ran.err.contains("submitted: 800 targets in 160 chunks\n"), "{}", ran.err);
    let ran = fleet(&nats, "collect", &["--job", "long"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    each_once(&list, &ran.out);
    worker.signal("-TERM");
    assert_eq!(worker.end().0, Some(143));
    let asked: usize = servers.iter().map(|server| server.heads().len()).sum();
    assert_eq!(asked, 800, "nothing was asked twice");
    // Again it is nothing new, and something else is told.
    assert_eq!(fleet(&nats, "submit", &job).code, 0);
    let ran = fleet(&nats, "submit", &["--job", "long", "--detect", "-f", &list]);
    assert!(ran.code == 2 && ran.err.contains("job `long` is there with other options"), "{}", ran.err);
    std::fs::write(&list, "ws://127.0.0.1:1/\n").unwrap();
    let ran = fleet(&nats, "submit", &job);
    assert!(ran.code == 2 && ran.err.contains("job `long` is there with another list"), "{}", ran.err);
}

#[test]
fn an_interrupt_gives_back_what_is_left() {
    let Some(nats) = Nats::start() else { return };
    let servers = farm();
    let list = list(&nats, &servers, 30);
    // Were nothing given back, others would have to wait for a minute.
    submit(&nats, "given-back", &["--chunk", "30", "--rate", "50", "-f", &list]);
    let worker = Beside::start(&nats, "work", &["--concurrency", "64"]);
    until("some is found", || (results(&nats, "given-back") > 20).then_some(()));
    worker.signal("-INT");
    let (code, err) = worker.end();
    assert_eq!(code, Some(130), "{err}");
    let found = results(&nats, "given-back");
    let left = status(&nats, "given-back");
    assert_eq!((&left["chunks"]["under_way"], left["workers"].as_array().unwrap().len()), (&0.into(), 0), "{left}");
    assert!(found < 240 && left["chunks"]["waiting"].as_u64() > Some(0), "{left}");
    assert_eq!(fleet(&nats, "work", &["--until-empty"]).code, 0);
    let ran = fleet(&nats, "collect", &["--job", "given-back"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    each_once(&list, &ran.out);
}

#[test]
fn what_is_to_be_left_alone_is_counted_and_fields_travel() {
    let Some(nats) = Nats::start() else { return };
    let servers = farm();
    let list = list(&nats, &servers[..2], 3);
    let excluded = file(&nats, "excluded", "127.0.0.3\n");
    let fields = file(&nats, "fields", "X-Token: secret-1\n");
    let named = format!("ws://localhost:{}/", servers[0].port);
    let fields = format!("@{fields}");
    let told =
        submit(&nats, "some", &["-f", &list, &named, "--exclude-file", &excluded, "-H", &fields, "--cookie", "a=b"]);
    assert!(
        told.err.contains("3 to be left alone") && told.err.contains("are stored on the NATS server"),
        "{}",
        told.err
    );
    // Where a name leads is seen by workers alone, each of which may leave more alone.
    let more = file(&nats, "more", "127.0.0.1\n::1\n");
    assert_eq!(fleet(&nats, "work", &["--until-empty", "--exclude-file", &more]).code, 0);
    let ran = fleet(&nats, "collect", &["--job", "some"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 3), "{}", ran.err);
    assert!(ran.err.contains("1 targets are left alone"), "{}", ran.err);
    assert!(servers[1].heads().is_empty(), "it was connected to");
    assert_eq!(servers[0].values("X-Token").into_iter().collect::<Vec<_>>(), ["secret-1"]);
    assert_eq!(servers[0].values("Cookie").into_iter().collect::<Vec<_>>(), ["a=b"]);
}

#[test]
fn what_is_wrong_with_a_nats_server_is_told_without_secrets() {
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let url = format!("nats://me:secret-1@127.0.0.1:{nobody}");
    let ran = run(stews(&["fleet", "status", "--server", &url]).args::<[&str; 0], _>([]));
    assert_eq!(ran.code, 4);
    assert!(ran.err.starts_with(&format!("error: no NATS server is reached at 127.0.0.1:{nobody}: ")), "{}", ran.err);
    assert!(!ran.err.contains("secret-1"), "{}", ran.err);
    let Some(plain) = Nats::start_with(&[]) else { return };
    let ran = fleet(&plain, "status", &[]);
    assert!(ran.code == 4 && ran.err.contains("has no JetStream"), "{}", ran.err);
    let Some(guarded) = Nats::start_with(&["-js", "--user", "me", "--pass", "secret@2"]) else { return };
    let with = |password: &str| guarded.url.replace("nats://", &format!("nats://me:{password}@"));
    let ran = run(stews(&["fleet", "status", "--server", &with("secret-1")]).args::<[&str; 0], _>([]));
    assert!(ran.code == 2 && ran.err.contains("does not let us in") && !ran.err.contains("secret"), "{}", ran.err);
    let ran = run(stews(&["fleet", "status"]).env("NATS_URL", with("secret%402")));
    assert_eq!((ran.code, ran.out.as_str()), (0, "no jobs\n"), "{}", ran.err);
    for name in ["a.b", "", "*"] {
        let ran = fleet(&guarded, "collect", &["--job", name]);
        assert!(ran.code == 2 && ran.err.contains("is no name for a job"), "{}", ran.err);
    }
}
