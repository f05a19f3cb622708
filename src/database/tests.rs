mod advisories;
mod bombs;

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::observation::Observation;
use crate::probe::ProbeId;

fn run(lines: &[(u16, &str)]) -> BTreeMap<ProbeId, Observation> {
    lines.iter().map(|(number, line)| (ProbeId::new(*number), line.parse().expect(line))).collect()
}

fn recording(product: &str, version: &str, lines: &[(u16, &str)]) -> Recording {
    Recording::of_runs(product, version, &[run(lines), run(lines)])
}

#[test]
fn the_embedded_database_reads_and_is_current() {
    let database = Database::embedded().unwrap();
    assert_eq!(database.probe_set, crate::probe::set_hash(), "run `cargo xtask regenerate`");
    assert_eq!(Database::from_text(&database.to_text(), "text").unwrap(), database);
}

#[test]
fn the_embedded_database_is_derived_from_the_recordings() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fingerprints/recordings");
    let files = Recording::load_all(&folder).unwrap();
    let sets = ProbeSets::load_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fingerprints/probe_sets")).unwrap();
    assert_eq!(check_all(&files, &sets), Vec::<String>::new());
    let mut recordings: Vec<Recording> = files.into_iter().map(|(_, recording)| recording).collect();
    recordings.iter_mut().for_each(|recording| drop(sets.drop_stale(recording)));
    let releases = Releases::load_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fingerprints/releases")).unwrap();
    assert!(derive(&recordings, &releases) == Database::embedded().unwrap(), "out of date; run `cargo xtask derive`");
}

#[test]
fn a_recording_is_one_probe_a_line_and_comes_back() {
    let recording =
        recording("ws", "8.0.0", &[(100, "text 1 echo, fence, text 1 echo | alive"), (203, "close 1002 | fin")]);
    let text = recording.to_text();
    assert!(text.contains("\n    \"203\": {\"close 1002 | fin\":2}\n"), "{text}");
    assert_eq!(serde_json::from_str::<Recording>(&text).unwrap(), recording);
}

#[test]
fn runs_that_differ_are_counted_and_can_be_taken_out() {
    let one = run(&[(203, "close 1002 | fin")]);
    let other = run(&[(203, "close 1002 | reset")]);
    let recording = Recording::of_runs("ws", "8.0.0", &[one.clone(), other, one]);
    let probe = ProbeId::new(203);
    let counted = |lines: &[(&str, u32)]| -> Counted {
        lines.iter().map(|(line, count)| (line.parse().unwrap(), *count)).collect()
    };
    let both = counted(&[("close 1002 | fin", 2), ("close 1002 | reset", 1)]);
    assert_eq!(recording.observations[&probe].seen, both);
    let lines: Vec<String> = (0..3).map(|index| recording.run(index)[&probe].to_string()).collect();
    assert_eq!(lines, ["close 1002 | fin", "close 1002 | fin", "close 1002 | reset"]);
    assert_eq!(recording.without_run(2).observations[&probe].seen, counted(&[("close 1002 | fin", 2)]));
    assert_eq!(recording.without_run(0).runs, 2);
}

/// What was recorded with another set of probes says so in its own line, and comes back.
#[test]
fn a_probe_that_was_recorded_by_itself_names_its_set_in_its_line() {
    let mut later = recording("ws", "8.0.0", &[(203, "close 1002 | fin"), (204, "| fin")]);
    later.observations.get_mut(&ProbeId::new(204)).unwrap().probe_set = Some("0123".into());
    let text = later.to_text();
    assert!(text.contains("\n    \"204\": {\"probe_set\":\"0123\",\"seen\":{\"| fin\":2}}\n"), "{text}");
    assert_eq!(serde_json::from_str::<Recording>(&text).unwrap(), later);
    assert_eq!([203, 204].map(|probe| later.probe_set_of(ProbeId::new(probe)).len()), [40, 4]);
}

