//! Everything about a probe's bytes that must not matter.

/// One way to write a probe. The default is fixed, so that recordings repeat; scans of targets have [`Variation::unpredictable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variation {
    /// The masking key of every frame; `None` draws one for each, as RFC 6455 section 5.3 wants it.
    pub mask: Option<[u8; 4]>,
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

impl Variation {
    /// The masking key of all that is recorded: the sample of RFC 6455 section 5.7. The hash of what a probe sends is taken with it.
    pub const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

    /// The default with a key of its own for each frame: a server must not be able to tell who asks by the first frame, and pass for whom
    /// it likes.
    #[must_use]
    pub fn unpredictable() -> Self {
        Self { mask: None, ..Self::default() }
    }

    /// The masking key of the next frame.
    #[must_use]
    pub fn masking_key(&self) -> [u8; 4] {
        self.mask.unwrap_or_else(|| fastrand::u32(..).to_be_bytes())
    }
}

impl Default for Variation {
    fn default() -> Self {
        Self {
            mask: Some(Self::MASK),
            payload_byte: None,
            rotate_headers: 0,
            lower_case_headers: false,
            segments: Segments::Whole,
        }
    }
}
