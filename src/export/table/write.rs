//! The table as comma-separated values (RFC 4180) with a head.

use std::io::{self, Write};

use super::columns::COLUMNS;
use super::row::Cell;
use super::source::Source;
use crate::database::LoadError;

/// Why a table is not whole.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A recording cannot be read.
    #[error(transparent)]
    Source(#[from] LoadError),
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Writes all rows.
///
/// # Errors
/// When evidence cannot be read, or the table cannot be written.
pub fn write_csv(source: &Source, to: impl Write) -> Result<(), TableError> {
    let mut writer = csv::Writer::from_writer(to);
    let failed = |error: csv::Error| TableError::Write(io::Error::from(error));
    writer.write_record(COLUMNS.map(|column| column.name)).map_err(failed)?;
    source.each(&mut |cells: Vec<Cell>| writer.write_record(cells.into_iter().map(Cell::into_text)).map_err(failed))?;
    writer.flush().map_err(TableError::Write)
}
