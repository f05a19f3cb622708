//! The parsers that read what others wrote, and what must hold for whatever they are given.

use fastrand::Rng;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;
use stews::database::Recording;
use stews::observation::normal::Sent;
use stews::observation::{End, Event, Observation, Reply};
use stews::play::{FrameReader, HeadReader, Inbox};
use stews::target::Host;
use stews::wire::escape::{escape, unescape};
use stews::wire::frame::apply_mask;
use stews::wire::handshake::HeadResult;
use stews::wire::{Close, FrameHead, ResponseHead};
use stews::{Database, Scheme, Target};

use crate::mutate::cut;

/// What is wrong with what a parser made of an input.
pub type Verdict = Result<(), String>;

/// A parser.
pub struct Subject {
    /// Its name, and that of the folder of its corpus.
    pub name: &'static str,
    /// What holds for it, for people.
    pub holds: &'static str,
    /// Words that it looks for.
    pub words: &'static [&'static str],
    /// Inputs that are drawn and not taken from the corpus.
    pub drawn: fn() -> BoxedStrategy<Vec<u8>>,
    /// Gives it an input; the numbers say where that is cut.
    pub check: fn(&[u8], &mut Rng) -> Verdict,
}

/// All of them.
pub const ALL: [Subject; 6] = [
    Subject {
        name: "frames",
        holds: "a head comes back byte for byte; what is read does not depend on how it is cut, comes back from its notation, and is no \
                longer than 20 times what was sent",
        words: &["HTTP/1.", "HTTP", "HT", "\u{81}\u{2}hi", "\u{88}\u{2}\u{3}", "\u{7e}", "\u{7f}"],
        drawn: drawn_frames,
        check: check_frames,
    },
    Subject {
        name: "heads",
        holds: "what is read of a response, and of the frames behind it, does not depend on how it is cut, comes back from its notation \
                with and without what is taken out of it, and is bounded",
        words: &[
            "HTTP/1.1 101 Go\r\n",
            "HTTP/1.1 100 C\r\n\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Content-Length: 3\r\n",
            "Date: x\r\n",
            "\r\n\r\n",
            "\n\n",
            "0\r\n\r\n",
            "5;a=b\r\n",
            "Location: /",
        ],
        drawn: drawn_head,
        check: check_head,
    },
    Subject {
        name: "notation",
        holds: "an observation that reads is the same when it is printed and read again, is printed in printable ASCII where its names \
                are, and what does not read is told in one printable line",
        words: &[
            "close 1002",
            "text 1 echo",
            "op8 ",
            " more-follows",
            " rsv=7",
            " masked=00000000",
            " len16",
            " len64",
            "fence",
            "more",
            "after 3",
            "reacted at 2",
            "partial \"",
            "http \"",
            "bytes \"",
            "nothing",
            "HTTP/1.1 200 ",
            " {",
            "}",
            ", ",
            ": ",
            " body \"",
            " | fin",
            "\\x80",
            "\\r",
        ],
        drawn: drawn_notation,
        check: check_notation,
    },
    Subject {
        name: "target",
        holds: "what is accepted prints as a URL in printable ASCII that reads as the same target; what is refused is told in one \
                printable line",
        words: &[
            "ws://",
            "wss://",
            "https://",
            "[::1]",
            ":443",
            "@",
            "/",
            "?",
            "#",
            "%25eth0",
            ".",
            "xn--",
            "127.0.0.1",
            "//",
            "::",
        ],
        drawn: drawn_target,
        check: check_target,
    },
    Subject {
        name: "database",
        holds: "a database that reads is the same when it is written and read again, comes to no more than 40 times its file, and shows \
                only printable names; what is refused is told in one printable line",
        words: &[
            "\"schema\": 3",
            "\"lines\": [",
            "\"0 |a\"",
            "\"1 a1|b\"",
            "0x2",
            "-x2",
            "0*2+1",
            "+",
            "x1000",
            "65535",
            "null",
            "\"204\": \"\"",
            "\\u001b",
            "{",
            "}",
            "[",
            "]",
            ",",
        ],
        drawn: drawn_database,
        check: check_database,
    },
    Subject {
        name: "recording",
        holds: "a recording that reads is the same when it is written and read again, and shows only printable text; what is refused is \
                told in one printable line",
        words: &[
            "\"schema\": 2",
            "\"runs\": 1",
            "\"probe_set\"",
            "\"seen\"",
            "\"| fin\": 1",
            "\"dies_of\": [203]",
            "\"203\"",
            "4294967295",
            "null",
            "\\u001b",
            "{",
            "}",
            "[",
            "]",
            ",",
        ],
        drawn: drawn_recording,
        check: check_recording,
    },
];

