//! Servers whose frames are odd, endless, or wrong.

use super::kind::{Kind, UNIDENTIFIED};
use super::script::{NASTY, Reaction, Step, beat, drip, forever, frame_of, open, say};

pub fn kinds() -> Vec<Kind> {
    let unidentified = |kind: Kind| kind.exits(&[UNIDENTIFIED]);
    [endless(), answers(), once(), slow(), escapes()].concat().into_iter().map(unidentified).collect()
}

/// Frames without end, as fast as they are taken.
fn endless() -> Vec<Kind> {
    let pong = frame_of(0x8a, b"nobody asked");
    let kinds: [(&str, Vec<u8>, Vec<u8>); 11] = [
        ("pings without end", vec![], frame_of(0x89, b"ping")),
        ("empty pings without end", vec![], b"\x89\0".to_vec()),
        ("pongs that nobody asked for, without end", vec![], pong.clone()),
        ("empty texts and pings without end", vec![], b"\x81\0\x89\0".to_vec()),
        ("empty fragments without end behind 64 KiB", frame_of(0x01, &[b'a'; 65_536]), b"\0\0".to_vec()),
        ("fragments of a byte without end", [frame_of(0x01, b"a"), pong.repeat(60)].concat(), frame_of(0x00, b"b")),
        ("text and binary fragments in turn", vec![], b"\x01\x01a\x02\x01b".to_vec()),
        ("all reserved opcodes and bits", vec![], (0x30..=0xff).flat_map(|first| [first, 0]).collect()),
        ("control frames of 60,000 bytes, not final", vec![], frame_of(0x09, &[b'p'; 60_000])),
        ("a Close, and data without end", frame_of(0x88, b"\x03\xe8"), frame_of(0x82, &[0; 1000])),
        ("masked frames without end", vec![], b"\x81\x81\x01\x02\x03\x04\x60".to_vec()),
    ];
    kinds.map(|(name, first, again)| Kind::server(name, vec![open(""), say(first), forever(again)]).both()).concat()
}

