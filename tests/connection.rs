//! Ways to a server: plain, TLS, proxies; and what is said where there is none.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[allow(dead_code, reason = "the tests of hostile peers use more of it")]
mod support;

#[path = "connection/certificates.rs"]
mod certificates;
#[path = "connection/names.rs"]
mod names;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use stews::connection::{
    Certificate, ConnectOptions, Connected, Connector, Dial as _, DialError, DialErrorKind, Proxy, Stage, TunnelError,
};
use stews::probe::ALL;
use stews::target::{Scheme, Target};
use support::{Peer, stews};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;

fn options() -> ConnectOptions {
    ConnectOptions { timeout: Duration::from_secs(2), ..ConnectOptions::default() }
}

fn through(proxy: &str, peer: &Peer) -> ConnectOptions {
    let proxy = Proxy::parse(&format!("{proxy}127.0.0.1:{}", peer.port)).unwrap();
    ConnectOptions { proxy: Some(proxy), ..options() }
}

fn quick() -> ConnectOptions {
    ConnectOptions { timeout: Duration::from_millis(300), ..options() }
}

async fn dial(url: &str, options: &ConnectOptions) -> Result<Connected, DialError> {
    let target = Target::parse(url, Scheme::Wss).unwrap();
    Connector::new(&target, options).unwrap().dial().await
}

async fn refusal(url: &str, options: &ConnectOptions) -> DialError {
    match dial(url, options).await {
        Ok(_) => panic!("{url} was reached"),
        Err(error) => error,
    }
}

/// Says something and expects it back.
async fn assert_echoes(mut connected: Connected) {
    connected.stream.write_all(b"hello").await.unwrap();
    connected.stream.flush().await.unwrap();
    let mut buffer = [0; 5];
    connected.stream.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"hello");
}