fn ensure(holds: bool, what: &str) -> Verdict {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

/// Whether a message is one short line that a terminal may see.
fn is_a_line(message: &str) -> bool {
    message.len() < 16 * 1024 && !message.chars().any(char::is_control)
}

fn check_frames(bytes: &[u8], rng: &mut Rng) -> Verdict {
    if let Some((head, size)) = FrameHead::decode(bytes) {
        ensure(head.encode() == bytes[..size] && size <= FrameHead::MAX_BYTES, "the head comes back otherwise")?;
        ensure((0..size).all(|short| FrameHead::decode(&bytes[..short]).is_none()), "a part of the head is one")?;
    }
    let closes = Close::decode(bytes).is_none_or(|close| close.encode() == bytes);
    ensure(closes, "the Close comes back otherwise")?;
    let key = rng.u32(..).to_be_bytes();
    let mut masked = bytes.to_vec();
    apply_mask(key, &mut masked, 0);
    let (front, back) = masked.split_at_mut(bytes.len() / 2);
    let offset = front.len() as u64;
    apply_mask(key, back, offset);
    apply_mask(key, front, 0);
    ensure(masked == bytes, "masking twice changes it")?;

    let read = |pieces: &[&[u8]]| {
        let mut reader = FrameReader::default();
        pieces.iter().for_each(|piece| reader.feed(piece));
        (reader.messages(), reader.closed(), reader.events_heard(), reader.finish())
    };
    let whole = read(&[bytes]);
    ensure(read(&cut(bytes, rng)) == whole, "it is read otherwise in pieces")?;
    ensure(whole.3.len() <= FrameReader::MAX_EVENTS + 2, "more events than are kept")?;
    let line = comes_back(Reply::Usual, whole.3)?;
    ensure(line.len() <= 20 * bytes.len() + 20, "its notation is too long")
}

/// Whether an observation comes back from its line; the line.
fn comes_back(reply: Reply, events: Vec<Event>) -> Result<String, String> {
    let observation = Observation { reply, events, end: End::Fin };
    let line = observation.to_string();
    ensure(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "its notation is not printable ASCII")?;
    ensure(line.parse() == Ok(observation), "it comes back otherwise from its notation")?;
    Ok(line)
}

fn check_head(bytes: &[u8], rng: &mut Rng) -> Verdict {
    if let HeadResult::Complete(head, size) = ResponseHead::decode(bytes) {
        ensure(
            size <= bytes.len() && head.headers.len() <= ResponseHead::MAX_HEADERS,
            "the head is longer than it is",
        )?;
        let again = ResponseHead::decode(&bytes[..size]);
        ensure(again == HeadResult::Complete(head, size), "the head is another without what follows it")?;
    }
    let read = |pieces: &[&[u8]]| {
        let mut inbox = Inbox::default();
        pieces.iter().for_each(|piece| inbox.feed(piece));
        let state = (inbox.head.head_done(), inbox.head.upgraded(), inbox.head.response_complete());
        (state.1, state.2, inbox.finish())
    };
    let whole = read(&[bytes]);
    ensure(read(&cut(bytes, rng)) == whole, "it is read otherwise in pieces")?;
    let (_, _, (reply, events)) = whole;
    let sent = Sent {
        accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".into(),
        key: "dGhlIHNhbXBsZSBub25jZQ==".into(),
        authority: "h:8080".into(),
        path: "/chat".into(),
        payloads: vec![(1, b"'".to_vec())],
        ..Sent::default()
    };
    let normal = Observation { reply: reply.clone(), events: events.clone(), end: End::Fin }.normalised(&sent);
    let line = comes_back(reply, events)?;
    ensure(line.len() <= 20 * bytes.len().min(2 * HeadReader::MAX_HEAD) + 40, "its notation is too long")?;
    comes_back(normal.reply, normal.events).map(drop)
}

fn check_notation(bytes: &[u8], _: &mut Rng) -> Verdict {
    ensure(unescape(&escape(bytes)).as_deref() == Some(bytes), "it comes back otherwise from its escaped form")?;
    let text = String::from_utf8_lossy(bytes);
    match text.parse::<Observation>() {
        Ok(observation) => {
            let line = observation.to_string();
            ensure(line.len() <= 5 * text.len() + 20, "it is printed too long")?;
            ensure(!text.is_ascii() || line.is_ascii(), "it is printed in other letters")?;
            let again = line.parse::<Observation>();
            ensure(again.as_ref() == Ok(&observation), "it is another when it is printed and read")?;
            ensure(again.is_ok_and(|again| again.to_string() == line), "it is printed otherwise the second time")
        }
        Err(error) => ensure(is_a_line(&error.to_string()), "the error is no printable line"),
    }
}

fn check_target(bytes: &[u8], rng: &mut Rng) -> Verdict {
    let text = String::from_utf8_lossy(bytes);
    let scheme = if rng.bool() { Scheme::Ws } else { Scheme::Wss };
    match Target::parse(&text, scheme) {
        Ok(target) => {
            let url = target.to_string();
            ensure(url.bytes().all(|byte| byte.is_ascii_graphic()), "it prints what no URL holds")?;
            ensure(Target::parse(&url, Scheme::Ws) == Ok(target.clone()), "its URL reads as another target")?;
            ensure(target.path_and_query().starts_with('/'), "its path does not begin with a slash")?;
            let named = matches!(target.host(), Host::Name(_));
            ensure(named || target.sni().is_none(), "an address has a name for TLS")
        }
        Err(error) => ensure(is_a_line(&error.to_string()), "the error is no printable line"),
    }
}

fn check_database(bytes: &[u8], _: &mut Rng) -> Verdict {
    let text = String::from_utf8_lossy(bytes);
    let database = match Database::from_text(&text, "x.json") {
        Ok(database) => database,
        Err(error) => return ensure(is_a_line(&error.to_string()), "the error is no printable line"),
    };
    let written = database.to_text();
    ensure(written.len() <= 40 * text.len() + 1024, "it is too long")?;
    let printable = |text: &str| !text.chars().any(char::is_control);
    for known in &database.behaviours {
        let names = [&known.product, &known.engine].into_iter().chain(&known.framework).chain(&known.versions);
        ensure(names.chain(&known.twins).all(|name| printable(name)), "a name is not printable")?;
        for (line, count) in known.probes().flat_map(|probe| database.answers(known, probe)) {
            ensure(count > 0 && line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "an answer is none")?;
        }
    }
    let again =
        Database::from_text(&written, "y.json").map_err(|error| format!("written it does not read: {error}"))?;
    ensure(again == database, "it is another when it is written and read")
}

fn check_recording(bytes: &[u8], _: &mut Rng) -> Verdict {
    let text = String::from_utf8_lossy(bytes);
    let recording = match Recording::from_text(&text, "x.json") {
        Ok(recording) => recording,
        Err(error) => return ensure(is_a_line(&error.to_string()), "the error is no printable line"),
    };
    let written = recording.to_text();
    ensure(!written.chars().any(|letter| letter.is_control() && letter != '\n'), "it is not printable")?;
    let again = Recording::from_text(&written, "y.json");
    let again = again.map_err(|error| format!("written it does not read: {error}"))?;
    ensure(again == recording, "it is another when it is written and read")
}

/// Texts of a form, as bytes.
fn texts(form: &str) -> BoxedStrategy<Vec<u8>> {
    string_regex(form).expect("a regular expression").prop_map(String::into_bytes).boxed()
}

fn drawn_frames() -> BoxedStrategy<Vec<u8>> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..40);
    let frame = (any::<u8>(), prop_oneof![0u8..6, any::<u8>()], bytes.clone());
    let frame = frame.prop_map(|(first, second, bytes)| [&[first, second][..], &bytes].concat());
    let http = select(vec![b"HTTP/1.1 500 Oh\r\n".to_vec(), b"HTTP/1".to_vec(), b"HTT".to_vec()]);
    let parts = proptest::collection::vec(prop_oneof![4 => frame, 1 => http, 1 => bytes], 0..12);
    parts.prop_map(|parts| parts.concat()).boxed()
}

