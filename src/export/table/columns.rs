//! The columns; `docs/data.md` says the same, and a test holds it to that.

use super::row::{Cell, Row};
use crate::observation::{Event, Reply};
use crate::wire::escape::escape;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text of printable ASCII.
    Text,
    /// A whole number.
    Number,
    /// A share, from 0 to 1.
    Share,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Share => "share",
        }
    }
}

/// A column: what it is called, what its values are, and what it says.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name, in the head.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What it says.
    pub about: &'static str,
    pub(super) value: fn(&Row<'_>) -> Cell,
}

/// A column of text.
const fn text(name: &'static str, about: &'static str, value: fn(&Row<'_>) -> Cell) -> Column {
    Column { name, kind: Kind::Text, about, value }
}

/// A column of numbers.
const fn number(name: &'static str, about: &'static str, value: fn(&Row<'_>) -> Cell) -> Column {
    Column { name, kind: Kind::Number, about, value }
}

/// All columns, in order.
pub const COLUMNS: [Column; 27] = [
    text("product", "the product, by its id; `stews db list` has the names", |row| row.server.product.as_str().into()),
    text("engine", "the WebSocket implementation inside it", |row| row.server.engine.as_str().into()),
    text("framework", "the framework around the engine; empty where there is none", |row| {
        row.server.framework.as_deref().into()
    }),
    text("version", "the recorded version of the product", |row| row.server.version.as_str().into()),
    number(
        "behaviour",
        "which of the behaviours of the product it is, counted from 1; empty with `--recordings`",
        |row| row.server.behaviour.into(),
    ),
    number(
        "run",
        "the run, counted from 1; empty without `--recordings`. A recording counts answers and does not say which run gave which: \
         runs are numbered by the answers in alphabetical order, probe by probe, so that two probes of one run need not belong together",
        |row| row.run.into(),
    ),
    Column {
        name: "share",
        kind: Kind::Share,
        about: "the share of the runs in which the probe was answered so",
        value: |row| Cell::Share(row.share),
    },
    number("probe", "the number of the probe; `stews probes` lists them", |row| u64::from(row.id.number()).into()),
    number("series", "its series", |row| u64::from(row.id.number() / 100 * 100).into()),
    text("group", "what it has in common with others that ask a similar question", |row| {
        row.probe.map(|probe| probe.group).into()
    }),
    text("risk", "`polite`, `malformed` or `heavy`", |row| row.probe.map(|probe| probe.risk.to_string()).into()),
    text("layer", "who decides what it brings to light: `engine`, `edge` or `application`", |row| {
        row.probe.map(|probe| probe.layer.word()).into()
    }),
    text("rfc", "the section that governs it", |row| row.probe.map(|probe| probe.reference).into()),
    text("observation", "all that was observed, in the notation of stews (`src/observation/notation.rs`)", |row| {
        row.line.into()
    }),
    text(
        "reply",
        "the answer to the handshake: `usual` (the 101 that the baseline, probe 309, was given), `response`, `bytes` (no HTTP) or `nothing`",
        |row| reply(row).into(),
    ),
    number("status", "the status code of a `response`", |row| row.seen.reply.status().map(u64::from).into()),
    text("reason", "its reason phrase", |row| head(row).map(|head| escape(head.reason.as_bytes())).into()),
    text("fields", "its header fields in order, as a JSON list of names and values; values escaped as below", |row| {
        fields(row).into()
    }),
    text(
        "body",
        "the first 512 bytes of the content of a `response`, still in its transfer coding, or of `bytes`; escaped as below",
        |row| body(row).into(),
    ),
    number("frames", "how many whole frames came", |row| {
        (row.seen.events.iter().filter(|event| event.is_frame()).count() as u64).into()
    }),
    text("events", "what came after the handshake, in order and in the notation", |row| events(row).into()),
    number("close_code", "the status code of the first well-formed Close; 0 where it has none", |row| {
        row.seen.close().map(|close| u64::from(close.code.unwrap_or_default())).into()
    }),
    text("close_reason", "its reason, escaped as below", |row| {
        row.seen.close().map(|close| escape(&close.reason)).into()
    }),
    number("reacted_at", "after how many bytes of what was sent byte by byte the server first reacted", |row| {
        find(row, |event| if let Event::ReactedAt(bytes) = event { Some(*bytes as u64) } else { None })
    }),
    number("after", "after how many seconds of waiting something happened first", |row| {
        find(row, |event| if let Event::After(seconds) = event { Some(*seconds) } else { None })
    }),
    text(
        "ending",
        "how the connection ended: `alive` (it lives on), `fin`, `reset`, `silent` (nothing more came), `broken` (FIN or reset while \
         a frame was on its way) or `cut` (at a limit of ours)",
        |row| row.seen.end.word().into(),
    ),
    text(
        "probe_set",
        "the set of probes that it was observed with; `fingerprints/probe_sets/` has what each sends, by hash",
        |row| row.probe_set.into(),
    ),
];

fn reply(row: &Row<'_>) -> &'static str {
    match row.seen.reply {
        Reply::Usual => "usual",
        Reply::Response { .. } => "response",
        Reply::Bytes(_) => "bytes",
        Reply::Nothing => "nothing",
    }
}

fn head<'a>(row: &'a Row<'_>) -> Option<&'a crate::wire::ResponseHead> {
    match &row.seen.reply {
        Reply::Response { head, .. } => Some(head),
        _ => None,
    }
}

fn fields(row: &Row<'_>) -> Option<String> {
    let pairs = head(row)?.headers.iter().map(|field| [field.name.clone(), escape(&field.value)]);
    Some(serde_json::Value::from_iter(pairs.map(|pair| pair.map(serde_json::Value::from).to_vec())).to_string())
}

fn body(row: &Row<'_>) -> Option<String> {
    match &row.seen.reply {
        Reply::Response { body, .. } | Reply::Bytes(body) => Some(escape(body)),
        Reply::Usual | Reply::Nothing => None,
    }
}

fn events(row: &Row<'_>) -> String {
    row.seen.events.iter().map(Event::to_string).collect::<Vec<_>>().join(", ")
}

fn find(row: &Row<'_>, wanted: impl Fn(&Event) -> Option<u64>) -> Cell {
    row.seen.events.iter().find_map(wanted).into()
}
