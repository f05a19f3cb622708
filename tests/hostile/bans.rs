//! Servers that have had enough of us: they are left alone, and nothing is made of what they said before.

use super::kind::{Kind, NO_WEBSOCKET, UNIDENTIFIED};
use super::peer::Manner;
use super::script::{Step, answer, drip, echo, open};

pub fn kinds() -> Vec<Kind> {
    [at_once(), after_some(), half_way(), impostors()].concat()
}

const LATER: &str = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n";
const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n";
const BANNED: &str = "HTTP/1.1 403 Banned\r\nContent-Length: 0\r\n\r\n";

/// After one look, or two.
fn at_once() -> Vec<Kind> {
    let refused = |name: &'static str, reply: &'static str, words| {
        Kind::server(name, vec![answer(reply)]).exits(&[NO_WEBSOCKET]).says(words).connections(3).both()
    };
    [
        refused("429 to everybody", LATER, "try again in 60 s"),
        refused("503 to everybody", BUSY, "try again in 120 s"),
        refused(
            "429 until a date",
            "HTTP/1.1 429 Slow\r\nRetry-After: Wed, 21 Oct 2037 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n",
            "2037",
        ),
        refused(
            "429 with a Retry-After of escapes",
            "HTTP/1.1 429 Slow\r\nRetry-After: \u{9b}31m\u{202e}\r\nContent-Length: 0\r\n\r\n",
            "429",
        ),
    ]
    .concat()
}

/// Ways to turn somebody away.
fn ways() -> [(&'static str, Vec<Step>); 7] {
    [
        ("429", vec![answer(LATER)]),
        ("503", vec![answer(BUSY)]),
        ("403", vec![answer(BANNED)]),
        ("a reset", vec![Step::Reset]),
        ("hanging up", vec![]),
        ("silence", vec![Step::Hold]),
        ("a tarpit", vec![Step::Ask, drip("HTTP/1.1 101 Switching Protocols", 300)]),
    ]
}

/// Nobody is identified by what came before.
fn after_some() -> Vec<Kind> {
    let mut all = Vec::new();
    for (name, way) in ways() {
        for first in [1, 6] {
            let kind = Kind::new(format!("a ban after {first} by {name}"));
            let kind = kind.peer(Manner::after(first, vec![echo()], way.clone()));
            all.push(kind.exits(&[UNIDENTIFIED]).connections(first + 12));
        }
    }
    all
}

fn half_way() -> Vec<Kind> {
    let mut all = Vec::new();
    for (name, way) in ways() {
        let kind = Kind::new(format!("a ban after 40 by {name}")).peer(Manner::after(40, vec![echo()], way));
        all.push(kind.with("--thorough").exits(&[UNIDENTIFIED]).connections(40 + 30));
    }
    all
}

/// A product's head for a few connections, then a ban: it was not seen enough of.
fn impostors() -> Vec<Kind> {
    let tornado = "Server: TornadoServer/6.6.1\r\nDate: Mon, 30 Nov 2026 12:00:00 GMT\r\n";
    let pong: fn(&[u8]) -> Vec<u8> = |payload| super::script::frame_of(0x8a, payload);
    let mut all = Vec::new();
    for first in [1, 3] {
        let peer = Manner::after(first, vec![open(tornado), Step::Pings(pong)], vec![answer(LATER)]);
        let kind = Kind::new(format!("a Tornado for {first}, then 429")).peer(peer);
        all.push(kind.exits(&[UNIDENTIFIED]).connections(first + 12));
    }
    let peer = Manner::after(8, vec![open("Server: TornadoServer/6.6.1\r\n"), Step::Pings(pong)], vec![echo()]);
    all.push(Kind::new("a Tornado for 8, then another").peer(peer).exits(&[UNIDENTIFIED]));
    all
}
