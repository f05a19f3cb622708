//! What a server says by itself, right after it opened, or when it closes at once.

use super::kind::{IDENTIFIED, Kind, UNIDENTIFIED};
use super::script::{Echo, Step, answer, beat, frame_of, open, opening, reply, say};

pub fn kinds() -> Vec<Kind> {
    [closed_at_once(), greetings()].concat()
}

/// The code and the reason are told, and nothing else is made of it.
fn closed_at_once() -> Vec<Kind> {
    let codes: [(u16, &str, &str, &str); 9] = [
        (1008, "unauthorized", "1008", "closed at once: 1008 unauthorized"),
        (4401, "Unauthorized", "4401", "closed at once: 4401"),
        (4406, "Subprotocol not acceptable", "4406", "closed at once: 4406 of GraphQL"),
        (4400, "Missing 'Sec-WebSocket-Protocol' header", "4400", "closed at once: 4400"),
        (1013, "try again later", "1013", "closed at once: 1013 try again later"),
        (1011, "internal error", "1011", "closed at once: 1011"),
        (1000, "", "1000", "closed at once: 1000 without a reason"),
        (1001, "restarting", "1001", "closed at once: 1001"),
        (3000, "who are you", "3000", "closed at once: 3000"),
    ];
    let mut all = Vec::new();
    for (code, reason, told, name) in codes {
        let close = frame_of(0x88, &[code.to_be_bytes().as_slice(), reason.as_bytes()].concat());
        let kind = Kind::server(name, vec![open(""), say(close), Step::Wait(5)]);
        all.push(kind.exits(&[UNIDENTIFIED]).says(told).says("close"));
    }
    let long = frame_of(0x88, &[&[0x03, 0xf0], super::script::NASTY, &[b'r'; 90]].concat());
    all.push(Kind::server("closed at once with a reason of escapes", vec![open(""), say(long)]).exits(&[UNIDENTIFIED]));
    all.push(Kind::server("closed at once without a code", vec![open(""), say(b"\x88\0")]).exits(&[UNIDENTIFIED]));
    all
}

fn greetings() -> Vec<Kind> {
    let echo = |greeting: Vec<u8>| vec![Step::Echo(Echo { greeting: greeting.into(), ..Echo::default() })];
    let honest = |kind: Kind| kind.exits(&[IDENTIFIED]).says("tungstenite");
    let hello = frame_of(0x81, br#"{"type":"hello","session":"8b0f"}"#);
    let socket_io = frame_of(0x81, br#"0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#);
    let many = frame_of(0x81, b"tick").repeat(500);
    // Its parts are cut where a head and a frame would be.
    let together = reply(|head| {
        [opening(head).as_bytes(), b"\r\n", &frame_of(0x81, b"with the head"), &frame_of(0x89, b"p")].concat()
    });
    let mut all = vec![
        honest(Kind::server("a greeting, then an echo", echo(hello))),
        Kind::server("the greeting of Socket.IO, then an echo", echo(socket_io)).exits(&[IDENTIFIED, UNIDENTIFIED]),
        Kind::server("five hundred messages at once", echo(many)).exits(&[IDENTIFIED, UNIDENTIFIED]),
        Kind::server("a greeting in the segment of the 101", vec![together, Step::Hold]),
        Kind::server("a message each 5 ms", vec![open(""), beat(frame_of(0x81, b"tick"), 5)]).exits(&[UNIDENTIFIED]),
        Kind::server("a text each 0.5 s, and no pong", vec![open(""), beat(frame_of(0x81, b"tick"), 500)])
            .exits(&[UNIDENTIFIED]),
        Kind::server("a greeting of escapes", vec![open(""), say(frame_of(0x81, super::script::NASTY)), Step::Hold]),
        Kind::server("a greeting in 8,000 fragments", vec![open(""), say(fragments()), Step::Hold]),
        Kind::server("HTTP after the 101", vec![open(""), answer("HTTP/1.1 200 OK\r\n\r\n<html>")]),
    ];
    let state = Kind::server("a greeting of 4 MiB, then an echo", echo(frame_of(0x82, &vec![7; 4 << 20])));
    all.extend(state.exits(&[IDENTIFIED, UNIDENTIFIED]).both());
    let most = Kind::server("a greeting of 3.9 MB, then an echo", echo(frame_of(0x82, &vec![7; 3_900_000])));
    all.push(most.exits(&[IDENTIFIED, UNIDENTIFIED]));
    all
}

fn fragments() -> Vec<u8> {
    [frame_of(0x01, b"a"), frame_of(0x00, b"b").repeat(8000), frame_of(0x80, b"c")].concat()
}
