//! Frames of RFC 6455 section 5.2, including all that the RFC forbids.

use std::fmt;

/// The four bits that say what a frame is (RFC 6455 section 5.2, registry in section 11.8).
///
/// All sixteen values exist; the reserved ones print as `op3`, `op11`, ….
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opcode(u8);

impl Opcode {
    /// Continues a fragmented message.
    pub const CONTINUATION: Self = Self(0x0);
    /// A text message, UTF-8.
    pub const TEXT: Self = Self(0x1);
    /// A binary message.
    pub const BINARY: Self = Self(0x2);
    /// Connection close.
    pub const CLOSE: Self = Self(0x8);
    /// Ping.
    pub const PING: Self = Self(0x9);
    /// Pong.
    pub const PONG: Self = Self(0xa);

    /// The low four bits of `value`.
    #[must_use]
    pub const fn new(value: u8) -> Self {
        Self(value & 0x0f)
    }

    /// The value, 0 to 15.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }

    /// Control frames have the top bit of the opcode set (RFC 6455 section 5.5).
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.0 & 0x8 != 0
    }

    /// Reads the name that [`fmt::Display`] writes.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        (0..16).map(Self::new).find(|opcode| opcode.to_string() == name)
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::CONTINUATION => out.write_str("continuation"),
            Self::TEXT => out.write_str("text"),
            Self::BINARY => out.write_str("binary"),
            Self::CLOSE => out.write_str("close"),
            Self::PING => out.write_str("ping"),
            Self::PONG => out.write_str("pong"),
            Self(value) => write!(out, "op{value}"),
        }
    }
}

/// The three reserved bits, as the number (RSV1, RSV2, RSV3) read as binary: 4, 2, 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rsv(u8);

impl Rsv {
    /// No bit set, as required without a negotiated extension.
    pub const NONE: Self = Self(0);

    /// The low three bits of `value`: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    #[must_use]
    pub const fn new(value: u8) -> Self {
        Self(value & 0x07)
    }

    /// The value, 0 to 7.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }
}

/// How many bytes a payload length is written in (RFC 6455 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LengthForm {
    /// In the second byte of the header: 0 to 125.
    Seven,
    /// 126, then two bytes.
    Sixteen,
    /// 127, then eight bytes; the RFC wants the top bit clear.
    SixtyFour,
}

/// A declared payload length: a number of bytes and how it is written, minimal or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Length {
    bytes: u64,
    form: LengthForm,
}

impl Length {
    /// The only legal form of `bytes` (RFC 6455: "the minimal number of bytes MUST be used").
    #[must_use]
    pub const fn minimal(bytes: u64) -> Self {
        let form = match bytes {
            0..=125 => LengthForm::Seven,
            126..=0xffff => LengthForm::Sixteen,
            _ => LengthForm::SixtyFour,
        };
        Self { bytes, form }
    }

    /// `bytes` in at least `form`; a form too small for it is widened, since it cannot be written.
    #[must_use]
    pub const fn in_form(bytes: u64, form: LengthForm) -> Self {
        let minimal = Self::minimal(bytes);
        match (minimal.form, form) {
            (LengthForm::SixtyFour, _) | (LengthForm::Sixteen, LengthForm::Seven) => minimal,
            _ => Self { bytes, form },
        }
    }

    /// The declared number of payload bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.bytes
    }

    /// How it is written.
    #[must_use]
    pub const fn form(self) -> LengthForm {
        self.form
    }

    /// Whether a shorter form would have done.
    #[must_use]
    pub fn is_minimal(self) -> bool {
        self == Self::minimal(self.bytes)
    }
}

/// Everything before the payload of a frame. Every bit pattern is a `FrameHead`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameHead {
    /// Final fragment of its message.
    pub fin: bool,
    /// The reserved bits.
    pub rsv: Rsv,
    /// What the frame is.
    pub opcode: Opcode,
    /// The masking key, if the mask bit is set (clients must, servers must not).
    pub mask: Option<[u8; 4]>,
    /// The declared payload length.
    pub length: Length,
}

impl FrameHead {
    /// The longest possible head in bytes: 2 + 8 + 4.
    pub const MAX_BYTES: usize = 14;

    /// The bytes of this head.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let first = u8::from(self.fin) << 7 | self.rsv.value() << 4 | self.opcode.value();
        let mask_bit = u8::from(self.mask.is_some()) << 7;
        let mut bytes = vec![first];
        let declared = self.length.bytes.to_be_bytes();
        match self.length.form {
            LengthForm::Seven => bytes.push(mask_bit | declared[7]),
            LengthForm::Sixteen => {
                bytes.push(mask_bit | 126);
                bytes.extend_from_slice(&declared[6..]);
            }
            LengthForm::SixtyFour => {
                bytes.push(mask_bit | 127);
                bytes.extend_from_slice(&declared);
            }
        }
        bytes.extend_from_slice(self.mask.as_ref().map_or(&[], <[u8; 4]>::as_slice));
        bytes
    }

    /// Reads a head from the front of `bytes`: the head and its size in bytes, or `None` if more is needed.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let [first, second, ..] = *bytes else { return None };
        let (form, extra) = match second & 0x7f {
            126 => (LengthForm::Sixteen, 2),
            127 => (LengthForm::SixtyFour, 8),
            _ => (LengthForm::Seven, 0),
        };
        let declared = match form {
            LengthForm::Seven => u64::from(second & 0x7f),
            _ => bytes.get(2..2 + extra)?.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
        };
        let mut size = 2 + extra;
        let mut mask = None;
        if second & 0x80 != 0 {
            mask = Some(<[u8; 4]>::try_from(bytes.get(size..size + 4)?).ok()?);
            size += 4;
        }
        let head = Self {
            fin: first & 0x80 != 0,
            rsv: Rsv::new(first >> 4),
            opcode: Opcode::new(first),
            mask,
            length: Length { bytes: declared, form },
        };
        Some((head, size))
    }
}

