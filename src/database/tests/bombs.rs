//! Files that others wrote to do harm: small ones that come to much, endless ones, and those that speak to the terminal.

use std::fmt::Write as _;
use std::io::Write as _;

use super::*;

fn refused(text: &str) -> String {
    let error = Database::from_text(text, "x.json").expect_err("it is refused").to_string();
    assert!(error.len() < 500 && !error.chars().any(char::is_control), "{error}");
    error
}

/// A database of these parts, each as it stands in the file.
fn file(probes: &str, lines: &str, behaviours: &str) -> String {
    let releases = if behaviours.is_empty() { String::new() } else { releases("1", "1") };
    file_with_releases(probes, lines, behaviours, &releases)
}

fn file_with_releases(probes: &str, lines: &str, behaviours: &str, releases: &str) -> String {
    format!(
        r#"{{"schema": 6, "probe_set": "", "probes": {{{probes}}}, "lines": [{lines}], "values": [], "behaviours": [{behaviours}], "releases": [{releases}]}}"#
    )
}

/// The releases of the product `p`, of one line.
fn releases(line: &str, releases: &str) -> String {
    format!(r#"{{"product": "p", "source": null, "lines": [{{"line": "{line}", "releases": "{releases}"}}]}}"#)
}

fn behaviour(product: &str, answers: &str) -> String {
    format!(
        r#"{{"product": "{product}", "engine": "e", "framework": null, "versions": ["1"], "twins": [], "answers": "{answers}"}}"#
    )
}

fn probes(numbers: impl Iterator<Item = usize>) -> String {
    numbers.map(|number| format!(r#""{number}": """#)).collect::<Vec<_>>().join(", ")
}

/// 30,000 lines, each a letter longer than the one before: 349 kB came to 438 MB.
#[test]
fn lines_that_grow_each_from_the_one_before_are_not_written_out() {
    let lines: Vec<String> = (0..30_000).map(|shared| format!("\"{shared} |a\"")).collect();
    let bomb = file("", &lines.join(","), "");
    assert!(bomb.len() < 400_000);
    let told = refused(&bomb);
    assert!(told.contains("its lines come to more than ") && told.ends_with("that they are stored in"), "{told}");
    let long = file("", &format!("\"0 |{}\",\"1100000 |a\"", "a".repeat(1_100_000)), "");
    assert!(refused(&long).contains("a line of it has more than 1048576 bytes"));
    let few = file("", "\"0 |a\",\"1 |a\",\"2 |a\"", "");
    assert!(Database::from_text(&few, "x.json").is_ok(), "a few of them are lines like any");
}

/// 2,000 behaviours of 59,900 probes in 627 kB came to 929 MB.
#[test]
fn runs_of_answers_are_not_written_out_without_end() {
    let many = behaviour("p", "0x59900");
    let told = refused(&file(&probes(100..60_000), "\"0 |a\"", &many));
    assert!(told.contains("the number of probe 1000 has not three digits"), "{told}");
    let runs = vec![behaviour("p", "0x900"); 1112].join(",");
    assert!(runs.len() < 150_000);
    let told = refused(&file(&probes(100..1000), "\"0 |a\"", &runs));
    assert!(told.ends_with("it has more than 1000000 answers"), "{told}");
    let mut word = "0".to_owned();
    (0..64).for_each(|_| word.push_str("+0"));
    let told = refused(&file(&probes(100..1000), "\"0 |a\"", &behaviour("p", &format!("{word}x900"))));
    assert!(told.ends_with("the answers of `p` do not read"), "{told}");
}

#[test]
fn long_lists_are_not_read_to_their_end() {
    let lines = vec!["\"\""; 100_001].join(",");
    assert!(refused(&file("", &lines, "")).contains("a list has more than 100000 members"));
    let behaviours = vec![behaviour("p", ""); 10_001].join(",");
    assert!(refused(&file("", "", &behaviours)).contains("a list has more than 10000 members"));
    let versions = vec!["\"1\""; 1001].join(",");
    let told = refused(&file("", "", &behaviour("p", "").replace("\"1\"", &versions)));
    assert!(told.contains("a list has more than 1000 members"), "{told}");
}

#[test]
fn releases_are_held_to_limits_and_have_each_recorded_version_once() {
    let told = |all: &str| refused(&file_with_releases("", "", &behaviour("p", ""), all));
    assert!(told("").ends_with("it has no releases of `p`"));
    for wrong in ["2", "", "1\\t1"] {
        let told = told(&releases("1", wrong));
        assert!(told.ends_with("the releases of `p` do not have each recorded version once"), "{told}");
    }
    let many = releases("1", &vec!["1"; 200_001].join("\\t"));
    assert!(told(&many).ends_with("it has more than 200000 releases"));
    let lines = vec![r#"{"line": "1", "releases": "1"}"#; 201].join(",");
    let lines = releases("1", "1").replace(r#"{"line": "1", "releases": "1"}"#, &lines);
    assert!(told(&lines).contains("a list has more than 200 members"), "{}", told(&lines));
    let products = vec![releases("1", "1"); 10_001].join(",");
    assert!(told(&products).contains("a list has more than 10000 members"));
}

#[test]
fn probes_stand_in_the_order_of_their_numbers_and_once() {
    for wrong in [r#""204": "", "203": """#, r#""203": "", "203": """#] {
        let told = refused(&file(wrong, "", ""));
        assert!(told.contains("probe 203 is not in the order of numbers"), "{told}");
    }
}

/// Schema 3 was read as today's where its form happened to fit.
#[test]
fn the_schema_is_looked_at_before_anything_else() {
    let good = derive(&[recording("ws", "8", &[(203, "close 1002 | fin")])], &[]).to_text();
    for text in [good, file(&probes(100..60_000), "", "")] {
        let told = refused(&text.replace("\"schema\": 6", "\"schema\": 3"));
        assert_eq!(told, "`x.json` has schema 3; this version of stews reads schema 6");
    }
    let text = recording("ws", "8", &[(203, "| fin")]).to_text().replace("\"schema\": 1", "\"schema\": 2");
    let told = Recording::from_text(&text, "y.json").expect_err("another schema").to_string();
    assert_eq!(told, "`y.json` has schema 2; this version of stews reads schema 1");
}

/// What a terminal takes for orders, what turns the direction of a text, and what nobody sees.
const UNPRINTABLE: [&str; 6] = ["\u{1b}]0;owned\u{7}", "\u{9b}31m", "\u{202e}", "\u{200b}", "\n", "\u{7f}"];

/// A database with a list of one release, in a line of its own.
fn derived(release: &str, line: &str) -> Database {
    let releases = vec![Release { version: release.to_owned(), pre_release: false, refused: None }];
    let lines = vec![ReleaseLine { line: line.to_owned(), releases }];
    let list = Releases { product: "ws".to_owned(), source: Some("npm ws".to_owned()), lines };
    derive(&[recording("ws", "8.0", &[(203, "| fin")])], &[list])
}

#[test]
fn names_that_speak_to_the_terminal_are_refused_and_told_escaped() {
    let good = derive(&[recording("ws", "8.0", &[(203, "| fin")])], &[]);
    for letters in UNPRINTABLE {
        let name = format!("x{letters}");
        let told = |change: &dyn Fn(&mut Behaviour)| {
            let mut wrong = good.clone();
            change(&mut wrong.behaviours[0]);
            refused(&wrong.to_text())
        };
        for (what, told) in [
            ("product", told(&|known| known.product.clone_from(&name))),
            ("engine", told(&|known| known.engine.clone_from(&name))),
            ("framework", told(&|known| known.framework = Some(name.clone()))),
            ("version", told(&|known| known.versions.push(name.clone()))),
            ("twin", told(&|known| known.twins.push(name.clone()))),
            ("release", refused(&derived(&name, "1").to_text())),
            ("line", refused(&derived("1", &name).to_text())),
        ] {
            let shown = format!("the {what} `{}` holds a character that cannot be printed", name.escape_debug());
            assert!(told.ends_with(&shown), "{told}");
        }
        let mut set = good.clone();
        set.probe_set.clone_from(&name);
        assert!(refused(&set.to_text()).contains("the set of probes `x"));
        let json = serde_json::to_string(&name).unwrap();
        let told = refused(&file(&format!("\"203\": {json}"), "", ""));
        assert!(told.contains("the hash `x"), "{told}");
        let line = serde_json::to_string(&format!("0 |{name}")).unwrap();
        assert!(refused(&file("", &line, "")).ends_with("is not printable ASCII"));
    }
    let long_release = "9".repeat(201);
    assert!(refused(&derived(&long_release, "9").to_text()).ends_with("has more than 200 characters"));
    assert!(Database::from_text(&derived("8 ü", "8").to_text(), "x.json").is_ok(), "letters of any script");
    let mut long = good.clone();
    long.behaviours[0].product = "ü".repeat(201);
    assert!(refused(&long.to_text()).ends_with("has more than 200 characters"));
    let long = derive(&[recording(&"ü".repeat(200), "8.0", &[(203, "| fin")])], &[]);
    assert!(Database::from_text(&long.to_text(), "x.json").is_ok(), "letters of any script");
}

#[test]
fn a_recording_is_held_to_the_same() {
    let good = recording("ws", "8.0", &[(203, "| fin")]);
    for letters in UNPRINTABLE {
        let changes: [fn(&mut Recording, String); 6] = [
            |recording, name| recording.product = name,
            |recording, name| recording.version = name,
            |recording, name| recording.framework = Some(name),
            |recording, name| recording.provenance.packages.push(name),
            |recording, name| recording.provenance.image = Some(name),
            |recording, name| recording.observations.get_mut(&ProbeId::new(203)).unwrap().probe_set = Some(name),
        ];
        for change in changes {
            let mut wrong = good.clone();
            change(&mut wrong, format!("x{letters}"));
            let told = Recording::from_text(&wrong.to_text(), "y.json").expect_err("unprintable").to_string();
            assert!(told.ends_with("holds a character that cannot be printed"), "{told}");
            assert!(!told.chars().any(char::is_control), "{told}");
        }
    }
    let line = good.to_text().replace("\"| fin\"", "\"HTTP/1.1 200 {A: \u{9b}} | fin\"");
    let told = Recording::from_text(&line, "y.json").expect_err("unprintable").to_string();
    assert!(told.ends_with("is not printable ASCII"), "{told}");
}

/// An endless device, and a file that is longer than any of ours.
#[test]
fn a_file_is_read_no_further_than_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.json");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(b"{").unwrap();
    // All but the first byte is a hole, which reads as NULs.
    file.set_len(1 << 27).unwrap();
    let told = Database::load(&path).unwrap_err().to_string();
    assert!(told.contains("is longer than 64 MiB, which no stews database is"), "{told}");
    let told = Recording::load(&path).unwrap_err().to_string();
    assert!(told.contains("is longer than 4 MiB, which no stews recording is"), "{told}");
    #[cfg(unix)]
    for load in [|path: &Path| Database::load(path).map(drop), |path: &Path| Recording::load(path).map(drop)] {
        let told = load(Path::new("/dev/zero")).unwrap_err().to_string();
        assert!(told.contains("expected value at line 1 column 1"), "{told}");
    }
}

#[test]
fn what_is_wrong_with_a_form_is_told_in_a_line() {
    let mut text = "{\"".to_owned();
    write!(text, "{}\": 1}}", "x".repeat(100_000)).unwrap();
    let told = refused(&text);
    assert!(told.contains("unknown field `xxx") && told.contains("… at line 1 column "), "{told}");
}
