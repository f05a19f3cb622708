//! The arrows between the rooms of `src/` and of `xtask/src/`, and the rules that a compiler does not hold. See `ARCHITECTURE.md`.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A room and the rooms it may use.
type Arrow = (&'static str, &'static [&'static str]);

/// Each room of `src/` and the rooms it may use, in arrow order.
const ARROWS: &[Arrow] = &[
    ("wire", &[]),
    ("target", &[]),
    ("connection", &["wire", "target"]),
    ("probe", &["wire"]),
    ("observation", &["wire"]),
    ("play", &["wire", "probe", "observation"]),
    ("scan", &["wire", "target", "connection", "probe", "observation", "play"]),
    ("features", &["wire", "probe", "observation"]),
    ("findings", &["wire", "probe", "observation"]),
    ("database", &["wire", "probe", "observation", "features"]),
    ("export", &["wire", "probe", "observation", "features", "database"]),
    ("identify", &["probe", "observation", "features", "database"]),
    ("report", &["wire", "target", "probe", "observation", "scan", "findings", "database", "identify"]),
    ("fleet", &["target", "connection", "scan"]),
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
            "findings",
            "database",
            "export",
            "identify",
            "report",
            "fleet",
        ],
    ),
];

/// Each room of `xtask/src/` and the rooms it may use, in arrow order. Nothing uses `verbs`.
const WORKBENCH: &[Arrow] = &[
    ("support", &[]),
    ("playground", &["support"]),
    ("record", &["support", "playground"]),
    ("releases", &["support", "playground"]),
    ("bisect", &["support", "playground", "record"]),
    ("conditions", &["support", "playground", "record"]),
    ("field", &["support", "playground"]),
    ("evaluate", &["support", "conditions", "field"]),
    ("discover", &["support", "playground"]),
    ("fuzz", &["support", "playground", "conditions"]),
    ("fuzz_parsers", &["support"]),
    ("cost", &["support", "playground", "evaluate"]),
    ("bench", &["support", "playground", "conditions", "evaluate"]),
    ("pages", &["support", "playground", "evaluate", "cost"]),
    ("site", &["support", "playground", "conditions", "evaluate", "cost", "pages"]),
    (
        "verbs",
        &[
            "support",
            "playground",
            "record",
            "releases",
            "bisect",
            "conditions",
            "field",
            "evaluate",
            "discover",
            "fuzz",
            "fuzz_parsers",
            "cost",
            "bench",
            "pages",
            "site",
        ],
    ),
];

/// Rooms whose files may not reach, over however many others, a file of another room.
const OUT_OF_REACH: &[(&str, &str, &str)] =
    &[("evaluate", "playground", "evaluation is offline: it reads committed files and starts no server")];

