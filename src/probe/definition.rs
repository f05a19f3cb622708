//! What a probe is made of.

use std::fmt;
use std::time::Duration;

use super::frame::Frame;
use super::id::ProbeId;
use crate::wire::Opcode;

/// One stimulus: an opening handshake and a script.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Its number; the same word in recordings, reports and documentation.
    pub id: ProbeId,
    /// What is sent, in one line.
    pub summary: &'static str,
    /// Why implementations answer it differently.
    pub why: &'static str,
    /// The section that governs it, such as `RFC 6455 section 5.2`.
    pub reference: &'static str,
    /// What it has in common with others that ask a similar question.
    pub group: &'static str,
    /// What it may cost the server.
    pub risk: Risk,
    /// Who decides what it brings to light, where the answer itself does not say so.
    pub layer: Layer,
    /// Whether it tells releases of one server apart, such as those with a flaw from those without, and hardly servers from each other: left to
    /// those who ask for more than it takes to tell.
    pub for_releases: bool,
    /// Servers that are known to die of it, with their versions.
    pub kills: &'static [&'static str],
    /// The opening handshake.
    pub opening: Opening,
    /// What is done once the connection has become a WebSocket.
    pub script: &'static [Step],
}

/// What series fill in: the legal handshake, then the fence, in words of their own.
pub(super) const TEMPLATE: Probe = Probe {
    id: ProbeId::new(0),
    summary: "",
    why: "",
    reference: "",
    group: "",
    risk: Risk::Malformed,
    layer: Layer::Engine,
    for_releases: false,
    kills: &[],
    opening: Opening::Upgrade(&[]),
    script: &[Step::Fence],
};

/// Who decides a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// What a reverse proxy may rewrite.
    Edge,
    /// What names itself: Server, X-Powered-By, and the like.
    Banner,
    /// What only the WebSocket implementation decides.
    Engine,
    /// What the application decides, by its code or its settings.
    App,
}

impl Layer {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Banner => "banner",
            Self::Engine => "engine",
            Self::App => "application",
        }
    }
}

/// What a probe may cost the server it is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Legal traffic: nothing that an ordinary client might not send.
    Polite,
    /// Breaks a rule; costs its own connection.
    Malformed,
    /// Large payloads, declared or real; never in the default set.
    Heavy,
}

impl fmt::Display for Risk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Polite => "polite",
            Self::Malformed => "malformed",
            Self::Heavy => "heavy",
        })
    }
}

