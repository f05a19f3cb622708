//! Frame sequences and handshakes drawn at random, harmless ones: short, complete, and a few at a time.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::Config;
use stews::probe::{Edit, Frame, Layer, Opening, Payload, Probe, ProbeId, Risk, Step};
use stews::wire::{LengthForm, Opcode};

use crate::support::strategies;

/// Payloads whose bytes are the point: UTF-8 and what is none, close codes and what is none.
const PAYLOADS: &[&[u8]] = &[
    b"'",
    b"",
    b"ab",
    b"\x00",
    b"\xc3",
    b"\xff",
    b"\xed\xa0\x80",
    b"\x03\xe8",
    b"\x03",
    b"\x03\xed",
    b"\x03\xe8bye",
    b"\x03\xe8\xff",
    b"\x0f\xa0",
    b"\x78\x9c",
    &[b'a'; 125],
    &[b'a'; 126],
];

/// Fields of the opening handshake (RFC 6455 section 4.1), and such as servers and proxies look at.
const FIELDS: &[&str] = &[
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Accept",
    "Upgrade",
    "Connection",
    "Host",
    "Origin",
    "Content-Length",
    "Content-Type",
    "Transfer-Encoding",
    "Expect",
    "TE",
    "Accept",
    "Accept-Encoding",
    "Cookie",
    "Authorization",
    "User-Agent",
    "HTTP2-Settings",
    "Range",
    "If-None-Match",
    "Forwarded",
    "X-Forwarded-Proto",
    "X-HTTP-Method-Override",
];

/// What such fields are given.
const VALUES: &[&str] = &[
    "",
    "13",
    "013",
    "13, 8",
    "+13",
    "0",
    "1",
    "websocket",
    "WebSocket",
    "websocket, h2c",
    "websocket/13",
    "Upgrade",
    "upgrade, upgrade",
    "keep-alive, Upgrade, close",
    "close",
    "chunked",
    "identity",
    "100-continue",
    "trailers",
    "gzip",
    "*/*",
    "text/html;q=0.0",
    "a=b; c=\"d\"",
    "=",
    ";",
    ",",
    "\"",
    "\t",
    "null",
    "http://[::1",
    "bytes=0-1",
    "permessage-deflate; client_max_window_bits; server_max_window_bits=9",
    "permessage-deflate, permessage-deflate",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    "x-webkit-deflate-frame",
    "bbf-usp-protocol",
    "dGhlIHNhbXBsZSBub25jZQ==",
    "dGhlIHNhbXBsZSBub25jZQ",
    "\u{e9}",
];

/// First lines.
const START_LINES: &[&str] = &[
    "GET {path} HTTP/1.1",
    "GET  {path} HTTP/1.1",
    "GET {path}  HTTP/1.1",
    "GET {path} HTTP/1.1 ",
    "GET {path} HTTP/01.1",
    "GET {path} HTTP/1.10",
    "GET {path} http/1.1",
    "GET {path}# HTTP/1.1",
    "GET {path}%00 HTTP/1.1",
    "GET /.{path} HTTP/1.1",
    "GET \\{path} HTTP/1.1",
    "GET {url} HTTP/1.1",
    "G\u{e9}T {path} HTTP/1.1",
    "HEAD {path} HTTP/1.1",
    "OPTIONS {path} HTTP/1.1",
    "PATCH {path} HTTP/1.1",
    "TRACE {path} HTTP/1.1",
];

/// What one probe does, in the form that is drawn and made smaller.
#[derive(Clone, Debug)]
pub struct Draft {
    edits: Vec<Edit>,
    steps: Vec<Step>,
}

/// Drafts with the trees that they are made smaller by.
pub struct Drawn {
    trees: Vec<Box<dyn ValueTree<Value = Draft>>>,
}

impl Drawn {
    /// So many drafts; fewer of the same seed are the first of more.
    pub fn new(seed: u64, count: usize) -> Self {
        let mut runner = strategies::runner(seed, Config::default());
        let strategy = any_draft().boxed();
        // Such a strategy rejects nothing, and so always draws.
        let trees = (0..count).filter_map(|_| strategy.new_tree(&mut runner).ok()).collect();
        Self { trees }
    }

