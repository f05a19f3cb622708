//! From running servers to recordings: several runs of each, what of them is told, and whether what must not matter does.

pub mod consensus;
pub mod incremental;
pub mod recorder;
pub mod stability;