async fn echo_bytes<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let mut buffer = [0; 1024];
    while let Ok(count) = stream.read(&mut buffer).await {
        if count == 0 || stream.write_all(&buffer[..count]).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

async fn echo_messages<S: AsyncRead + AsyncWrite + Unpin>(stream: S) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    while let Some(Ok(message)) = socket.next().await {
        if matches!(message, Message::Text(_) | Message::Binary(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}

/// What a ClientHello said: the server name and the ALPN protocols.
type Hello = (Option<String>, Vec<Vec<u8>>);

/// Serves one certificate and writes down who asks.
#[derive(Debug)]
struct Recorder {
    key: Arc<CertifiedKey>,
    hellos: Arc<Mutex<Vec<Hello>>>,
}

impl ResolvesServerCert for Recorder {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let alpn = hello.alpn().map(|names| names.map(<[u8]>::to_vec).collect()).unwrap_or_default();
        self.hellos.lock().unwrap().push((hello.server_name().map(str::to_owned), alpn));
        Some(self.key.clone())
    }
}

/// A TLS server's side, its self-signed certificate as PEM gives it, and the ClientHellos it will have seen.
struct Tls {
    acceptor: TlsAcceptor,
    certificate: Certificate,
    hellos: Arc<Mutex<Vec<Hello>>>,
}

fn tls() -> Tls {
    tls_of(rustls::ALL_VERSIONS)
}

fn tls_of(versions: &[&'static rustls::SupportedProtocolVersion]) -> Tls {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let certificate = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap().remove(0);
    assert_eq!(certificate, Certificate::from_der(made.cert.der().to_vec()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let key =
        CertifiedKey::new(vec![made.cert.der().clone()], provider.key_provider.load_private_key(private).unwrap());
    let hellos = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder { key: Arc::new(key), hellos: hellos.clone() };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(recorder));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Tls { acceptor: TlsAcceptor::from(Arc::new(config)), certificate, hellos }
}

async fn tls_echo(acceptor: TlsAcceptor) -> Peer {
    Peer::new(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                echo_bytes(stream).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn plain() {
    let peer = Peer::new(|stream, _| echo_bytes(stream)).await;
    for host in ["127.0.0.1", "localhost"] {
        let connected = dial(&format!("ws://{host}:{}/", peer.port), &options()).await.unwrap();
        assert!(connected.connect_time < Duration::from_secs(1));
        assert_echoes(connected).await;
    }
}

#[tokio::test]
async fn a_certificate_that_is_trusted() {
    let server = tls();
    let peer = tls_echo(server.acceptor).await;
    let options = ConnectOptions { extra_roots: vec![server.certificate], ..options() };
    for host in ["localhost", "127.0.0.1"] {
        assert_echoes(dial(&format!("wss://{host}:{}/", peer.port), &options).await.unwrap()).await;
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted() {
    let server = tls();
    let peer = tls_echo(server.acceptor).await;
    let url = format!("wss://localhost:{}/", peer.port);
    let error = refusal(&url, &options()).await;
    assert_eq!(error.kind(), DialErrorKind::Certificate);
    assert_eq!(error.to_string(), "the TLS handshake failed: the certificate is self-signed");
    let ran = stews(&["--timeout", "2", &url]).await;
    assert!(ran.out.contains(&format!("{error}; use -k to skip certificate checks\n")), "{}", ran.out);
    let insecure = ConnectOptions { insecure: true, ..options() };
    assert_echoes(dial(&url, &insecure).await.unwrap()).await;
}

#[tokio::test]
async fn a_certificate_of_another_name() {
    let server = tls();
    let peer = tls_echo(server.acceptor).await;
    let options = ConnectOptions { extra_roots: vec![server.certificate], ..options() };
    let error = dial_name_of_another(&peer, &options).await;
    assert!(error.ends_with("the certificate is for another name (localhost, 127.0.0.1)"), "{error}");
    // Where the whole of 127.0.0.0/8 does not lead to the listener, it is refused.
    let error = refusal(&format!("wss://127.0.0.2:{}/", peer.port), &options).await;
    assert!(matches!(error, DialError::Tls(_) | DialError::Refused(_)), "{error}");
}

/// Asks for a name that the certificate does not hold, through a proxy as the name has no address.
async fn dial_name_of_another(peer: &Peer, options: &ConnectOptions) -> String {
    let proxy = connect_proxy(peer.port, Arc::default()).await;
    let proxy = Proxy::parse(&format!("http://127.0.0.1:{}", proxy.port)).unwrap();
    let options = ConnectOptions { proxy: Some(proxy), ..options.clone() };
    refusal("wss://far.invalid/", &options).await.to_string()
}

#[tokio::test]
async fn both_versions_of_tls() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = tls_of(&[version]);
        let peer = tls_echo(server.acceptor).await;
        let url = format!("wss://localhost:{}/", peer.port);
        let trusting = ConnectOptions { extra_roots: vec![server.certificate], ..options() };
        assert_echoes(dial(&url, &trusting).await.unwrap()).await;
        let insecure = ConnectOptions { insecure: true, ..options() };
        assert_echoes(dial(&url, &insecure).await.unwrap()).await;
        refusal(&url, &options()).await;
    }
}

#[tokio::test]
async fn garbage_before_tls() {
    let hostile: [&'static [u8]; 6] = [
        b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
        b"SSH-2.0-\x1b[31m\r\n",
        &[0; 600],
        &[0xff; 600],
        b"\x16\x03\x03\x00\x04\x02\x00\x00\x50",
        b"\x15\x03\x03\x00\x02\x02\x46",
    ];
    for (index, bytes) in hostile.into_iter().enumerate() {
        let peer = Peer::new(move |mut stream, _| async move {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes).await;
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        })
        .await;
        // The fifth is an honest start of a message whose rest never comes.
        let options = if index == 4 { quick() } else { options() };
        let error = refusal(&format!("wss://127.0.0.1:{}/", peer.port), &options).await;
        let expected = if index == 4 { "does not answer the TLS" } else { "the TLS handshake failed: " };
        let words = error.to_string();
        assert!(words.contains(expected) && !words.contains(char::is_control), "{index}: {words:?}");
        assert!(index > 3 || words.ends_with("does not speak TLS on this port"), "{words}");
        assert!(index > 3 || error.kind() == DialErrorKind::NotTls, "{error:?}");
    }
}

#[tokio::test]
async fn the_hello_says_the_name_and_http_1_1_alone() {
    let server = tls();
    let peer = tls_echo(server.acceptor).await;
    let options = ConnectOptions { insecure: true, ..options() };
    for host in ["localhost", "LOCALHOST", "127.0.0.1"] {
        dial(&format!("wss://{host}:{}/", peer.port), &options).await.unwrap();
    }
    let hellos = server.hellos.lock().unwrap();
    let names: Vec<_> = hellos.iter().map(|(name, _)| name.as_deref()).collect();
    assert_eq!(names, [Some("localhost"), Some("localhost"), None]);
    assert!(hellos.iter().all(|(_, alpn)| *alpn == [b"http/1.1".to_vec()]), "{hellos:?}");
}

/// In the original, 309, the 400 series and the 500 series went without `-k`.
#[tokio::test(flavor = "multi_thread")]
async fn nocert_holds_for_all_tests() {
    let acceptor = tls().acceptor;
    let peer = Peer::new(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                echo_messages(stream).await;
            }
        }
    })
    .await;
    let url = format!("wss://127.0.0.1:{}/", peer.port);
    let ran = stews(&["-k", "--thorough", "--timeout", "2", "--format", "json", &url]).await;
    assert!(ran.code <= 1, "{}{}", ran.out, ran.err);
    let facts = ran.facts();
    assert!(facts["stopped"].is_null(), "{facts}");
    for probe in ALL.iter().filter(|probe| probe.is_default()) {
        assert!(facts["observations"][probe.id.to_string()].is_string(), "{}: {facts}", probe.id);
    }
    let ran = stews(&["--timeout", "2", &url]).await;
    assert_eq!(ran.code, 6);
    assert!(ran.out.contains("-k"), "{}", ran.out);
}

#[tokio::test]
async fn a_refused_port() {
    let port = Peer::mortal(0, |_, _| async {}).await.port;
    tokio::time::sleep(Duration::from_millis(50)).await;
    for scheme in ["ws", "wss"] {
        let error = refusal(&format!("{scheme}://127.0.0.1:{port}/"), &options()).await;
        assert!(matches!(error, DialError::Refused(_)), "{error}");
        assert!(error.to_string().contains("nothing listens"), "{error}");
    }
}

#[tokio::test]
async fn a_name_without_an_address() {
    let error = refusal("ws://no-such-host.invalid/", &options()).await;
    assert!(matches!(error, DialError::Resolve { .. } | DialError::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn a_silent_tls_server() {
    let peer = Peer::new(|mut stream, _| async move {
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await;
    let start = Instant::now();
    let error = refusal(&format!("wss://127.0.0.1:{}/", peer.port), &quick()).await;
    assert!(matches!(error, DialError::Timeout { stage: Stage::Tls, .. }), "{error}");
    let words = format!("no connection to 127.0.0.1:{} within 0.3 s: it does not answer the TLS", peer.port);
    assert!(error.to_string().starts_with(&words), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_server_that_hangs_up_on_tls() {
    let peer = Peer::new(|mut stream, _| async move {
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    let url = format!("wss://127.0.0.1:{}/", peer.port);
    let error = refusal(&url, &options()).await;
    assert_eq!(error.kind(), DialErrorKind::NotTls, "{error}");
    let ran = stews(&["--timeout", "2", &url]).await;
    let hint = format!("{error}; for a server without TLS use ws://127.0.0.1:{}/\n", peer.port);
    assert!(ran.out.contains(&hint), "{}", ran.out);
}

/// Reads a head byte by byte, as the tunnel begins right after it.
async fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A CONNECT proxy that leads to a port on loopback whatever it is asked for, and writes the requests down.
async fn connect_proxy(to: u16, heard: Arc<Mutex<Vec<String>>>) -> Peer {
    Peer::new(move |mut stream, _| {
        let heard = heard.clone();
        async move {
            let request = head(&mut stream).await;
            heard.lock().unwrap().push(request);
            let mut onward = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n").await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut onward).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_connect_proxy() {
    let target = Peer::new(|stream, _| echo_bytes(stream)).await;
    let heard = Arc::default();
    let proxy = connect_proxy(target.port, Arc::clone(&heard)).await;
    // The proxy looks the name up, not we.
    assert_echoes(dial("ws://far.invalid:81/x", &through("http://", &proxy)).await.unwrap()).await;
    assert_echoes(dial("ws://far.invalid/x", &through("http://me:secret@", &proxy)).await.unwrap()).await;
    let heard = heard.lock().unwrap();
    assert_eq!(heard[0], "CONNECT far.invalid:81 HTTP/1.1\r\nHost: far.invalid:81\r\n\r\n");
    assert!(heard[1].starts_with("CONNECT far.invalid:80 HTTP/1.1\r\n"), "{}", heard[1]);
    assert!(heard[1].contains("Proxy-Authorization: Basic bWU6c2VjcmV0\r\n"), "{}", heard[1]);
}

#[tokio::test]
async fn a_connect_proxy_to_an_address() {
    let heard = Arc::default();
    let target = Peer::new(|stream, _| echo_bytes(stream)).await;
    let proxy = connect_proxy(target.port, Arc::clone(&heard)).await;
    assert_echoes(dial("ws://[2001:db8::1]/x", &through("http://", &proxy)).await.unwrap()).await;
    assert!(heard.lock().unwrap()[0].starts_with("CONNECT [2001:db8::1]:80 HTTP/1.1\r\n"));
}

/// A server may speak first, and its bytes may come in one segment with the proxy's.
#[tokio::test]
async fn the_first_bytes_of_a_tunnel_are_not_lost() {
    for answer in ["HTTP/1.1 200 OK\r\nVia: x\r\n\r\n", "HTTP/1.0 200\n\n"] {
        let proxy = Peer::new(move |mut stream, _| async move {
            head(&mut stream).await;
            stream.write_all(format!("{answer}\r\n\r\nfirst").as_bytes()).await.unwrap();
        })
        .await;
        let mut connected = dial("ws://far.invalid/", &through("http://", &proxy)).await.unwrap();
        let mut bytes = Vec::new();
        connected.stream.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"\r\n\r\nfirst");
    }
}

#[tokio::test]
async fn tls_through_a_connect_proxy() {
    let server = tls();
    let target = tls_echo(server.acceptor).await;
    let proxy = connect_proxy(target.port, Arc::default()).await;
    let options = ConnectOptions { extra_roots: vec![server.certificate], ..through("http://", &proxy) };
    assert_echoes(dial("wss://localhost:1/", &options).await.unwrap()).await;
    assert_eq!(server.hellos.lock().unwrap()[0].0.as_deref(), Some("localhost"), "the target's name, not the proxy's");
}

/// What a proxy that answers CONNECT with `reply` makes of us.
async fn proxy_that_says(reply: &'static [u8], again: &'static [u8]) -> String {
    let proxy = Peer::new(move |mut stream, _| async move {
        head(&mut stream).await;
        let mut sent = stream.write_all(reply).await;
        while sent.is_ok() && !again.is_empty() {
            sent = stream.write_all(again).await;
        }
    })
    .await;
    let start = Instant::now();
    let error = refusal("ws://far.invalid/", &through("http://", &proxy)).await;
    assert!(start.elapsed() < Duration::from_secs(3));
    assert!(matches!(error, DialError::Proxy { .. } | DialError::Timeout { .. }), "{error}");
    let words = error.to_string();
    assert!(!words.chars().any(char::is_control), "{words:?}");
    words
}

#[tokio::test]
async fn a_connect_proxy_that_refuses() {
    // Only the characters matter; such a reason phrase is no HTTP.
    proxy_that_says(b"HTTP/1.1 407 Who\x1b[31m are you\r\nContent-Length: 0\r\n\r\n", b"").await;
    proxy_that_says(b"HTTP/1.1 407 Who\x9b31m\xc2\x9b are you\r\n\r\n", b"").await;
    let words = proxy_that_says(b"HTTP/1.1 407 Who are you\r\n\r\n", b"").await;
    assert!(words.contains("it answered CONNECT with 407 Who are you; it wants valid credentials: http://"), "{words}");
    let words = proxy_that_says(b"HTTP/1.1 502\r\n\r\n", b"").await;
    assert!(words.ends_with("it answered CONNECT with 502"), "{words}");
    let words = proxy_that_says(format!("HTTP/1.1 502 {}\r\n\r\n", "no ".repeat(3000)).leak().as_bytes(), b"").await;
    assert!(words.ends_with('…') && words.len() < 200, "{words}");
    let words = proxy_that_says(b"\x05\x00\x1b\n\n", b"").await;
    assert!(words.contains("not HTTP"), "{words}");
    let words = proxy_that_says(b"", b"").await;
    assert!(words.contains("hung up"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connect_proxy_with_an_endless_head() {
    for (first, again) in
        [(&b"HTTP/1.1 200 OK\r\n"[..], &b"X-More: and more\r\n"[..]), (b"HTTP/1.1 200 OK\r\nX: ", b"x")]
    {
        let words = proxy_that_says(first, again).await;
        assert!(words.contains("longer than 16 KiB") || words.contains("opens no tunnel"), "{words}");
    }
}

#[tokio::test]
async fn a_silent_proxy() {
    let proxy = Peer::new(|mut stream, _| async move {
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await;
    for kind in ["http://", "socks5://"] {
        let hasty = ConnectOptions { timeout: quick().timeout, ..through(kind, &proxy) };
        let error = refusal("ws://far.invalid/", &hasty).await;
        assert!(matches!(error, DialError::Timeout { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_refused_proxy() {
    let proxy = Peer::mortal(0, |_, _| async {}).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = refusal("ws://far.invalid/", &through("http://", &proxy)).await;
    assert_eq!(error.kind(), DialErrorKind::ProxyUnreached, "the proxy, not the target: {error}");
    assert!(error.to_string().contains(&format!("refused by 127.0.0.1:{}", proxy.port)), "{error}");
}

async fn bytes<const COUNT: usize>(stream: &mut TcpStream) -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    stream.read_exact(&mut bytes).await.unwrap();
    bytes
}

/// A length in one byte, then so many characters.
async fn short_text(stream: &mut TcpStream) -> String {
    let mut text = vec![0; usize::from(stream.read_u8().await.unwrap())];
    stream.read_exact(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

/// The greeting of SOCKS5 and user and password (RFC 1929) where they are offered; whether that went well.
async fn socks_greeting(stream: &mut TcpStream, wants: Option<(&str, &str)>) -> bool {
    assert_eq!(stream.read_u8().await.unwrap(), 5);
    let methods = short_text(stream).await;
    let Some((user, password)) = wants else {
        stream.write_all(&[5, 0]).await.unwrap();
        return true;
    };
    if !methods.contains('\u{2}') {
        stream.write_all(&[5, 0xff]).await.unwrap();
        return false;
    }
    stream.write_all(&[5, 2]).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), 1);
    let good = short_text(stream).await == user && short_text(stream).await == password;
    stream.write_all(&[1, u8::from(!good)]).await.unwrap();
    good
}

/// A SOCKS5 proxy (RFC 1928); `answer` is its reply field.
async fn socks_proxy(
    to: u16,
    answer: u8,
    wants: Option<(&'static str, &'static str)>,
    heard: Arc<Mutex<Vec<(String, u16)>>>,
) -> Peer {
    Peer::new(move |mut stream, _| {
        let heard = heard.clone();
        async move {
            if !socks_greeting(&mut stream, wants).await {
                return;
            }
            let address = match bytes(&mut stream).await {
                [5, 1, 0, 1] => Ipv4Addr::from(bytes::<4>(&mut stream).await).to_string(),
                [5, 1, 0, 3] => short_text(&mut stream).await,
                [5, 1, 0, 4] => Ipv6Addr::from(bytes::<16>(&mut stream).await).to_string(),
                other => panic!("{other:?}"),
            };
            let port = stream.read_u16().await.unwrap();
            heard.lock().unwrap().push((address, port));
            stream.write_all(&[5, answer, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            if answer == 0 {
                let mut onward = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut onward).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_socks_proxy() {
    let target = Peer::new(|stream, _| echo_bytes(stream)).await;
    let heard = Arc::default();
    let proxy = socks_proxy(target.port, 0, None, Arc::clone(&heard)).await;
    assert_echoes(dial("ws://far.invalid:81/x", &through("socks5://", &proxy)).await.unwrap()).await;
    assert_echoes(dial("ws://10.1.2.3/x", &through("socks5://", &proxy)).await.unwrap()).await;
    assert_echoes(dial("ws://[::7]/x", &through("socks5://", &proxy)).await.unwrap()).await;
    let expected = [("far.invalid".to_owned(), 81), ("10.1.2.3".to_owned(), 80), ("::7".to_owned(), 80)];
    assert_eq!(*heard.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_socks_proxy_that_refuses() {
    let proxy = socks_proxy(0, 5, None, Arc::default()).await;
    let error = refusal("ws://far.invalid/", &through("socks5://", &proxy)).await;
    assert!(matches!(&error, DialError::Proxy { error: TunnelError::SocksReply { reply: 5, .. }, .. }), "{error}");
    assert!(error.to_string().ends_with("it says: connection refused (reply 5)"), "{error}");
    let http = Peer::new(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 \x1b[31m\r\n\r\n").await;
    })
    .await;
    let error = refusal("ws://far.invalid/", &through("socks5://", &http)).await;
    assert!(error.to_string().ends_with("it does not speak SOCKS5"), "{error}");
    assert_eq!(error.kind(), DialErrorKind::Proxy);
}

#[tokio::test]
async fn a_socks_proxy_with_credentials() {
    let target = Peer::new(|stream, _| echo_bytes(stream)).await;
    let proxy = socks_proxy(target.port, 0, Some(("me", "se:cr@t")), Arc::default()).await;
    assert_echoes(dial("ws://far.invalid/", &through("socks5://me:se%3acr%40t@", &proxy)).await.unwrap()).await;
    for scheme in ["socks5://", "socks5://me:wrong@"] {
        let error = refusal("ws://far.invalid/", &through(scheme, &proxy)).await;
        assert_eq!(error.kind(), DialErrorKind::ProxyCredentials);
        let error = error.to_string();
        assert!(error.contains("socks5://user:password@host:port"), "{error}");
        assert!(!error.contains("wrong"), "{error}");
    }
}
