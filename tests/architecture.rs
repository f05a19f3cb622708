//! The arrows between the rooms of `src/`, and the rules that a compiler does not hold. See `ARCHITECTURE.md`.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may use, in arrow order.
const ARROWS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("target", &[]),
    ("connection", &["wire", "target"]),
    ("probe", &["wire"]),
    ("observation", &["wire"]),
    ("play", &["wire", "probe", "observation"]),
    ("scan", &["wire", "target", "connection", "probe", "observation", "play"]),
    ("features", &["wire", "probe", "observation"]),
    ("database", &["probe", "observation", "features"]),
    ("identify", &["probe", "observation", "features", "database"]),
    ("report", &["wire", "target", "probe", "observation", "scan", "database", "identify"]),
    (
        "cli",
        &[
            "wire",
            "target",
            "connection",
            "probe",
            "observation",
            "play",
            "scan",
            "features",
            "database",
            "identify",
            "report",
        ],
    ),
];

/// Files whose code may be longer than [`LONG`] lines, each with its reason.
const LONG_FOR_A_REASON: &[(&str, &str)] = &[
    ("src/play/inbox.rs", "one state machine from bytes to events; cut in two it would share all its state"),
    ("src/play/session.rs", "one conversation over one stream; its steps share the deadline and the inbox"),
    ("src/wire/frame.rs", "the frame codec: both directions side by side, so that they can be compared"),
    ("src/observation/notation.rs", "the text notation: writer and reader side by side, so that they can be compared"),
];

/// The most lines of code in a file, tests, comments and empty lines not counted.
const LONG: usize = 300;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, with its path from the root.
fn files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push((name(&path), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn name(path: &Path) -> String {
    let parts: PathBuf = path.strip_prefix(root()).unwrap().into();
    parts.iter().map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("/")
}

/// A file that is a test module as a whole.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// The text without comments and without what stands under `#[cfg(test)]`.
fn code(text: &str) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            skip_item(&mut lines);
        } else if !line.trim().is_empty() && !line.trim_start().starts_with("//") {
            kept.push(line);
        }
    }
    kept
}

/// Skips one item: to its semicolon, or to the brace that closes at its own indentation.
fn skip_item<'a>(lines: &mut impl Iterator<Item = &'a str>) {
    let Some(first) = lines.find(|line| !line.trim_start().starts_with("#[")) else { return };
    if first.trim_end().ends_with(['{', '(']) {
        let end = format!("{}}}", &first[..first.len() - first.trim_start().len()]);
        lines.find(|line| line.trim_end() == end);
    }
}

/// The room of a file: `src/play/inbox.rs` and `src/play.rs` are in `play`.
fn room(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap();
    inside.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The rooms that follow `crate::` in a line, groups in braces included.
fn used(line: &str) -> BTreeSet<&str> {
    let mut rooms = BTreeSet::new();
    for rest in line.split("crate::").skip(1) {
        let heads: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => top_level(group),
            None => vec![rest],
        };
        for head in heads {
            let end = head.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(head.len());
            rooms.insert(&head[..end]);
        }
    }
    rooms.remove("");
    rooms
}

