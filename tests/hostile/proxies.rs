//! Proxies on our own side.

use super::kind::{IDENTIFIED, Kind, NO_WEBSOCKET, UNIDENTIFIED, UNREACHABLE, USAGE};
use super::peer::Manner;
use super::script::{NASTY, Step, answer, drip, echo, forever, say};

pub fn kinds() -> Vec<Kind> {
    [connect(), tunnels(), socks(), addresses()].concat()
}

const GO: &str = "HTTP/1.1 200 Connection established\r\n\r\n";
const TARGET: &str = "ws://far.invalid:81/x";

fn through(name: &'static str, proxy: &str, script: Vec<Step>) -> Kind {
    Kind::server(name, script).with("--proxy").argument(format!("{proxy}127.0.0.1:{{port}}")).target(TARGET)
}

/// Answers to CONNECT that open no tunnel: one connection, and a word about the proxy.
fn connect() -> Vec<Kind> {
    let failed =
        |name, script| through(name, "http://me:S3CRET@", script).exits(&[UNREACHABLE]).never("s3cret").connections(2);
    let said: [(&'static str, String, &'static str); 12] = [
        ("CONNECT: 407", "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n".into(), "credentials"),
        ("CONNECT: 403", "HTTP/1.1 403 Forbidden\r\n\r\n".into(), "403"),
        ("CONNECT: 302 with Location", "HTTP/1.1 302 Go\r\nLocation: http://portal/\r\n\r\n".into(), "302"),
        ("CONNECT: 100 Continue, then 200", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".into(), "proxy"),
        ("CONNECT: status 999", "HTTP/1.1 999 X\r\n\r\n".into(), "proxy"),
        ("CONNECT: a reason of 15 kB", format!("HTTP/1.1 502 {}\r\n\r\n", "very long ".repeat(1500)), "502"),
        ("CONNECT: a reason of 1 MB", format!("HTTP/1.1 502 {}\r\n\r\n", "very long ".repeat(100_000)), "proxy"),
        ("CONNECT: 101 fields", format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(101)), "proxy"),
        ("CONNECT: HTTP/2", "\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\u{1}\0\x04\0\x01\0\0\0\x05\0\0\0\0".into(), "proxy"),
        ("CONNECT: SSH", "SSH-2.0-x\r\n".into(), "proxy"),
        ("CONNECT: nothing, and the end", String::new(), "proxy"),
        ("CONNECT: a field of escapes", "HTTP/1.1 502 \u{9b}31m\u{202e}\r\n\r\n".into(), "502"),
    ];
    let mut all: Vec<Kind> = said.map(|(name, bytes, words)| failed(name, vec![answer(bytes)]).says(words)).into();
    all.push(failed("CONNECT: an answer without end", vec![answer("HTTP/1.1 200 OK\r\n"), forever("A: b\r\n")]));
    all.push(failed("CONNECT: raw escapes", vec![answer([b"HTTP/1.1 502 ".as_slice(), NASTY, b"\r\n\r\n"].concat())]));
    all.push(failed("CONNECT: a byte each 0.1 s", vec![Step::Ask, drip(GO, 100)]).says("tunnel|time"));
    all.push(failed("CONNECT: silence", vec![Step::Hold]).says("proxy"));
    all.push(failed("CONNECT: a reset", vec![Step::Ask, Step::Reset]).says("proxy"));
    let nobody = Kind::new("a proxy that is not there").with("--proxy http://127.0.0.1:1").target(TARGET);
    all.push(nobody.exits(&[UNREACHABLE]).says("proxy"));
    all
}

