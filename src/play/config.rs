//! How a probe is played.

use std::time::Duration;

use super::tap::Tap;
use crate::probe::{RequestContext, Variation};

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long a server may take over the handshake.
    pub patience: Duration,
    /// How long a server may say nothing before that counts as silence.
    pub quiet: Duration,
    /// How long a server that has sent Close is given to hang up before we answer it.
    pub linger: Duration,
    /// How long a server is given to react to one byte of a frame that is sent byte by byte.
    pub drip: Duration,
    /// The most time one connection may take in all.
    pub deadline: Duration,
}

/// Everything about a play but the probe and the connection.
#[derive(Clone, Copy)]
pub struct PlayConfig<'a> {
    /// How we address the server.
    pub context: &'a RequestContext,
    /// How the bytes are varied.
    pub variation: &'a Variation,
    /// How long to wait.
    pub pace: Pace,
    /// Whether the server is known to answer pings.
    pub fences: bool,
    /// The most bytes that are read, beside the payload of the probe twice over.
    pub talk: u64,
    /// Who watches.
    pub tap: &'a dyn Tap,
}

impl PlayConfig<'_> {
    /// The most bytes that are read by default, beside the payload of the probe twice over: 4 MiB.
    pub const TALK: u64 = 4 * 1024 * 1024;
}
