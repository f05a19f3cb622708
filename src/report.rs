//! Findings in words and in JSON: one file or folder a format. The only room that words a judgement.

mod closing;
mod contrast;
mod csv_table;
mod cut;
mod describe;
mod facts;
mod fault;
mod finding;
mod headline;
mod heard;
mod html;
mod human;
mod json;
mod jsonl;
mod judgement;
mod line;
mod markdown;
mod opener;
mod original;
mod redirect;
mod reporter;
mod sarif;
mod tool;
mod versions;

pub use csv_table::Csv;
pub use describe::in_words;
pub use finding::{Finding, Reached, TargetReport};
pub use html::Html;
pub use human::Human;
pub use json::Json;
pub use jsonl::JsonLines;
pub use line::Line;
pub use markdown::Markdown;
pub use original::Original;
pub use reporter::{Reporter, Totals};
pub use sarif::Sarif;
pub use tool::Tool;
pub use versions::versions_in_words;

/// The JSON Schema of [`Json`] and [`JsonLines`].
pub const SCHEMA: &str = include_str!("../docs/schema/stews-v2.schema.json");

#[cfg(test)]
mod tests;
