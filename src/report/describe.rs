//! Observations and probes in words, for people who do not read the notation.

use crate::observation::upgrade::UpgradeFault;
use crate::observation::{Content, End, Event, Observation, Reply};
use crate::probe::{self, ProbeId};
use crate::scan::{Limit, Scan, Stop};
use crate::wire::ResponseHead;
use crate::wire::escape::{escape, for_terminal};

/// The most of an observation that evidence quotes, in characters.
const QUOTED_LINE: usize = 70;

/// The most of a text that is quoted, in characters.
const QUOTED: usize = 48;

/// The most events that are told one by one.
const MOST_EVENTS: usize = 4;

/// What a server did, as a part of a sentence: `closed with 1002 "bad opcode", then hung up`.
#[must_use]
pub fn in_words(observation: &Observation) -> String {
    let mut parts: Vec<String> = reply(&observation.reply).into_iter().collect();
    parts.extend(observation.events.iter().take(MOST_EVENTS).map(event));
    if observation.events.len() > MOST_EVENTS {
        parts.push("did more".to_owned());
    }
    let silent = parts.is_empty() && observation.reply.is_upgrade();
    match (observation.end, silent) {
        (End::Alive, true) => return "gave no answer and left the connection open".to_owned(),
        (end, true) => return format!("said nothing and {}", end_in_words(end)),
        (End::Alive, false) => {}
        (end, false) => parts.push(end_in_words(end).to_owned()),
    }
    parts.join(", then ")
}

fn reply(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Usual => None,
        Reply::Response { head, .. } if head.status == 101 && head.reason == "Switching Protocols" => {
            Some("opened a WebSocket".to_owned())
        }
        Reply::Response { head, .. } if head.status == 101 => {
            Some(format!("opened a WebSocket \"{}\"", quoted(head.reason.as_bytes())))
        }
        Reply::Response { head, body } => {
            let status = format!("refused with HTTP {} {}", head.status, quoted(head.reason.as_bytes()));
            let body = if body.is_empty() { String::new() } else { format!(" \"{}\"", quoted(body)) };
            Some(status.trim_end().to_owned() + &body)
        }
        Reply::Bytes(bytes) => Some(format!("said \"{}\", which is no HTTP", quoted(bytes))),
        Reply::Nothing => Some("answered nothing".to_owned()),
    }
}

fn event(event: &Event) -> String {
    match event {
        Event::Close(close) => {
            let code = close.code.map_or_else(|| "without a code".to_owned(), |code| format!("with {code}"));
            let reason =
                if close.reason.is_empty() { String::new() } else { format!(" \"{}\"", quoted(&close.reason)) };
            format!("closed {code}{reason}")
        }
        Event::Frame { head, content: Content::Echo } => format!("sent the payload back as {}", head.opcode),
        Event::Frame { head, content: Content::Sample(sample) } if sample.is_empty() => {
            format!("sent an empty {}", head.opcode)
        }
        Event::Frame { head, content: Content::Sample(sample) } => {
            format!("sent {} \"{}\"", head.opcode, quoted(sample))
        }
        Event::Fence => "took it".to_owned(),
        Event::ReactedAt(bytes) => format!("that after {bytes} bytes"),
        Event::After(seconds) => format!("that after {seconds} s"),
        Event::Partial(_) => "sent part of a frame".to_owned(),
        Event::Response(line) => format!("sent \"{}\" where a frame was due", quoted(line)),
        Event::More => "sent more".to_owned(),
    }
}

const fn end_in_words(end: End) -> &'static str {
    match end {
        End::Alive => "left the connection open",
        End::Fin => "hung up",
        End::Reset => "reset the connection",
        End::Silent => "kept the connection without a word",
        End::Broken => "broke the connection",
        End::Cut => "was cut off by us",
    }
}

fn quoted(bytes: &[u8]) -> String {
    let text = if std::str::from_utf8(bytes).is_ok() { for_terminal(bytes) } else { escape(bytes) };
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What a probe sends; nothing of one that this version does not know.
pub(super) fn summary(id: ProbeId) -> &'static str {
    probe::find(id).map_or("", |probe| probe.summary)
}

