//! Inputs that are nearly right: members of a corpus, changed at a few places.

use fastrand::Rng;

/// No input is longer, whatever is put into it.
pub const LONGEST: usize = 8 * 1024;

/// What parsers look for, whichever they are; each target adds words of its own.
const WORDS: [&str; 14] = [
    "\r\n",
    "\n",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{9b}",
    "0",
    "65536",
    "18446744073709551616",
    "-1",
    "\"",
    "\\",
    " ",
    "é",
];

/// A member of the corpus with a few changes, drawn from `rng`.
pub fn mutated(corpus: &[Vec<u8>], words: &[&str], rng: &mut Rng) -> Vec<u8> {
    let mut input = corpus[rng.usize(..corpus.len())].clone();
    for _ in 0..=rng.usize(..6) {
        change(&mut input, corpus, words, rng);
        input.truncate(LONGEST);
    }
    input
}

fn change(input: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[&str], rng: &mut Rng) {
    let at = rng.usize(..=input.len());
    match rng.u8(..9) {
        0 | 1 => flip_a_bit(input, rng),
        2 => input.insert(at, rng.u8(..)),
        3 => drop(input.drain(piece(input.len(), rng))),
        4 => {
            let again = input[piece(input.len(), rng)].to_vec();
            put(input, at, &again);
        }
        5 => {
            let other = &corpus[rng.usize(..corpus.len())];
            put(input, at, &other[piece(other.len(), rng)]);
        }
        6 => {
            // The beginning of one and the end of another.
            let other = &corpus[rng.usize(..corpus.len())];
            input.truncate(at);
            input.extend_from_slice(&other[rng.usize(..=other.len())..]);
        }
        _ => {
            let place = rng.usize(..WORDS.len() + words.len());
            let word = WORDS.iter().chain(words).nth(place).copied().unwrap_or_default();
            let replaced = piece(input.len(), rng);
            if rng.bool() && replaced.len() < 12 {
                input.splice(replaced, word.bytes());
            } else {
                put(input, at, word.as_bytes());
            }
        }
    }
}

fn flip_a_bit(input: &mut [u8], rng: &mut Rng) {
    if !input.is_empty() {
        let at = rng.usize(..input.len());
        input[at] ^= 1 << rng.u8(..8);
    }
}

/// A part of so many bytes, short as a rule.
fn piece(length: usize, rng: &mut Rng) -> std::ops::Range<usize> {
    let start = rng.usize(..=length);
    let most = if rng.u8(..8) == 0 { length } else { 16 };
    start..(start + rng.usize(..=most)).min(length)
}

fn put(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}

/// Two or more pieces that together are `bytes`, cut at places that are drawn from `rng`.
pub fn cut<'b>(bytes: &'b [u8], rng: &mut Rng) -> Vec<&'b [u8]> {
    if rng.u8(..4) == 0 {
        return bytes.chunks(1).collect();
    }
    let mut rest = bytes;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let most = if rng.bool() { 4 } else { rest.len() };
        let (piece, after) = rest.split_at(rng.usize(1..=most.min(rest.len())));
        pieces.push(piece);
        rest = after;
    }
    pieces
}
