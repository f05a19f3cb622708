//! One application behind one front, started for each of two scans: as a user scans who gives no options but those without which no
//! WebSocket opens, and thoroughly.

use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use stews::connection::Connector;
use stews::identify::{Answer, Mask, Matcher};
use stews::observation::Observation;
use stews::probe::{ProbeId, default_set};
use stews::scan::{Cost, Options, Scan, ScanEvent, ScanObserver, ask_again, scan};
use stews::wire::Header;
use stews::wire::handshake::SUBPROTOCOL;

use crate::field::stored::{Death, Lines, Scanned, Taken};
use crate::playground::containers::{self, Expected, Running};
use crate::playground::manifest::{Dress, Server};
use crate::playground::reference;
use crate::support::{adaptive, dial};

/// How long an ordinary client tries before an application counts as dead.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a proxy may take until a client is served through it. Some applications serve none: they know of no other Origin than their own.
const PROXY_START: Duration = Duration::from_secs(45);

/// An application as one of its variants, and what stands in front of it.
pub struct Subject<'a> {
    /// The application.
    pub server: &'a Server,
    /// The variant's name; the only one has none.
    pub variant: &'a str,
    /// What a client has to bring.
    pub dress: &'a Dress,
    /// The proxy in front.
    pub proxy: Option<&'a Server>,
}

/// Which of the two scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Only what it takes to tell.
    Default,
    /// Every polite and malformed probe.
    Thorough,
}

/// A scan, and who was named.
pub struct Judged {
    /// The scan as it is stored.
    pub scanned: Scanned,
    /// Who was named.
    pub answer: Answer,
}

/// Scans applications, one at a time.
pub struct Scanner<'a> {
    matcher: Matcher<'a>,
    quiet: tokio::sync::Mutex<()>,
}

impl<'a> Scanner<'a> {
    /// One that names servers with a matcher.
    pub fn new(matcher: Matcher<'a>) -> Self {
        Self { matcher, quiet: tokio::sync::Mutex::new(()) }
    }

    /// Starts an application, scans it, sees whether it lives, and stops it.
    pub async fn run(&self, subject: &Subject<'_>, depth: Depth) -> Result<Judged> {
        let started = Started::start(subject).await?;
        let judged = self.scan_started(&started, subject.dress, depth).await;
        started.stop().await?;
        judged
    }

    async fn scan_started(&self, started: &Started, dress: &Dress, depth: Depth) -> Result<Judged> {
        let (target, connector) = dial::connect(started.url())?;
        let options = dressed(dial::options(&target, default_set()), dress);
        let made = {
            let _alone = self.quiet.lock().await;
            self.scan(&connector, &options, depth).await
        };
        let dead = started.death(dress).await;
        let made = made?;
        let stopped = made.scan.stop.as_ref().map(|why| started.told(&why.to_string()));
        ensure!(made.scan.is_websocket(), "no WebSocket opens to a scan: {}", made.scan.baseline);
        let beyond_baseline = made.scan.observations.keys().any(|probe| *probe != ProbeId::BASELINE);
        ensure!(beyond_baseline, "the scan ended at once: {}", stopped.unwrap_or_default());
        let scanned = Scanned {
            observations: started.lines(&made.scan.observations)?,
            again: started.lines(made.again.iter().map(|(probe, seen)| (probe, seen)))?,
            asked: made.asked,
            cost: taken(&made.scan.cost),
            stopped,
            dead,
        };
        Ok(Judged { scanned, answer: made.answer })
    }

