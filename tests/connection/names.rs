//! Names and addresses: looked up once, pinned, told, and set apart by the user.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use stews::connection::{Family, KnownAddresses, Lookup, Redirect, Resolver};

use super::*;

/// A resolver of our own: what it says, and whom it was asked for. It says nothing, ever, where it knows no address.
#[derive(Debug, Default)]
struct Book {
    addresses: Vec<SocketAddr>,
    asked: Mutex<Vec<String>>,
}

impl Resolver for Book {
    fn look_up<'a>(&'a self, host: &'a str, port: u16) -> Lookup<'a> {
        self.asked.lock().unwrap().push(format!("{host}:{port}"));
        Box::pin(async {
            if self.addresses.is_empty() {
                std::future::pending::<()>().await;
            }
            Ok(self.addresses.clone())
        })
    }
}

fn book(ports: &[u16]) -> Arc<Book> {
    let addresses = ports.iter().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).collect();
    Arc::new(Book { addresses, asked: Mutex::default() })
}

fn by(book: &Arc<Book>) -> ConnectOptions {
    ConnectOptions { resolver: book.clone(), ..options() }
}

fn connector(url: &str, options: &ConnectOptions) -> Connector {
    Connector::new(&Target::parse(url, Scheme::Wss).unwrap(), options).unwrap()
}