/// What comes out of a tunnel.
fn tunnels() -> Vec<Kind> {
    let through = |name, then: Vec<Step>| through(name, "http://", [vec![answer(GO)], then].concat());
    let five = Manner::after(5, vec![answer(GO), echo()], vec![answer("HTTP/1.1 429 No\r\n\r\n")]);
    let target = through("a proxy that plays the target itself", vec![echo()]);
    vec![
        target.exits(&[IDENTIFIED]).says("tungstenite"),
        through("a tunnel, then the end", vec![]).exits(&[NO_WEBSOCKET]).connections(5),
        through("a tunnel, then silence", vec![Step::Hold]).exits(&[NO_WEBSOCKET]).connections(5),
        through("a tunnel, then a page", vec![answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")])
            .exits(&[NO_WEBSOCKET]),
        through("a tunnel with Content-Length and a body", vec![say("hello")]).exits(&[NO_WEBSOCKET]),
        through("a proxy that refuses after five tunnels", vec![]).peer(five).exits(&[UNIDENTIFIED]).connections(25),
        through("a tunnel to plain HTTP for wss", vec![say("HTTP/1.1 400 Bad\r\n\r\n")])
            .target("wss://far.invalid/")
            .exits(&[UNREACHABLE])
            .says("tls")
            .connections(2),
    ]
}

/// SOCKS5 (RFC 1928), and what is not.
fn socks() -> Vec<Kind> {
    let mut bound = vec![5, 0, 0, 3, 255];
    bound.extend([0xff; 257]);
    let replies: [(&'static str, Vec<u8>); 6] = [
        ("SOCKS: a bound name of 255 bytes, not UTF-8", bound),
        ("SOCKS: address type 9", b"\x05\0\0\x09\0\0\0\0\0\0".to_vec()),
        ("SOCKS: a reserved byte of 0xff", b"\x05\0\xff\x01\0\0\0\0\0\0".to_vec()),
        ("SOCKS: reply 0xff", b"\x05\xff\0\x01\0\0\0\0\0\0".to_vec()),
        ("SOCKS: general failure", b"\x05\x01\0\x01\0\0\0\0\0\0".to_vec()),
        ("SOCKS: half a reply, and the end", b"\x05\0".to_vec()),
    ];
    let failed = |name, script| {
        through(name, "socks5://", script)
            .exits(&[UNREACHABLE, NO_WEBSOCKET])
            .says("proxy|nothing|without a word|silent|hung up")
            .connections(5)
    };
    let chosen = || vec![Step::Read, say(b"\x05\0"), Step::Read];
    let mut all: Vec<Kind> =
        replies.map(|(name, reply)| failed(name, [chosen(), vec![say(reply), Step::Wait(50)]].concat())).into();
    all.extend([
        failed("SOCKS: method 0x7f", vec![Step::Read, say(b"\x05\x7f"), Step::Hold]),
        failed("SOCKS: a password that we have not", vec![Step::Read, say(b"\x05\x02"), Step::Hold]),
        failed("SOCKS: version 4", vec![Step::Read, say(b"\0\x5a\0\0\0\0\0\0"), Step::Hold]),
        failed("SOCKS: HTTP instead", vec![Step::Read, say("HTTP/1.1 400 Bad\r\n\r\n"), Step::Hold]),
        failed("SOCKS: a byte each 0.3 s", [chosen(), vec![drip(b"\x05\0\0\x01\0\0\0\0\0\0", 300)]].concat()),
        failed("SOCKS: silence", vec![Step::Hold]),
    ]);
    let target = [chosen(), vec![say(b"\x05\0\0\x01\0\0\0\0\0\0"), echo()]].concat();
    all.push(
        through("SOCKS: a proxy that plays the target", "socks5://", target).exits(&[IDENTIFIED]).says("tungstenite"),
    );
    all
}

/// Proxies that are none.
fn addresses() -> Vec<Kind> {
    let wrong = |name, proxy: &str| {
        Kind::server(name, vec![echo()])
            .with("--proxy")
            .argument(proxy)
            .exits(&[USAGE])
            .says("proxy")
            .never("s3cret")
            .connections(0)
    };
    vec![
        wrong("a proxy of ftp with escapes", "ftp://u:S3CRET@h:1\u{1b}"),
        wrong("a proxy of nothing", ""),
        wrong("a proxy with a path of 100 kB", &format!("ftp://{}", "a".repeat(100_000))),
        through("a proxy's user name of 300 bytes", &format!("socks5://{}:S3CRET@", "u".repeat(300)), vec![Step::Hold])
            .exits(&[USAGE, UNREACHABLE])
            .never("s3cret"),
    ]
}
