//! What a server did in answer to one probe, without a word on what that means.
//!
//! An [`Observation`] has a text form of one line ([`notation`]) in which it is stored, shown and
//! written in tests: `close 1002 "bad opcode 3" | fin`.

pub mod beside;
pub mod bounds;
pub mod normal;
pub mod notation;
pub mod noted;
pub mod order;
pub mod own_words;
pub mod upgrade;
pub mod varying;

use crate::wire::{FrameHead, Opcode, ResponseHead, Rsv, frame::Close};

/// Everything observed on the connection of one probe.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Observation {
    /// The answer to the opening handshake.
    pub reply: Reply,
    /// What came afterwards, in order.
    pub events: Vec<Event>,
    /// How it ended.
    pub end: End,
}

/// The answer to the opening handshake.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// A 101 equal to the one that the baseline handshake of the run was given; written once, with the baseline.
    Usual,
    /// An HTTP response.
    Response {
        /// Status line and header fields.
        head: ResponseHead,
        /// The first [`Reply::BODY_SAMPLE`] bytes of the content, still in its transfer coding.
        body: Vec<u8>,
    },
    /// Bytes that are not HTTP, up to [`Reply::BODY_SAMPLE`].
    Bytes(Vec<u8>),
    /// No byte at all.
    Nothing,
}

impl Reply {
    /// How much of a body is kept, in bytes.
    pub const BODY_SAMPLE: usize = 512;

    /// The status code, if this is an HTTP response that was written out.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Response { head, .. } => Some(head.status),
            _ => None,
        }
    }

    /// Whether we are asked to go away for now: 429 (RFC 6585 section 4) or 503 (RFC 9110 section 15.6.4).
    #[must_use]
    pub fn turns_away(&self) -> bool {
        matches!(self.status(), Some(429 | 503))
    }

    /// Whether the answer is a 101. Whether that is a WebSocket is another question: [`Reply::is_websocket`].
    #[must_use]
    pub fn is_upgrade(&self) -> bool {
        matches!(self, Self::Usual) || self.status() == Some(101)
    }
}

/// One thing that happened after the opening handshake.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A frame that is not a well-formed Close.
    Frame {
        /// Its head; the length is the declared one.
        head: FrameHead,
        /// Its payload.
        content: Content,
    },
    /// A Close frame as RFC 6455 section 5.5.1 wants it.
    Close(Close),
    /// A fence between two steps was answered: all before it happened before all after it.
    Fence,
    /// While a probe was sent byte by byte, this many had gone out when the server first reacted.
    ReactedAt(usize),
    /// While a probe waited, so many seconds had passed, by the steps of [`Event::SECONDS`], when something happened: what
    /// stands before it or, where nothing does, the end.
    After(u64),
    /// The connection ended inside a frame; the bytes of it that came (a sample).
    Partial(Vec<u8>),
    /// An HTTP response where frames were due, by its status line (a sample); what followed it was read and dropped.
    Response(Vec<u8>),
    /// More events than are kept came; the rest was read and dropped.
    More,
}

/// A payload, as far as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// The payload of a frame of this probe came back.
    Echo,
    /// The first [`Content::SAMPLE`] bytes, unmasked.
    Sample(Vec<u8>),
}

impl Content {
    /// How much of a payload is kept, in bytes: any control frame's fits (RFC 6455 section 5.5).
    pub const SAMPLE: usize = 125;
}

/// How the observation of a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The last fence was answered, or the HTTP response was complete on a persistent connection: it lives on.
    Alive,
    /// The server ended its side in order (TCP FIN, or a TLS closure alert).
    Fin,
    /// The connection was reset, or broken in a way that only a reset or a TLS failure explains.
    Reset,
    /// Nothing more came within the quiet period, and the connection stayed open.
    Silent,
    /// The server ended the connection while a frame was on its way in pieces (a long payload, or byte by byte): whether
    /// its FIN or a reset reaches us first is chance (RFC 9112 section 9.6 tells why), so the two have one word.
    Broken,
    /// We stopped at a limit of our own: time, bytes or events.
    Cut,
}

impl End {
    /// All ends.
    pub const ALL: [Self; 6] = [Self::Alive, Self::Fin, Self::Reset, Self::Silent, Self::Broken, Self::Cut];

    /// The word used in the notation.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Fin => "fin",
            Self::Reset => "reset",
            Self::Silent => "silent",
            Self::Broken => "broken",
            Self::Cut => "cut",
        }
    }
}

impl Event {
    /// The seconds that waiting is told in: timers are round numbers, and a scheduler adds what it likes.
    pub const SECONDS: [u64; 11] = [0, 1, 2, 3, 5, 10, 15, 20, 25, 30, 35];

    /// That something happened after this time, to the nearest of [`Event::SECONDS`].
    #[must_use]
    pub fn after(time: std::time::Duration) -> Self {
        let distance = |seconds: &u64| time.abs_diff(std::time::Duration::from_secs(*seconds));
        Self::After(Self::SECONDS.into_iter().min_by_key(distance).unwrap_or_default())
    }

    /// Whether the server sent a whole frame.
    #[must_use]
    pub const fn is_frame(&self) -> bool {
        matches!(self, Self::Frame { .. } | Self::Close(_) | Self::Fence)
    }

    /// Whether the server said something in frames: a whole one, or one of which the head came.
    #[must_use]
    pub fn is_word(&self) -> bool {
        self.is_frame() || matches!(self, Self::Partial(bytes) if FrameHead::decode(bytes).is_some())
    }

    /// The event that a complete frame is: a well-formed Close is read as one.
    #[must_use]
    pub fn from_frame(head: FrameHead, sample: Vec<u8>) -> Self {
        let orderly = head.opcode == Opcode::CLOSE
            && head.fin
            && head.rsv == Rsv::NONE
            && head.mask.is_none()
            && head.length.is_minimal()
            && head.length.bytes() == sample.len() as u64;
        match Close::decode(&sample).filter(|_| orderly) {
            Some(close) => Self::Close(close),
            None => Self::Frame { head, content: Content::Sample(sample) },
        }
    }
}

impl Observation {
    /// Whether the server did anything about what it was sent in a WebSocket: messages and pings of its own are no answer.
    #[must_use]
    pub fn is_reaction(&self) -> bool {
        let own = |event: &Event| matches!(event, Event::Frame { head, content: Content::Sample(_) } if head.opcode == Opcode::PING || !head.opcode.is_control());
        let answered = self.events.iter().any(|event| event.is_frame() && !own(event));
        self.reply.is_upgrade() && (answered || !matches!(self.end, End::Silent | End::Cut))
    }

    /// Stands for a value that is drawn anew for each answer, and so is no fact ([`varying`]).
    pub const VARIES: &[u8] = b"<varies>";

    /// The server's first well-formed Close.
    #[must_use]
    pub fn close(&self) -> Option<&Close> {
        self.events.iter().find_map(|event| match event {
            Event::Close(close) => Some(close),
            _ => None,
        })
    }

    /// This observation with a handshake answer equal to the baseline's written as [`Reply::Usual`].
    #[must_use]
    pub fn relative_to(mut self, baseline: &Reply) -> Self {
        if self.reply == *baseline && baseline.is_upgrade() {
            self.reply = Reply::Usual;
        }
        self
    }
}
