//! Where to look: text into a scheme, a host, a port, a path and query.

pub(crate) mod shown;

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether the WebSocket runs over TLS (RFC 6455 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `ws`: plain TCP, port 80 unless given.
    Ws,
    /// `wss`: TLS, port 443 unless given.
    Wss,
}

/// The host of a target.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A name to be resolved, in lower case.
    Name(String),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
}

/// One endpoint to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    scheme: Scheme,
    host: Host,
    zone: Option<String>,
    port: u16,
    path_and_query: String,
}

/// Why a text is no target: what was wrong, and what to do. Each holds the text, escaped and without credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Nothing was given.
    #[error("a target is empty; write host[:port][/path][?query] or a ws:// or wss:// URL")]
    Empty,
    /// There is no host in it.
    #[error("`{0}` has no host; write host[:port][/path][?query] or a ws:// or wss:// URL")]
    NoHost(String),
    /// The host is not one.
    #[error("`{0}` has a host that is neither a name nor an address; write an IPv6 address in brackets, as in [::1]")]
    Host(String),
    /// The host is a name in another script, which DNS does not carry (RFC 5890 section 2.3.2.1).
    #[error("`{0}` has a host outside ASCII; give its xn-- form")]
    Script(String),
    /// An IPv6 address without brackets whose last group may be a port.
    #[error("`{0}` may or may not end with a port; write an IPv6 address in brackets, as in [::1]:8080")]
    Ambiguous(String),
    /// The zone of an IPv6 address is not one.
    #[error("`{0}` has a zone that is no interface; write its name or number, as in [fe80::1%25eth0] (RFC 6874)")]
    Zone(String),
    /// The port is not one.
    #[error("`{0}` has a port that is not a number from 1 to 65535")]
    Port(String),
    /// A scheme we do not speak.
    #[error("`{0}` has another scheme than ws, wss, http or https")]
    Scheme(String),
    /// Credentials in the URL; they belong into a header field, Authorization as a rule.
    #[error("`{0}` carries a user name")]
    UserInfo(String),
    /// RFC 6455 section 3 forbids fragments.
    #[error("`{0}` has a fragment, which RFC 6455 section 3 forbids; leave it out, or write # as %23")]
    Fragment(String),
    /// Characters that no URL holds.
    #[error(
        "`{0}` holds a space, a control character or one outside ASCII; leave it out, or write it as %XX behind the host"
    )]
    Characters(String),
}

/// What of a target its text names, and what is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The scheme.
    pub scheme: bool,
    /// The port.
    pub port: bool,
    /// A path or a query.
    pub path: bool,
}

impl Scheme {
    /// The port where none is given (RFC 6455 section 3).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    /// The scheme of URLs, `ws` or `wss`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "ws" | "http" => Some(Self::Ws),
            "wss" | "https" => Some(Self::Wss),
            _ => None,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => out.write_str(name),
            Self::V4(address) => address.fmt(out),
            Self::V6(address) => write!(out, "[{address}]"),
        }
    }
}

impl Target {
    /// Reads `host[:port][/path][?query]` (with the scheme `default`) or a `ws`, `wss`, `http` or `https` URL.
    ///
    /// Path and query are kept byte for byte.
    ///
    /// # Errors
    /// When the text is no target; the error says what to do.
    pub fn parse(text: &str, default: Scheme) -> Result<Self, TargetError> {
        Self::parse_named(text, default).map(|(target, _)| target)
    }