/// How the opening handshake differs from the legal one (RFC 6455 section 4.1).
#[derive(Clone, Copy, Debug)]
pub enum Opening {
    /// The legal handshake with these changes, in order.
    Upgrade(&'static [Edit]),
    /// Other bytes altogether. `{path}`, `{host}` (with port), `{origin}` and `{url}` stand for the target's.
    Verbatim {
        /// The first line.
        start_line: &'static str,
        /// Name and value of each field, in order.
        headers: &'static [(&'static str, &'static str)],
        /// Bytes after the empty line.
        tail: &'static [u8],
    },
}

/// One change to the legal opening handshake.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    /// Gives the field this value in its place, or adds it.
    Set(&'static str, &'static str),
    /// Adds a field behind all others, even if there is one of this name.
    Add(&'static str, &'static str),
    /// Leaves the field out.
    Remove(&'static str),
    /// Gives the field all subprotocols of [`Probe::subprotocols`], in order or reversed.
    OfferSubprotocols {
        /// Last first.
        reversed: bool,
    },
    /// Adds these parameters to the query of the target.
    Query(&'static str),
    /// Another first line. `{path}`, `{folder}` (the path without query and final slash), `{query}`, `{host}` and
    /// `{url}` (with the scheme http) stand for the target's.
    StartLine(&'static str),
    /// Adds a field with a value of so many bytes.
    LongField(usize),
    /// Adds so many short fields.
    ManyFields(usize),
    /// Adds bytes after the empty line.
    Content(&'static [u8]),
    /// Sends frames in the same write as the request.
    Pipeline(&'static [Frame]),
}

/// One step of a script.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Sends a frame, in as many segments as the variation says.
    Send(Frame),
    /// Sends several frames in one write.
    Together(&'static [Frame]),
    /// Sends a frame byte by byte and notes after which byte the server first reacts.
    Drip(Frame),
    /// Sends a ping and waits for its pong: what came before it was taken.
    Fence,
    /// Ends our side of the connection and goes on reading.
    HalfClose,
    /// Does nothing, not even answer a Close, and notes after how many seconds something happened.
    Wait(Duration),
}

impl Step {
    /// The frames it sends.
    #[must_use]
    pub const fn frames(&self) -> &[Frame] {
        match self {
            Self::Send(frame) | Self::Drip(frame) => std::slice::from_ref(frame),
            Self::Together(frames) => frames,
            Self::Fence | Self::HalfClose | Self::Wait(_) => &[],
        }
    }
}

impl Probe {
    /// The hundred that the probe belongs to: 100 for 100 to 199.
    #[must_use]
    pub const fn series(&self) -> u16 {
        self.id.number() / 100 * 100
    }

    /// Whether all that matters in it is the opening handshake.
    #[must_use]
    pub fn is_handshake(&self) -> bool {
        !self.script.iter().any(|step| !matches!(step, Step::Fence))
    }

    /// Whether its handshake is the legal one, so that the answer equals the baseline's.
    #[must_use]
    pub const fn opens_legally(&self) -> bool {
        matches!(self.opening, Opening::Upgrade([]))
    }

    /// Whether its opening is not that of RFC 6455, so that a 101 may speak another protocol.
    #[must_use]
    pub const fn speaks_a_draft(&self) -> bool {
        matches!(self.opening, Opening::Verbatim { .. })
    }

    /// Whether its frames mean something only where the extension that it offers was taken.
    #[must_use]
    pub fn needs_extension(&self) -> bool {
        let offers = |edit: &Edit| matches!(edit, Edit::Set("Sec-WebSocket-Extensions", _));
        !self.is_handshake() && self.edits().iter().any(offers)
    }

    /// Whether it waits for long: never played unless asked for.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.script.iter().any(|step| matches!(step, Step::Wait(_)))
    }

    /// Whether it costs little: neither heavy nor slow. All of these are played where a thorough scan, a series or a recording is asked for.
    #[must_use]
    pub fn is_light(&self) -> bool {
        self.risk < Risk::Heavy && !self.is_slow()
    }

    /// Whether it is played where nobody has asked for more: light, and not there for the sake of releases.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.is_light() && !self.for_releases
    }

    /// Whether software that people run is known to have died of it: never played unless more is asked for.
    #[must_use]
    pub const fn has_killed(&self) -> bool {
        !self.kills.is_empty()
    }

    /// Whether it sends a data frame that a server may hand to its application: one with no reserved bit, whatever else is wrong with it.
    /// Applications that expect a form of their own are known to die of another.
    #[must_use]
    pub fn speaks_to_application(&self) -> bool {
        let is_data = |frame: &Frame| frame.rsv.value() == 0 && [Opcode::TEXT, Opcode::BINARY].contains(&frame.opcode);
        self.script.iter().flat_map(Step::frames).chain(self.pipelined()).any(is_data)
    }

    /// The changes to the legal opening handshake.
    #[must_use]
    pub const fn edits(&self) -> &'static [Edit] {
        match self.opening {
            Opening::Upgrade(edits) => edits,
            Opening::Verbatim { .. } => &[],
        }
    }

    /// Whether a server may take the end of its request for something else than the end of a request.
    #[must_use]
    pub fn may_be_cut_short(&self) -> bool {
        self.speaks_a_draft()
            || self.edits().iter().any(|edit| match edit {
                Edit::Set(name, value) | Edit::Add(name, value) => {
                    [name, value].iter().any(|text| text.contains(['\r', '\n']))
                }
                Edit::Content(_) | Edit::Pipeline(_) => true,
                _ => false,
            })
    }

    /// The frames that leave with the request.
    pub fn pipelined(&self) -> impl Iterator<Item = &'static Frame> + use<> {
        let frames = |edit: &'static Edit| match edit {
            Edit::Pipeline(frames) => *frames,
            _ => &[],
        };
        self.edits().iter().flat_map(frames)
    }

    /// The most bytes of payload that its script sends.
    #[must_use]
    pub fn payload_bytes(&self) -> u64 {
        self.script.iter().flat_map(Step::frames).map(|frame| frame.payload.len()).sum()
    }

    /// Whether its script sends a payload that a server may think long about: more than 64 KiB.
    #[must_use]
    pub fn has_long_payload(&self) -> bool {
        self.payload_bytes() > 64 * 1024
    }

    /// The longest payload that its script declares, sent or not.
    #[must_use]
    pub fn declared_bytes(&self) -> u64 {
        let frames = self.script.iter().flat_map(Step::frames);
        frames.map(|frame| frame.head([0; 4]).length.bytes()).max().unwrap_or(0)
    }
}