fn drawn_head() -> BoxedStrategy<Vec<u8>> {
    texts(
        "HTTP/1\\.[01] (100|101|200|204|400|426|503)( [A-Z ]{0,12})?\r?\n(([A-Za-z-]{1,8}|Content-Length|Transfer-Encoding|Date|Allow): ?([ -~]{0,12}|chunked|[0-9]{1,3})\r?\n){0,5}\r?\n([0-9a-f]{1,2}\r\n[a-z]{0,9}\r\n|0\r\n|[ -~\r\n]{0,20}){0,3}",
    )
}

fn drawn_notation() -> BoxedStrategy<Vec<u8>> {
    texts(
        "(HTTP/1\\.[01] [1-5][0-9]{2} ([ -~]{0,9} )?\\{([A-Za-z-]{1,6}: [ -~]{1,9}(, )?){0,3}\\}( body \"[ -~]{0,9}\")?|bytes \"[ -~]{0,9}\"|nothing|usual)?(, )?((close( [0-9]{1,5}( \"[ -~]{0,9}\")?)?|(text|ping|op8|op3|binary) [0-9]{1,20}( more-follows)?( rsv=[0-9])?( masked=[0-9a-f]{1,8})?( len16| len64)?( echo| \"[ -~]{0,9}\")?|fence|more|after [0-9]{1,2}|partial \"[ -~]{0,5}\")(, )?){0,4} ?\\| (fin|reset|alive|silent|cut|broken)",
    )
}

