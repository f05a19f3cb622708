//! The argument of verbs that write a generated file.

use clap::Args;

/// Write, or only compare.
#[derive(Clone, Copy, Debug, Args)]
pub struct Check {
    /// Change nothing; fail if the committed file is out of date, naming the command that mends it
    #[arg(long)]
    pub check: bool,
}
