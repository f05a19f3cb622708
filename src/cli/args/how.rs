//! How targets are asked, as typed: what is the same wherever it is done.

use clap::{Args, Parser};

/// How targets are asked.
#[derive(Clone, Debug, Args)]
pub struct How {
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

    /// Use IPv4 addresses alone
    #[arg(long, conflicts_with = "ipv6", help_heading = "Connection")]
    pub ipv4: bool,

    /// Use IPv6 addresses alone
    #[arg(long, help_heading = "Connection")]
    pub ipv6: bool,

    /// The name to ask for in TLS, which the certificate must be for; without it, that of -H 'Host: …', or the target's
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    pub sni: Option<String>,

    /// The most seconds to wait for one answer
    #[arg(long, value_name = "SECONDS", default_value = "5")]
    pub timeout: String,

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

    /// Find WebSockets and stop there: one legal handshake a target
    #[arg(long, conflicts_with_all = ["thorough", "all_tests", "explain", "explain_refusal", "findings", "slow"], help_heading = "Lists")]
    pub detect: bool,

    /// Say what speaks for and against the answer, what would decide, and what would change it
    #[arg(long, help_heading = "Output")]
    pub explain: bool,

    /// Say what the server does wrong, each with its evidence: some 80 polite and malformed tests more, unless --thorough runs them anyway
    #[arg(long, help_heading = "Output")]
    pub findings: bool,

    /// Tell in JSON of all known products, also of those below 0.1 %
    #[arg(long, help_heading = "Output")]
    pub all_candidates: bool,

    /// The most targets at one address looked at at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Lists")]
    pub per_host: u32,

    /// The least time between the beginnings of two targets at one address; 0 for none
    #[arg(long, value_name = "TIME", default_value = "20ms", help_heading = "Lists")]
    pub host_delay: String,
}

const HEADER_HELP: &str = "\
Add a header field to every request (may be repeated); 'Name:' leaves that field out, 'Name;' sends it empty, and @FILE \
reads one a line from a file, where no list of processes shows them (@- is standard input)";

/// The options alone, as they are read back.
#[derive(Debug, Parser)]
#[command(name = "stews", disable_help_flag = true)]
struct Options {
    #[command(flatten)]
    how: How,
}

impl How {
    /// The options in their one form, each with its value, as [`How::from_options`] reads them.
    #[must_use]
    pub fn to_options(&self) -> Vec<String> {
        let valued = |(name, value): (&str, &Option<String>)| Some(format!("--{name}={}", value.as_deref()?));
        let repeated = |name: &'static str, values: &[String]| -> Vec<String> {
            values.iter().map(|value| format!("--{name}={value}")).collect()
        };
        let text = |number: Option<u64>| number.map(|number| number.to_string());
        let values = [
            ("origin", &self.origin),
            ("cookie", &self.cookie),
            ("sni", &self.sni),
            ("timeout", &Some(self.timeout.clone())),
            ("max-time", &self.max_time),
            ("max-connections", &text(self.max_connections)),
            ("max-received", &text(self.max_received)),
            ("delay", &self.delay),
            ("rate", &text(self.rate.map(u64::from))),
            ("per-host", &text(Some(u64::from(self.per_host)))),
            ("host-delay", &Some(self.host_delay.clone())),
        ];
        let flags = self.flags().into_iter().filter(|(_, given)| *given).map(|(name, _)| format!("--{name}"));
        let lists = [repeated("header", &self.header), repeated("subprotocol", &self.subprotocol)];
        values.into_iter().filter_map(valued).chain(lists.into_iter().flatten()).chain(flags).collect()
    }

    /// The options of a text each, as [`How::to_options`] writes them.
    ///
    /// # Errors
    /// When one of them is not known, or not as it has to be; on one line.
    pub fn from_options(options: &[String]) -> Result<Self, String> {
        let read = Options::try_parse_from(std::iter::once("stews").chain(options.iter().map(String::as_str)));
        read.map(|options| options.how).map_err(|error| {
            let text = error.to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        })
    }

    fn flags(&self) -> [(&'static str, bool); 20] {
        [
            ("nocert", self.nocert),
            ("ipv4", self.ipv4),
            ("ipv6", self.ipv6),
            ("explain-refusal", self.explain_refusal),
            ("thorough", self.thorough),
            ("all-tests", self.all_tests),
            ("series-100", self.series_100),
            ("series-200", self.series_200),
            ("series-300", self.series_300),
            ("series-400", self.series_400),
            ("series-500", self.series_500),
            ("series-600", self.series_600),
            ("series-700", self.series_700),
            ("series-800", self.series_800),
            ("series-900", self.series_900),
            ("slow", self.slow),
            ("detect", self.detect),
            ("explain", self.explain),
            ("findings", self.findings),
            ("all-candidates", self.all_candidates),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn no_option_is_lost_on_its_way() {
        let known: BTreeSet<String> = Options::command()
            .get_arguments()
            .map(|argument| argument.get_long().expect("each has a long form").to_owned())
            .collect();
        let value = |name: &str| match name {
            "header" => "A: b",
            "origin" => "none",
            "max-connections" | "max-received" | "rate" | "per-host" => "7",
            _ => "3",
        };
        let flags: BTreeSet<&str> = How::from_options(&[]).unwrap().flags().into_iter().map(|(name, _)| name).collect();
        for name in &known {
            let option =
                if flags.contains(name.as_str()) { format!("--{name}") } else { format!("--{name}={}", value(name)) };
            let how = How::from_options(std::slice::from_ref(&option)).unwrap();
            assert!(how.to_options().contains(&option), "{option}: {:?}", how.to_options());
            let again = How::from_options(&how.to_options()).unwrap();
            assert_eq!(again.to_options(), how.to_options());
        }
    }

    #[test]
    fn what_is_no_such_option_is_told_on_one_line() {
        for option in ["--output=x", "--proxy=http://h", "target", "--rate=0"] {
            let why = How::from_options(&[option.to_owned()]).unwrap_err();
            assert!(!why.is_empty() && !why.contains('\n'), "{why}");
        }
    }
}
