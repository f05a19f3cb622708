//! Everything about a probe's bytes that must not matter.

/// One way to write a probe. The default is fixed, so that runs repeat; tests draw others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variation {
    /// The masking key of every frame.
    pub mask: [u8; 4],
    /// What replaces the bytes of a payload whose values must not matter; `None` leaves them.
    pub payload_byte: Option<u8>,
    /// Where the order of our own request fields starts; they are rotated by this many places after Host.
    pub rotate_headers: usize,
    /// Writes our own field names in lower case.
    pub lower_case_headers: bool,
    /// How writes are cut.
    pub segments: Segments,
}

/// How the bytes of one step are cut into writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segments {
    /// One write.
    Whole,
    /// Writes of at most this many bytes, at least 1, each flushed.
    Of(usize),
}

impl Default for Variation {
    fn default() -> Self {
        Self {
            mask: [0x37, 0xfa, 0x21, 0x3d],
            payload_byte: None,
            rotate_headers: 0,
            lower_case_headers: false,
            segments: Segments::Whole,
        }
    }
}
