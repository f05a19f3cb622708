//! What programs are given is what `stews schema` says: no field less, none more, each of its type.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Value, json};
use server::{Manner, Server, run, stews};

/// The schema as it is printed, or one in which no object may have a field that is not described.
fn schema(is_strict: bool) -> Validator {
    let mut schema: Value = serde_json::from_str(stews::report::SCHEMA).unwrap();
    if is_strict {
        close(&mut schema);
    }
    // Formats are checked too: the times must be times.
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// Allows no other fields than those that are described.
fn close(schema: &mut Value) {
    if let Value::Object(fields) = schema {
        let is_described = fields.get("properties").is_some_and(Value::is_object);
        if is_described && !fields.contains_key("additionalProperties") && fields.contains_key("required") {
            fields.insert("additionalProperties".to_owned(), json!(false));
        }
        fields.values_mut().for_each(close);
    } else if let Value::Array(values) = schema {
        values.iter_mut().for_each(close);
    }
}

fn check(value: &Value, of: &str) {
    // Of a target alone: what is wrong with it is told better than by "none of these".
    let whole = schema(true);
    let errors: Vec<String> =
        whole.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{of}: {}\n{value:#}", errors.join("\n"));
    assert!(schema(false).is_valid(value));
}

/// What is printed with these arguments, document by document.
fn printed(arguments: &[&str]) -> Vec<Value> {
    let out = run(&mut stews(arguments)).out;
    if arguments.contains(&"--json") {
        return vec![serde_json::from_str(&out).unwrap()];
    }
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_command_prints_the_schema() {
    assert_eq!(run(&mut stews(&["schema"])).out, stews::report::SCHEMA);
    let value: Value = serde_json::from_str(stews::report::SCHEMA).unwrap();
    assert!(jsonschema::meta::is_valid(&value));
}

#[test]
fn every_kind_of_result_is_what_the_schema_says() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let closed = format!("ws://127.0.0.1:{closed}/");
    let mut outcomes = BTreeSet::new();
    for manner in
        [Manner::Strict, Manner::Other, Manner::Says("HTTP/1.1 404 Not Found\r\n\r\n"), Manner::Says("SSH-2.0-x\r\n")]
    {
        let server = Server::start(manner);
        for options in [&["--jsonl"][..], &["--json", "--explain", "--findings"], &["--jsonl", "--detect"]] {
            let url = server.url();
            let arguments = [options, &[&url, &closed, "--timeout", "1", "-H", "Authorization: secret"]].concat();
            for value in printed(&arguments) {
                check(&value, &format!("{arguments:?}"));
                assert!(!value.to_string().contains("secret"));
                let targets = value["targets"].as_array().cloned().unwrap_or_else(|| vec![value]);
                outcomes.extend(targets.iter().map(|target| target["outcome"].as_str().unwrap().to_owned()));
            }
        }
    }
    let all = ["identified", "not_identified", "not_websocket", "unreachable", "websocket"].map(str::to_owned);
    let missing: Vec<&String> = all.iter().filter(|outcome| !outcomes.contains(*outcome)).collect();
    // The servers of these tests are nobody's that is known.
    assert!(missing == ["identified"] || missing.is_empty(), "{outcomes:?} lack {missing:?}");
}

/// Snapshots hold whole results, with words in place of what differs from run to run.
#[test]
fn snapshots_are_what_the_schema_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for folder in ["tests/snapshots", "src/report/snapshots"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let content = text.splitn(3, "---\n").nth(2).unwrap_or_default();
            let Ok(mut value) = serde_json::from_str::<Value>(content) else { continue };
            // What `stews db` and `stews probes` print has a kind and is described elsewhere.
            if value.get("schema").is_none() || value.get("kind").is_some() {
                continue;
            }
            fill(&mut value);
            check(&value, &path.display().to_string());
            checked += 1;
        }
    }
    assert!(checked >= 3, "{checked}");
}

/// Puts in what was taken out.
fn fill(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(fill),
        Value::Array(values) => values.iter_mut().for_each(fill),
        Value::String(text) => match text.as_str() {
            "[measured]" => *value = json!(1),
            "[calibrated]" => *value = json!(0.5),
            "[time]" => *value = json!("2026-12-01T00:00:00Z"),
            _ => {}
        },
        _ => {}
    }
}
