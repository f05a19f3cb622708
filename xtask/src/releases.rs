//! What a product's registry lists, by release line: `fingerprints/releases/`.

pub mod lines;
pub mod look_up;
pub mod refresh;
pub mod run;
pub mod source;