/// The members of a group, without those of groups inside it.
fn top_level(group: &str) -> Vec<&str> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0, 0);
    for (index, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                members.push(group[start..index].trim());
                return members;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                members.push(group[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    members.push(group[start..].trim());
    members
}

/// The code with each `use` on one line, so that groups over several lines are read whole.
fn statements(text: &str) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    let mut open = false;
    for line in code(text) {
        match statements.last_mut() {
            Some(last) if open => last.push_str(line.trim()),
            _ => statements.push(line.to_owned()),
        }
        let start = statements.last().unwrap().trim_start();
        let is_use = start.starts_with("use ") || (start.starts_with("pub") && start.contains(" use "));
        open = is_use && !line.trim_end().ends_with(';');
    }
    statements
}

#[test]
fn rooms_use_only_what_comes_before_them() {
    let mut wrong = Vec::new();
    for (path, text) in files("src") {
        let room = room(&path);
        if is_test(&path) || matches!(room, "main" | "lib") {
            continue;
        }
        let Some((_, may)) = ARROWS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{path}: `{room}` is a new room; add it to ARROWS in tests/architecture.rs"));
            continue;
        };
        for line in statements(&text) {
            for other in used(&line).into_iter().filter(|other| *other != room && !may.contains(other)) {
                wrong.push(format!("{path}: `{room}` must not use `{other}`: {}", line.trim()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nMove the code to a room that may know both, pass the value in as an argument, or, where the arrow itself is \
         wrong, change ARROWS here and the code map in ARCHITECTURE.md together.",
        wrong.join("\n")
    );
}

#[test]
fn arrows_point_one_way() {
    for (index, (room, may)) in ARROWS.iter().enumerate() {
        let before: Vec<_> = ARROWS[..index].iter().map(|(name, _)| *name).collect();
        for other in *may {
            assert!(
                before.contains(other),
                "{room} -> {other}: order ARROWS so that each room comes after what it uses"
            );
        }
        let exists = root().join(format!("src/{room}.rs")).exists();
        assert!(exists, "src/{room}.rs is gone: take `{room}` out of ARROWS and of ARCHITECTURE.md");
    }
}

#[test]
fn the_reader_of_this_test_reads() {
    assert_eq!(used("use crate::wire::{Header, frame};"), BTreeSet::from(["wire"]));
    assert_eq!(used("use crate::{scan::{self, Scan}, wire};"), BTreeSet::from(["scan", "wire"]));
    assert_eq!(used("let x = crate::play::play(crate::probe::find());"), BTreeSet::from(["play", "probe"]));
    let text = "use a;\n#[cfg(test)]\nmod tests {\n    use crate::cli;\n}\n// crate::cli\n\nfn b() {}\n";
    assert_eq!(code(text), ["use a;", "fn b() {}"]);
    assert_eq!(code("#[cfg(test)]\nmod tests;\nfn b() {}"), ["fn b() {}"]);
    assert_eq!(statements("use crate::{\n    wire,\n    scan,\n};\nfn b() {}").len(), 2);
}

#[test]
fn main_is_short() {
    let lines = fs::read_to_string(root().join("src/main.rs")).unwrap().lines().count();
    assert!(lines < 40, "src/main.rs has {lines} lines; move what it does into src/cli/");
}

#[test]
fn a_module_is_a_file_with_its_name() {
    for (path, _) in files("src").into_iter().chain(files("xtask/src")) {
        assert!(!path.ends_with("/mod.rs"), "{path}: rename it after its folder (foo/mod.rs becomes foo.rs)");
    }
}

#[test]
fn only_the_workbench_knows_containers() {
    for manifest in ["testcontainers", "bollard"] {
        let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(!text.contains(manifest), "Cargo.toml names {manifest}: containers belong to xtask/Cargo.toml");
        for (path, text) in files("src") {
            assert!(!text.contains(manifest), "{path} names {manifest}: containers belong to xtask/src/containers.rs");
        }
    }
}

#[test]
fn nothing_exits_but_main() {
    for (path, text) in files("src").into_iter().chain(files("xtask/src")) {
        let found = code(&text).iter().any(|line| line.contains("process::exit"));
        assert!(!found, "{path} exits the process: return an exit code or an error to main instead");
    }
}

#[test]
fn files_are_short_or_say_why() {
    let mut wrong = Vec::new();
    for (path, text) in files("src").into_iter().chain(files("xtask/src")) {
        let lines = code(&text).len();
        let excused = LONG_FOR_A_REASON.iter().any(|(file, _)| *file == path);
        if lines > LONG && !is_test(&path) && !excused {
            wrong.push(format!("{path} has {lines} lines of code"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nSplit it along what changes together, or add it with its reason to LONG_FOR_A_REASON in \
         tests/architecture.rs.",
        wrong.join("\n")
    );
    for (path, _) in LONG_FOR_A_REASON {
        assert!(root().join(path).exists(), "{path} is gone: take it out of LONG_FOR_A_REASON");
    }
}

/// The dependencies that a manifest names, with the names that code calls them by.
fn dependencies(manifest: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if let Some((name, _)) = line.split_once(" =").filter(|_| inside) {
            found.push((name.to_owned(), name.replace('-', "_")));
        }
    }
    found
}

#[test]
fn every_dependency_has_its_reason() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for manifest in ["Cargo.toml", "xtask/Cargo.toml"] {
        let names = dependencies(manifest);
        assert!(names.len() > 5, "{manifest} was not read");
        for (name, called) in names {
            let folders = if manifest == "Cargo.toml" { ["src", "tests"] } else { ["xtask/src", "xtask/tests"] };
            let used = folders.iter().flat_map(|folder| files(folder)).any(|(_, text)| text.contains(&called));
            assert!(used, "{manifest}: nothing uses `{name}`; take it out");
            let reasoned = page.contains(&format!("`{name}`"));
            assert!(reasoned, "{manifest}: give `{name}` a row with its reason in ARCHITECTURE.md");
        }
    }
}

/// A file that the crate embeds and the package lacks would be missed only by those who build the package.
#[test]
fn the_package_holds_what_the_crate_embeds() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut embedded = BTreeSet::new();
    for (_, text) in files("src") {
        let inside = text.split("include_str!(\"").chain(text.split("include_bytes!(\"")).map(str::to_owned);
        let paths = inside.filter(|rest| rest.starts_with("../"));
        embedded.extend(paths.map(|rest| rest.split('"').next().unwrap().replace("../", "/").replace("//", "/")));
    }
    assert!(embedded.contains("/fingerprints/database.json"), "{embedded:?}");
    for path in embedded {
        assert!(manifest.contains(&format!("\"{path}\"")), "name `{path}` under `include` in Cargo.toml");
    }
}

#[test]
fn the_code_map_is_complete() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rooms = ARROWS.iter().map(|(room, _)| format!("src/{room}"));
    let verbs = files("xtask/src").into_iter().map(|(path, _)| path["xtask/src/".len()..].to_owned());
    for name in rooms.chain(verbs) {
        assert!(page.contains(&format!("`{name}")), "give `{name}` a row in the code map of ARCHITECTURE.md");
    }
}