fn drawn_target() -> BoxedStrategy<Vec<u8>> {
    texts(
        "((ws|wss|http|https|WS|ftp)://)?([a-z]@)?(([a-zA-Z0-9_-]{0,8}\\.){0,3}[a-z0-9]{0,5}\\.?|[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|\\[?[0-9a-f:]{0,12}(%[a-z0-9]{0,5})?\\]?|\\PC{0,5})(:[0-9]{0,6})?([/?#][ -~]{0,12})?",
    )
}

fn drawn_database() -> BoxedStrategy<Vec<u8>> {
    let lines = proptest::collection::btree_map("[a-c| -~]{0,6}", "(|([a-e][0-4]){1,3})", 2..6);
    let word = "(-|[0-2]|[0-2]\\*[0-9]{1,5}|[0-2]\\+[0-2]\\*[1-9])(|||||x[0-9]{1,2})";
    let behaviours = proptest::collection::vec(("[a-z]{1,5}|\\PC{0,5}", proptest::collection::vec(word, 6)), 0..4);
    (lines, behaviours, 0usize..6, 3usize..8)
        .prop_map(|(lines, behaviours, probes, values)| {
            let mut before = String::new();
            let mut stored = Vec::new();
            for (text, facts) in lines {
                let shared = before.bytes().zip(text.bytes()).take_while(|(one, other)| one == other).count();
                stored.push(format!("{shared} {facts}|{}", &text[shared..]));
                before = text;
            }
            let releases: Vec<serde_json::Value> = behaviours
                .iter()
                .map(|(name, _)| {
                    let line = serde_json::json!({"line": name, "releases": format!("0\t{name}")});
                    serde_json::json!({"product": name, "source": null, "lines": [line]})
                })
                .collect();
            let behaviours: Vec<serde_json::Value> = behaviours
                .iter()
                .map(|(name, words)| {
                    serde_json::json!({"product": name, "engine": name, "framework": null, "versions": [name], "twins": [],
                        "answers": words[..probes].join(" ")})
                })
                .collect();
            let probes: serde_json::Map<_, _> =
                (0..probes).map(|probe| (format!("{}", 200 + probe), "".into())).collect();
            let values: Vec<String> = (0..values).map(|value| value.to_string()).collect();
            let all = serde_json::json!({"schema": 6, "probe_set": "", "probes": probes, "lines": stored, "values": values,
                "behaviours": behaviours, "releases": releases});
            all.to_string().into_bytes()
        })
        .boxed()
}

fn drawn_recording() -> BoxedStrategy<Vec<u8>> {
    let lines = proptest::collection::vec(
        "((close [0-9]{1,4}( \"[ -~]{0,4}\")?|text [0-9]|HTTP/1\\.1 101 [ -~]{0,4} \\{[A-Za-z]{1,3}: [ -~]{1,3}\\}) )?\\| (fin|alive)",
        0..4,
    );
    let observations = proptest::collection::btree_map(100u16..999, (lines, any::<bool>()), 0..5);
    ("\\PC{0,5}", observations, any::<u32>())
        .prop_map(|(name, observations, runs)| {
            let observations: serde_json::Map<_, _> = observations
                .into_iter()
                .map(|(probe, (lines, alone))| {
                    let seen: serde_json::Map<_, _> = lines.into_iter().map(|line| (line, 1.into())).collect();
                    let own = serde_json::json!({"probe_set": name, "seen": seen});
                    (probe.to_string(), if alone { own } else { seen.into() })
                })
                .collect();
            let provenance = serde_json::json!({"tool": name, "probe_set": "", "app": "echo", "image": null, "base": null, "packages": [name],
                "recipe": null});
            let all = serde_json::json!({"schema": 1, "product": name, "version": "1", "engine": name, "framework": null,
                "provenance": provenance, "runs": runs, "observations": observations});
            all.to_string().into_bytes()
        })
        .boxed()
}