/// A port of a server that is gone.
async fn dead_port() -> u16 {
    let port = Peer::mortal(0, |_, _| async {}).await.port;
    tokio::time::sleep(Duration::from_millis(50)).await;
    port
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_its_address_is_told() {
    let peer = Peer::new(|stream, _| echo_bytes(stream)).await;
    let book = book(&[peer.port]);
    let connector = connector("ws://far.invalid:81/", &by(&book));
    assert_eq!(connector.address(), None);
    for _ in 0..3 {
        assert_echoes(connector.dial().await.unwrap()).await;
    }
    assert_eq!(*book.asked.lock().unwrap(), ["far.invalid:81"]);
    assert_eq!(connector.address(), Some(SocketAddr::from((Ipv4Addr::LOCALHOST, peer.port))));
    assert_eq!(connector.checks_certificate(), None);
}

/// Another address is another machine, perhaps: what a scan sends there would be somebody else's.
#[tokio::test]
async fn the_address_that_worked_is_the_only_one_from_then_on() {
    let mortal = Peer::mortal(1, |stream, _| echo_bytes(stream)).await;
    let other = Peer::new(|stream, _| echo_bytes(stream)).await;
    let connector = connector("ws://far.invalid/", &by(&book(&[dead_port().await, mortal.port, other.port])));
    assert_echoes(connector.dial().await.unwrap()).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = connector.dial().await.err().unwrap();
    assert!(matches!(error, DialError::Refused(_)), "{error}");
    assert_eq!((connector.address().unwrap().port(), other.accepted()), (mortal.port, 0));
}

#[tokio::test]
async fn a_resolver_without_an_answer_is_told_as_that() {
    let book = book(&[]);
    let start = Instant::now();
    let hasty = ConnectOptions { timeout: Duration::from_millis(300), ..by(&book) };
    let error = refusal("wss://far.invalid/", &hasty).await;
    assert!(matches!(error, DialError::Timeout { stage: Stage::Resolve, .. }), "{error}");
    let words = "no connection to far.invalid:443 within 0.3 s: its name is not resolved";
    assert_eq!((error.to_string().as_str(), error.kind()), (words, DialErrorKind::Timeout));
    let proxied = ConnectOptions { proxy: Some(Proxy::parse("http://proxy.invalid:1").unwrap()), ..hasty };
    let error = refusal("ws://far.invalid/", &proxied).await;
    assert!(error.to_string().ends_with("the proxy's name is not resolved"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn one_family_of_addresses() {
    let peer = Peer::new(|stream, _| echo_bytes(stream)).await;
    let both = vec![SocketAddr::from((Ipv6Addr::LOCALHOST, 1)), SocketAddr::from((Ipv4Addr::LOCALHOST, peer.port))];
    let book = Arc::new(Book { addresses: both, asked: Mutex::default() });
    let v4 = ConnectOptions { family: Family::V4, ..by(&book) };
    assert_echoes(dial("ws://far.invalid/", &v4).await.unwrap()).await;
    let v6 = ConnectOptions { family: Family::V6, ..options() };
    let error = refusal(&format!("ws://127.0.0.1:{}/", peer.port), &v6).await;
    assert_eq!(error.to_string(), "cannot find the address of 127.0.0.1: it has no IPv6 address");
    assert_eq!(error.kind(), DialErrorKind::Resolve);
}

/// Names are the proxy's to look up, its own is ours; another place to connect to is told to the proxy.
#[tokio::test]
async fn names_and_a_proxy() {
    let target = Peer::new(|stream, _| echo_bytes(stream)).await;
    let heard = Arc::default();
    let proxy = connect_proxy(target.port, Arc::clone(&heard)).await;
    let book = book(&[proxy.port]);
    let options = ConnectOptions {
        proxy: Some(Proxy::parse("http://proxy.invalid:3128").unwrap()),
        known: vec![KnownAddresses::parse("*:81:192.0.2.1").unwrap()],
        redirects: vec![Redirect::parse("far.invalid:81:near.invalid:").unwrap()],
        ..by(&book)
    };
    let connector = connector("ws://far.invalid:81/", &options);
    for _ in 0..2 {
        assert_echoes(connector.dial().await.unwrap()).await;
    }
    assert_eq!(*book.asked.lock().unwrap(), ["proxy.invalid:3128"]);
    assert!(heard.lock().unwrap()[1].starts_with("CONNECT near.invalid:81 HTTP/1.1\r\n"));
    assert_eq!(connector.address(), None, "the proxy knows, we do not");
}

#[tokio::test]
async fn zones_of_ipv6() {
    let Ok(listener) = tokio::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else {
        println!("skipped: zones of IPv6 (this machine has no IPv6, not even for itself)");
        return;
    };
    let port = listener.local_addr().unwrap().port();
    assert!(dial(&format!("ws://[::1]:{port}/"), &options()).await.is_ok());
    let error = refusal("ws://[fe80::1%25nosuchif]:81/", &options()).await;
    let words = "cannot find the address of fe80::1%nosuchif: this machine has no network interface `nosuchif`";
    assert_eq!(error.to_string(), words);
    for zone in ["1", "lo"] {
        // Nobody has this address; what counts is that the interface was understood.
        let error = refusal(&format!("ws://[fe80::77%25{zone}]:{port}/"), &quick()).await;
        assert!(!matches!(error, DialError::Resolve { .. } | DialError::NoZone(_)), "{zone}: {error:?}");
    }
    let error = refusal("ws://[fe80::77]:81/", &quick()).await;
    assert!(matches!(error, DialError::NoZone(_)) && !error.to_string().contains("os error"), "{error}");
}

/// A server that refuses every handshake, and what it was asked.
async fn refusing(heard: Arc<Mutex<Vec<String>>>) -> Peer {
    Peer::new(move |mut stream, _| {
        let heard = heard.clone();
        async move {
            let request = head(&mut stream).await;
            heard.lock().unwrap().push(request);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_options_of_the_command_line() {
    let heard = Arc::default();
    let peer = refusing(Arc::clone(&heard)).await;
    let address = format!("127.0.0.1:{}", peer.port);
    let url = format!("ws://far.invalid:{}/x", peer.port);
    let resolve = format!("far.invalid:{}:127.0.0.1", peer.port);
    let ran = stews(&["--timeout", "2", "--resolve", &resolve, "--format", "json", &url]).await;
    assert_eq!((ran.code, ran.json()["targets"][0]["address"].as_str()), (3, Some(address.as_str())), "{}", ran.out);
    assert!(ran.json()["targets"][0]["tls"]["is_checked"].is_null());
    let first = std::mem::take(&mut *heard.lock().unwrap()).remove(0);
    assert!(first.contains(&format!("\r\nHost: far.invalid:{}\r\n", peer.port)), "{first}");

    let connect_to = format!("far.invalid::127.0.0.1:{}", peer.port);
    let ran = stews(&["--timeout", "2", "--connect-to", &connect_to, "ws://far.invalid/x"]).await;
    assert!(ran.out.contains(&format!("\n  address    {address}\n")), "{}", ran.out);
    let first = std::mem::take(&mut *heard.lock().unwrap()).remove(0);
    assert!(
        first.contains("\r\nHost: far.invalid\r\n") && first.contains("\r\nOrigin: http://far.invalid\r\n"),
        "{first}"
    );

    let url = format!("ws://{address}/x");
    let ran = stews(&["--timeout", "2", "-H", "Host: other.invalid:444", &url]).await;
    assert!(!ran.out.contains("Address "), "what the URL says is not said again: {}", ran.out);
    let first = std::mem::take(&mut *heard.lock().unwrap()).remove(0);
    let own = "\r\nHost: other.invalid:444\r\n";
    assert!(first.contains(own) && first.contains("\r\nOrigin: http://other.invalid:444\r\n"), "{first}");
    assert_eq!(first.to_ascii_lowercase().matches("\r\nhost:").count(), 1, "{first}");
    stews(&["--timeout", "2", "-H", "Host: other.invalid", "--origin", "http://mine", &url]).await;
    assert!(heard.lock().unwrap()[0].contains("\r\nOrigin: http://mine\r\n"));
}

#[tokio::test]
async fn what_is_wrong_with_the_options_is_said_before_anything_is_sent() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let peer = Peer::new(move |_, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        async {}
    })
    .await;
    let url = format!("ws://127.0.0.1:{}/", peer.port);
    for (arguments, words) in [
        (&["--resolve", "h:80"][..], "--resolve: `h:80` is not host:port:address"),
        (&["--connect-to", "h:80"], "--connect-to: `h:80` is not host1:port1:host2:port2"),
        (&["--sni", "127.0.0.1"], "is not a name to ask for in TLS"),
        (&["--cert", "/no/such/file"], "cannot read `/no/such/file`"),
        (&["--cacert", "/dev/null"], "--cacert `/dev/null`: no certificates in PEM"),
        (&["--cert", "/dev/null"], "--cert `/dev/null`: there is no certificate in PEM in it"),
        (&["--ipv4", "--ipv6"], "cannot be used with"),
        (&["--key", "/dev/null"], "--cert"),
    ] {
        let ran = stews(&[arguments, &[&url]].concat()).await;
        assert!(ran.code == 2 && ran.err.contains(words), "{arguments:?}: {} {}", ran.code, ran.err);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}
