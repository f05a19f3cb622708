//! Observations and probes in words, for people who do not read the notation.

use super::cut::{quoted, shorten};
use super::redirect::redirect_in_words;
use crate::observation::upgrade::UpgradeFault;
use crate::observation::{Content, End, Event, Observation, Reply};
use crate::probe::{self, ProbeId};
use crate::scan::{Limit, Scan, Stop};
use crate::wire::escape::escape;
use crate::wire::{HeadFault, ResponseHead};

/// The most events that are told one by one.
const MOST_EVENTS: usize = 4;

/// What a server did, as a part of a sentence: `closed with 1002 "bad opcode", then hung up`.
#[must_use]
pub fn in_words(observation: &Observation) -> String {
    let mut parts: Vec<String> = reply(&observation.reply).into_iter().collect();
    parts.extend(observation.events.iter().take(MOST_EVENTS).map(event_in_words));
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

/// An observation in the notation for people, who need not know that no reply stands for the usual one.
pub(super) fn in_full(observed: &str) -> String {
    if observed.starts_with('|') { format!("the usual 101 {observed}") } else { observed.to_owned() }
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

/// What came, as a part of a sentence.
pub(super) fn event_in_words(event: &Event) -> String {
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

/// What a probe sends; nothing of one that this version does not know.
pub(super) fn summary(id: ProbeId) -> &'static str {
    probe::find(id).map_or("", |probe| probe.summary)
}

/// Why an answer to the legal handshake at the URL `asked` is no WebSocket, told apart by what helps.
pub(super) fn refusal_in_words(asked: &str, scan: &Scan) -> String {
    match &scan.baseline.reply {
        Reply::Nothing => silence_for_an_answer(asked, scan),
        Reply::Bytes(bytes) if is_tls(bytes) && !is_over_tls(asked) => {
            "it speaks TLS on this port; use wss://".to_owned()
        }
        Reply::Bytes(bytes) if is_http2(bytes) => {
            "it speaks HTTP/2 only on this port, and a WebSocket is opened by HTTP/1.1 (RFC 6455 section 4.1)"
                .to_owned()
        }
        Reply::Bytes(bytes) => match &scan.beside.fault {
            Some(fault) => head_fault_in_words(fault, bytes),
            None => format!("it does not speak HTTP; it said \"{}\"", shorten(&escape(bytes))),
        },
        Reply::Usual => "it opened a WebSocket".to_owned(),
        Reply::Response { head, .. } => response_in_words(asked, scan, head),
    }
}

/// What is said by a target that answers nothing.
fn silence_for_an_answer(asked: &str, scan: &Scan) -> String {
    if let Some(HeadFault::OnlyInterim(count)) = scan.beside.fault {
        return format!("it announces an answer (HTTP 1xx, {count} times) and never gives it");
    }
    // Behind a TLS handshake the port is one of TLS.
    let advice = if is_over_tls(asked) {
        "behind TLS; it may want a client certificate (--cert, --key) or credentials"
    } else {
        "for a TLS port use wss://"
    };
    match scan.baseline.end {
        End::Silent | End::Cut | End::Alive => "it accepted the connection and said nothing in time".to_owned(),
        End::Fin => format!("it hung up without a word; {advice}"),
        End::Reset | End::Broken => format!("it reset the connection without a word; {advice}"),
    }
}

/// What is wrong with a head that is meant to be HTTP.
pub(super) fn head_fault_in_words(fault: &HeadFault, bytes: &[u8]) -> String {
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let begins = format!("it begins \"{}\"", quoted(line));
    match fault {
        HeadFault::TooManyFields => {
            format!(
                "it answers with more than {} header fields, more than are read; {begins}",
                ResponseHead::MAX_HEADERS
            )
        }
        HeadFault::TooLong(most) => {
            format!("it answers with a head of more than {} KiB, which is not read; {begins}", most / 1024)
        }
        HeadFault::Control(name) => {
            format!("it answers in HTTP, but with a control character in the field \"{}\"; {begins}", quoted(name))
        }
        HeadFault::Field(line) => {
            format!("it answers in HTTP, but with a line that is no field, \"{}\"; {begins}", quoted(line))
        }
        HeadFault::StatusLine(line) => {
            format!("it answers, but in no version of HTTP/1, or without a status: \"{}\"", quoted(line))
        }
        HeadFault::OnlyInterim(_) => begins,
    }
}

fn response_in_words(asked: &str, scan: &Scan, head: &ResponseHead) -> String {
    let status = format!("HTTP {} {}", head.status, quoted(head.reason.as_bytes()));
    let status = status.trim_end();
    match head.status {
        101 => not_opened(&scan.baseline.reply.upgrade_faults()),
        200..=299 => format!("an ordinary web page answers here ({status}); is the path right?"),
        300..=399 => redirect_in_words(asked, scan.beside.location.as_deref(), status),
        401 | 407 => format!("it wants credentials ({status}); give them with -H 'Authorization: …' or --cookie"),
        403 => {
            format!("it refuses us ({status}); it may want another --origin, credentials (-H, --cookie) or address")
        }
        404 | 410 => format!("there is nothing at this path ({status})"),
        400 if is_over_tls(asked) && mentions(&scan.baseline, &["ssl certificate", "client certificate"]) => {
            format!("it wants a client certificate ({status}); give one with --cert and --key")
        }
        400 if !is_over_tls(asked) && mentions(&scan.baseline, &["https", "tls"]) => {
            format!("it wants TLS ({status}); use wss://")
        }
        429 => format!("it asks to be left alone for now ({status}){}", later(head)),
        503 => format!("it has no room for us now ({status}){}", later(head)),
        400..=499 => format!("it refuses the handshake ({status}); it may want a --subprotocol or another path"),
        _ => format!("it answers with an error ({status})"),
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
        Stop::LocalResources { .. } => Some("raise `ulimit -n` or lower --concurrency or --connections"),
        _ => None,
    }
}

/// What a target did that opened a WebSocket and said nothing in it.
pub(super) fn silence_in_words(scan: &Scan) -> &'static str {
    let asked = scan.was_spoken_to();
    match scan.baseline.end {
        End::Fin | End::Reset | End::Broken => "it opened a WebSocket and hung up",
        _ if asked => "it opened a WebSocket and never said a word in it, to a message, a Close or a ping",
        _ => "it opened a WebSocket and answered no ping in it",
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

/// Whether the target was asked over TLS, where nothing is gained by advising that.
pub(super) fn is_over_tls(asked: &str) -> bool {
    asked.starts_with("wss:")
}

/// Whether these bytes are an alert or a handshake of TLS (RFC 8446 section 5.1).
pub(super) const fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x15 | 0x16, 3, ..])
}

