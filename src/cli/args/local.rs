//! What depends on the machine that asks, as typed.

use std::path::PathBuf;

use clap::Args;

/// What depends on the machine that asks.
#[derive(Clone, Debug, Default, Args)]
pub struct Local {
    /// Go through a proxy: http://host:port (CONNECT) or socks5://host:port
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,

    /// Use this address for a host and port, and look nothing up: HOST:PORT:ADDRESS, * is any host (may be repeated)
    #[arg(long, value_name = "HOST:PORT:ADDRESS", help_heading = "Connection")]
    pub resolve: Vec<String>,

    /// Connect to another host and port: HOST1:PORT1:HOST2:PORT2, where an empty part fits any or changes nothing (may be repeated)
    #[arg(long, value_name = "HOST1:PORT1:HOST2:PORT2", help_heading = "Connection")]
    pub connect_to: Vec<String>,

    /// Trust the certificates in this file (PEM), and not those of the system
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub cacert: Option<PathBuf>,

    /// Show this client certificate (PEM), where a server wants one
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub cert: Option<PathBuf>,

    /// The private key of --cert (PEM, not encrypted); without it, the one in the same file
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "Connection")]
    pub key: Option<PathBuf>,

    /// The most connections open at a time to one target [default: 8; 4 where there are several targets]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub connections: Option<u8>,

    /// Compare with another database than the embedded one
    #[arg(long, value_name = "PATH")]
    pub db: Option<PathBuf>,

    /// The most targets looked at at a time [default: 256; 1 with -d and -v]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1 << 20), help_heading = "Lists")]
    pub concurrency: Option<u32>,
}

/// What is left alone.
#[derive(Clone, Debug, Default, Args)]
pub struct LeftAlone {
    /// Leave alone what this file lists, one a line: hosts, domains (*.example.org), addresses, networks; addresses also where a name leads to them
    #[arg(long, value_name = "FILE", help_heading = "Lists")]
    pub exclude_file: Vec<PathBuf>,
}