#[test]
fn a_recording_that_does_not_read_says_where() {
    let text = recording("ws", "8.0.0", &[(203, "close 1002 | fin")]).to_text();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("ws")).unwrap();
    let path = folder.path().join("ws/8.0.0.json");
    for (from, to, what) in [
        ("close 1002", "clause 1002", "`clause 1002 | fin`"),
        ("\"203\"", "\"2o3\"", "`2o3`"),
        ("\"runs\": 2", "\"runs\": 2,", "line"),
        ("\"schema\": 1", "\"schema\": 7", "schema 7"),
        ("\"version\"", "\"varsion\"", "varsion"),
    ] {
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let error = Recording::load_all(folder.path()).unwrap_err().to_string();
        assert!(error.contains("ws/8.0.0.json") && error.contains(what), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(Recording::load_all(folder.path()).unwrap_err().to_string().starts_with("cannot read `"));
    assert!(Recording::load_all(&folder.path().join("nowhere")).is_err());
}

/// java-websocket 1.5.3 and 1.5.7 were once two behaviours only because long payloads were sent to one of them.
#[test]
fn behaviours_are_compared_on_what_both_were_asked() {
    let close = (203, "close 1002 | fin");
    let database = derive(
        &[
            recording("ws", "1", &[close]),
            recording("ws", "2", &[close, (204, "| fin")]),
            recording("ws", "3", &[close, (204, "close | fin")]),
            recording("ws", "4", &[(205, "| fin")]),
            recording("gorilla", "1", &[close, (206, "| fin")]),
        ],
        &[],
    );
    let known: Vec<_> =
        database.behaviours.iter().map(|known| format!("{} {}", known.product, known.versions.join(" "))).collect();
    assert_eq!(known, ["gorilla 1", "ws 1 2", "ws 3", "ws 4"], "nothing says that 4 is like any other");
    assert_eq!(database.behaviours[0].twins, ["ws"]);
    assert_eq!(database.behaviours[3].twins, Vec::<String>::new());
}

/// ws 1.1.0 takes any length, and 1.1.5 no more than 100 MiB; bisection asked them no rung in common above 64 MiB.
#[test]
fn a_limit_that_the_other_exceeds_makes_two_behaviours() {
    let (waits, refuses) = ("| silent", "close 1009 | fin");
    let of = |version, lines: &[(u16, &str)]| recording("ws", version, &[&[(203, "| fin")], lines].concat());
    let (limited, unlimited) =
        (of("1.1.5", &[(632, waits), (633, refuses)]), of("1.1.0", &[(632, waits), (634, waits)]));
    let database = derive(&[limited, unlimited, of("1.1.6", &[(632, waits)])], &[]);
    let [one, other] = &database.behaviours[..] else { panic!("{:?}", versions(&database)) };
    let known = Advisory {
        ids: vec!["NSWG-ECO-120".to_owned()],
        product: "ws".to_owned(),
        title: "no limit".to_owned(),
        affected: vec![Affected { introduced: "0".to_owned(), fixed: Some("1.1.1".to_owned()), last_affected: None }],
        severity: None,
        published: None,
        source: String::new(),
    };
    let Told::Compared { probes, .. } = known.told(&known.affected[0], &database) else { panic!("both are recorded") };
    assert_eq!(probes, [ProbeId::new(633)]);
    assert_eq!(database.differences(one, other, Scope::Everything), [], "the ladder is in no default set");
}

/// A recording of runs that each answered probe 203 with one of these lines.
fn racing(version: &str, lines: &[(&str, usize)]) -> Recording {
    let runs = lines.iter().flat_map(|(line, count)| std::iter::repeat_n(run(&[(203, line)]), *count));
    Recording::of_runs("ws", version, &runs.collect::<Vec<_>>())
}

fn versions(database: &Database) -> Vec<String> {
    database.behaviours.iter().map(|known| known.versions.join(" ")).collect()
}

/// Kestrel of .NET 9 and 10 races its own end; three runs of each saw it win a race on other probes, and made two of them.
#[test]
fn versions_that_race_alike_are_one_behaviour_and_its_shares_are_kept() {
    let (sent, lost) = ("close 1002 | reset", "| reset");
    let database = derive(&[racing("9", &[(sent, 1), (lost, 2)]), racing("10", &[(lost, 3)])], &[]);
    assert_eq!(versions(&database), ["9 10"]);
    let answers: Vec<_> = database.answers(&database.behaviours[0], ProbeId::new(203)).collect();
    assert_eq!(answers, [(sent, 1), (lost, 5)]);
    let apart = derive(&[racing("9", &[(sent, 8), (lost, 1)]), racing("10", &[(lost, 9)])], &[]);
    assert_eq!(versions(&apart), ["9", "10"], "nine runs of which none won the race are no chance");
    let [one, other] = &apart.behaviours[..] else { panic!("there are two") };
    assert_eq!(apart.differences(one, other, Scope::Everything), [ProbeId::new(203)]);
    assert!(apart.to_text().contains(r#""answers": "1*9""#), "more runs than usual are told: {}", apart.to_text());
    assert_eq!(Database::from_text(&apart.to_text(), "text").unwrap(), apart);
    let coded = [("close 1002 | fin", 2), ("close 1002 | reset", 1)];
    let database = derive(&[racing("9", &coded), racing("10", &[("close 1007 | fin", 3)])], &[]);
    assert_eq!(versions(&database), ["9", "10"], "it races in how it ends, not in the code");
}

#[test]
fn one_that_races_brings_no_two_together_that_differ() {
    let (sent, lost) = ("close 1002 | reset", "| reset");
    let all = [racing("1", &[(sent, 3)]), racing("2", &[(sent, 2), (lost, 1)]), racing("3", &[(lost, 3)])];
    assert_eq!(versions(&derive(&all, &[])), ["1 2", "3"]);
    assert_eq!(versions(&derive(&all[1..], &[])), ["2 3"]);
}

#[test]
fn versions_that_behave_alike_share_an_entry() {
    let close = [(203, "close 1002 | fin")];
    let database = derive(
        &[
            recording("ws", "8.10.0", &close),
            recording("ws", "8.9.0", &close),
            recording("ws", "6.0.0", &[(203, "| fin")]),
        ],
        &[],
    );
    let versions: Vec<_> = database.behaviours.iter().map(|behaviour| behaviour.versions.join(" ")).collect();
    assert_eq!(versions, ["6.0.0", "8.9.0 8.10.0"]);
    let answers: Vec<_> = database.answers(&database.behaviours[1], ProbeId::new(203)).collect();
    assert_eq!(answers, [("close 1002 | fin", 1)]);
}

#[test]
fn twins_name_each_other_and_banners_do_not_part_them() {
    let with = |banner: &str| format!("HTTP/1.1 101 X {{Server: {banner}}} | alive");
    let database = derive(
        &[
            recording("ws", "1", &[(309, &with("a"))]),
            recording("gorilla", "1", &[(309, &with("b"))]),
            recording("tornado", "1", &[(309, "HTTP/1.1 101 Y {} | alive")]),
        ],
        &[],
    );
    let twins: Vec<_> =
        database.behaviours.iter().map(|known| (known.product.as_str(), known.twins.join(" "))).collect();
    assert_eq!(twins, [("gorilla", "ws".to_owned()), ("tornado", String::new()), ("ws", "gorilla".to_owned())]);
}

#[test]
fn each_check_has_its_complaint() {
    let mut wrong = recording("sw", "1", &[(203, "close 1002 | fin")]);
    wrong.provenance.probe_set = "old".into();
    let answers = |line: &str, count| Answers { seen: [(line.parse().unwrap(), count)].into(), probe_set: None };
    wrong.observations.insert(ProbeId::new(203), answers("HTTP/1.1 101 X {Server: \"a\"} | fin", 7));
    let mut odd = recording("ws", "1", &[(203, "close 1002 | fin")]);
    odd.observations.insert(ProbeId::new(998), answers("| fin", 2));
    let elsewhere = Answers { probe_set: Some("older".into()), ..answers("| fin", 2) };
    odd.observations.insert(ProbeId::new(204), elsewhere);
    let complaints = check_all(&[("elsewhere.json".into(), wrong), ("ws/1.json".into(), odd)], &ProbeSets::today());
    for part in [
        "belongs at sw/1.json",
        "not in fingerprints/products.json; write `playground/sw/server.json`",
        "probe 203: not as the tool writes it",
        "no probe `998` in its set",
        "7 observations in 2 runs",
        "no fingerprints/probe_sets/old.json",
        "no fingerprints/probe_sets/older.json",
    ] {
        assert!(complaints.iter().any(|complaint| complaint.contains(part)), "{part}: {complaints:?}");
    }
}

/// The hash of every probe is what is committed: whoever changes what a probe sends, by intention or not, sees it here.
#[test]
fn todays_probes_are_stored() {
    let (name, text) = ProbeSets::stored_today();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fingerprints/probe_sets").join(name);
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == text,
        "probes send something else than in any stored set; if that is wanted, run `cargo xtask derive`"
    );
}

#[test]
fn an_observation_is_current_as_long_as_its_probe_sends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let hash = |number: u16| crate::probe::find(ProbeId::new(number)).unwrap().content_hash();
    let then = format!(r#"{{"203": "{}", "204": "0123", "999": "4567"}}"#, hash(203));
    std::fs::write(folder.path().join("then.json"), then).unwrap();
    let sets = ProbeSets::load_all(folder.path()).unwrap();
    let mut old = recording("ws", "8", &[(203, "close 1002 | fin"), (204, "| fin"), (999, "| fin"), (205, "| fin")]);
    assert_eq!(sets.drop_stale(&mut old.clone()), [ProbeId::new(999)], "made with today's");
    old.provenance.probe_set = "then".into();
    let stale = [204, 205, 999].map(ProbeId::new);
    assert_eq!(sets.drop_stale(&mut old), stale);
    assert_eq!(old.observations.keys().copied().collect::<Vec<_>>(), [ProbeId::new(203)]);
    assert!(!sets.is_current("nowhere", ProbeId::new(203)));
}

#[test]
fn what_another_version_sent_otherwise_is_dropped_and_told() {
    let text = derive(&[recording("ws", "8", &[(203, "close 1002 | fin"), (204, "| fin")])], &[]).to_text();
    let hash = crate::probe::find(ProbeId::new(204)).unwrap().content_hash();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("database.json");
    for (from, to, stale) in [(hash.as_str(), "0123", 204), ("\"204\"", "\"299\"", 299)] {
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let database = Database::load(&path).unwrap();
        assert_eq!(database.dropped(), [ProbeId::new(stale)]);
        assert_eq!(database.behaviours[0].probes().collect::<Vec<_>>(), [ProbeId::new(203)]);
        assert!(!database.to_text().contains("\"204\""), "{}", database.to_text());
    }
    std::fs::write(&path, text).unwrap();
    assert!(Database::load(&path).unwrap().dropped().is_empty());
}

#[test]
fn another_schema_is_refused_in_words() {
    let error = Database::from_text(r#"{"schema":9,"probe_set":"","behaviours":[]}"#, "x.json").unwrap_err();
    assert_eq!(error.to_string(), "`x.json` has schema 9; this version of stews reads schema 6");
}

#[test]
fn a_database_that_contradicts_itself_is_refused_in_words() {
    let good = derive(&[recording("ws", "8", &[(203, "close 1002 | fin"), (204, "| fin")])], &[]).to_text();
    assert!(good.contains(r#""answers": "0 1""#), "{good}");
    for (from, to, what) in [
        (r#""0 1""#, r#""0 2""#, "the answers of `ws` do not read"),
        (r#""0 1""#, r#""0""#, "the answers of `ws` do not read"),
        (r#""0 1""#, r#""0*0 1""#, "the answers of `ws` do not read"),
        (r#""0 1""#, r#""0 1 -""#, "the answers of `ws` do not read"),
        (r#""0 1""#, r#""0x3""#, "the answers of `ws` do not read"),
        (r#""0 1""#, r#""0x0 0 1""#, "the answers of `ws` do not read"),
        (r#""versions": ["8"]"#, r#""versions": []"#, "a behaviour of `ws` has no version"),
        ("|| fin", "|alpha", "its lines are not sorted"),
        ("|| fin", "", "its lines do not read"),
        ("\"values\": [", "\"values\": [\"x\",", "its values do not read"),
        ("\"values\": [", "\"values\": [\"ffffffffffffffff\",", "its facts and values do not go together"),
    ] {
        let wrong = good.replace(from, to);
        assert_ne!(wrong, good, "{from}");
        let error = Database::from_text(&wrong, "x.json").unwrap_err().to_string();
        assert_eq!(error, format!("`x.json` is not a stews database: {what}"));
    }
}

#[test]
fn probes_in_a_row_that_are_answered_alike_are_stored_as_one() {
    let same = derive(
        &[
            recording("ws", "8", &[(203, "| fin"), (204, "| fin"), (205, "close 1002 | fin")]),
            recording("ws", "9", &[(205, "| fin")]),
        ],
        &[],
    );
    let text = same.to_text();
    assert!(text.contains(r#""answers": "1x2 0""#) && text.contains(r#""answers": "-x2 1""#), "{text}");
    assert_eq!(Database::from_text(&text, "text").unwrap(), same);
}

#[test]
fn runs_that_differ_come_back_from_the_file_and_can_be_taken_out() {
    let one = run(&[(203, "close 1002 | fin"), (204, "| fin")]);
    let other = run(&[(203, "| fin"), (204, "| fin")]);
    let recording = Recording::of_runs("ws", "8", &[one.clone(), other, one]);
    let database = derive(std::slice::from_ref(&recording), &[]);
    assert!(database.to_text().contains(r#""answers": "0*2+1*1 1""#), "{}", database.to_text());
    assert_eq!(Database::from_text(&database.to_text(), "text").unwrap(), database);
    let answers = |run: u32| {
        let rest = database.without_run(&recording, run);
        let lines = rest.answers(&rest.behaviours[0], ProbeId::new(203)).map(|(line, _)| line.to_owned());
        lines.collect::<Vec<_>>()
    };
    let both = ["close 1002 | fin", "| fin"];
    assert_eq!([answers(0), answers(1), answers(2)], [&both[..], &both[..], &both[..1]]);
}

#[test]
fn a_version_is_left_out_of_all_products_of_its_package() {
    let list = |product: &str, package: &str| {
        let lines = serde_json::json!([{"line": "all", "releases": [{"version": "1"}, {"version": "2"}]}]);
        let list = serde_json::json!({"product": product, "source": format!("pypi {package}"), "lines": lines});
        Releases::read(&list.to_string()).unwrap()
    };
    let recorded = ["ws", "gorilla", "tornado"].map(|product| recording(product, "1", &[(203, "| fin")]));
    let more = [recording("ws", "2", &[(203, "| reset")]), recording("gorilla", "2", &[(203, "| reset")])];
    let lists = [list("ws", "a"), list("gorilla", "a"), list("tornado", "b")];
    let rest = derive(&[&recorded[..], &more].concat(), &lists).without_version("ws", "1");
    let left = rest.behaviours.iter().map(|known| (known.product.as_str(), known.versions.join(" ")));
    assert_eq!(left.collect::<Vec<_>>(), [("gorilla", "2".into()), ("tornado", "1".into()), ("ws", "2".into())]);
}

#[test]
fn behaviours_that_differ_only_in_header_fields_have_one_library() {
    let with = |reason: &str| format!("HTTP/1.1 400 {reason} {{}} | fin");
    let database = derive(
        &[
            recording("ws", "1", &[(300, &with("a")), (203, "close 1002 | fin")]),
            recording("gorilla", "1", &[(300, &with("b")), (203, "close 1002 | fin")]),
        ],
        &[],
    );
    assert_eq!(database.alike(Scope::Everything), Vec::<Vec<&Behaviour>>::new());
    assert_eq!(database.alike(Scope::Library)[0].len(), 2);
    let (one, other) = (&database.behaviours[0], &database.behaviours[1]);
    assert_eq!(database.differences(one, other, Scope::Everything), [ProbeId::new(300)]);
    assert_eq!(database.differences(one, other, Scope::Library), []);
}