/// Files whose code may be longer than [`LONG`] lines, each with its reason.
const LONG_FOR_A_REASON: &[(&str, &str)] = &[
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

/// A crate of the workspace: its folder, and the arrows between its rooms.
struct Crate {
    folder: &'static str,
    arrows: &'static [Arrow],
}

const CRATES: [Crate; 2] = [Crate { folder: "src", arrows: ARROWS }, Crate { folder: "xtask/src", arrows: WORKBENCH }];

/// The segments of a module: `src/play/inbox.rs` is `["play", "inbox"]`, and `src/lib.rs` is the root, which has none.
fn module(path: &str, folder: &str) -> Vec<String> {
    let inside = path.strip_prefix(folder).unwrap().trim_start_matches('/').trim_end_matches(".rs");
    inside.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

/// The room of a module: `play` of `["play", "inbox"]`, and nothing of the root.
fn room(module: &[String]) -> &str {
    module.first().map_or("", String::as_str)
}

/// What a `use` brings in: a path, and the name that it is called by.
#[derive(Debug, PartialEq, Eq)]
struct Import {
    path: Vec<String>,
    name: String,
}

/// What a statement brings in, groups in braces included; nothing if it is no `use`.
fn imports(statement: &str) -> Vec<Import> {
    let statement = statement.trim();
    let Some((before, tree)) = statement.split_once("use ") else { return Vec::new() };
    if !(before.is_empty() || before.starts_with("pub")) {
        return Vec::new();
    }
    let mut found = Vec::new();
    unfold(&[], tree.trim_end_matches(';'), &mut found);
    found
}

/// Adds the members of a use tree below a path.
fn unfold(above: &[String], tree: &str, found: &mut Vec<Import>) {
    let tree = tree.trim();
    let (head, group) = tree.split_once('{').map_or((tree, None), |(head, group)| (head, Some(group)));
    let (head, alias) = head.split_once(" as ").map_or((head, None), |(head, alias)| (head, Some(alias.trim())));
    let mut path = above.to_vec();
    path.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
    if let Some(group) = group {
        for member in top_level(group).into_iter().filter(|member| !member.is_empty()) {
            unfold(&path, member, found);
        }
        return;
    }
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let name = alias.map(str::to_owned).or_else(|| path.last().cloned()).unwrap_or_default();
    found.push(Import { path, name });
}

/// The paths in a line of code that begin with one of these heads.
fn mentions(line: &str, heads: &BTreeSet<&str>) -> Vec<Vec<String>> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let chains = line.split(|letter: char| !is_part(letter)).map(|chain| chain.trim_end_matches(':'));
    let paths = chains.map(|chain| chain.split("::").map(str::to_owned).collect::<Vec<String>>());
    paths.filter(|path| path.len() > 1 && heads.contains(path[0].as_str())).collect()
}

/// One file, as the others see it.
#[derive(Default)]
struct Source {
    path: String,
    imports: Vec<Import>,
    mentions: Vec<Vec<String>>,
}

/// The files of a crate by module, and the modules that each uses.
struct Graph {
    sources: BTreeMap<Vec<String>, Source>,
    used: BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
}

impl Graph {
    /// That of these files: paths with their texts.
    fn new(folder: &str, files: &[(String, String)]) -> Self {
        let mut sources = BTreeMap::new();
        for (path, text) in files.iter().filter(|(path, _)| !is_test(path) && !path.ends_with("/main.rs")) {
            let statements = statements(text);
            let children: Vec<&str> = statements.iter().filter_map(|line| child(line)).collect();
            let heads: BTreeSet<&str> = ["crate", "super", "self"].into_iter().chain(children).collect();
            let imports: Vec<Import> = statements.iter().flat_map(|line| imports(line)).collect();
            let is_use = |line: &&String| !imports_anything(line);
            let mentions = statements.iter().filter(is_use).flat_map(|line| mentions(line, &heads)).collect();
            sources.insert(module(path, folder), Source { path: path.clone(), imports, mentions });
        }
        let mut graph = Self { sources, used: BTreeMap::new() };
        graph.used = graph.sources.keys().map(|module| (module.clone(), graph.uses_of(module))).collect();
        graph
    }

    /// The module whose file holds what a path in `from` names; `None` if it is of another crate.
    fn resolve(&self, from: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
        let (mut at, mut rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (from.to_vec(), &path[1..]),
            "super" => (from[..from.len().saturating_sub(1)].to_vec(), &path[1..]),
            child => {
                let child = [from, &[child.to_owned()]].concat();
                self.sources.contains_key(&child).then_some((child, &path[1..]))?
            }
        };
        while let Some((next, after)) = rest.split_first() {
            if next == "super" {
                at.pop();
            } else if self.sources.contains_key(&[&at[..], std::slice::from_ref(next)].concat()) {
                at.push(next.clone());
            } else {
                // A name that the file has from elsewhere is followed to where it is from.
                let import = self.sources.get(&at)?.imports.iter().find(|import| import.name == *next);
                let Some(import) = import.filter(|_| depth < 8) else { break };
                let path = [&import.path[..], after].concat();
                return self.resolve(&at, &path, depth + 1).or(Some(at));
            }
            rest = after;
        }
        Some(at)
    }

    /// The modules that a module uses.
    fn uses_of(&self, module: &[String]) -> BTreeSet<Vec<String>> {
        let source = &self.sources[module];
        let paths = source.imports.iter().map(|import| &import.path).chain(&source.mentions);
        let mut used: BTreeSet<Vec<String>> = paths.filter_map(|path| self.resolve(module, path, 0)).collect();
        used.remove(module);
        used
    }

    /// All modules that a module reaches over others.
    fn reached(&self, module: &[String]) -> BTreeSet<Vec<String>> {
        let (mut reached, mut next) = (BTreeSet::new(), vec![module.to_vec()]);
        while let Some(module) = next.pop() {
            for used in &self.used[&module] {
                if self.sources.contains_key(used) && reached.insert(used.clone()) {
                    next.push(used.clone());
                }
            }
        }
        reached
    }

    /// By room, each use that is part of a circle.
    fn circles(&self) -> BTreeMap<String, BTreeSet<String>> {
        let reached: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> =
            self.sources.keys().map(|module| (module, self.reached(module))).collect();
        let mut circles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (module, source) in &self.sources {
            let back = self.used[module].iter().filter(|other| {
                reached[module].contains(*other) && reached.get(other).is_some_and(|all| all.contains(module))
            });
            let lines: Vec<String> =
                back.map(|other| format!("{} uses {}", source.path, self.sources[other].path)).collect();
            if !lines.is_empty() {
                circles.entry(room(module).to_owned()).or_default().extend(lines);
            }
        }
        circles
    }
}

/// The name of the module that a line declares, if it declares one.
fn child(line: &str) -> Option<&str> {
    let declared = line.trim().strip_suffix(';')?;
    let (before, name) = declared.split_once("mod ")?;
    (before.is_empty() || before.starts_with("pub")).then_some(name)
}

fn imports_anything(line: &str) -> bool {
    !imports(line).is_empty()
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
    for Crate { folder, arrows } in CRATES {
        let graph = Graph::new(folder, &files(folder));
        for (module, source) in graph.sources.iter().filter(|(module, _)| !module.is_empty()) {
            let (path, room_here) = (&source.path, room(module));
            let Some((_, may)) = arrows.iter().find(|(name, _)| *name == room_here) else {
                wrong.push(format!(
                    "{path}: `{room_here}` is a new room; add it to the arrows in tests/architecture.rs"
                ));
                continue;
            };
            for other in &graph.used[module] {
                if room(other) != room_here && !may.contains(&room(other)) {
                    wrong.push(format!("{path}: `{room_here}` must not use `{}`", other.join("::")));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nMove the code to a room that may know both, pass the value in as an argument, or, where the arrow itself is \
         wrong, change the arrows here and the code map in ARCHITECTURE.md together.",
        wrong.join("\n")
    );
}

#[test]
fn arrows_point_one_way() {
    for Crate { folder, arrows } in CRATES {
        for (index, (room, may)) in arrows.iter().enumerate() {
            let before: Vec<_> = arrows[..index].iter().map(|(name, _)| *name).collect();
            for other in *may {
                assert!(before.contains(other), "{room} -> {other}: put each room after those that it uses");
            }
            let exists = root().join(format!("{folder}/{room}.rs")).exists();
            assert!(exists, "{folder}/{room}.rs is gone: take `{room}` out of the arrows and of ARCHITECTURE.md");
        }
    }
}

#[test]
fn files_use_each_other_in_no_circle() {
    for Crate { folder, .. } in CRATES {
        let circles = Graph::new(folder, &files(folder)).circles();
        let lines: Vec<&String> = circles.values().flatten().collect();
        assert!(lines.is_empty(), "{lines:#?}\nMove what both use into a file of its own, below both.");
    }
}

#[test]
fn what_is_out_of_reach_is_not_reached_over_others() {
    let graph = Graph::new("xtask/src", &files("xtask/src"));
    for (from, to, why) in OUT_OF_REACH {
        for (module, source) in graph.sources.iter().filter(|(module, _)| room(module) == *from) {
            let reached = graph.reached(module);
            let wrong: Vec<String> =
                reached.iter().filter(|other| room(other) == *to).map(|other| other.join("::")).collect();
            assert!(wrong.is_empty(), "{} reaches {}: {why}", source.path, wrong.join(", "));
        }
    }
}

#[test]
fn the_reader_of_this_test_reads() {
    let names = |statement: &str| {
        imports(statement).into_iter().map(|import| (import.path.join("::"), import.name)).collect::<Vec<_>>()
    };
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(path, name)| ((*path).to_owned(), (*name).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(
        names("use crate::{scan::{self, Scan}, wire as codec};"),
        pairs(&[("crate::scan", "scan"), ("crate::scan::Scan", "Scan"), ("crate::wire", "codec")])
    );
    assert_eq!(names("pub use frame::Frame;"), pairs(&[("frame::Frame", "Frame")]));
    assert_eq!(names("let because = 1;"), pairs(&[]));
    let heads = BTreeSet::from(["crate", "super"]);
    let all = mentions("let x = crate::play::play(super::find(), other::a());", &heads);
    assert_eq!(all, [vec!["crate", "play", "play"], vec!["super", "find"]]);
    let text = "use a;\n#[cfg(test)]\nmod tests {\n    use crate::cli;\n}\n// crate::cli\n\nfn b() {}\n";
    assert_eq!(code(text), ["use a;", "fn b() {}"]);
    assert_eq!(code("#[cfg(test)]\nmod tests;\nfn b() {}"), ["fn b() {}"]);
    assert_eq!(statements("use crate::{\n    wire,\n    scan,\n};\nfn b() {}").len(), 2);
}

#[test]
fn the_graph_of_this_test_follows_names_and_finds_circles() {
    let graph = |files: &[(&str, &str)]| {
        let files: Vec<(String, String)> =
            files.iter().map(|(path, text)| (format!("src/{path}"), (*text).to_owned())).collect();
        Graph::new("src", &files)
    };
    // `b` has from the parent what the parent has from `a`: no circle.
    let facade = graph(&[
        ("lib.rs", "pub mod room;"),
        ("room.rs", "mod a;\nmod b;\npub use a::A;\npub use b::B;"),
        ("room/a.rs", "pub struct A;"),
        ("room/b.rs", "use super::A;\npub struct B(A);"),
    ]);
    let module = |segments: &[&str]| segments.iter().map(|part| (*part).to_owned()).collect::<Vec<String>>();
    assert_eq!(facade.used[&module(&["room", "b"])], BTreeSet::from([module(&["room", "a"])]));
    assert!(facade.circles().is_empty(), "{:?}", facade.circles());
    // What the parent itself holds is one.
    let held = graph(&[
        ("room.rs", "mod a;\npub struct B;\nfn c() {\n    a::a();\n}"),
        ("room/a.rs", "pub fn a() -> super::B {\n    super::B\n}"),
    ]);
    assert_eq!(held.circles().keys().collect::<Vec<_>>(), ["room"]);
    let siblings =
        graph(&[("room/a.rs", "use super::b::B;"), ("room/b.rs", "use crate::room::a::A;"), ("room.rs", "mod a;")]);
    assert_eq!(siblings.circles()["room"].len(), 2);
    assert!(siblings.reached(&module(&["room", "a"])).contains(&module(&["room", "a"])));
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
            assert!(
                !text.contains(manifest),
                "{path} names {manifest}: containers belong to xtask/src/playground/containers.rs"
            );
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
    for Crate { folder, arrows } in CRATES {
        for (room, _) in arrows {
            let name = format!("{folder}/{room}");
            assert!(page.contains(&format!("`{name}")), "give `{name}` a row in the code map of ARCHITECTURE.md");
        }
    }
}
