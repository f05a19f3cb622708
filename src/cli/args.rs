//! Arguments as typed.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

mod format;
mod many;

pub use format::Format;
pub use many::Many;

/// Tells which WebSocket server implementation, and which versions of it, answers at a URL.
///
/// Sends legal and malformed handshakes and frames, a few connections at a time, and compares how the server
/// reacts with recordings of real servers. Probe only servers that you may probe.
#[derive(Clone, Debug, Parser)]
#[command(name = "stews", version, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
pub struct Args {
    /// What to do instead of fingerprinting
    #[command(subcommand)]
    pub command: Option<Command>,

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

    /// Skip certificate checks, for all tests
    #[arg(short = 'k', long = "nocert", visible_alias = "insecure")]
    pub nocert: bool,

    /// Set the Origin (`none` sends none); without it, one that matches the target
    #[arg(
        short = 'o',
        long,
        value_name = "ORIGIN",
        help = "Set the Origin ('none' sends none); without it, one that matches the target"
    )]
    pub origin: Option<String>,

    /// Add a header field to every request (may be repeated); `Name:` leaves that field out, `Name;` sends it empty, and @FILE reads one
    /// a line from a file, where no list of processes shows them (@- is standard input)
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", help = HEADER_HELP)]
    pub header: Vec<String>,

    /// Send these cookies; @FILE reads them from a file (@- is standard input)
    #[arg(long, value_name = "COOKIES")]
    pub cookie: Option<String>,

    /// Offer a subprotocol (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub subprotocol: Vec<String>,

    /// Go through a proxy: http://host:port (CONNECT) or socks5://host:port
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,

    /// Use this address for a host and port, and look nothing up: HOST:PORT:ADDRESS, * is any host (may be repeated)
    #[arg(long, value_name = "HOST:PORT:ADDRESS", help_heading = "Connection")]
    pub resolve: Vec<String>,

    /// Connect to another host and port: HOST1:PORT1:HOST2:PORT2, where an empty part fits any or changes nothing (may be repeated)
    #[arg(long, value_name = "HOST1:PORT1:HOST2:PORT2", help_heading = "Connection")]
    pub connect_to: Vec<String>,

    /// Use IPv4 addresses alone
    #[arg(long, conflicts_with = "ipv6", help_heading = "Connection")]
    pub ipv4: bool,

    /// Use IPv6 addresses alone
    #[arg(long, help_heading = "Connection")]
    pub ipv6: bool,

    /// The name to ask for in TLS, which the certificate must be for; without it, that of -H 'Host: …', or the target's
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    pub sni: Option<String>,

    /// Trust the certificates in this file (PEM), and not those of the system
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub cacert: Option<PathBuf>,

    /// Show this client certificate (PEM), where a server wants one
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub cert: Option<PathBuf>,

    /// The private key of --cert (PEM, not encrypted); without it, the one in the same file
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "Connection")]
    pub key: Option<PathBuf>,

    /// The most seconds to wait for one answer
    #[arg(long, value_name = "SECONDS", default_value = "5")]
    pub timeout: String,

    /// The most connections open at a time to one target [default: 8; 4 where there are several targets]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub connections: Option<u8>,

    /// The most time for one target [default: 30s; 120s for --thorough and chosen tests; more for -6, -a, --slow, --delay and --timeout above 5; without a limit for -g]
    #[arg(long, value_name = "TIME", help_heading = "Limits")]
    pub max_time: Option<String>,

    /// The most connections to one target [default: twice as many as tests may run, and 16]
    #[arg(long, value_name = "N", help_heading = "Limits", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_connections: Option<u64>,

    /// The most mebibytes received from one target [default: 64; more for -6 and -a]
    #[arg(long, value_name = "MIB", help_heading = "Limits", value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    pub max_received: Option<u64>,

    /// Open one connection at a time, so long after the one before: 1s, 500ms
    #[arg(long, value_name = "TIME", help_heading = "Limits")]
    pub delay: Option<String>,

    /// The most connections a second over all targets
    #[arg(long, value_name = "N", help_heading = "Limits", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,

    /// Ask a target that refuses us every polite handshake, instead of five, to learn what opens it
    #[arg(long, help_heading = "Tests")]
    pub explain_refusal: bool,

    /// Run every polite and malformed test, instead of only those that are needed to tell
    #[arg(long, help_heading = "Tests")]
    pub thorough: bool,

    /// Run all tests, long payloads included (but those that wait only with --slow)
    #[arg(short = 'a', long, help_heading = "Tests")]
    pub all_tests: bool,

    /// Run the 100-series (opcode) tests
    #[arg(short = '1', long, help_heading = "Tests")]
    pub series_100: bool,

    /// Run the 200-series (rsv bit) tests
    #[arg(short = '2', long, help_heading = "Tests")]
    pub series_200: bool,

    /// Run the 300-series (version) tests
    #[arg(short = '3', long, help_heading = "Tests")]
    pub series_300: bool,

    /// Run the 400-series (extensions) tests
    #[arg(short = '4', long, help_heading = "Tests")]
    pub series_400: bool,

    /// Run the 500-series (subprotocols) tests
    #[arg(short = '5', long, help_heading = "Tests")]
    pub series_500: bool,

    /// Run the 600-series (long payloads and lengths) tests: up to 595 MB a target
    #[arg(short = '6', long, help_heading = "Tests")]
    pub series_600: bool,

    /// Run the 700-series (hybi and similar) tests
    #[arg(short = '7', long, help_heading = "Tests")]
    pub series_700: bool,

    /// Run the 800-series (messages and UTF-8) tests
    #[arg(short = '8', long, help_heading = "Tests")]
    pub series_800: bool,

    /// Run the 900-series (close and ping) tests
    #[arg(short = '9', long, help_heading = "Tests")]
    pub series_900: bool,

    /// Run the tests that wait, 35 seconds each, as well
    #[arg(long, help_heading = "Tests")]
    pub slow: bool,

    /// Generate a fingerprint: print a recording of a known server as JSON
    #[arg(short = 'g', long, help_heading = "Recording")]
    pub generate_fingerprint: bool,

    /// The product of the known server
    #[arg(long, value_name = "NAME", requires = "generate_fingerprint", help_heading = "Recording")]
    pub product: Option<String>,

    /// The version of the known server
    #[arg(long, value_name = "VERSION", requires = "generate_fingerprint", help_heading = "Recording")]
    pub product_version: Option<String>,

    /// Compare with another database than the embedded one
    #[arg(long, value_name = "PATH")]
    pub db: Option<PathBuf>,

    /// When to use colours (NO_COLOR is honoured)
    #[arg(long, value_enum, default_value_t = Color::Auto, help_heading = "Output")]
    pub color: Color,

    /// Say what speaks for and against the answer, what would decide, and what would change it
    #[arg(long, help_heading = "Output")]
    pub explain: bool,

    /// Print each test case to track progress while running
    #[arg(short = 'd', long, help_heading = "Output")]
    pub debug: bool,

    /// Trace every byte sent and received
    #[arg(short = 'v', long, action = ArgAction::SetTrue, help_heading = "Output")]
    pub verbose: bool,

    /// What is there for many targets
    #[command(flatten)]
    pub many: Many,
}