/// Applies a masking key in place (RFC 6455 section 5.3); `offset` is the payload position of `bytes[0]`.
pub fn apply_mask(key: [u8; 4], bytes: &mut [u8], offset: u64) {
    // The key repeats every four bytes, so only the offset's place in that round matters.
    let start = (offset % 4) as usize;
    for (byte, key) in bytes.iter_mut().zip(key.iter().cycle().skip(start)) {
        *byte ^= key;
    }
}

/// The payload of a Close frame (RFC 6455 section 5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Close {
    /// The status code; `None` when the payload is empty.
    pub code: Option<u16>,
    /// The reason, UTF-8 if the peer keeps to the RFC.
    pub reason: Vec<u8>,
}

impl Close {
    /// Reads a Close payload; `None` for a single byte, which is no Close payload.
    #[must_use]
    pub fn decode(payload: &[u8]) -> Option<Self> {
        match payload {
            [] => Some(Self::default()),
            [_] => None,
            [high, low, reason @ ..] => {
                Some(Self { code: Some(u16::from_be_bytes([*high, *low])), reason: reason.to_vec() })
            }
        }
    }

    /// The payload bytes; a reason without a code cannot be written and is left out.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Some(code) = self.code else { return Vec::new() };
        [code.to_be_bytes().as_slice(), &self.reason].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;

    fn form() -> impl Strategy<Value = LengthForm> {
        prop_oneof![Just(LengthForm::Seven), Just(LengthForm::Sixteen), Just(LengthForm::SixtyFour)]
    }

    prop_compose! {
        fn any_head()(fin: bool, rsv in 0u8..8, opcode in 0u8..16, mask: Option<[u8; 4]>,
                      bytes in prop_oneof![0u64..200, 60_000u64..70_000, any::<u64>()], form in form()) -> FrameHead {
            FrameHead { fin, rsv: Rsv::new(rsv), opcode: Opcode::new(opcode), mask, length: Length::in_form(bytes, form) }
        }
    }

    proptest! {
        #[test]
        fn every_head_survives(head in any_head(), tail in proptest::collection::vec(any::<u8>(), 0..20)) {
            let mut bytes = head.encode();
            let size = bytes.len();
            for short in 0..size {
                prop_assert_eq!(FrameHead::decode(&bytes[..short]), None);
            }
            bytes.extend(tail);
            prop_assert_eq!(FrameHead::decode(&bytes), Some((head, size)));
        }

        #[test]
        fn every_bit_pattern_is_a_head(bytes in proptest::collection::vec(any::<u8>(), 14..20)) {
            let (head, size) = FrameHead::decode(&bytes).expect("fourteen bytes hold any head");
            prop_assert_eq!(head.encode(), &bytes[..size]);
        }

        /// An independent codec agrees wherever it can express the frame at all.
        #[test]
        fn tungstenite_agrees(head in any_head()) {
            let bytes = head.encode();
            let theirs = FrameHeader::parse(&mut std::io::Cursor::new(&bytes));
            let reserved = !matches!(head.opcode.value(), 0..=2 | 8..=10);
            match theirs {
                Ok(Some((theirs, length))) => {
                    prop_assert_eq!(length, head.length.bytes());
                    prop_assert_eq!(theirs.is_final, head.fin);
                    prop_assert_eq!((theirs.rsv1, theirs.rsv2, theirs.rsv3),
                        (head.rsv.value() & 4 != 0, head.rsv.value() & 2 != 0, head.rsv.value() & 1 != 0));
                    prop_assert_eq!(u8::from(theirs.opcode), head.opcode.value());
                    prop_assert_eq!(theirs.mask, head.mask);
                }
                Ok(None) => prop_assert!(false, "tungstenite wants more than the whole head"),
                Err(_) => prop_assert!(reserved, "tungstenite refuses {head:?}"),
            }
        }

        #[test]
        fn masking_twice_is_nothing(key: [u8; 4], bytes in proptest::collection::vec(any::<u8>(), 0..50), offset: u64) {
            let mut masked = bytes.clone();
            apply_mask(key, &mut masked, offset);
            apply_mask(key, &mut masked, offset);
            prop_assert_eq!(masked, bytes);
        }

        #[test]
        fn masking_in_pieces_is_masking(key: [u8; 4], bytes in proptest::collection::vec(any::<u8>(), 0..50), cut in 0usize..50) {
            let cut = cut.min(bytes.len());
            let mut whole = bytes.clone();
            apply_mask(key, &mut whole, 0);
            let mut pieces = bytes;
            apply_mask(key, &mut pieces[..cut], 0);
            apply_mask(key, &mut pieces[cut..], cut as u64);
            prop_assert_eq!(pieces, whole);
        }

        #[test]
        fn close_survives(payload in proptest::collection::vec(any::<u8>(), 0..125)) {
            match Close::decode(&payload) {
                Some(close) => prop_assert_eq!(close.encode(), payload),
                None => prop_assert_eq!(payload.len(), 1),
            }
        }
    }

    #[test]
    fn names_of_opcodes_come_back() {
        for value in 0..16 {
            let opcode = Opcode::new(value);
            assert_eq!(Opcode::from_name(&opcode.to_string()), Some(opcode));
        }
    }
}
