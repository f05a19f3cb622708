//! Proxies on our side of the network: HTTP CONNECT (RFC 9110 section 9.3.6) and SOCKS5 (RFC 1928).

use base64::Engine as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::DialError;
use crate::target::Host;
use crate::wire::escape::for_terminal;
use crate::wire::handshake::{HeadResult, Header, Request, ResponseHead};

/// The longest answer to CONNECT that is read.
const MAX_HEAD: usize = 16 * 1024;

/// A proxy to go through.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Why a text is no proxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a proxy; write http://host:port or socks5://host:port, with user:password@ if it wants that")]
pub struct ProxyError(String);

impl Proxy {
    /// Reads `http://[user:password@]host:port` or `socks5://[user:password@]host:port`.
    ///
    /// # Errors
    /// When the text is no such URL.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let wrong = || ProxyError(text.escape_debug().to_string());
        let uri: http::Uri = text.parse().map_err(|_| wrong())?;
        let kind = match uri.scheme_str() {
            Some("http") => Kind::Connect,
            Some("socks5" | "socks5h") => Kind::Socks5,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?;
        let credentials = authority.as_str().rsplit_once('@').map(|(user_info, _)| {
            let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
            (user.to_owned(), password.to_owned())
        });
        let port = authority.port_u16().filter(|port| *port > 0).ok_or_else(wrong)?;
        Ok(Self { kind, host: authority.host().to_owned(), port, credentials })
    }

    /// Asks the proxy behind `stream` for a tunnel; the stream then is that tunnel.
    pub(super) async fn tunnel(&self, stream: TcpStream, host: &Host, port: u16) -> Result<TcpStream, DialError> {
        let result = match self.kind {
            Kind::Connect => self.connect(stream, host, port).await,
            Kind::Socks5 => self.socks5(stream, host, port).await,
        };
        result.map_err(|why| DialError::Proxy { proxy: format!("{}:{}", self.host, self.port), why })
    }

    async fn socks5(&self, stream: TcpStream, host: &Host, port: u16) -> Result<TcpStream, String> {
        let name = match host {
            Host::Name(name) => name.clone(),
            Host::V4(address) => address.to_string(),
            Host::V6(address) => address.to_string(),
        };
        // The proxy resolves names, as for anybody who uses one to see another network.
        let target = (name.as_str(), port);
        let connected = match &self.credentials {
            None => tokio_socks::tcp::Socks5Stream::connect_with_socket(stream, target).await,
            Some((user, password)) => {
                tokio_socks::tcp::Socks5Stream::connect_with_password_and_socket(stream, target, user, password).await
            }
        };
        connected.map(tokio_socks::tcp::Socks5Stream::into_inner).map_err(|error| error.to_string())
    }

    async fn connect(&self, mut stream: TcpStream, host: &Host, port: u16) -> Result<TcpStream, String> {
        let authority = format!("{host}:{port}");
        let mut headers = vec![Header::new("Host", authority.clone())];
        if let Some((user, password)) = &self.credentials {
            let token = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
            headers.push(Header::new("Proxy-Authorization", format!("Basic {token}")));
        }
        let request = Request { start_line: format!("CONNECT {authority} HTTP/1.1"), headers, tail: Vec::new() };
        stream.write_all(&request.encode()).await.map_err(|error| error.to_string())?;
        let head = read_head(&mut stream).await?;
        match head.status {
            200..=299 => Ok(stream),
            status => Err(format!("it answered CONNECT with {status} {}", for_terminal(head.reason.as_bytes()))),
        }
    }
}

/// Reads up to the empty line and not a byte further: what follows belongs to the tunnel.
async fn read_head(stream: &mut TcpStream) -> Result<ResponseHead, String> {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_HEAD {
        bytes.push(stream.read_u8().await.map_err(|error| format!("it hung up ({error})"))?);
        if bytes.ends_with(b"\n") {
            match ResponseHead::decode(&bytes) {
                HeadResult::Complete(head, _) => return Ok(head),
                HeadResult::NotHttp => break,
                HeadResult::Partial => {}
            }
        }
    }
    Err("its answer to CONNECT is not HTTP".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read_and_others_refused() {
        let proxy = Proxy::parse("http://me:secret@proxy.example:3128").unwrap();
        assert_eq!((proxy.host.as_str(), proxy.port, proxy.kind), ("proxy.example", 3128, Kind::Connect));
        assert_eq!(proxy.credentials, Some(("me".into(), "secret".into())));
        assert_eq!(Proxy::parse("socks5://127.0.0.1:1080").unwrap().kind, Kind::Socks5);
        for text in ["", "proxy:3128", "ftp://h:1", "http://h", "http://h:0", "http://"] {
            let error = Proxy::parse(text).expect_err(text).to_string();
            assert!(error.contains("write http://host:port or socks5://host:port"), "{error}");
        }
    }
}
