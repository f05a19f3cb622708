//! Proxies on our side of the network: HTTP CONNECT (RFC 9110 section 9.3.6) and SOCKS5 (RFC 1928).

use std::fmt;

use base64::Engine as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::error::{DialError, TunnelError};
use super::socks;
use crate::target::Host;
use crate::wire::escape::shorten;

/// The longest head of an answer to CONNECT that is read, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// The most header fields in it.
const MAX_FIELDS: usize = 100;

/// A proxy to go through. It looks the target's name up, not we.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    kind: Kind,
    pub(super) host: String,
    pub(super) port: u16,
    credentials: Option<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Connect,
    Socks5,
}

/// The most of a text that is no proxy that its error shows, in characters.
const MOST_SHOWN: usize = 200;

/// Why a text is no proxy; holds the text, escaped and without credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a proxy; write http://host:port or socks5://host:port, with user:password@ if it wants that")]
pub struct ProxyError(String);

impl fmt::Debug for Proxy {
    /// Without the credentials, which belong in no log.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Proxy({:?} {})", self.kind, self.address())
    }
}

impl Proxy {
    /// Reads `http://[user:password@]host:port` or `socks5://[user:password@]host:port`.
    ///
    /// User and password may hold `%XX` (RFC 3986 section 2.1).
    ///
    /// # Errors
    /// When the text is no such URL.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        Self::read(text).ok_or_else(|| {
            let (secret, rest) = text.rsplit_once('@').map_or(("", text), |(_, rest)| ("…@", rest));
            ProxyError(format!("{secret}{}", shorten(&rest.escape_debug().to_string(), MOST_SHOWN)))
        })
    }

    fn read(text: &str) -> Option<Self> {
        let uri: http::Uri = text.parse().ok()?;
        let kind = match uri.scheme_str()? {
            "http" => Kind::Connect,
            "socks5" | "socks5h" => Kind::Socks5,
            _ => return None,
        };
        if !matches!(uri.path_and_query().map_or("", |path| path.as_str()), "" | "/") {
            return None;
        }
        let authority = uri.authority()?;
        let credentials = match authority.as_str().rsplit_once('@') {
            None => None,
            Some((user_info, _)) => {
                let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
                Some((percent_decoded(user)?, percent_decoded(password)?))
            }
        };
        let host = Some(authority.host()).filter(|host| !host.is_empty())?.to_owned();
        let port = authority.port_u16().filter(|port| *port > 0)?;
        Some(Self { kind, host, port, credentials })
    }

    fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(super) fn failed(&self, error: TunnelError) -> DialError {
        DialError::Proxy { proxy: self.address(), error }
    }

    /// Asks the proxy behind `stream` for a tunnel; the stream then is that tunnel.
    pub(super) async fn tunnel(&self, stream: TcpStream, host: &Host, port: u16) -> Result<TcpStream, DialError> {
        let result = match self.kind {
            Kind::Connect => self.connect(stream, host, port).await,
            Kind::Socks5 => self.socks5(stream, host, port).await,
        };
        result.map_err(|error| self.failed(error))
    }

    async fn socks5(&self, mut stream: TcpStream, host: &Host, port: u16) -> Result<TcpStream, TunnelError> {
        socks::ask(&mut stream, self.credentials.as_ref(), host, port).await?;
        Ok(stream)
    }

    async fn connect(&self, mut stream: TcpStream, host: &Host, port: u16) -> Result<TcpStream, TunnelError> {
        let authority = format!("{host}:{port}");
        let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n");
        if let Some((user, password)) = &self.credentials {
            let token = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
            request.push_str(&format!("Proxy-Authorization: Basic {token}\r\n"));
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).await.map_err(TunnelError::HungUp)?;
        match read_head(&mut stream).await? {
            (200..=299, _) => Ok(stream),
            (status, reason) => Err(TunnelError::Status { status, reason }),
        }
    }
}

/// `%XX` as the byte it stands for; none where it is not two digits, or the bytes are not UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    // The crate percent-encoding takes `%+f` as it stands; here it is a mistake to be told.
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let digits = part.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

/// Reads up to the empty line and not a byte further: what follows belongs to the tunnel.
async fn read_head(stream: &mut TcpStream) -> Result<(u16, String), TunnelError> {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_HEAD {
        bytes.push(stream.read_u8().await.map_err(TunnelError::HungUp)?);
        let not_http = bytes.len() == 5 && bytes != b"HTTP/";
        if not_http || bytes.ends_with(b"\n\r\n") || bytes.ends_with(b"\n\n") {
            return decode_head(&bytes).ok_or(TunnelError::Protocol("its answer to CONNECT is not HTTP"));
        }
    }
    Err(TunnelError::Protocol("the head of its answer to CONNECT is longer than 16 KiB"))
}

/// Status and reason phrase of a complete head.
fn decode_head(bytes: &[u8]) -> Option<(u16, String)> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let complete = response.parse(bytes).ok()?.is_complete();
    Some((response.code.filter(|_| complete)?, response.reason.unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read_and_others_refused() {
        let proxy = Proxy::parse("http://me:secret@proxy.example:3128").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port, proxy.kind), ("proxy.example", 3128, Kind::Connect));
        assert_eq!(proxy.credentials, Some(("me".into(), "secret".into())));
        assert_eq!(format!("{proxy:?}"), "Proxy(Connect proxy.example:3128)");
        let proxy = Proxy::parse("socks5://a%40b:c%3a%C3%A4@[::1]:1080/").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port, proxy.kind), ("[::1]", 1080, Kind::Socks5));
        assert_eq!(proxy.credentials, Some(("a@b".into(), "c:ä".into())));
        for text in [
            "",
            "proxy:3128",
            "ftp://h:1",
            "http://h",
            "http://h:0",
            "http://",
            "http://:1",
            "http://h:1/x",
            "http://a:secret@h",
            "http://a:secret%+f@h:1",
            "http://a:secret%ff@h:1",
            "http://h\u{1b}:1",
        ] {
            let error = Proxy::parse(text).expect_err(text).to_string();
            assert!(error.contains("write http://host:port or socks5://host:port"), "{error}");
            assert!(!error.contains("secret") && !error.contains('\u{1b}'), "{error}");
        }
    }

    #[test]
    fn a_head_is_read_or_refused() {
        assert_eq!(decode_head(b"HTTP/1.0 200\r\n\r\n"), Some((200, String::new())));
        assert_eq!(decode_head(b"HTTP/1.1 502 Bad Gateway\nA: b\n\n"), Some((502, "Bad Gateway".into())));
        for bytes in [&b""[..], b"\x05\x00\x1b\n\n", b"HTTP/1.1 200 OK\r\n", b"HTTP/9.9 200 OK\r\n\r\n"] {
            assert_eq!(decode_head(bytes), None);
        }
    }
}