/// Odd answers to pings and to what else is sent.
fn answers() -> Vec<Kind> {
    let pings: [(&str, Reaction); 7] = [
        ("each ping answered a thousand times", |payload| frame_of(0x8a, payload).repeat(1000)),
        ("each ping answered in pongs of a byte", |payload| {
            payload.iter().flat_map(|byte| frame_of(0x8a, &[*byte])).collect()
        }),
        ("each pong of 125 bytes with RSV1", |payload| frame_of(0xca, &[payload, &[b'x'; 100]].concat())),
        ("each pong masked", |payload| [&[0x8a, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat()),
        ("each pong's length in eight bytes", |payload| {
            [&[0x8a, 127], (payload.len() as u64).to_be_bytes().as_slice(), payload].concat()
        }),
        ("each ping answered by a ping", |payload| frame_of(0x89, payload)),
        ("each pong turned around", |payload| frame_of(0x8a, &payload.iter().rev().copied().collect::<Vec<u8>>())),
    ];
    let pieces: [(&str, Reaction); 2] =
        [("256 KiB for each piece of ours", |_| vec![0x82; 1 << 18]), ("our own bytes as they came", <[u8]>::to_vec)];
    let of = |name: &'static str, step| Kind::server(name, vec![open(""), step]);
    let mut all: Vec<Kind> = pings.map(|(name, make)| of(name, Step::Pings(make))).into();
    all.extend(pieces.map(|(name, make)| of(name, Step::Pieces(make))));
    all
}

/// Bytes that are said once, after which the server listens.
fn once() -> Vec<Kind> {
    let said: [(&str, Vec<u8>); 11] = [
        ("a frame of 2^63 bytes", b"\x82\x7f\x80\0\0\0\0\0\0\0".to_vec()),
        ("a frame of 2^64 - 1 bytes", b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff".to_vec()),
        ("a Close of one byte", b"\x88\x01\x03".to_vec()),
        ("a Close of 0, of 999, of 65535", b"\x88\x02\0\0\x88\x02\x03\xe7\x88\x02\xff\xff\x88\0".to_vec()),
        ("half a frame", b"\x81\x7fhalf".to_vec()),
        ("TLS records in a WebSocket", b"\x17\x03\x03\x04\0".repeat(2000)),
        ("a frame that begins as HTTP/1", [b"HTTP/1", [b'Z'; 70].as_slice(), b"\x81\x05after"].concat()),
        ("HTTP/1.1 400 in a WebSocket", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec()),
        ("not UTF-8 in a text", frame_of(0x81, b"\xff\xfe\xc0\x80")),
        ("a continuation of nothing", frame_of(0x80, b"of nothing")),
        (
            "100 Closes, each of another code",
            (1000..1100_u16).flat_map(|code| frame_of(0x88, &code.to_be_bytes())).collect(),
        ),
    ];
    let mut all: Vec<Kind> =
        said.map(|(name, bytes)| Kind::server(name, vec![open(""), say(bytes), Step::Hold])).into();
    let deflated = frame_of(0xc1, &bomb(620_000));
    all.push(Kind::server(
        "160 MB of zeros in a compressed megabyte",
        vec![open("Sec-WebSocket-Extensions: permessage-deflate\r\n"), say(deflated), Step::Hold],
    ));
    all.push(Kind::server(
        "zeros without end as one frame of 2^63",
        vec![open(""), say(b"\x82\x7f\x80\0\0\0\0\0\0\0"), forever(b"zzzz")],
    ));
    all
}

/// A DEFLATE block (RFC 1951 section 3.2.6) of a zero and `matches` times 258 copies of it, bit by bit.
fn bomb(matches: usize) -> Vec<u8> {
    let mut bits = vec![false, true, false];
    let mut code = |value: u32, width: u32| bits.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
    code(0b0011_0000, 8);
    for _ in 0..matches {
        code(0b1100_0101, 8);
        code(0, 5);
    }
    code(0, 7);
    bits.chunks(8).map(|eight| eight.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
}

/// A little at a time.
fn slow() -> Vec<Kind> {
    let close = frame_of(0x88, b"\x03\xe8");
    let late = |payload: &[u8]| frame_of(0x8a, payload);
    vec![
        Kind::server("one byte of one frame each 0.4 s", vec![open(""), drip(frame_of(0x81, &[b'x'; 60]), 400)]),
        Kind::server("a frame's head that never ends", vec![open(""), beat(b"\x01", 300)]),
        Kind::server(
            "a Close, then pings each 0.2 s for ever",
            vec![open(""), say(close.clone()), beat(b"\x89\0", 200)],
        ),
        Kind::server(
            "a Close, and a frame after 0.9 s",
            vec![open(""), say(close), Step::Wait(900), say(b"\x81\x7f\0\0\0\0\0\0\0\0"), Step::Hold],
        ),
        Kind::server("a ping each 20 ms between the pongs", vec![open(""), say(b"\x89\0"), Step::Pings(late)]),
        Kind::server("a reset at the second byte of each frame", vec![open(""), Step::Read, say(b"\x81"), Step::Reset]),
    ]
}

/// Escapes in everything, shown in every way there is.
fn escapes() -> Vec<Kind> {
    let close = frame_of(0x88, &[b"\x03\xe8", NASTY].concat());
    let fields = [b"Server: caf\xe9\r\nX-Powered-By: ".as_slice(), b"\xe2\x80\xae\xc2\x9b31m", b"\r\n"].concat();
    let script = vec![open(fields), say(frame_of(0x81, NASTY)), Step::Wait(50), say(close), Step::Wait(50)];
    let ways = [
        "",
        "--explain",
        "-d",
        "--format json",
        "--format json --explain",
        "--format jsonl",
        "--thorough --color always",
        "-1 -v",
    ];
    let shown = |way: &&str| {
        let kind = Kind::server("escapes in a field, a text and a Close", script.clone()).with(way);
        // A trace is as long as what was said.
        if way.contains("-v") { kind.output(1 << 20) } else { kind }
    };
    ways.iter().map(shown).collect()
}
