//! What several rooms need: where files are, programs, dialling, tables, and what is drawn at random. It knows no other room.

pub mod adaptive;
pub mod browser;
pub mod dial;
pub mod host;
pub mod markdown;
pub mod paths;
pub mod program;
pub mod progress;
pub mod purl;
pub mod recordings;
pub mod strategies;
pub mod table;
pub mod today;
