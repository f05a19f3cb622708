//! What the conditions are called.

/// The application that is recorded.
pub const RECORDED: &str = "echo";

/// The condition in which probes are written otherwise.
pub const VARIED: &str = "varied";

/// TLS in front, which ends inside this process.
pub const TLS: &str = "tls";

/// A link on which bytes are 50 ms ± 20 ms under way, in either direction.
pub const DELAYED: &str = "delayed";

/// A client that reads 64 bytes each 5 ms.
pub const SLOW_READER: &str = "slow-reader";

/// A server that serves only clients with a subprotocol, asked without it: what can be told from refusals alone.
pub const REFUSED: &str = "refused";

/// One core busy with something else.
pub const LOADED: &str = "loaded";

/// Two servers of different engines behind one address, which take turns: what is asked is whether that is noticed.
pub const TWO_BACK_ENDS: &str = "two-back-ends";

/// What the name of a condition begins with where a proxy stands in front.
pub const BEHIND: &str = "behind-";