    /// The drafts as they are now.
    pub fn drafts(&self) -> Vec<Draft> {
        self.trees.iter().map(ValueTree::current).collect()
    }

    /// What makes a draft smaller.
    pub fn tree(&mut self, place: usize) -> &mut dyn ValueTree<Value = Draft> {
        &mut *self.trees[place]
    }
}

impl Draft {
    /// The draft as a probe of this number.
    pub fn probe(&self, id: ProbeId) -> Probe {
        let mut script = self.steps.clone();
        script.push(Step::Fence);
        Probe {
            id,
            summary: "drawn at random",
            why: "",
            reference: "",
            group: "drawn",
            risk: Risk::Malformed,
            layer: Layer::Engine,
            for_releases: false,
            kills: &[],
            opening: Opening::Upgrade(Vec::leak(self.edits.clone())),
            script: Vec::leak(script),
        }
    }

    /// The definition of such a probe, as a series would have it.
    pub fn definition(&self) -> String {
        let Self { edits, steps } = self;
        format!("    opening: Opening::Upgrade(&{edits:?})\n    script: &{steps:?}, then a fence")
    }
}

/// A handshake, or frames, or both.
fn any_draft() -> impl Strategy<Value = Draft> {
    let edits = prop_oneof![2 => Just(Vec::new()).boxed(), 1 => prop::collection::vec(any_edit(), 1..3).boxed()];
    let frames = prop::collection::vec(any_step(), 0..4);
    (edits, frames).prop_map(|(edits, steps)| Draft { edits, steps })
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let field = || (select(FIELDS), select(VALUES));
    prop_oneof![
        4 => field().prop_map(|(name, value)| Edit::Set(name, value)),
        2 => field().prop_map(|(name, value)| Edit::Add(name, value)),
        1 => select(FIELDS).prop_map(Edit::Remove),
        2 => select(START_LINES).prop_map(Edit::StartLine),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => any_frame().prop_map(Step::Send),
        2 => prop::collection::vec(any_frame(), 2..4).prop_map(|frames| Step::Together(Vec::leak(frames))),
        1 => Just(Step::Fence),
    ]
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let opcode = prop_oneof![6 => 0_u8..3, 4 => 8_u8..11, 1 => 3_u8..8, 1 => 11_u8..16];
    let fin = prop::bool::weighted(0.7);
    let rsv = prop_oneof![6 => Just(0_u8), 1 => 1_u8..8];
    let form = prop_oneof![
        8 => Just(None),
        1 => Just(Some(LengthForm::Sixteen)),
        1 => Just(Some(LengthForm::SixtyFour)),
    ];
    (opcode, fin, rsv, prop::bool::weighted(0.92), form, select(PAYLOADS)).prop_map(|drawn| {
        let (opcode, fin, rsv, masked, form, payload) = drawn;
        let frame = Frame::new(Opcode::new(opcode), Payload::Exact(payload)).rsv(rsv);
        let frame = if fin { frame } else { frame.more() };
        let frame = if masked { frame } else { frame.unmasked() };
        match form {
            None => frame,
            Some(form) => frame.declaring(payload.len() as u64, form),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_again_and_fewer_are_the_first_of_more() {
        let drawn = |count| Drawn::new(7, count).drafts().iter().map(|one| format!("{one:?}")).collect::<Vec<_>>();
        assert_eq!(drawn(20), drawn(20));
        assert_eq!(drawn(10), drawn(20)[..10]);
    }

    #[test]
    fn what_is_drawn_is_short_and_complete() {
        for draft in Drawn::new(6455, 500).drafts() {
            let probe = draft.probe(ProbeId::new(10_000));
            assert!(probe.payload_bytes() < 2000 && probe.declared_bytes() <= 126, "{draft:?}");
            assert!(!probe.is_slow() && probe.risk < Risk::Heavy);
        }
    }
}
