//! Where WebSockets live: paths, each with the query that it wants.

use crate::target::shown::{SHOWN, escaped_start};

/// Paths with their queries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths(Vec<String>);

/// Why a text is no path; holds the text, escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathsError {
    /// It holds what no URL does.
    #[error("`{0}` is no path: it holds a space, #, a control character or one outside ASCII; write it as %XX")]
    Characters(String),
    /// It is a URL.
    #[error("`{0}` is no path but a URL; write /path?query")]
    Url(String),
}

/// Where the common servers and frameworks serve WebSockets unless they are told otherwise, and what their query must hold: the version of
/// Engine.IO (Socket.IO, engine.io), of the Phoenix socket (Phoenix, Supabase).
const KNOWN: [&str; 28] = [
    "/",
    "/ws",
    "/websocket",
    "/socket",
    "/socket.io/?EIO=4&transport=websocket",
    "/engine.io/?EIO=4&transport=websocket",
    "/sockjs/websocket",
    "/ws/websocket",
    "/cable",
    "/socket/websocket?vsn=2.0.0",
    "/live/websocket?vsn=2.0.0",
    "/realtime/v1/websocket?vsn=1.0.0",
    "/graphql",
    "/subscriptions",
    "/mqtt",
    "/stomp",
    "/signalr",
    "/hub",
    "/chat",
    "/stream",
    "/events",
    "/api/ws",
    "/api/websocket",
    "/api/v1/ws",
    "/v1/ws",
    "/rpc",
    "/websockify",
    "/_next/webpack-hmr",
];

impl Paths {
    /// Where WebSockets live as a rule.
    #[must_use]
    pub fn known() -> Self {
        Self(KNOWN.map(str::to_owned).to_vec())
    }

    /// Adds a path, with its query if it has one; a leading slash may be left out.
    ///
    /// # Errors
    /// When the text is no path.
    pub fn add(&mut self, text: &str) -> Result<(), PathsError> {
        let shown = || escaped_start(text, SHOWN);
        if text.contains("://") && !text.starts_with('/') {
            return Err(PathsError::Url(shown()));
        }
        if !text.chars().all(|letter| letter.is_ascii_graphic() && letter != '#') {
            return Err(PathsError::Characters(shown()));
        }
        let path = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
        if !self.0.contains(&path) {
            self.0.push(path);
        }
        Ok(())
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_paths_are_paths_and_each_is_there_once() {
        let mut paths = Paths::default();
        KNOWN.iter().for_each(|path| paths.add(path).unwrap());
        assert_eq!(paths, Paths::known());
    }

    #[test]
    fn what_is_no_path_is_told() {
        let mut paths = Paths::default();
        for text in ["ws", "/ws", "?a=b"] {
            paths.add(text).unwrap();
        }
        assert_eq!(paths.all(), ["/ws", "/?a=b"]);
        for text in ["a b", "/#x", "/\u{1b}", "ws://h/x"] {
            assert!(!paths.add(text).unwrap_err().to_string().contains(char::is_control), "{text}");
        }
    }
}
