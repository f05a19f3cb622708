//! Tells which WebSocket server implementation, and which versions of it, answers at a URL.
//!
//! The rooms, in the order in which a target becomes an answer: [`connection`] → [`play`] a [`probe`] →
//! [`observation`] → [`features`] → [`identify`] against a [`database`]. [`scan`] does the first half for many
//! probes. See `ARCHITECTURE.md`.

#[cfg(feature = "cli")]
pub mod cli;
pub mod connection;
pub mod database;
pub mod features;
pub mod identify;
pub mod observation;
pub mod play;
pub mod probe;
pub mod report;
pub mod scan;
pub mod target;
pub mod wire;
