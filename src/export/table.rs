//! The evidence as a table: one row for each product, version, run and probe.

mod columns;
#[cfg(feature = "parquet")]
mod parquet;
mod row;
mod source;
mod write;

pub use columns::{COLUMNS, Column, Kind};
#[cfg(feature = "parquet")]
pub use parquet::write_parquet;
pub use row::Cell;
pub use source::Source;
pub use write::{TableError, write_csv};