    /// The same, with what the text names.
    ///
    /// # Errors
    /// As [`Target::parse`].
    pub fn parse_named(text: &str, default: Scheme) -> Result<(Self, Named), TargetError> {
        let text = text.trim();
        let wrong = |error: Wrong| error(shown(text));
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        let (named, rest) = match text.split_once("://") {
            Some((name, rest)) if !name.contains(['/', '?', '#']) => {
                (Some(Scheme::from_name(name).ok_or_else(|| wrong(TargetError::Scheme))?), rest)
            }
            _ => (None, text),
        };
        let scheme = named.unwrap_or(default);
        if rest.contains('#') {
            return Err(wrong(TargetError::Fragment));
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if path.chars().any(|letter| !letter.is_ascii_graphic()) {
            return Err(wrong(TargetError::Characters));
        }
        let Authority { host, zone, port } = read_authority(authority).map_err(wrong)?;
        let slash = if path.starts_with('/') { "" } else { "/" };
        let named = Named { scheme: named.is_some(), port: port.is_some(), path: !path.is_empty() };
        let port = port.unwrap_or(scheme.default_port());
        Ok((Self { scheme, host, zone, port, path_and_query: format!("{slash}{path}") }, named))
    }

    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The same place by another scheme, at the same port.
    #[must_use]
    pub fn with_scheme(&self, scheme: Scheme) -> Self {
        Self { scheme, ..self.clone() }
    }

    /// The same path of another host; a zone is none of that.
    #[must_use]
    pub fn with_host(&self, host: Host) -> Self {
        Self { host, zone: None, path_and_query: self.path_and_query.clone(), ..*self }
    }

    /// The same place at another port.
    #[must_use]
    pub fn with_port(&self, port: u16) -> Self {
        Self { port, ..self.clone() }
    }

    /// Another path and query of the same place; those begin with a slash and are written as in a URL.
    pub(crate) fn with_path_and_query(&self, path_and_query: &str) -> Self {
        Self { path_and_query: path_and_query.to_owned(), ..self.clone() }
    }

    /// The host.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The zone of an IPv6 address (RFC 4007 section 11): the interface that leads to it, by name or number. It means something on this
    /// machine alone, so it is no part of [`Target::authority`].
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// The port, the scheme's default if none was given.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Path and query as typed; `/` where there is none.
    #[must_use]
    pub fn path_and_query(&self) -> &str {
        &self.path_and_query
    }

    /// The URL as output shows it: with each value of its query hidden that may be a token.
    #[must_use]
    pub fn without_query_values(&self) -> String {
        shown::without_query_values(&self.to_string())
    }

    /// Whether its query may hold a token: something that [`Target::without_query_values`] hides.
    #[must_use]
    pub fn may_hold_token(&self) -> bool {
        self.path_and_query.contains('?') && shown::without_query_values(&self.path_and_query) != self.path_and_query
    }

    /// The name that TLS asks for (RFC 6066 section 3): without a final dot, and none for an address.
    #[must_use]
    pub fn sni(&self) -> Option<&str> {
        match &self.host {
            Host::Name(name) => Some(name.strip_suffix('.').unwrap_or(name)),
            Host::V4(_) | Host::V6(_) => None,
        }
    }

    /// The value of Host (RFC 9110 section 7.2): the port only where it is not the scheme's default.
    #[must_use]
    pub fn authority(&self) -> String {
        self.host_and_port(&self.host.to_string())
    }

    fn host_and_port(&self, host: &str) -> String {
        if self.port == self.scheme.default_port() { host.to_owned() } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match (&self.host, &self.zone) {
            (Host::V6(address), Some(zone)) => format!("[{address}%25{zone}]"),
            (host, _) => host.to_string(),
        };
        write!(out, "{}://{}{}", self.scheme.name(), self.host_and_port(&host), self.path_and_query)
    }
}

impl Host {
    /// Reads a name, or an address, which may be in brackets if it is one of IPv6; no zone.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            return inner.strip_suffix(']')?.parse().ok().map(Self::V6);
        }
        if text.contains(':') {
            return text.parse().ok().map(Self::V6);
        }
        if text.chars().all(|letter| letter.is_ascii_digit() || letter == '.') {
            return text.parse().ok().map(Self::V4);
        }
        let good = |label: &str| {
            !label.is_empty()
                && label.len() < 64
                && label.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
        };
        let name = text.strip_suffix('.').unwrap_or(text);
        (text.len() < 254 && name.split('.').all(good)).then(|| Self::Name(text.to_ascii_lowercase()))
    }
}

