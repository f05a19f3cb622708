//! The frames that scripts send, legal or not.

use crate::wire::{FrameHead, Length, LengthForm, Opcode, Rsv};

/// A frame to send. Masked, final and correctly measured unless told otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Final fragment.
    pub fin: bool,
    /// Reserved bits.
    pub rsv: Rsv,
    /// Opcode.
    pub opcode: Opcode,
    /// Whether the payload is masked, as a client's must be (RFC 6455 section 5.1).
    pub masked: bool,
    /// The length to declare, where it is not the payload's own in its minimal form.
    pub declared: Option<Length>,
    /// The payload.
    pub payload: Payload,
}

/// The payload of a frame to send.
#[derive(Clone, Copy, Debug)]
pub enum Payload {
    /// Bytes whose values must not matter; a variation replaces them by others of the same number.
    Free(&'static [u8]),
    /// Bytes that are the point of the probe.
    Exact(&'static [u8]),
    /// One byte over and over, made as it is sent.
    Fill {
        /// The byte.
        byte: u8,
        /// How many of it.
        length: u64,
    },
}

impl Payload {
    /// The payload of the original tool's frames: a single quote.
    pub const QUOTE: Self = Self::Free(b"'");

    /// The number of bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        match self {
            Self::Free(bytes) | Self::Exact(bytes) => bytes.len() as u64,
            Self::Fill { length, .. } => *length,
        }
    }

    /// Whether there are no bytes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Frame {
    /// A legal frame as far as its opcode allows.
    #[must_use]
    pub const fn new(opcode: Opcode, payload: Payload) -> Self {
        Self { fin: true, rsv: Rsv::NONE, opcode, masked: true, declared: None, payload }
    }

    /// With these reserved bits: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    #[must_use]
    pub const fn rsv(mut self, bits: u8) -> Self {
        self.rsv = Rsv::new(bits);
        self
    }

    /// Not final: more fragments follow.
    #[must_use]
    pub const fn more(mut self) -> Self {
        self.fin = false;
        self
    }

    /// Without a mask, as no client may send it.
    #[must_use]
    pub const fn unmasked(mut self) -> Self {
        self.masked = false;
        self
    }

    /// Declaring this length whatever the payload.
    #[must_use]
    pub const fn declaring(mut self, bytes: u64, form: LengthForm) -> Self {
        self.declared = Some(Length::in_form(bytes, form));
        self
    }

    /// The head that goes with this frame under a masking key.
    #[must_use]
    pub fn head(&self, key: [u8; 4]) -> FrameHead {
        FrameHead {
            fin: self.fin,
            rsv: self.rsv,
            opcode: self.opcode,
            mask: self.masked.then_some(key),
            length: self.declared.unwrap_or(Length::minimal(self.payload.len())),
        }
    }
}
