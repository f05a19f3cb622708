//! `stews export`: what the database knows, in the forms of other tools.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::args::{Export, Matched, Table, To};
use super::destination::beside;
use super::exit;
use super::list::shown;
use super::output::{self, complain};
use crate::database::{Database, LoadError};
use crate::export::table::{Source, TableError, write_csv};
use crate::export::{Matches, nmap, nuclei, recog};

/// Exports; the exit code.
pub(super) fn run(command: &Export) -> u8 {
    match command {
        Export::Nmap(to) => text(to, nmap),
        Export::Nuclei(to) => text(to, nuclei),
        Export::Recog { matches, to } => text(to, |database| recog(database, (*matches).into())),
        Export::Csv(table) => write_table(table, |source, to| write_csv(source, to)),
        Export::Parquet(table) => parquet(table),
    }
}

/// Where an export goes, if not to standard output.
pub(super) fn file(command: &Export) -> Option<&Path> {
    let to = match command {
        Export::Nmap(to) | Export::Nuclei(to) | Export::Recog { to, .. } => to,
        Export::Csv(table) | Export::Parquet(table) => &table.to,
    };
    to.output.as_deref()
}

fn load(path: Option<&Path>) -> Result<Database, LoadError> {
    let database = path.map_or_else(Database::embedded, Database::load)?;
    output::tell_dropped(&database);
    Ok(database)
}

/// An export that is one text.
fn text(to: &To, of: impl Fn(&Database) -> String) -> u8 {
    match load(to.database.as_deref()) {
        Ok(database) => {
            let text = of(&database);
            write(to.output.as_deref(), |to| Ok(to.write_all(text.as_bytes())?))
        }
        Err(error) => complain(&error.to_string(), exit::USAGE),
    }
}

/// An export that is a table.
fn write_table(table: &Table, of: impl Fn(&Source, &mut dyn Write) -> Result<(), TableError>) -> u8 {
    let source = match &table.recordings {
        Some(folder) => Source::recordings(folder),
        None => load(table.to.database.as_deref()).map(|database| Source::Database(Box::new(database))),
    };
    match source {
        Ok(Source::Recordings(none)) if none.is_empty() => {
            let folder = table.recordings.as_deref().map_or_else(String::new, shown);
            complain(
                &format!("`{folder}` has no recordings; name the folder that has one folder a product"),
                exit::USAGE,
            )
        }
        Ok(source) => write(table.to.output.as_deref(), |to| of(&source, to)),
        Err(error) => complain(&error.to_string(), exit::USAGE),
    }
}

#[cfg(feature = "parquet")]
fn parquet(table: &Table) -> u8 {
    use std::io::IsTerminal as _;
    if table.to.output.is_none() && io::stdout().is_terminal() {
        return complain(
            "Parquet is nothing for a terminal; write it to a file with --output evidence.parquet",
            exit::USAGE,
        );
    }
    write_table(table, |source, to| crate::export::table::write_parquet(source, to))
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: &Table) -> u8 {
    let how = "build it with `cargo install --path . --features parquet`, or take `stews export csv`, which has the same columns";
    complain(&format!("this build of stews cannot write Parquet; {how}"), exit::USAGE)
}

/// Writes to standard output, or to a file that takes its place once it is whole.
fn write(path: Option<&Path>, of: impl FnOnce(&mut dyn Write) -> Result<(), TableError>) -> u8 {
    let Some(path) = path else {
        let mut out = BufWriter::new(io::stdout().lock());
        let written = of(&mut out).and_then(|()| Ok(out.flush()?));
        return match written {
            Ok(()) => exit::IDENTIFIED,
            // Whoever read our output has gone away, and did not want the rest.
            Err(TableError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => exit::IDENTIFIED,
            Err(TableError::Write(error)) => output::cannot_write(&error),
            Err(TableError::Source(error)) => complain(&error.to_string(), exit::USAGE),
        };
    };
    match to_file(path, of) {
        Ok(()) => exit::IDENTIFIED,
        Err(TableError::Write(error)) => {
            complain(&format!("cannot write to `{}`: {error}", shown(path)), exit::INTERNAL)
        }
        Err(TableError::Source(error)) => complain(&error.to_string(), exit::USAGE),
    }
}

fn to_file(path: &Path, of: impl FnOnce(&mut dyn Write) -> Result<(), TableError>) -> Result<(), TableError> {
    let file = beside(path)?;
    let mut out = BufWriter::new(file.as_file());
    of(&mut out)?;
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    file.persist(path).map(|_| ()).map_err(|error| error.error.into())
}

impl From<Matched> for Matches {
    fn from(matched: Matched) -> Self {
        match matched {
            Matched::Server => Self::Server,
            Matched::PoweredBy => Self::PoweredBy,
            Matched::Answer => Self::Answer,
        }
    }
}