/// The most of a text that is no target that its error shows, in characters.
const MOST_SHOWN: usize = 200;

/// The text as an error may show it: escaped, and without a password or a token.
fn shown(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |at| start + at);
    let (before, after) = match text[start..end].rfind('@') {
        Some(at) => (format!("{}…", &text[..start]), &text[start + at..]),
        None => (String::new(), text),
    };
    let text = shown::without_query_values(&format!("{before}{after}"));
    let end = if text.chars().count() > MOST_SHOWN { "…" } else { "" };
    shown::escaped_start(&text, MOST_SHOWN) + end
}

/// Makes an error of the text it is about.
type Wrong = fn(String) -> TargetError;

/// What stands between scheme and path.
struct Authority {
    host: Host,
    zone: Option<String>,
    port: Option<u16>,
}

/// `host[:port]`, or the error that says what is wrong with it.
fn read_authority(text: &str) -> Result<Authority, Wrong> {
    if text.contains('@') {
        return Err(TargetError::UserInfo);
    }
    if text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Err(TargetError::Characters);
    }
    if !text.is_ascii() {
        return Err(TargetError::Script);
    }
    let (host, port) = split_port(text);
    if host.is_empty() {
        return Err(TargetError::NoHost);
    }
    if is_ambiguous(host) {
        return Err(TargetError::Ambiguous);
    }
    let (host, zone) = split_zone(host);
    let host = Host::parse(&host).ok_or(TargetError::Host as Wrong)?;
    if zone.as_ref().is_some_and(|zone| !is_zone(zone)) {
        return Err(TargetError::Zone);
    }
    match port.map(read_port) {
        Some(None) => Err(TargetError::Port),
        port => Ok(Authority { host, zone, port: port.flatten() }),
    }
}

/// An IPv6 address and its zone behind `%25` (RFC 6874) or, as people type it, behind a bare `%`; anything else is left as it is.
fn split_zone(host: &str) -> (String, Option<String>) {
    match host.split_once('%') {
        Some((address, zone)) if address.contains(':') => {
            let (zone, bracket) = zone.strip_suffix(']').map_or((zone, ""), |zone| (zone, "]"));
            let zone = zone.strip_prefix("25").filter(|rest| !rest.is_empty()).unwrap_or(zone);
            (format!("{address}{bracket}"), Some(zone.to_owned()))
        }
        _ => (host.to_owned(), None),
    }
}

/// Letters that a URL holds unescaped (RFC 3986 section 2.3).
fn is_zone(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._~".contains(letter))
}

/// Whether a bare IPv6 address would also be one without its last group, which then is a port.
fn is_ambiguous(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(address, port)| {
        address.parse::<Ipv6Addr>().is_ok() && host.parse::<Ipv6Addr>().is_ok() && read_port(port).is_some()
    })
}