    /// A scan as the command line makes it.
    async fn scan(&self, connector: &Connector, options: &Options, depth: Depth) -> Result<Made> {
        let order = Order::default();
        let made = match depth {
            Depth::Default => adaptive::identify_observed(connector, options, &self.matcher, &order).await,
            Depth::Thorough => scan(connector, options, &()).await.map(|scan| {
                let answer = self.matcher.identify(&scan.observations, Mask::default());
                (scan, answer)
            }),
        };
        let (mut scan, answer) = made.context("it was not reached")?;
        let repeats = scan.stop.is_none() && scan.is_websocket() && scan.has_spoken();
        let probes = if repeats { self.matcher.to_ask_again(&scan.observations) } else { Vec::new() };
        let again = ask_again(connector, options, &(), &mut scan, &probes).await;
        Ok(Made { scan, answer, asked: order.asked(), again })
    }
}

fn taken(cost: &Cost) -> Taken {
    let Cost { connections, sent, received, elapsed, .. } = *cost;
    Taken { connections, sent, received, milliseconds: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX) }
}

/// What a scan came to, and in which order.
struct Made {
    scan: Scan,
    answer: Answer,
    asked: Vec<ProbeId>,
    again: Vec<(ProbeId, Observation)>,
}

/// What a client has to bring, as the options `--subprotocol`, `--origin` and `--header` bring it.
fn dressed(mut options: Options, dress: &Dress) -> Options {
    let context = &mut options.context;
    if dress.origin.is_some() {
        context.origin.clone_from(&dress.origin);
    }
    context.headers = dress.headers.iter().map(|(name, value)| Header::new(name.clone(), value.clone())).collect();
    context.headers.extend(dress.subprotocol.iter().map(|name| Header::new(SUBPROTOCOL, name.clone())));
    options
}

/// Notes in which order probes are sent for the first time.
#[derive(Default)]
struct Order(Mutex<Vec<ProbeId>>);

impl Order {
    fn asked(self) -> Vec<ProbeId> {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl ScanObserver for Order {
    fn event(&self, event: ScanEvent<'_>) {
        let ScanEvent::Started(probe) = event else { return };
        let mut asked = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !asked.contains(&probe.id) {
            asked.push(probe.id);
        }
    }
}

/// An application that runs, with what stands in front of it.
struct Started {
    application: Running,
    front: Option<Running>,
}

impl Started {
    async fn start(subject: &Subject<'_>) -> Result<Self> {
        let expected = Expected::Variant(subject.variant, subject.dress);
        let application = containers::start_as(subject.server, expected).await?;
        let front = match subject.proxy {
            Some(proxy) => {
                let front = containers::start_behind_as(proxy, &application.url, expected);
                let front = tokio::time::timeout(PROXY_START, front).await;
                let unserved = || format!("no client was served through {} within 45 s", proxy.id());
                Some(front.with_context(unserved)??)
            }
            None => None,
        };
        Ok(Self { application, front })
    }

    /// Where a user would look.
    fn url(&self) -> &str {
        &self.front.as_ref().unwrap_or(&self.application).url
    }

    /// How it is found dead, if it is.
    async fn death(&self, dress: &Dress) -> Option<Death> {
        let opens = async {
            while reference::open(self.url(), dress).await.is_err() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let is_served = tokio::time::timeout(PATIENCE, opens).await.is_ok();
        if !self.application.is_running().await {
            return Some(Death::ProcessEnded);
        }
        if let Some(front) = &self.front
            && !front.is_running().await
        {
            return Some(Death::ProxyEnded);
        }
        (!is_served).then_some(Death::NoHandshake)
    }

    /// Observations as they are stored.
    fn lines<'a>(&self, seen: impl IntoIterator<Item = (&'a ProbeId, &'a Observation)>) -> Result<Lines> {
        let line = |(probe, seen): (&ProbeId, &Observation)| {
            let line = self.told(&seen.to_string());
            let noted = line.parse().with_context(|| format!("probe {probe}: `{line}` does not read"))?;
            Ok((*probe, noted))
        };
        seen.into_iter().map(line).collect()
    }

    /// A text without what belongs to this run and this machine alone: an application may tell at which port it serves, and on which host.
    fn told(&self, text: &str) -> String {
        let urls = [Some(&self.application), self.front.as_ref()];
        let ports = urls.into_iter().flatten().filter_map(|running| port(&running.url));
        let text = ports.fold(text.to_owned(), |text, port| text.replace(&format!(":{port}"), ":<port>"));
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        without_ports(&without_word(&text, host.trim(), "<host>"))
    }

    async fn stop(self) -> Result<()> {
        if let Some(front) = self.front {
            front.stop().await?;
        }
        self.application.stop().await
    }
}

/// A text without the ports of loopback addresses: an application may tell from which one it was reached.
fn without_ports(text: &str) -> String {
    const ADDRESS: &str = "127.0.0.1:";
    let mut parts = text.split(ADDRESS);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        out.push_str(ADDRESS);
        out.push_str(if rest.len() < part.len() { "<port>" } else { "" });
        out.push_str(rest);
    }
    out
}

/// A text with a name in the place of a word, where that stands between what is neither a letter nor a digit.
fn without_word(text: &str, word: &str, name: &str) -> String {
    if word.is_empty() {
        return text.to_owned();
    }
    let is_part = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let part = is_part(before.chars().next_back().or(out.chars().next_back())) || is_part(after.chars().next());
        out.extend([before, if part { word } else { name }]);
        rest = after;
    }
    out + rest
}

