//! The table of evidence, its dictionary, and the command.

use std::collections::BTreeSet;
use std::path::Path;

use stews::database::{Database, Recording};
use stews::export::table::COLUMNS;
use stews::observation::Observation;

use super::server::{run, stews};

fn read(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (head, rows)
}

fn place(name: &str) -> usize {
    COLUMNS.iter().position(|column| column.name == name).unwrap()
}

#[test]
fn the_dictionary_is_that_of_the_columns() {
    let rows =
        COLUMNS.iter().map(|column| format!("| `{}` | {} | {} |\n", column.name, column.kind.word(), column.about));
    let expected: String = rows.collect();
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/data.md")).unwrap();
    assert!(
        page.contains(&expected),
        "write this into docs/data.md, below the head of the table of columns:\n{expected}"
    );
}

/// A row for each version, probe and answer, that says what the database says.
#[test]
fn the_database_is_exported_whole() {
    let database = Database::embedded().unwrap();
    let ran = run(&mut stews(&["export", "csv"]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let (head, rows) = read(&ran.out);
    assert_eq!(head, COLUMNS.map(|column| column.name));
    let mut left = rows.iter();
    for known in &database.behaviours {
        for version in &known.versions {
            for probe in known.probes() {
                for (line, _) in database.answers(known, probe) {
                    let row = left.next().unwrap();
                    let [product, said, number, observed] =
                        ["product", "version", "probe", "observation"].map(|name| &row[place(name)]);
                    assert_eq!((product, said, number.as_str()), (&known.product, version, probe.to_string().as_str()));
                    assert_eq!(observed, line);
                    assert!(
                        row[place("run")].is_empty()
                            && row[place("share")].parse::<f64>().is_ok_and(|share| share > 0.0)
                    );
                }
            }
        }
    }
    assert!(left.next().is_none());
}

/// The parts of an observation say together what the whole says.
#[test]
fn recordings_are_exported_run_by_run() {
    let folder = tempfile::tempdir().unwrap();
    let text = [
        r#"HTTP/1.1 400 Bad Request {Date: <date>, X: "a, b"} body "no\r\n" | fin"#,
        r#"ping 4, close 1002 "bad" | reset"#,
    ];
    let runs = text.map(|line| [(stews::probe::ProbeId::new(203), line.parse::<Observation>().unwrap())].into());
    let recording = Recording::of_runs("ws", "8.0.0", &runs);
    std::fs::create_dir(folder.path().join("ws")).unwrap();
    std::fs::write(folder.path().join(recording.path()), recording.to_text()).unwrap();
    let path = folder.path().join("evidence.csv");
    let arguments =
        ["export", "csv", "--recordings", folder.path().to_str().unwrap(), "--output", path.to_str().unwrap()];
    let ran = run(&mut stews(&arguments));
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let (_, rows) = read(&std::fs::read_to_string(&path).unwrap());
    assert_eq!(rows.len(), 2);
    let told =
        |row: &Vec<String>, names: &[&str]| names.iter().map(|name| row[place(name)].clone()).collect::<Vec<_>>();
    assert_eq!(
        told(
            &rows[0],
            &["run", "share", "reply", "status", "reason", "fields", "body", "frames", "ending", "rfc", "risk"]
        ),
        [
            "1",
            "0.5",
            "response",
            "400",
            "Bad Request",
            r#"[["Date","<date>"],["X","a, b"]]"#,
            "no\\r\\n",
            "0",
            "fin",
            "RFC 6455 section 5.2",
            "malformed"
        ]
    );
    assert_eq!(
        told(&rows[1], &["run", "reply", "status", "frames", "events", "close_code", "close_reason", "ending"]),
        ["2", "usual", "", "2", r#"ping 4, close 1002 "bad""#, "1002", "bad", "reset"]
    );
    assert_eq!(rows.iter().map(|row| row.len()).collect::<BTreeSet<_>>(), [COLUMNS.len()].into());
}

#[test]
fn what_cannot_be_exported_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    for (arguments, code, part) in [
        (&["csv", "--recordings", empty][..], 2, "has no recordings; name the folder"),
        (&["csv", "--recordings", "nowhere"], 2, "cannot read `nowhere`"),
        (&["nmap", "--db", "nowhere.json"], 2, "cannot read `nowhere.json`"),
        (&["nuclei", "--output", "nowhere/x"], 4, "cannot write to `nowhere/x`"),
    ] {
        let ran = run(&mut stews(&[&["export"], arguments].concat()));
        assert_eq!((ran.code, ran.out.as_str(), ran.err.lines().count()), (code, "", 1), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(part), "{arguments:?}: {}", ran.err);
    }
    if !cfg!(feature = "parquet") {
        let ran = run(&mut stews(&["export", "parquet"]));
        assert!(ran.code == 2 && ran.err.contains("--features parquet"), "{}", ran.err);
    }
}

/// The file begins and ends as Parquet does, and has the columns.
#[cfg(feature = "parquet")]
#[test]
fn parquet_has_the_rows_of_the_table() {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.parquet");
    let ran = run(&mut stews(&["export", "parquet", "--output", path.to_str().unwrap()]));
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
    let names: Vec<String> =
        reader.metadata().file_metadata().schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
    assert_eq!(names, COLUMNS.map(|column| column.name));
    let (_, rows) = read(&run(&mut stews(&["export", "csv"])).out);
    assert_eq!(reader.metadata().file_metadata().num_rows(), i64::try_from(rows.len()).unwrap());
    let mut seen = reader.get_row_iter(None).unwrap();
    let first = seen.next().unwrap().unwrap().to_string();
    assert!(first.contains("activej") && first.contains("RFC 6455"), "{first}");
}