/// Host and port; a bare IPv6 address has more than one colon and no port.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if authority.starts_with('[') {
        return match authority.rsplit_once(']') {
            Some((_, "")) | None => (authority, None),
            Some((host, port)) => (&authority[..=host.len()], Some(port.strip_prefix(':').unwrap_or("bad"))),
        };
    }
    match authority.split_once(':') {
        Some((_, rest)) if rest.contains(':') => (authority, None),
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

fn read_port(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0 && text.chars().all(|letter| letter.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_forms_are_read() {
        for (text, url) in [
            ("example.org", "wss://example.org/"),
            ("Example.ORG:443", "wss://example.org/"),
            ("127.0.0.1:8080", "wss://127.0.0.1:8080/"),
            ("h?x=1", "wss://h/?x=1"),
            ("h:81/a//b/../c?x=1&y=%20", "wss://h:81/a//b/../c?x=1&y=%20"),
            ("h/path?next=ws://other/", "wss://h/path?next=ws://other/"),
            ("ws://h", "ws://h/"),
            ("WS://h:80/x", "ws://h/x"),
            ("http://h", "ws://h/"),
            ("https://h:80", "wss://h:80/"),
            ("[::1]:8080", "wss://[::1]:8080/"),
            ("ws://[::1]", "ws://[::1]/"),
            ("::1", "wss://[::1]/"),
            ("fe80::1:abcd", "wss://[fe80::1:abcd]/"),
            ("1:2:3:4:5:6:7:8", "wss://[1:2:3:4:5:6:7:8]/"),
            (" localhost:9 ", "wss://localhost:9/"),
            ("[fe80::1%25eth0]:8080/x", "wss://[fe80::1%25eth0]:8080/x"),
            ("ws://[fe80::1%eth0]", "ws://[fe80::1%25eth0]/"),
            ("fe80::1%2", "wss://[fe80::1%252]/"),
            ("[fe80::1%25]", "wss://[fe80::1%2525]/"),
        ] {
            assert_eq!(Target::parse(text, Scheme::Wss).map(|target| target.to_string()), Ok(url.to_owned()), "{text}");
        }
        assert_eq!(Target::parse("h", Scheme::Ws).unwrap().port(), 80);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [
            ("", "empty"),
            ("ws://", "has no host"),
            ("ws:///x", "has no host"),
            (":80", "has no host"),
            ("h:0", "port"),
            ("h:99999", "port"),
            ("h:+80", "port"),
            ("h:http", "port"),
            ("[::1]8", "port"),
            ("[::1", "host that is neither"),
            ("[::1%", "host that is neither"),
            ("[::1%]", "a zone that is no interface"),
            ("[::1%25e/th]", "host that is neither"),
            ("fe80::1%eth0:80", "a zone that is no interface"),
            ("h%25eth0", "host that is neither"),
            ("1.2.3", "host that is neither"),
            ("::1:8080", "in brackets"),
            ("exämple.org", "xn--"),
            ("a b", "a space"),
            ("a\tb", "a space"),
            ("a\u{1b}b", "\\u{1b}b"),
            ("ftp://h", "another scheme"),
            ("ws://me:secret@h/", "carries a user name"),
            ("me:secret@h", "`…@h` carries a user name"),
            ("ftp://me:secret@h/?a=@", "`ftp://…@h/?a=@` has another scheme"),
            ("h/#top", "RFC 6455 section 3"),
            ("h/a b", "a space"),
            ("h/\u{1b}[31m", "\\u{1b}[31m"),
        ] {
            let error = Target::parse(text, Scheme::Wss).expect_err(text).to_string();
            assert!(error.contains(part) && !error.contains(char::is_control), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_authority_names_a_port_only_where_it_must() {
        let authority = |text| Target::parse(text, Scheme::Wss).unwrap().authority();
        assert_eq!(authority("ws://[::1]:8080/x"), "[::1]:8080");
        assert_eq!(authority("example.org:443"), "example.org");
        assert_eq!(authority("ws://[fe80::1%25eth0]:8080/x"), "[fe80::1]:8080");
    }

    #[test]
    fn sni_is_a_name() {
        let sni = |text| Target::parse(text, Scheme::Wss).unwrap().sni().map(str::to_owned);
        assert_eq!(sni("Example.org.:8080/x"), Some("example.org".to_owned()));
        assert_eq!((sni("127.0.0.1"), sni("[::1]")), (None, None));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_comes_back(text in any::<String>()) {
            if let Ok(target) = Target::parse(&text, Scheme::Ws) {
                prop_assert_eq!(Target::parse(&target.to_string(), Scheme::Wss), Ok(target));
            }
        }

        #[test]
        fn likely_text_comes_back(scheme in "(ws://|wss://|http://)?", host in "[a-z0-9.:\\[\\]-]{1,12}", path in "[/?a-z=&]{0,9}") {
            if let Ok(target) = Target::parse(&format!("{scheme}{host}{path}"), Scheme::Ws) {
                prop_assert_eq!(Target::parse(&target.to_string(), Scheme::Wss), Ok(target));
            }
        }
    }
}
