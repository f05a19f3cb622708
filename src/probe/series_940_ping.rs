//! 940: pings and pongs; 960: what a server does by itself when nothing comes. The latter take long and are only played when asked for.

use std::time::Duration;

use super::{Frame, Payload, Probe, ProbeId, Risk, Step, TEMPLATE};
use crate::wire::Opcode;

const PING: Probe = Probe {
    why: "Every ping wants a pong with its payload, but the last of several will do: all, some or one are answered, at once or \
          when the application turns to it.",
    reference: "RFC 6455 sections 5.5.2 and 5.5.3",
    group: "ping and pong",
    risk: Risk::Polite,
    ..TEMPLATE
};

const SLOW: Probe = Probe {
    why: "Timers are defaults of the implementation: after how many seconds it pings by itself, gives up on an idle peer, or stops \
          waiting for the answer to its Close.",
    reference: "RFC 6455 sections 5.5.2 and 7.1.1",
    group: "timers",
    risk: Risk::Polite,
    ..TEMPLATE
};

/// Longer than the usual thirty seconds.
const LONG: Duration = Duration::from_secs(35);

const fn ping(payload: &'static [u8]) -> Frame {
    Frame::new(Opcode::PING, Payload::Exact(payload))
}

macro_rules! sent {
    ($base:ident, $number:literal, $summary:literal, $($step:expr),+) => {
        Probe { id: ProbeId::new($number), summary: $summary, script: &[$($step),+], ..$base }
    };
}

pub(super) const PROBES: &[Probe] = &[
    sent!(PING, 940, "an empty ping", Step::Send(ping(b"")), Step::Fence),
    sent!(
        PING,
        941,
        "a ping of 125 bytes",
        Step::Send(Frame::new(Opcode::PING, Payload::Free(&[b'p'; 125]))),
        Step::Fence
    ),
    sent!(
        PING,
        942,
        "ten pings in one segment",
        Step::Together(&[
            ping(b"0"),
            ping(b"1"),
            ping(b"2"),
            ping(b"3"),
            ping(b"4"),
            ping(b"5"),
            ping(b"6"),
            ping(b"7"),
            ping(b"8"),
            ping(b"9")
        ]),
        Step::Fence
    ),
    sent!(
        PING,
        943,
        "an empty unsolicited pong",
        Step::Send(Frame::new(Opcode::PONG, Payload::Exact(b""))),
        Step::Fence
    ),
    sent!(
        PING,
        944,
        "an unsolicited pong of 125 bytes",
        Step::Send(Frame::new(Opcode::PONG, Payload::Free(&[b'p'; 125]))),
        Step::Fence
    ),
    sent!(SLOW, 960, "nothing for 35 seconds after the handshake", Step::Wait(LONG)),
    Probe {
        risk: Risk::Malformed,
        ..sent!(
            SLOW,
            961,
            "a frame with RSV2, and no answer to the Close that comes of it, for 35 seconds",
            Step::Send(Frame::new(Opcode::BINARY, Payload::QUOTE).rsv(2)),
            Step::Wait(LONG)
        )
    },
    sent!(
        SLOW,
        962,
        "our Close, and nothing for 35 seconds after it",
        Step::Send(Frame::new(Opcode::CLOSE, Payload::Exact(b"\x03\xe8"))),
        Step::Wait(LONG)
    ),
];
