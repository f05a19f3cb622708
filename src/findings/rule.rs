//! What a rule is made of: which probes show it, and by what.

use strum::IntoStaticStr;

/// How grave a finding is, if it is true of a server in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    /// Worth to know: common, allowed, or harmless by itself.
    Info,
    /// A check that others rely on is missing. It takes another flaw (a proxy that reads the same otherwise, an application that trusts its library)
    /// to do harm.
    Low,
    /// One common circumstance is enough for harm to others: that cookies let users in, or that the server is not started again by itself.
    Medium,
    /// Whoever can connect does harm to others, whatever the circumstances.
    High,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Nature {
    /// A requirement of the section that is named is not met.
    Conformance,
    /// No requirement is broken; it could be stricter, or tell less.
    Hardening,
}

impl Nature {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.into()
    }
}

/// One thing that a server may do wrong.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name, which stays: `takes-unmasked-frames`.
    pub id: &'static str,
    /// What the server does, in one sentence.
    pub title: &'static str,
    /// How grave that is.
    pub severity: Severity,
    /// Whether a requirement is broken.
    pub nature: Nature,
    /// The section that says what should be: `RFC 6455 section 5.1`.
    pub section: &'static str,
    /// What it means to whoever runs the server.
    pub meaning: &'static str,
    /// What shows it.
    pub signs: &'static [Sign],
}

/// Some probes, and what of the answer to any of them shows a rule's case.
#[derive(Clone, Copy, Debug)]
pub struct Sign {
    /// The numbers of the probes, those first that are asked where findings are wanted ([`super::findings_set`]); none at all stands for whatever
    /// was asked.
    pub probes: &'static [u16],
    /// What is looked for.
    pub shows: Shows,
}

impl Sign {
    /// Probes that open a WebSocket.
    pub(super) const fn opening(probes: &'static [u16]) -> Self {
        Self { probes, shows: Shows::Opens }
    }
}

/// What is looked for in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// It went on after the frames of the probe: it answered the fence behind them, or, where it answers no pings, sent them back.
    GoesOn,
    /// It opened a WebSocket and kept it open.
    Opens,
    /// It opened one, and the Origin sent is neither that of the target nor one that the user chose.
    OpensForForeignOrigin,
    /// It answered a Close with the code of it.
    ReturnsCode,
    /// It answered a Close with the bytes of its reason that are no UTF-8, or with what stands for them.
    ReturnsReason,
    /// It sent a Close back that is none.
    ReturnsBadClose,
    /// It sent a message after its Close.
    SpeaksAfterClose,
    /// It waits for the rest of a frame of which the head was sent.
    Waits,
    /// It answered the content of the request as a message.
    AnswersContent,
    /// It took permessage-deflate and keeps its context between messages.
    KeepsContext,
    /// It masked a frame of its own.
    Masks,
    /// It named an extension or a subprotocol that was not offered.
    AgreesToNothingOffered,
    /// Its 101 lacks a field that it needs, or has another value in it.
    LacksField,
    /// It named itself with a version.
    NamesVersion,
    /// It showed where in its code something failed.
    ShowsStackTrace,
    /// It showed the path of a file of its own.
    ShowsPath,
    /// It stopped answering for good.
    StopsAnswering,
}
