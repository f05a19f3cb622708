//! What must not matter, as proptest strategies: how the bytes of probes are written, and what an application says in its WebSocket. Whoever
//! draws such things draws them here. Each strategy shrinks towards what is usual: the default bytes of a probe, the smallest greeting.

use std::fmt;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use stews::probe::{Segments, Variation};
use stews::wire::{FrameHead, Length, Opcode, Rsv};

/// The longest segment that a variation cuts; a frame head is at most 14 bytes, so heads are cut too.
pub const LONGEST_SEGMENT: usize = 16;

/// The longest that an application waits before it greets, in milliseconds.
const LATEST: u64 = 300;

/// What draws from a seed: the same seed draws the same again.
pub fn runner(seed: u64, config: Config) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// So many values from a seed; fewer of the same seed are the first of more.
pub fn draw<S: Strategy>(strategy: &S, seed: u64, count: u32) -> Vec<S::Value> {
    let mut runner = runner(seed, Config::default());
    // None of the strategies here rejects what it draws, so each draw gives a value.
    (0..count).filter_map(|_| Some(strategy.new_tree(&mut runner).ok()?.current())).collect()
}

/// Bytes that replace those of a payload, or fill one: printable ASCII, so that text is UTF-8 wherever it is cut.
fn byte() -> impl Strategy<Value = u8> {
    b' '..=b'~'
}

/// Ways to write probes.
pub fn variation() -> impl Strategy<Value = Variation> {
    let usual = Variation::default();
    let mask = prop_oneof![1 => Just(usual.mask), 15 => any::<[u8; 4]>().prop_map(Some)];
    let segments = prop_oneof![
        1 => Just(Segments::Whole),
        LONGEST_SEGMENT as u32 => (1..=LONGEST_SEGMENT).prop_map(Segments::Of),
    ];
    let payload_byte = prop::option::weighted(0.9, byte());
    (mask, payload_byte, 0..8_usize, any::<bool>(), segments).prop_map(
        |(mask, payload_byte, rotate_headers, lower_case_headers, segments)| Variation {
            mask,
            payload_byte,
            rotate_headers,
            lower_case_headers,
            segments,
        },
    )
}

/// What an application says as soon as a WebSocket is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// How long it waits before it says anything; what the server sends meanwhile comes after it.
    pub after: Duration,
    /// How many messages it sends.
    pub messages: usize,
    /// How many bytes each has.
    pub size: usize,
    /// In how many frames each is sent.
    pub fragments: usize,
    /// Whether they are binary.
    pub binary: bool,
    /// What they are filled with.
    pub byte: u8,
}

/// Greetings: short ones, such as need a longer form of length, and now and then one of more than 64 KiB.
pub fn greeting() -> impl Strategy<Value = Greeting> {
    let size = prop_oneof![6 => 0..=125_usize, 3 => 126..=5000_usize, 1 => 65_000..=70_000_usize];
    let after = prop_oneof![1 => Just(0), 1 => 0..=LATEST].prop_map(Duration::from_millis);
    (after, 1..=3_usize, size, 1..=4_usize, any::<bool>(), byte()).prop_map(
        |(after, messages, size, fragments, binary, byte)| Greeting { after, messages, size, fragments, binary, byte },
    )
}

impl Greeting {
    /// Its frames, as a server sends them.
    pub fn bytes(&self) -> Vec<u8> {
        (0..self.messages).flat_map(|_| (0..self.fragments).flat_map(|place| self.frame(place))).collect()
    }

    /// A frame of one of its messages, by its place.
    fn frame(&self, place: usize) -> Vec<u8> {
        let last = place + 1 == self.fragments;
        let piece = self.size / self.fragments;
        let size = if last { self.size - piece * place } else { piece };
        let opcode = match (place, self.binary) {
            (0, true) => Opcode::BINARY,
            (0, false) => Opcode::TEXT,
            _ => Opcode::CONTINUATION,
        };
        let head = FrameHead { fin: last, rsv: Rsv::NONE, opcode, mask: None, length: Length::minimal(size as u64) };
        [head.encode(), vec![self.byte; size]].concat()
    }
}

impl fmt::Display for Greeting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, size, fragments, .. } = self;
        let kind = if self.binary { "binary" } else { "text" };
        let milliseconds = self.after.as_millis();
        write!(out, "{messages} {kind} messages of {size} bytes 0x{:02x} in {fragments} frames each", self.byte)?;
        write!(out, ", {milliseconds} ms after the handshake")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_and_fewer_are_the_first_of_more() {
        let many = draw(&variation(), 1, 200);
        assert_eq!(many.len(), 200);
        assert_eq!(draw(&variation(), 1, 5), many[..5]);
        assert_ne!(draw(&variation(), 2, 5), many[..5]);
    }

    #[test]
    fn text_stays_text_and_heads_are_cut() {
        let many = draw(&variation(), 1, 200);
        let printable = |byte: u8| (b' '..=b'~').contains(&byte);
        assert!(many.iter().all(|variation| variation.payload_byte.is_none_or(printable)));
        let writes = |wanted| many.iter().any(|variation| variation.segments == wanted);
        assert!(writes(Segments::Of(1)) && writes(Segments::Of(LONGEST_SEGMENT)) && writes(Segments::Whole));
    }

    #[test]
    fn everything_shrinks_to_the_usual() {
        let mut runner = runner(3, Config::default());
        for _ in 0..20 {
            let mut tree = variation().new_tree(&mut runner).unwrap();
            while tree.simplify() {}
            assert_eq!(tree.current(), Variation::default());
            let mut tree = greeting().new_tree(&mut runner).unwrap();
            while tree.simplify() {}
            let least = tree.current();
            assert_eq!((least.after, least.messages, least.size, least.fragments), (Duration::ZERO, 1, 0, 1));
        }
    }

    #[test]
    fn a_greeting_is_as_many_messages_in_as_many_frames() {
        for greeting in draw(&greeting(), 5, 50) {
            let bytes = greeting.bytes();
            let (mut rest, mut ended, mut frames, mut payload) = (&bytes[..], 0, 0, 0);
            while let Some((head, size)) = FrameHead::decode(rest) {
                let length = usize::try_from(head.length.bytes()).unwrap();
                assert_eq!(head.opcode == Opcode::CONTINUATION, frames % greeting.fragments > 0);
                (frames, ended, payload) = (frames + 1, ended + usize::from(head.fin), payload + length);
                rest = &rest[size + length..];
            }
            let Greeting { messages, size, fragments, .. } = greeting;
            assert_eq!((rest.len(), ended, frames, payload), (0, messages, messages * fragments, messages * size));
        }
    }
}
