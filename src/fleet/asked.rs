//! A target as it was asked for: it may leave open whether it runs over TLS.

use sha1::{Digest as _, Sha1};

use crate::target::{Scheme, Target};

/// A name that is longer is not told in full, so that a key has to stand in for it.
const LONG: usize = 2048;

/// A target as it was asked for. Where it names no scheme, and none is the default, it is one over TLS first and one without TLS next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    first: Target,
    next: Option<Target>,
}

/// What tells one target of a run from another: 64 bits of the SHA-1 of its [name](Asked::name).
#[must_use]
pub fn key_of(name: &str) -> u64 {
    let digest = Sha1::digest(name.as_bytes());
    digest.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

impl Asked {
    /// A target that leaves nothing open.
    #[must_use]
    pub const fn exactly(target: Target) -> Self {
        Self { first: target, next: None }
    }

    /// A target that leaves its scheme open. Where it leaves the port open as well, each scheme has its own.
    #[must_use]
    pub fn with_either_scheme(target: &Target, has_port: bool) -> Self {
        let of = |scheme: Scheme| {
            let target = target.with_scheme(scheme);
            if has_port { target } else { target.with_port(scheme.default_port()) }
        };
        Self { first: of(Scheme::Wss), next: Some(of(Scheme::Ws)) }
    }

    /// The target of a name that [`Asked::name`] gave; none where a text is no such name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let (target, named) = Target::parse_named(name, Scheme::Wss).ok()?;
        let asked = if named.scheme { Self::exactly(target) } else { Self::with_either_scheme(&target, named.port) };
        (asked.name() == name).then_some(asked)
    }

    /// What is tried first.
    #[must_use]
    pub const fn first(&self) -> &Target {
        &self.first
    }

    /// What is tried next where the first speaks no TLS, or nothing listens there; nothing where the scheme was named.
    #[must_use]
    pub const fn next(&self) -> Option<&Target> {
        self.next.as_ref()
    }

    /// The target in its one form: a URL, without its scheme if that is open.
    #[must_use]
    pub fn name(&self) -> String {
        let url = self.first.to_string();
        if self.next.is_some() { self.without_scheme(&url) } else { url }
    }

    /// The same as output shows it, with each value of its query hidden that may be a token.
    #[must_use]
    pub fn shown(&self) -> String {
        let url = self.first.without_query_values();
        if self.next.is_some() { self.without_scheme(&url) } else { url }
    }

    /// What tells it from others.
    #[must_use]
    pub fn key(&self) -> u64 {
        key_of(&self.name())
    }

    /// Its key in hexadecimal, where [`Asked::shown`] does not tell it in full.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        let name = self.name();
        (name.len() > LONG || name != self.shown()).then(|| format!("{:016x}", key_of(&name)))
    }

    /// A port that is the default of one of the schemes is told where it was named: without it, each scheme would have its own.
    fn without_scheme(&self, url: &str) -> String {
        let rest = url.strip_prefix("wss://").unwrap_or(url);
        let is_named = self.next.as_ref().is_some_and(|next| next.port() == self.first.port());
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if is_named && self.first.port() == Scheme::Wss.default_port() {
            format!("{authority}:{}{path}", self.first.port())
        } else {
            rest.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> Asked {
        let (target, named) = Target::parse_named(text, Scheme::Wss).unwrap();
        Asked::with_either_scheme(&target, named.port)
    }

    #[test]
    fn without_a_scheme_tls_is_tried_first() {
        let asked = open("h/x");
        assert_eq!(
            (asked.first().to_string(), asked.next().unwrap().to_string()),
            ("wss://h/x".into(), "ws://h/x".into())
        );
        let asked = open("h:8080");
        assert_eq!(asked.next().unwrap().to_string(), "ws://h:8080/");
        assert_eq!(Asked::exactly(Target::parse("ws://h/", Scheme::Wss).unwrap()).next(), None);
    }

    #[test]
    fn a_name_tells_what_was_left_open() {
        assert_eq!(open("h/x").name(), "h/x");
        assert_eq!(open("h:443/x").name(), "h:443/x");
        assert_eq!(open("h:80/x").name(), "h:80/x");
        assert_eq!(open("[::1]:443").name(), "[::1]:443/");
        assert_eq!(Asked::exactly(Target::parse("wss://h:443/", Scheme::Ws).unwrap()).name(), "wss://h/");
    }

    #[test]
    fn a_name_is_read_back_as_what_it_is_the_name_of() {
        let exactly = |text| Asked::exactly(Target::parse(text, Scheme::Ws).unwrap());
        for asked in [
            open("h/x"),
            open("h:443/x"),
            open("h:80"),
            open("[::1]:443"),
            // As a text this is a network.
            Asked::with_either_scheme(&Target::parse("127.0.0.1/24", Scheme::Wss).unwrap(), false),
            exactly("wss://h:443/"),
            exactly("ws://h:443/a?b=c"),
        ] {
            assert_eq!(Asked::from_name(&asked.name()), Some(asked));
        }
        for text in ["", "a b", "H", "h", "ws://h", "h/#x"] {
            assert_eq!(Asked::from_name(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_hidden_has_a_key() {
        let asked = open("h/?token=secret");
        assert_eq!(asked.shown(), "h/?token=<hidden>");
        assert_eq!(asked.id(), Some(format!("{:016x}", key_of("h/?token=secret"))));
        assert_ne!(asked.key(), open("h/?token=other1").key());
        assert_eq!(open("h/?v=1").id(), None);
        assert!(open(&format!("h/{}", "a".repeat(3000))).id().is_some());
    }
}
