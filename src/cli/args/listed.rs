//! Which targets there are, as typed.

use std::path::PathBuf;

use clap::Args;

/// Which targets there are.
#[derive(Clone, Debug, Default, Args)]
pub struct Listed {
    /// Where to look: `host[:port][/path][?query]`, a ws, wss, http or https URL, a network (10.0.0.0/24) or a range (10.0.0.1-20); without any, standard input is a list of them
    #[arg(value_name = "TARGET", help = TARGET_HELP)]
    pub targets: Vec<String>,

    /// Provide a URL to connect to (may be repeated)
    #[arg(short = 'u', long, value_name = "URL")]
    pub url: Vec<String>,

    /// Provide a file of targets, one a line, # for comments; - is standard input (may be repeated)
    #[arg(short = 'f', long, visible_short_alias = 'l', visible_alias = "list", value_name = "FILE")]
    pub file: Vec<PathBuf>,

    /// Leave out lines of lists that are no targets, and say which
    #[arg(long)]
    pub skip_invalid: bool,

    /// Connect using ws:// where the target names no scheme; without this wss:// is tried, then ws:// where no TLS is spoken
    #[arg(short = 'n', long)]
    pub no_encryption: bool,

    /// Look at these ports of targets that name none: 80,443,8000-8010
    #[arg(short = 'p', long, value_name = "PORTS", help_heading = "Lists")]
    pub ports: Option<String>,

    /// Look at the paths where WebSockets live, or at those in a file (--paths=FILE, one a line), of targets that name none
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, help_heading = "Lists")]
    #[allow(clippy::option_option, reason = "the option may be given without a file")]
    pub paths: Option<Option<PathBuf>>,
}

const TARGET_HELP: &str = "\
Where to look: host[:port][/path][?query], a ws, wss, http or https URL, a network (10.0.0.0/24) or a range (10.0.0.1-20); \
without any, standard input is a list of them";