const TARGET_HELP: &str = "\
Where to look: host[:port][/path][?query], a ws, wss, http or https URL, a network (10.0.0.0/24) or a range (10.0.0.1-20); \
without any, standard input is a list of them";

const HEADER_HELP: &str = "\
Add a header field to every request (may be repeated); 'Name:' leaves that field out, 'Name;' sends it empty, and @FILE \
reads one a line from a file, where no list of processes shows them (@- is standard input)";

const AFTER_HELP: &str = "\
Without a series, only as many tests run as it takes to tell, the least risky first, and never the heavy ones.

Exit codes: 0 identified · 1 reached but not identified · 2 wrong usage, or lines of a list that are no targets · 3 unreachable \
or not a WebSocket · 4 internal, or the output cannot be written · 129, 130, 143 SIGHUP, SIGINT, SIGTERM: what was confirmed \
till then is printed. Of several targets the highest; with --detect 0 where any is a WebSocket.

A list is read as it is needed, however long it is. A file is looked through for errors first, and nothing is sent if it has \
any; in what comes by a pipe they are told as they come. Of a target that is named several times, all but the first are left \
out where no more than 1,048,576 others came between.

Examples:
  stews -5 -d -n -u 127.0.0.1:8080
  stews wss://example.org/chat -H 'Authorization: Bearer …'
  stews -f targets.txt --resume results.jsonl
  stews --detect -p 80,443,8000-8010 --paths 10.0.0.0/24
  stews -g -n localhost:8080 --product ws --product-version 8.18.0 > recording.json";

/// What to do instead of fingerprinting.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// List all probes, or explain one
    Probes {
        /// The number of the probe to explain
        id: Option<String>,
    },
    /// Read the database: what it knows, what differs, what nothing tells apart
    Db {
        /// What to show
        #[command(subcommand)]
        command: Db,
        /// Read another database than the embedded one
        #[arg(long = "db", value_name = "PATH", global = true)]
        path: Option<PathBuf>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff)
    Manpage,
}

/// What of the database is shown. A server is `product` or `product@version`.
#[derive(Clone, Debug, Subcommand)]
pub enum Db {
    /// List all products with their engines, versions and number of behaviours
    List,
    /// Show which releases of a product behave how, or every answer of one version
    Show {
        /// `product` or `product@version`
        server: String,
    },
    /// Show the probes that two servers answer differently
    Diff {
        /// `product` (its newest version) or `product@version`
        one: String,
        /// `product` (its newest version) or `product@version`
        other: String,
    },
    /// Show which products no default probe tells apart, and which differ in nothing that the WebSocket library decides
    Twins,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
