//! Many targets: which they are, read as a stream, and how many are looked at at a time.
//!
//! Texts become [`Spec`]s, each of which is expanded lazily into targets as they were [`Asked`] for. [`run`] takes those from a channel, whoever
//! feeds it, has each looked at by a [`Look`], and gives what was found to a [`Sink`]. It holds a bounded number of them, whatever the list, and waits
//! for whoever takes its results.

mod admission;
mod asked;
mod engine;
mod exclusion;
mod held;
mod look;
mod names;
mod order;
mod paths;
mod ports;
mod spec;
mod window;

pub use asked::{Asked, key_of};
pub use engine::{Settings, run};
pub use exclusion::{Exclusion, ExclusionError};
pub use held::{Held, HeldError};
pub use look::{Done, HostKey, Look, Prepared, Sink, State};
pub use names::Names;
pub use paths::{Paths, PathsError};
pub use ports::{Ports, PortsError};
pub use spec::{Expanded, Expansion, Spec, SpecError};
pub use window::Window;