/// Whether these bytes begin with SETTINGS (RFC 9113 section 6.5), as the preface of every HTTP/2 server does.
pub(super) fn is_http2(bytes: &[u8]) -> bool {
    matches!(bytes, [0, high, low, 4, 0, 0, 0, 0, 0, ..] if u16::from_be_bytes([*high, *low]).is_multiple_of(6))
}

/// Whether a refusal says one of these, as servers that want something of TLS do.
fn mentions(baseline: &Observation, words: &[&str]) -> bool {
    let Reply::Response { body, .. } = &baseline.reply else { return false };
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Cost;

    fn scanned(line: &str) -> Scan {
        Scan {
            baseline: line.parse().expect(line),
            round_trip: Default::default(),
            fences: true,
            observations: Default::default(),
            failures: Default::default(),
            stop: None,
            cost: Cost::default(),
            chance: Default::default(),
            beside: Default::default(),
            breath: Default::default(),
        }
    }

    fn words(line: &str) -> String {
        in_words(&line.parse().expect(line))
    }

    fn refusal(line: &str) -> String {
        refusal_in_words("ws://h/", &scanned(line))
    }

    #[test]
    fn when_to_come_back_is_told() {
        let words = refusal;
        assert_eq!(
            words("HTTP/1.1 429 Too Many Requests {Retry-After: 60} | alive"),
            "it asks to be left alone for now (HTTP 429 Too Many Requests); try again in 60 s"
        );
        assert_eq!(words("HTTP/1.1 503 Busy {} | fin"), "it has no room for us now (HTTP 503 Busy)");
    }

    #[test]
    fn a_101_that_is_no_websocket_is_told_with_what_it_lacks() {
        let words = refusal;
        let bare = "it answers 101, but Upgrade is missing, Connection is missing and Sec-WebSocket-Accept is missing: \
                    no WebSocket (RFC 6455 section 4.1)";
        assert_eq!(words("HTTP/1.1 101 Go {} | alive"), bare);
        let other = "it answers 101, but Upgrade is \"foo\" and Sec-WebSocket-Accept does not answer the key that was \
                     sent: no WebSocket (RFC 6455 section 4.1)";
        let line = "HTTP/1.1 101 Go {Upgrade: foo, Connection: upgrade, Sec-WebSocket-Accept: <wrong accept>} | fin";
        assert_eq!(words(line), other);
    }

    #[test]
    fn another_protocol_is_named_and_no_advice_is_what_was_done_already() {
        let words =
            |line: &str, over_tls| refusal_in_words(if over_tls { "wss://h/" } else { "ws://h/" }, &scanned(line));
        for line in [r#"bytes "\x15\x03\x03\x00\x02\x02\x46" | fin"#, r#"bytes "\x16\x03\x01\x00\x04" | fin"#] {
            assert_eq!(words(line, false), "it speaks TLS on this port; use wss://");
            assert!(!words(line, true).contains("use wss://"));
        }
        let settings = r#"bytes "\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03" | fin"#;
        assert!(words(settings, true).starts_with("it speaks HTTP/2 only"));
        assert!(words("nothing | reset", false).ends_with("for a TLS port use wss://"));
        let wanted = r#"HTTP/1.1 400 Bad Request {} body "No required SSL certificate was sent" | fin"#;
        assert!(words(wanted, true).starts_with("it wants a client certificate (HTTP 400 Bad Request)"));
        let plain = r#"HTTP/1.1 400 Bad Request {} body "The plain HTTP request was sent to HTTPS port" | fin"#;
        assert!(words(plain, false).ends_with("use wss://") && !words(plain, true).contains("wss://"));
    }

    #[test]
    fn http_that_breaks_a_rule_is_told_by_the_rule() {
        let words = |fault| {
            let mut scan = scanned(r#"bytes "HTTP/1.1 200 OK\r\nA: b\r\n" | fin"#);
            scan.beside.fault = fault;
            refusal_in_words("ws://h/", &scan)
        };
        let begins = "it begins \"HTTP/1.1 200 OK\"";
        assert_eq!(
            words(Some(HeadFault::TooManyFields)),
            format!("it answers with more than 128 header fields, more than are read; {begins}")
        );
        assert!(words(Some(HeadFault::TooLong(65_536))).contains("a head of more than 64 KiB"));
        let control = words(Some(HeadFault::Control(b"X-\x1b".to_vec())));
        assert!(control.contains("a control character in the field \"X-\\u{1b}\"; it begins"), "{control}");
        assert!(words(Some(HeadFault::Field(b"no field".to_vec()))).contains("a line that is no field, \"no field\""));
        assert!(words(Some(HeadFault::StatusLine(b"HTTP/2.0 200".to_vec()))).contains("\"HTTP/2.0 200\""));
        assert!(words(None).starts_with("it does not speak HTTP"));
        let mut interim = scanned("nothing | cut");
        interim.beside.fault = Some(HeadFault::OnlyInterim(7));
        let words = refusal_in_words("ws://h/", &interim);
        assert_eq!(words, "it announces an answer (HTTP 1xx, 7 times) and never gives it");
    }

    #[test]
    fn tls_is_advised_only_where_there_is_none() {
        let words = |asked: &str| refusal_in_words(asked, &scanned("nothing | reset"));
        assert!(words("ws://h/").ends_with("for a TLS port use wss://"));
        assert!(
            words("wss://h/").ends_with("behind TLS; it may want a client certificate (--cert, --key) or credentials")
        );
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
