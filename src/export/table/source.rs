//! Where rows come from: a database, or a folder of recordings.

use std::path::{Path, PathBuf};

use super::columns::COLUMNS;
use super::row::{Cell, Row, Server};
use crate::database::{Behaviour, Database, LoadError, Recording};
use crate::observation::Observation;
use crate::probe::{self, ProbeId};

/// The evidence.
#[derive(Clone, Debug)]
pub enum Source {
    /// A database, which has answers by behaviour: each version of a behaviour has a row for each of its answers, and runs are not told.
    Database(Box<Database>),
    /// The files of a folder of recordings, which have the runs of each version.
    Recordings(Vec<PathBuf>),
}

/// What takes rows; whatever goes wrong there ends them.
pub(super) type Sink<'a, E> = dyn FnMut(Vec<Cell>) -> Result<(), E> + 'a;

impl Source {
    /// The recordings below a folder, `<product>/<version>.json` each.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn recordings(folder: &Path) -> Result<Self, LoadError> {
        Recording::paths(folder).map(Self::Recordings)
    }

    /// Gives out all rows, in the order of products, versions, probes and runs. Recordings are read one after the other.
    ///
    /// # Errors
    /// When a recording cannot be read, or what takes the rows fails.
    pub(super) fn each<E: From<LoadError>>(&self, sink: &mut Sink<'_, E>) -> Result<(), E> {
        match self {
            Self::Database(database) => of_database(database, sink),
            Self::Recordings(paths) => paths.iter().try_for_each(|path| of_recording(&Recording::load(path)?, sink)),
        }
    }
}

fn of_database<E>(database: &Database, sink: &mut Sink<'_, E>) -> Result<(), E> {
    for same in database.behaviours.chunk_by(|one, other| one.product == other.product) {
        for (known, number) in same.iter().zip(1..) {
            of_behaviour(database, known, number, sink)?;
        }
    }
    Ok(())
}

fn of_behaviour<E>(database: &Database, known: &Behaviour, number: u64, sink: &mut Sink<'_, E>) -> Result<(), E> {
    for version in &known.versions {
        let server = Server {
            product: known.product.clone(),
            engine: known.engine.clone(),
            framework: known.framework.clone(),
            version: version.clone(),
            behaviour: Some(number),
        };
        for id in known.probes() {
            let answers: Vec<(&str, u32)> = database.answers(known, id).collect();
            let all: u32 = answers.iter().map(|(_, runs)| runs).sum();
            for (line, runs) in answers {
                // What does not read was refused when the database was loaded.
                let Ok(seen) = line.parse::<Observation>() else { continue };
                let share = f64::from(runs) / f64::from(all);
                let row = Row { run: None, share, line, seen: &seen, ..row(&server, id, &database.probe_set) };
                sink(cells(&row))?;
            }
        }
    }
    Ok(())
}

fn of_recording<E>(recording: &Recording, sink: &mut Sink<'_, E>) -> Result<(), E> {
    let server = Server {
        product: recording.product.clone(),
        engine: recording.engine.clone(),
        framework: recording.framework.clone(),
        version: recording.version.clone(),
        behaviour: None,
    };
    for (id, answers) in &recording.observations {
        let all: u32 = answers.seen.values().sum();
        let mut run = 0;
        for (noted, count) in &answers.seen {
            let share = f64::from(*count) / f64::from(all);
            let common = row(&server, *id, recording.probe_set_of(*id));
            let row = Row { share, line: noted.as_str(), seen: noted.observation(), ..common };
            for _ in 0..*count {
                run += 1;
                sink(cells(&Row { run: Some(run), ..row }))?;
            }
        }
    }
    Ok(())
}

/// What a row has that its answer does not say.
fn row<'a>(server: &'a Server, id: ProbeId, probe_set: &'a str) -> Row<'a> {
    Row { server, run: None, share: 0.0, id, probe: probe::find(id).ok(), line: "", seen: &NOTHING, probe_set }
}

/// Stands in a row until there is an answer.
static NOTHING: Observation =
    Observation { reply: crate::observation::Reply::Nothing, events: Vec::new(), end: crate::observation::End::Silent };

fn cells(row: &Row<'_>) -> Vec<Cell> {
    COLUMNS.iter().map(|column| (column.value)(row)).collect()
}
