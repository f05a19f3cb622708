//! The kinds of facts, and what holds for all facts of each.

use enum_map::Enum;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumCount, IntoStaticStr, VariantArray};

pub use crate::probe::Layer;
use crate::probe::Probe;

/// Which side of an observation a feature tells. Stored files call it by the name of the variant, as in `close-code`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Enum,
    Display,
    EnumCount,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The class of answer to a handshake: a status code, no HTTP, nothing.
    #[strum(to_string = "status")]
    Status,
    /// The reason phrase (RFC 9112 section 4).
    #[strum(to_string = "reason phrase")]
    ReasonPhrase,
    /// Field names in order, in lower case.
    #[strum(to_string = "field order")]
    FieldOrder,
    /// Field names as written.
    #[strum(to_string = "field case")]
    FieldCase,
    /// The value of Upgrade or Connection.
    #[strum(to_string = "Upgrade and Connection")]
    UpgradeFields,
    /// The values of the Sec-WebSocket fields.
    #[strum(to_string = "negotiation")]
    Negotiation,
    /// The values of the fields that name a product.
    #[strum(to_string = "banner")]
    Banner,
    /// The content of a refusal.
    #[strum(to_string = "body")]
    Body,
    /// Close, answer, silence: what the frames after the handshake amount to.
    #[strum(to_string = "reaction")]
    Reaction,
    /// The status code of a Close (RFC 6455 section 7.4), or none.
    #[strum(to_string = "close code")]
    CloseCode,
    /// The reason of a Close.
    #[strum(to_string = "close reason")]
    CloseReason,
    /// After how many bytes of a frame the server reacted.
    #[strum(to_string = "reaction point")]
    ReactionPoint,
    /// After how many seconds something happened by itself.
    #[strum(to_string = "timer")]
    Timer,
    /// How the connection ended.
    #[strum(to_string = "end of connection")]
    End,
    /// Data frames: echoes, greetings.
    #[strum(to_string = "data")]
    Data,
}

/// Whose a refusal is, as far as facts of a kind show it, whatever was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalStyle {
    /// They do not show it.
    Nobodys,
    /// The server words it in its own way.
    Servers,
    /// The application may choose it: where nobody was seen to choose so, it says nothing.
    Applications,
}

/// What holds for all facts of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// The layer that decides them.
    pub layer: Layer,
    /// Whose a refusal is by them.
    pub refusal: RefusalStyle,
    /// A proxy in front may have written them.
    pub rewritable: bool,
    /// Two values are two servers. What an application or an administrator chooses proves nothing, nor does how far a frame
    /// had come, which is partly chance.
    pub conclusive: bool,
    /// A server that is asked again is expected to repeat them. How a connection ends is none: a FIN that crosses our bytes
    /// becomes a reset.
    pub steady: bool,
    /// Answers that differ in them are different answers when the next probe is chosen.
    pub makes_classes: bool,
    /// They are what a probe mostly tells where the handshake was accepted: what a proxy leaves of it is measured by them.
    pub tells_when_accepted: bool,
    /// They are what a probe mostly tells where the handshake was refused: what a proxy leaves of it is measured by them.
    pub tells_when_refused: bool,
    /// Many servers share their values, so that what a proxy makes of each can be counted. The rest are mostly texts that no two
    /// servers share.
    pub shared_values: bool,
}

impl Kind {
    /// How many there are.
    pub const COUNT: usize = <Self as EnumCount>::COUNT;

    /// All of them, in order: each at the place of its number.
    pub const ALL: [Self; Self::COUNT] = match Self::VARIANTS.first_chunk() {
        Some(all) => *all,
        None => unreachable!(),
    };

    /// What holds for all facts of this kind: the one table of which kinds count for what.
    #[must_use]
    #[rustfmt::skip]
    pub const fn properties(self) -> Properties {
        use RefusalStyle::{Applications, Nobodys, Servers};
        const YES: bool = true;
        #[allow(non_upper_case_globals, reason = "so that the eye finds what is YES")]
        const no: bool = false;
        let (layer, refusal, columns) = match self {
            //                     layer          refusal       rewritable, conclusive, steady, makes_classes,
            //                                                  tells_when_accepted, tells_when_refused, shared_values
            Self::Status        => (Layer::Engine, Applications, [YES, YES, YES, YES,  no, YES, YES]),
            Self::ReasonPhrase  => (Layer::Edge,   Applications, [YES, YES,  no, YES,  no, YES, YES]),
            Self::FieldOrder    => (Layer::Edge,   Servers,      [YES, YES,  no, YES,  no, YES, YES]),
            Self::FieldCase     => (Layer::Edge,   Servers,      [YES, YES,  no, YES,  no, YES,  no]),
            Self::UpgradeFields => (Layer::Edge,   Nobodys,      [YES, YES,  no, YES,  no,  no, YES]),
            Self::Negotiation   => (Layer::Engine, Nobodys,      [YES, YES,  no, YES,  no,  no,  no]),
            Self::Banner        => (Layer::Banner, Servers,      [YES,  no,  no,  no,  no,  no,  no]),
            Self::Body          => (Layer::Edge,   Applications, [YES, YES,  no, YES,  no, YES,  no]),
            Self::Reaction      => (Layer::Engine, Nobodys,      [ no, YES, YES, YES, YES,  no, YES]),
            Self::CloseCode     => (Layer::Engine, Nobodys,      [ no, YES, YES, YES, YES,  no,  no]),
            Self::CloseReason   => (Layer::Engine, Nobodys,      [ no, YES, YES, YES, YES,  no,  no]),
            Self::ReactionPoint => (Layer::Engine, Nobodys,      [ no,  no,  no,  no,  no,  no,  no]),
            Self::Timer         => (Layer::Engine, Nobodys,      [ no, YES,  no,  no,  no,  no,  no]),
            Self::End           => (Layer::Engine, Nobodys,      [ no, YES,  no, YES, YES, YES, YES]),
            Self::Data          => (Layer::App,    Nobodys,      [ no,  no,  no,  no,  no,  no,  no]),
        };
        let [rewritable, conclusive, steady, makes_classes, tells_when_accepted, tells_when_refused, shared_values] = columns;
        Properties {
            layer, refusal, rewritable, conclusive, steady, makes_classes, tells_when_accepted, tells_when_refused, shared_values,
        }
    }

    /// The layer that decides facts of this kind.
    #[must_use]
    pub const fn layer(self) -> Layer {
        self.properties().layer
    }

    /// Whether a proxy in front may have written a fact of this kind.
    #[must_use]
    pub const fn may_be_rewritten(self) -> bool {
        self.properties().rewritable
    }

    /// The kind in words, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The layer that decides a fact of this kind in answer to `probe`: the probe's own where the kind leaves it to the engine.
#[must_use]
pub const fn layer(probe: &Probe, kind: Kind) -> Layer {
    match kind.layer() {
        Layer::Engine => probe.layer,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_numbered_in_order() {
        assert!(Kind::ALL.iter().enumerate().all(|(number, kind)| *kind as usize == number));
    }

    #[test]
    fn what_names_a_server_or_is_the_applications_proves_nothing() {
        for kind in Kind::ALL {
            let properties = kind.properties();
            let of_nobody = matches!(properties.layer, Layer::App | Layer::Banner);
            assert!(!(of_nobody && (properties.conclusive || properties.makes_classes)), "{kind}");
            assert!(properties.layer != Layer::Edge || properties.rewritable, "{kind}");
        }
    }
}
