//! What the tool knows, as JSON: what is in it, and that `docs/data.md` says so.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use server::{run, stews};
use stews::database::{Recording, Releases, derive};
use stews::probe::{ALL, ProbeId};

/// A database of two products, with a release between two recorded ones.
fn database(folder: &Path) -> String {
    let recording = |product: &str, version: &str, lines: &[(u16, &str)]| {
        let run = || lines.iter().map(|(number, line)| (ProbeId::new(*number), line.parse().unwrap())).collect();
        Recording::of_runs(product, version, &[run(), run()])
    };
    let recordings = [
        recording("gorilla", "v1.5.3", &[(203, "close 1002 | fin"), (300, "HTTP/1.1 400 Bad Request {} | fin")]),
        recording("tornado", "6.6.1", &[(203, "close 1002 | fin"), (300, "HTTP/1.1 426 No {} | fin")]),
        recording("ws", "7.5.14", &[(203, "| fin"), (300, "HTTP/1.1 400 Bad Request {} | fin")]),
        recording("ws", "8.23.0", &[(203, "close 1002 | reset")]),
        recording("ws", "8.9.0", &[(203, "close 1002 | reset")]),
    ];
    let releases =
        ["7.5.13", "7.5.14", "8.9.0", "8.10.0", "8.23.0"].map(|version| serde_json::json!({"version": version}));
    let lines = serde_json::json!([{"line": "7 and 8", "releases": releases}]);
    let list = serde_json::json!({"product": "ws", "source": "npm ws", "lines": lines});
    let path = folder.join("small.json");
    std::fs::write(&path, derive(&recordings, &[Releases::read(&list.to_string()).unwrap()]).to_text()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn document(arguments: &[&str]) -> Value {
    let ran = run(&mut stews(arguments));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
    serde_json::from_str(&ran.out).unwrap()
}

/// The commands whose documents people read about.
const COMMANDS: [&[&str]; 7] = [
    &["list"],
    &["show", "ws"],
    &["show", "ws@8.10.0"],
    &["diff", "ws@7.5.14", "ws"],
    &["twins"],
    &["advisories", "ws@7.5.14"],
    &["advisories", "gorilla"],
];

#[test]
fn the_database_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path());
    for arguments in COMMANDS {
        let mut document = document(&[&["db", "--db", &path, "--json"], arguments].concat());
        // It changes with every probe.
        if let Some(set) = document.get_mut("probe_set") {
            *set = "[probe set]".into();
        }
        let name = format!("db_{}", arguments.join("_").replace(['@', '.'], "_"));
        insta::assert_json_snapshot!(name, document);
    }
}

#[test]
fn probes_as_json() {
    let list = document(&["probes", "--format", "json"]);
    let ids: Vec<u64> = list["probes"].as_array().unwrap().iter().map(|probe| probe["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, ALL.iter().map(|probe| u64::from(probe.id.number())).collect::<Vec<_>>());
    let mut one = document(&["probes", "203", "--json"]);
    one["probe_set"] = "[probe set]".into();
    insta::assert_json_snapshot!("probes_203_json", one);
}

/// The names of all fields but those that are probes.
fn fields(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if name.parse::<u16>().is_err() {
                    all.insert(name.clone());
                }
                fields(value, all);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, all)),
        _ => {}
    }
}

#[test]
fn every_field_is_described() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/data.md")).unwrap();
    let mut all = BTreeSet::new();
    for arguments in COMMANDS {
        let arguments: &[&str] = if arguments == ["show", "ws@8.10.0"] { &["show", "ws@8.19.0"] } else { arguments };
        fields(&document(&[&["db", "--json"], arguments].concat()), &mut all);
    }
    fields(&document(&["probes", "--json"]), &mut all);
    fields(&document(&["probes", "100", "--json"]), &mut all);
    let missing: Vec<&String> = all.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/data.md does not say what these are: {missing:?}");
}

#[test]
fn whoever_mistypes_is_told_what_is_near() {
    for (arguments, part) in [
        (&["db", "show", "gorila"][..], "did you mean `gorilla`"),
        (&["db", "diff", "ws", "tornada", "--json"], "did you mean `tornado`"),
        (&["probes", "99"], "did you mean 100, 101 or 102?"),
    ] {
        let ran = run(&mut stews(arguments));
        assert_eq!((ran.code, ran.out.as_str(), ran.err.lines().count()), (2, "", 1), "{arguments:?}");
        assert!(ran.err.contains(part), "{}", ran.err);
    }
}
