//! What the database knows, in the forms of other tools: service probes for nmap, templates for nuclei, fingerprints for Recog, and
//! tables for whoever counts.
//!
//! A line of these formats sees one answer to one probe, where a scan weighs all answers together. So a line names only what everything
//! recorded that it matches agrees on: a product, or no more than its engine, and the versions that answer so. Whatever follows from
//! several answers together no such format can say; what is not recorded may match as well.

mod answers;
mod choice;
mod client_hello;
mod cpe;
mod frames;
mod naming;
mod nmap;
mod nuclei;
mod pattern;
mod recog;
mod rules;
mod stand;
pub mod table;
mod versions;

pub use answers::example;
pub use nmap::nmap;
pub use nuclei::nuclei;
pub use recog::{Matches, recog};
