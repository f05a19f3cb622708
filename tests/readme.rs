//! The commands of the README, one after the other, as somebody types them who reads it for the first time: with hosts of this machine in place of
//! those of the text. What needs more than this machine is named, so that nothing is left out by mistake.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

use std::path::Path;
use std::process::Command;

use server::{Manner, Server};

/// What begins a command that needs more: a broker (tests/broker), cargo and the network, the workbench (its own tests read those), another build.
const ELSEWHERE: [&str; 4] = ["stews fleet ", "cargo install ", "cargo xtask ", "stews export parquet "];

/// The commands of a text: lines of code that begin with a program.
fn commands(text: &str) -> Vec<String> {
    let code = text.lines().filter_map(|line| line.strip_prefix("    "));
    let commands = code.map(|line| line.strip_prefix("$ ").unwrap_or(line));
    let begins = |line: &&str| ["stews ", "cargo ", "subfinder "].iter().any(|program| line.starts_with(program));
    let without_comment = |line: &str| line.split("  #").next().unwrap_or_default().trim_end().to_owned();
    commands.filter(begins).map(without_comment).collect()
}

/// A command with hosts of this machine: traffic goes nowhere else.
fn on_this_machine(command: &str, server: &Server) -> String {
    let here = format!("localhost:{}", server.port);
    let port = server.port.to_string();
    let replaced = [
        ("subfinder …", format!("echo {here}")),
        ("chat.example.org:443", here.clone()),
        ("wss://chat.example.org", format!("ws://{here}")),
        ("https://chat.example.org", "http://localhost".to_owned()),
        ("chat.example.org", "localhost".to_owned()),
        ("front.example.org", "localhost".to_owned()),
        ("localhost:8443", here.clone()),
        ("wss://192.0.2.7", format!("ws://127.0.0.1:{port}")),
        ("192.0.2.7", "127.0.0.1".to_owned()),
        ("192.0.2.1-20", "127.0.0.1-2".to_owned()),
        ("'[2001:db8::]/120'", "127.0.0.3/32".to_owned()),
        ("10.0.0.0/24", "127.0.0.1/32".to_owned()),
        ("[fe80::1%25eth0]:8080", format!("[fe80::1%25lo]:{port}")),
        ("127.0.0.1:8080", format!("127.0.0.1:{port}")),
        ("127.0.0.1:8443", format!("127.0.0.1:{port}")),
        ("127.0.0.1:8970", format!("127.0.0.1:{port}")),
        ("socks5://localhost:1080", "socks5://127.0.0.1:1".to_owned()),
        ("80,443,8000-8010", port.clone()),
        ("80,8080-8090", port.clone()),
        ("--delay 1s", "--delay 1s --max-time 3s".to_owned()),
        ("fingerprints/recordings", "recordings".to_owned()),
    ];
    let text = replaced.iter().fold(command.to_owned(), |text, (from, to)| text.replace(from, to));
    let elsewhere = ["example.org", "192.0.2", "2001:db8", "10.0.0"].iter().find(|host| text.contains(**host));
    assert_eq!(elsewhere, None, "{command} would go to another machine: {text}");
    text
}

fn root(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).display().to_string()
}

/// The files that the README speaks of.
fn write_files(folder: &Path, server: &Server) {
    let identity = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    for (name, text) in [
        ("targets.txt", format!("ws://127.0.0.1:{}/\n", server.port)),
        ("never.txt", "*.example.org\n10.0.0.0/8\n".to_owned()),
        ("paths.txt", "/\n/chat\n".to_owned()),
        ("fields.txt", "Authorization: Bearer x\n".to_owned()),
        ("cookies.txt", "session=1\n".to_owned()),
        ("own.pem", identity.cert.pem()),
        ("me.pem", identity.cert.pem()),
        ("me.key", identity.signing_key.serialize_pem()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    // Those of one product: all of them are half a million rows.
    std::fs::create_dir(folder.join("recordings")).unwrap();
    std::os::unix::fs::symlink(root("fingerprints/recordings/ratchet"), folder.join("recordings/ratchet")).unwrap();
}

#[test]
fn every_command_of_the_readme_does_what_it_is_there_for() {
    let text = std::fs::read_to_string(root("README.md")).unwrap();
    let all = commands(&text);
    let (elsewhere, mine): (Vec<&String>, Vec<&String>) =
        all.iter().partition(|command| ELSEWHERE.iter().any(|begin| command.starts_with(begin)));
    assert!(mine.len() > 30 && elsewhere.len() > 10, "{} and {}", mine.len(), elsewhere.len());
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Manner::Strict);
    write_files(folder.path(), &server);
    let programs = Path::new(env!("CARGO_BIN_EXE_stews")).parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
    for command in mine {
        let here = on_this_machine(command, &server);
        let ran =
            Command::new("sh").args(["-c", &here]).current_dir(folder.path()).env("PATH", &path).output().unwrap();
        let [out, err] = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        // 2 is for what was typed wrongly, 4 for faults; whatever is said of the server is an answer.
        let code = ran.status.code();
        assert!(
            matches!(code, Some(0 | 1 | 3 | 6)) && !err.contains("error: "),
            "{command}\n{here}\n{code:?}: {out}{err}"
        );
        let writes = here.contains("--output") || here.contains("--resume");
        assert!(writes || !out.is_empty(), "{command} says nothing");
    }
}
