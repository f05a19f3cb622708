//! Findings in words and in JSON: one file or folder a format. The only room that words a judgement.

mod closing;
mod csv_table;
mod cut;
mod describe;
mod finding;
mod heard;
mod human;
mod json;
mod jsonl;
mod line;
mod opener;
mod redirect;
mod reporter;
mod versions;

pub use csv_table::Csv;
pub use describe::in_words;
pub use finding::{Finding, Reached, TargetReport};
pub use human::Human;
pub use json::Json;
pub use jsonl::JsonLines;
pub use line::Line;
pub use reporter::{Reporter, Totals};
pub use versions::versions_in_words;

#[cfg(test)]
mod tests;