/// A line of the notation, cut to what a line of a report has room for.
pub(super) fn shorten(line: &str) -> String {
    // Observations are printable ASCII, so a byte is a character.
    if line.len() <= QUOTED_LINE { line.to_owned() } else { format!("{}…", &line[..QUOTED_LINE]) }
}

/// Why an answer to the legal handshake is no WebSocket, told apart by what helps.
pub(super) fn refusal_in_words(baseline: &Observation) -> String {
    match &baseline.reply {
        Reply::Nothing => match baseline.end {
            End::Silent | End::Cut | End::Alive => "it accepted the connection and said nothing in time".to_owned(),
            End::Fin => "it hung up without a word; for a TLS port use wss://".to_owned(),
            End::Reset | End::Broken => "it reset the connection without a word; for a TLS port use wss://".to_owned(),
        },
        Reply::Bytes(bytes) => format!("it does not speak HTTP; it said \"{}\"", shorten(&escape(bytes))),
        Reply::Usual => "it opened a WebSocket".to_owned(),
        Reply::Response { head, .. } => {
            let status = format!("HTTP {} {}", head.status, for_terminal(head.reason.as_bytes()));
            let location = head.header("Location").map(for_terminal).unwrap_or_default();
            match head.status {
                101 => not_opened(&baseline.reply.upgrade_faults()),
                200..=299 => format!("an ordinary web page answers here ({status}); is the path right?"),
                300..=399 => {
                    format!("it redirects to {location} ({status}); redirects are not followed, give that URL")
                }
                401 | 407 => {
                    format!("it wants credentials ({status}); give them with -H 'Authorization: …' or --cookie")
                }
                403 => format!(
                    "it refuses us ({status}); it may want another --origin, credentials (-H, --cookie) or address"
                ),
                404 | 410 => format!("there is nothing at this path ({status})"),
                400 if bytes_mention_tls(baseline) => format!("it wants TLS ({status}); use wss://"),
                429 => format!("it asks to be left alone for now ({status}){}", later(head)),
                503 => format!("it has no room for us now ({status}){}", later(head)),
                400..=499 => {
                    format!("it refuses the handshake ({status}); it may want a --subprotocol or another path")
                }
                _ => format!("it answers with an error ({status})"),
            }
        }
    }
}

/// When to come back (RFC 9110 section 10.2.3), if that is said.
fn later(head: &ResponseHead) -> String {
    let after = head.header("Retry-After").map(quoted).unwrap_or_default();
    let seconds = !after.is_empty() && after.bytes().all(|byte| byte.is_ascii_digit());
    match (after.as_str(), seconds) {
        ("", _) => String::new(),
        (seconds, true) => format!("; try again in {seconds} s"),
        (date, false) => format!("; try again after {date}"),
    }
}

/// Why a scan that was cut short saw too little.
pub(super) const fn cut_short_in_words(stop: Option<&Stop>) -> &'static str {
    match stop {
        Some(Stop::Died { .. }) => "it stopped answering",
        Some(Stop::Changed { .. }) => "its answers changed half way",
        Some(Stop::TurnedAway { .. }) => "it asked to be left alone",
        Some(Stop::Budget { limit: Limit::Time(_), .. }) => "its time was over",
        Some(Stop::Budget { limit: Limit::Received(_), .. }) => "it sent too much",
        Some(Stop::Budget { .. }) => "it took too many connections",
        Some(Stop::LocalResources { .. }) => "this machine had no room for more connections",
        Some(Stop::Interrupted { .. }) => "the scan was interrupted",
        None => "most probes could not be played",
    }
}

/// The options that help where a scan was stopped; none where none does.
pub(super) const fn what_helps(stop: &Stop) -> Option<&'static str> {
    match stop {
        Stop::TurnedAway { .. } => {
            Some("--delay 1s opens one connection a second, --rate and --connections limit them otherwise")
        }
        Stop::Budget { limit: Limit::Time(_), .. } => Some("--max-time gives it more"),
        Stop::Budget { limit: Limit::Received(_), .. } => Some("--max-received takes more of it"),
        Stop::Budget { limit: Limit::Connections(_), .. } => {
            Some("--max-connections gives it more; --connections 1 is gentler")
        }
        Stop::LocalResources { .. } => Some("raise `ulimit -n` or lower --connections"),
        _ => None,
    }
}

