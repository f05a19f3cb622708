#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::net::SocketAddrV4;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::bench::handshake;

/// Some addresses of 127/8.
const ADDRESSES: [Ipv4Addr; 3] = [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 1, 0, 1), Ipv4Addr::new(127, 250, 7, 9)];

/// What a client is told that sends something `then`, once it was answered: as text, and whether the connection ended soon after.
async fn told(address: SocketAddrV4, then: &[u8]) -> (String, bool) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&handshake::request(address)).await.unwrap();
    let mut bytes = Vec::new();
    if !then.is_empty() {
        stream.read_buf(&mut bytes).await.unwrap();
        stream.write_all(then).await.unwrap();
    }
    let end = tokio::time::timeout(Duration::from_millis(500), stream.read_to_end(&mut bytes)).await;
    (String::from_utf8_lossy(&bytes).into_owned(), end.is_ok())
}

#[tokio::test]
async fn each_kind_answers_as_it_should_at_any_address() {
    let farm = Farm::start(Duration::ZERO).unwrap();
    // A Close frame without a code, masked with zeros.
    let close = b"\x88\x80\0\0\0\0";
    for (kind, port) in farm.ports {
        for address in ADDRESSES.map(|address| SocketAddrV4::new(address, port)) {
            if kind == Kind::Closed {
                let error = TcpStream::connect(address).await.unwrap_err();
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused, "{address}");
                continue;
            }
            let (text, ended) = told(address, if kind.is_websocket() { close } else { b"" }).await;
            let start = match kind {
                Kind::NotFound => "HTTP/1.1 404 Not Found\r\n",
                Kind::Silent | Kind::Closing => "",
                _ => "HTTP/1.1 101 Switching Protocols\r\n",
            };
            assert!(text.starts_with(start) && (text.is_empty() == start.is_empty()), "{kind:?}: {text:?}");
            assert_eq!(ended, kind != Kind::Silent && kind != Kind::NotFound, "{kind:?} at {address}: {text:?}");
        }
    }
    let connections = (Kind::LENGTH - 1) * ADDRESSES.len();
    assert_eq!(farm.connections(), connections as u64, "but for the closed port, each was made");
}

#[tokio::test]
async fn websockets_differ_in_what_they_do_about_violations() {
    let farm = Farm::start(Duration::ZERO).unwrap();
    let mut answers = Vec::new();
    // A text frame without a mask, and one with a reserved bit.
    for frame in [&b"\x81\x02hi"[..], b"\xc1\x82\0\0\0\0hi"] {
        for kind in Kind::WEBSOCKETS {
            let (text, ended) = told(SocketAddrV4::new(ADDRESSES[1], farm.ports[kind]), frame).await;
            let (_, after) = text.split_once("\r\n\r\n").unwrap();
            answers.push((kind, after.ends_with("hi"), ended));
        }
    }
    assert_eq!(
        answers,
        [
            (Kind::Tungstenite, false, true),
            (Kind::Unmasked, true, false),
            (Kind::Lenient, true, false),
            (Kind::Abrupt, false, true),
            (Kind::Tungstenite, false, true),
            (Kind::Unmasked, false, true),
            (Kind::Lenient, true, false),
            (Kind::Abrupt, false, true),
        ]
    );
}

#[test]
fn ports_are_told_in_a_line() {
    let mut ports = Ports::default();
    (1..).zip(ports.values_mut()).for_each(|(number, port)| *port = number);
    assert_eq!(line_of(&ports), "1 2 3 4 5 6 7 8");
    assert_eq!(ports_of("1 2 3 4 5 6 7 8\n").unwrap(), ports);
    assert!(ports_of("1 2 3").is_err() && ports_of("").is_err() && ports_of("a b c d e f g h").is_err());
}
