//! The table as Apache Parquet.

use std::io::Write;
use std::mem::take;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::columns::{COLUMNS, Column, Kind};
use super::row::Cell;
use super::source::Source;
use super::write::TableError;

/// How many rows stand together.
const ROW_GROUP: usize = 65_536;

/// A file in memory: it is a hundredth of the table as text.
type File = SerializedFileWriter<Vec<u8>>;

/// Writes all rows.
///
/// # Errors
/// When evidence cannot be read, or the table cannot be written.
pub fn write_parquet(source: &Source, mut to: impl Write) -> Result<(), TableError> {
    let fields = COLUMNS.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("evidence").with_fields(fields).build().map_err(failed)?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut file = File::new(Vec::new(), Arc::new(schema), Arc::new(properties)).map_err(failed)?;
    let mut columns: Vec<Vec<Cell>> = vec![Vec::new(); COLUMNS.len()];
    source.each(&mut |cells: Vec<Cell>| {
        columns.iter_mut().zip(cells).for_each(|(column, cell)| column.push(cell));
        if columns[0].len() < ROW_GROUP { Ok(()) } else { row_group(&mut file, &mut columns) }
    })?;
    row_group(&mut file, &mut columns)?;
    to.write_all(&file.into_inner().map_err(failed)?)?;
    Ok(to.flush()?)
}

fn failed(error: ParquetError) -> TableError {
    TableError::Write(std::io::Error::other(error))
}

/// What a column is in the file: any value may be missing.
fn field(column: &Column) -> Result<Arc<Type>, TableError> {
    let (physical, logical) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Number => (Physical::INT64, None),
        Kind::Share => (Physical::DOUBLE, None),
    };
    let builder = Type::primitive_type_builder(column.name, physical).with_repetition(Repetition::OPTIONAL);
    builder.with_logical_type(logical).build().map(Arc::new).map_err(failed)
}

/// Writes the rows that are there, and leaves none.
fn row_group(file: &mut File, columns: &mut [Vec<Cell>]) -> Result<(), TableError> {
    let mut group = file.next_row_group().map_err(failed)?;
    for (column, cells) in COLUMNS.iter().zip(columns) {
        let Some(mut writer) = group.next_column().map_err(failed)? else { break };
        write_column(column.kind, take(cells), &mut writer).map_err(failed)?;
        writer.close().map_err(failed)?;
    }
    group.close().map(|_| ()).map_err(failed)
}

fn write_column(kind: Kind, cells: Vec<Cell>, to: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(*cell != Cell::Empty)).collect();
    let levels = Some(&levels[..]);
    match kind {
        Kind::Text => {
            let values: Vec<ByteArray> = cells
                .into_iter()
                .filter(|cell| *cell != Cell::Empty)
                .map(|cell| cell.into_text().as_str().into())
                .collect();
            to.typed::<ByteArrayType>().write_batch(&values, levels, None)
        }
        Kind::Number => {
            let number = |cell| if let Cell::Number(number) = cell { i64::try_from(number).ok() } else { None };
            let values: Vec<i64> = cells.into_iter().filter_map(number).collect();
            to.typed::<Int64Type>().write_batch(&values, levels, None)
        }
        Kind::Share => {
            let share = |cell| if let Cell::Share(share) = cell { Some(share) } else { None };
            let values: Vec<f64> = cells.into_iter().filter_map(share).collect();
            to.typed::<DoubleType>().write_batch(&values, levels, None)
        }
    }
    .map(|_| ())
}