/// The port in a URL of the playground.
fn port(url: &str) -> Option<&str> {
    containers::authority_and_path(url).ok()?.0.rsplit_once(':').map(|(_, port)| port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::probe::{BASELINE, Variation, request};
    use stews::target::{Scheme, Target};

    #[test]
    fn ports_of_loopback_addresses_are_left_out() {
        let told = without_ports("Sia: SIP/2.0/TCP 127.0.0.1:43236\\r\\n, 127.0.0.1: no, 127.0.0.1");
        assert_eq!(told, "Sia: SIP/2.0/TCP 127.0.0.1:<port>\\r\\n, 127.0.0.1: no, 127.0.0.1");
    }

    #[test]
    fn what_a_client_has_to_bring_is_in_the_legal_handshake() {
        let dress = Dress {
            subprotocol: Some("chat.v1".to_owned()),
            origin: Some("https://app.example".to_owned()),
            headers: [("Authorization".to_owned(), "Bearer x".to_owned())].into(),
        };
        let target = Target::parse("ws://127.0.0.1:8080/socket", Scheme::Ws).unwrap();
        let fields = |dress: &Dress| {
            let options = dressed(dial::options(&target, default_set()), dress);
            let (request, _) = request(BASELINE, &options.context, &Variation::default());
            let line = |field: &Header| format!("{}: {}", field.name, String::from_utf8_lossy(&field.value));
            request.headers.iter().map(line).collect::<Vec<_>>()
        };
        let brought = fields(&dress);
        for line in ["Sec-WebSocket-Protocol: chat.v1", "Origin: https://app.example", "Authorization: Bearer x"] {
            assert!(brought.contains(&line.to_owned()), "{brought:?}");
        }
        let plain = fields(&Dress::default());
        assert!(plain.contains(&"Origin: http://127.0.0.1:8080".to_owned()), "{plain:?}");
        assert!(!plain.iter().any(|line| line.starts_with("Sec-WebSocket-Protocol")), "{plain:?}");
    }

    #[test]
    fn a_word_is_replaced_where_it_stands_alone() {
        assert_eq!(without_word("bash (vm) jvm vm2 vmvm-vm", "vm", "<host>"), "bash (<host>) jvm vm2 vmvm-<host>");
        assert_eq!(without_word("abc", "", "<host>"), "abc");
    }

    #[test]
    fn the_order_is_that_of_the_first_time() {
        let order = Order::default();
        let probes = default_set();
        for place in [0, 2, 0, 1] {
            order.event(ScanEvent::Started(probes[place]));
        }
        assert_eq!(order.asked(), [probes[0].id, probes[2].id, probes[1].id]);
    }
}