/// What a target did that opened a WebSocket and said nothing in it.
pub(super) fn silence_in_words(scan: &Scan) -> &'static str {
    let asked = scan.was_spoken_to();
    match scan.baseline.end {
        End::Fin | End::Reset | End::Broken => "It opened a WebSocket and hung up",
        _ if asked => "It opened a WebSocket and never said a word in it, to a message, a Close or a ping",
        _ => "It opened a WebSocket and answered no ping in it",
    }
}

/// What a 101 lacks that is no WebSocket.
fn not_opened(faults: &[UpgradeFault]) -> String {
    let words: Vec<String> = faults.iter().map(fault_in_words).collect();
    let lacks = match words.split_last() {
        None => return "it opened a WebSocket".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    };
    format!("it answers 101, but {lacks}: no WebSocket (RFC 6455 section 4.1)")
}

fn fault_in_words(fault: &UpgradeFault) -> String {
    match fault {
        UpgradeFault::Missing(name) => format!("{name} is missing"),
        UpgradeFault::Other { name, value } if value == b"<wrong accept>" => {
            format!("{name} does not answer the key that was sent")
        }
        UpgradeFault::Other { name, value } => format!("{name} is \"{}\"", quoted(value)),
    }
}

/// Servers that were spoken to without TLS on a TLS port like to say so.
fn bytes_mention_tls(baseline: &Observation) -> bool {
    let Reply::Response { body, .. } = &baseline.reply else { return false };
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    text.contains("https") || text.contains("tls")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> String {
        in_words(&line.parse().expect(line))
    }

    #[test]
    fn when_to_come_back_is_told() {
        let words = |line: &str| refusal_in_words(&line.parse().expect(line));
        assert_eq!(
            words("HTTP/1.1 429 Too Many Requests {Retry-After: 60} | alive"),
            "it asks to be left alone for now (HTTP 429 Too Many Requests); try again in 60 s"
        );
        assert_eq!(words("HTTP/1.1 503 Busy {} | fin"), "it has no room for us now (HTTP 503 Busy)");
    }

    #[test]
    fn a_101_that_is_no_websocket_is_told_with_what_it_lacks() {
        let words = |line: &str| refusal_in_words(&line.parse().expect(line));
        let bare = "it answers 101, but Upgrade is missing, Connection is missing and Sec-WebSocket-Accept is missing: \
                    no WebSocket (RFC 6455 section 4.1)";
        assert_eq!(words("HTTP/1.1 101 Go {} | alive"), bare);
        let other = "it answers 101, but Upgrade is \"foo\" and Sec-WebSocket-Accept does not answer the key that was \
                     sent: no WebSocket (RFC 6455 section 4.1)";
        let line = "HTTP/1.1 101 Go {Upgrade: foo, Connection: upgrade, Sec-WebSocket-Accept: <wrong accept>} | fin";
        assert_eq!(words(line), other);
    }

    #[test]
    fn an_observation_reads_as_a_part_of_a_sentence() {
        assert_eq!(words(r#"close 1002 "bad opcode" | fin"#), "closed with 1002 \"bad opcode\", then hung up");
        assert_eq!(words("close | reset"), "closed without a code, then reset the connection");
        assert_eq!(words("| alive"), "gave no answer and left the connection open");
        assert_eq!(words("| fin"), "said nothing and hung up");
        assert_eq!(words("text 1 echo, fence | alive"), "sent the payload back as text, then took it");
        assert_eq!(words("HTTP/1.1 400 Bad {A: b} | fin"), "refused with HTTP 400 Bad, then hung up");
        assert_eq!(words(r#"HTTP/1.1 405 No {} body "POST?\n" | alive"#), "refused with HTTP 405 No \"POST?\\n\"");
        assert_eq!(words("nothing | silent"), "answered nothing, then kept the connection without a word");
        assert_eq!(words("pong 0 | alive"), "sent an empty pong");
    }
}
