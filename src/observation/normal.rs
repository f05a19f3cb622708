//! Takes out of an observation what differs from one connection to the next for reasons that say
//! nothing about the server: nonces, dates, our own address, echoed payloads.

use bstr::ByteSlice as _;

use super::bounds::bound_head;
use super::own_words::OwnWords;
use super::varying::{is_telling, varies_by_custom};
use super::{Content, Event, Observation, Reply};
use crate::wire::handshake::SUBPROTOCOL;
use crate::wire::{FrameHead, Header, Opcode, ResponseHead};

/// What one connection sent that a server may give back.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// The `Sec-WebSocket-Accept` that was due.
    pub accept: String,
    /// The `Sec-WebSocket-Key` sent.
    pub key: String,
    /// The authority of the target, with its port.
    pub authority: String,
    /// Path and query of the request.
    pub path: String,
    /// The subprotocols that the user has handshakes offer.
    pub subprotocols: Vec<String>,
    /// Payloads sent in data and control frames: their length, and their first [`Content::SAMPLE`] bytes.
    pub payloads: Vec<(u64, Vec<u8>)>,
    /// The payloads of fences: pings of which every connection has its own.
    pub fences: Vec<Vec<u8>>,
    /// The payloads of other pings.
    pub pings: Vec<Vec<u8>>,
    /// What the user has every request carry.
    pub own: OwnWords,
}

impl Observation {
    /// The observation with everything that belongs to one connection alone replaced by its name.
    #[must_use]
    pub fn normalised(mut self, sent: &Sent) -> Self {
        match &mut self.reply {
            Reply::Response { head, body } => {
                normalise_head(head, sent);
                bound_head(head);
                let own = sent.own.hide_sample(body, Reply::BODY_SAMPLE);
                let told = without_request_id(&without_timestamps(&without_own_words(&own, sent)));
                if told != *body || body.len() >= Reply::BODY_SAMPLE {
                    head.forget_length();
                }
                *body = told;
            }
            Reply::Bytes(bytes) => {
                let own = sent.own.hide_sample(bytes, Reply::BODY_SAMPLE);
                *bytes = without_dates(&without_own_words(&own, sent));
            }
            Reply::Usual | Reply::Nothing => {}
        }
        self.events.iter_mut().for_each(|event| normalise_event(event, sent));
        self
    }
}

fn normalise_event(event: &mut Event, sent: &Sent) {
    match event {
        Event::Frame { head, content } => normalise_frame(head, content, sent),
        Event::Close(close) => close.reason = sent.own.hide(&close.reason),
        // Both are samples, and end where the connection did or where what is kept does.
        Event::Partial(bytes) | Event::Response(bytes) => *bytes = sent.own.hide_cut(bytes),
        Event::Fence | Event::ReactedAt(_) | Event::After(_) | Event::More => {}
    }
}

fn normalise_frame(head: &FrameHead, content: &mut Content, sent: &Sent) {
    if let Content::Sample(sample) = content {
        let length = head.length.bytes();
        if length > 0 && sent.payloads.iter().any(|(size, start)| *size == length && start == sample) {
            *content = Content::Echo;
        } else if head.opcode == Opcode::PING {
            // Keep-alive pings carry random bytes or the time; their length is the server's own.
            sample.clear();
        } else {
            // Where a 101 is followed by HTTP, its text is taken for frames.
            *sample = sent.own.hide_sample(sample, Content::SAMPLE);
            *sample = without_request_id(&without_dates(&without_session_id(sample)));
            *sample = without_fences(sample, sent);
            if head.opcode == Opcode::PONG {
                forget_memory(sample, sent);
            }
        }
    }
}

/// A pong that gives back more than our ping held, and no text, shows memory that nobody wrote, as workerd's does where a ping has
/// RSV1 set: its bytes are chance, its length is not.
fn forget_memory(sample: &mut Vec<u8>, sent: &Sent) {
    let begins = |ping: &&Vec<u8>| !ping.is_empty() && sample.len() > ping.len() && sample.starts_with(ping);
    let Some(ours) = sent.pings.iter().filter(begins).map(Vec::len).max() else { return };
    if sample[ours..].iter().any(|byte| !(b' '..=b'~').contains(byte)) {
        sample.truncate(ours);
        sample.extend_from_slice(b"<memory>");
    }
}

/// A server that loses count of frames takes our fence for something to answer.
fn without_fences(sample: &[u8], sent: &Sent) -> Vec<u8> {
    sent.fences.iter().fold(sample.to_vec(), |sample, fence| replace(&sample, fence, b"<fence>"))
}

fn normalise_head(head: &mut ResponseHead, sent: &Sent) {
    head.reason = normal_reason(&head.reason, sent);
    // That a server serves what it was asked for is its application's setting, and the field is there for that reason alone.
    let accepted = |field: &Header| sent.subprotocols.iter().any(|own| own.as_bytes() == field.value);
    head.headers.retain(|field| !(field.is(SUBPROTOCOL) && accepted(field)));
    for header in &mut head.headers {
        header.value = normal_value(header, sent);
        // Nothing but text was read as a name.
        header.name = String::from_utf8_lossy(&sent.own.hide_unmistakable(header.name.as_bytes())).into_owned();
    }
}

/// Some explain in the reason phrase what they did not like, in our own words.
fn normal_reason(reason: &str, sent: &Sent) -> String {
    let mut reason = without_own_words(reason.as_bytes(), sent);
    if let Some((_, port)) = sent.authority.rsplit_once(':').filter(|(_, port)| port.len() > 3) {
        reason = replace(&reason, port.as_bytes(), b"<port>");
    }
    // Whole words of text give way to others.
    String::from_utf8_lossy(&reason).into_owned()
}

fn normal_value(header: &Header, sent: &Sent) -> Vec<u8> {
    match header.name.to_ascii_lowercase().as_str() {
        "date" | "expires" | "last-modified" => b"<date>".to_vec(),
        name if varies_by_custom(name) => Observation::VARIES.to_vec(),
        "set-cookie" => {
            let name = header.value.split(|&byte| byte == b'=').next().unwrap_or_default();
            [&sent.own.hide_unmistakable(name), b"=<cookie>".as_slice()].concat()
        }
        "allow" => sorted_list(&sent.own.hide_unmistakable(&header.value)),
        "sec-websocket-accept" if header.value == sent.accept.as_bytes() => b"<accept>".to_vec(),
        "sec-websocket-accept" => b"<wrong accept>".to_vec(),
        // Here servers name themselves and what they speak: a word of ours that is no secret is as likely theirs.
        name if is_telling(name) || name.starts_with("sec-websocket-") => {
            let own = sent.own.hide_unmistakable(&header.value);
            without_timestamps(&without_connections_words(&own, sent))
        }
        _ => without_timestamps(&without_own_words(&header.value, sent)),
    }
}

/// The members of a list that is a set (RFC 9110 section 10.2.1): some keep theirs in a hash table, whose order is drawn
/// anew for each process.
fn sorted_list(value: &[u8]) -> Vec<u8> {
    let mut members: Vec<&[u8]> = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).collect();
    members.sort_unstable();
    members.join(b", ".as_slice())
}

/// The session id with which Engine.IO and Socket.IO greet, as `"sid":"…"` in JSON.
fn without_session_id(sample: &[u8]) -> Vec<u8> {
    without_value(sample, b"\"sid\":\"", b'"', b"<sid>")
}

/// The id of the request, as the error pages of Mojolicious and of Spring WebFlux show it.
fn without_request_id(bytes: &[u8]) -> Vec<u8> {
    let bytes = without_value(bytes, b"Request ID: ", b' ', b"<id>");
    without_value(&bytes, b"\"requestId\":\"", b'"', b"<id>")
}

/// Replaces what stands between a name, where it is first found, and an end.
fn without_value(bytes: &[u8], name: &[u8], end: u8, word: &[u8]) -> Vec<u8> {
    let Some(at) = bytes.find(name) else { return bytes.to_vec() };
    let (before, rest) = bytes.split_at(at + name.len());
    let end = rest.find_byte(end).unwrap_or(rest.len());
    [before, word, &rest[end..]].concat()
}

/// Our own words given back: replaced by their names, the longest first.
fn without_own_words(bytes: &[u8], sent: &Sent) -> Vec<u8> {
    without_connections_words(&sent.own.hide(bytes), sent)
}

/// Those that belong to one connection.
fn without_connections_words(bytes: &[u8], sent: &Sent) -> Vec<u8> {
    let mut bytes = replace(bytes, sent.key.as_bytes(), b"<key>");
    bytes = replace(&bytes, sent.accept.as_bytes(), b"<accept>");
    bytes = replace(&bytes, sent.authority.as_bytes(), b"<authority>");
    // A path of a few characters would be found where it is not meant.
    if sent.path.len() > 3 {
        bytes = replace(&bytes, sent.path.as_bytes(), b"<path>");
    }
    bytes
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    // Between all bytes there is nothing, which is not meant.
    if from.is_empty() { bytes.to_vec() } else { bytes.replace(from, to) }
}

/// Replaces times written as ISO 8601 (`2026-11-24T14:00:00.123+00:00`), as error pages like to show them.
fn without_timestamps(bytes: &[u8]) -> Vec<u8> {
    without(bytes, b"dddd-dd-ddTdd:", b"0123456789-:.+TZ", b"<time>")
}

/// Replaces the time of day and the date before it as HTTP writes them (RFC 9110 section 5.6.7):
/// `Tue, 24 Nov 2026 14:00:00 GMT`.
fn without_dates(bytes: &[u8]) -> Vec<u8> {
    without(bytes, b"aaa, dd aaa dddd dd:dd:dd GMT", b"", b"<date>")
}

/// Replaces whatever has this shape (`d` is a digit, `a` a letter) and what follows it of these bytes.
fn without(bytes: &[u8], shape: &[u8], tail: &[u8], name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if has_shape(&bytes[at..], shape) {
            out.extend_from_slice(name);
            at += shape.len();
            at += bytes[at..].iter().take_while(|byte| tail.contains(byte)).count();
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}

fn has_shape(bytes: &[u8], shape: &[u8]) -> bool {
    let fits = |(shape, byte): (&u8, &u8)| match shape {
        b'd' => byte.is_ascii_digit(),
        b'a' => byte.is_ascii_alphabetic(),
        _ => shape == byte,
    };
    bytes.len() >= shape.len() && shape.iter().zip(bytes).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Sent {
        Sent {
            accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".into(),
            key: "dGhlIHNhbXBsZSBub25jZQ==".into(),
            authority: "127.0.0.1:8080".into(),
            path: "/chat".into(),
            subprotocols: vec!["chat".into()],
            payloads: vec![(1, b"'".to_vec())],
            fences: vec![b"9iPLPbn7".to_vec()],
            pings: vec![b"'".to_vec()],
            own: OwnWords::default(),
        }
    }

    fn normal(line: &str) -> String {
        line.parse::<Observation>().expect(line).normalised(&sent()).to_string()
    }

    #[test]
    fn nonces_dates_and_our_own_address_are_named() {
        assert_eq!(
            normal(
                r#"HTTP/1.1 101 X {Date: "Tue, 24 Nov 2026", Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, Location: ws://127.0.0.1:8080/chat, Set-Cookie: id=7f; x} | alive"#
            ),
            "HTTP/1.1 101 X {Date: <date>, Sec-WebSocket-Accept: <accept>, Location: ws://<authority><path>, Set-Cookie: id=<cookie>} | alive"
        );
    }

    #[test]
    fn ids_of_requests_are_no_facts() {
        assert_eq!(
            normal("HTTP/1.1 101 X {x-request-id: 7f3a, CF-Ray: 1-FRA, X-Squid-Error: ERR_INVALID_REQ 0} | alive"),
            "HTTP/1.1 101 X {x-request-id: <varies>, CF-Ray: <varies>, X-Squid-Error: ERR_INVALID_REQ 0} | alive"
        );
    }

    #[test]
    fn a_reason_phrase_is_told_without_our_own_words() {
        assert_eq!(
            normal(r#"HTTP/1.1 400 "bad dGhlIHNhbXBsZSBub25jZQ==, or 8080 in 127.0.0.1:8080" {} | fin"#),
            r#"HTTP/1.1 400 "bad <key>, or <port> in <authority>" {} | fin"#
        );
    }

    #[test]
    fn a_subprotocol_that_the_user_offers_is_no_trait_of_the_server() {
        let with = |name: &str| normal(&format!("HTTP/1.1 101 X {{Sec-WebSocket-Protocol: {name}, A: 1}} | alive"));
        assert_eq!(with("chat"), "HTTP/1.1 101 X {A: 1} | alive");
        assert_eq!(with("other"), "HTTP/1.1 101 X {Sec-WebSocket-Protocol: other, A: 1} | alive");
    }

    /// In the head, in a page, in frames, in the reason of a Close, and where the sample of a page ends within it.
    #[test]
    fn what_lets_the_user_in_is_named_wherever_it_comes_back() {
        let headers =
            [Header::new("Authorization", "Bearer abc123def456ghi789"), Header::new("Cookie", "sid=s3ss10n1d")];
        let own = OwnWords::new("/chat?token=t0k3nt0k3n", &headers);
        let sent = Sent { path: "/chat?token=t0k3nt0k3n".into(), own, ..sent() };
        let normal = |line: &str| line.parse::<Observation>().expect(line).normalised(&sent).to_string();
        assert_eq!(
            normal(
                r#"HTTP/1.1 401 "no abc123def456ghi789" {Server: x abc123def456ghi789, Set-Cookie: s3ss10n1d=1, Allow: t0k3nt0k3n, X-t0k3nt0k3n: 1, Location: /login?next=/chat%3Ftoken=t0k3nt0k3n} body "sid=s3ss10n1d" | fin"#
            ),
            r#"HTTP/1.1 401 no <Authorization> {Server: x <Authorization>, Set-Cookie: <Cookie>=<cookie>, Allow: <query>, X-<query>: 1, Location: /login?next=<path>%3F<query>} body "<Cookie>" | fin"#
        );
        assert_eq!(
            normal(
                r#"text 24 "hello abc123def456ghi789", close 1008 "bad t0k3nt0k3n", partial "\x81\x20s3ss10n" | fin"#
            ),
            r#"text 24 "hello <Authorization>", close 1008 "bad <query>", partial "\x81 <Cookie>" | fin"#
        );
        let page = format!("{}abc123def4", "x".repeat(Reply::BODY_SAMPLE - 10));
        let told = normal(&format!("HTTP/1.1 401 No {{}} body \"{page}\" | fin"));
        assert!(told.contains("xx<Authorization>") && !told.contains("abc123"), "{told}");
    }

    #[test]
    fn a_wrong_accept_stays_visible() {
        assert_eq!(
            normal("HTTP/1.1 101 X {sec-websocket-accept: abc} | alive"),
            "HTTP/1.1 101 X {sec-websocket-accept: <wrong accept>} | alive"
        );
    }

    #[test]
    fn times_in_a_body_go_and_other_digits_stay() {
        assert_eq!(
            normal(
                r#"HTTP/1.1 400 {} body "{\"timestamp\":\"2026-11-24T14:00:00.123+00:00\",\"status\":400, 2026-11-24}" | fin"#
            ),
            r#"HTTP/1.1 400 {} body "{\"timestamp\":\"<time>\",\"status\":400, 2026-11-24}" | fin"#
        );
    }

    #[test]
    fn an_answer_in_another_version_of_http_is_told_without_nonces() {
        assert_eq!(
            normal(
                r#"bytes "HTTP/2.0 101 X\r\nAccept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nDate: Wed, 25 Nov 2026 10:33:43 GMT\r\n" | fin"#
            ),
            r#"bytes "HTTP/2.0 101 X\r\nAccept: <accept>\r\nDate: <date>\r\n" | fin"#
        );
    }

    #[test]
    fn the_order_of_a_set_is_no_news() {
        assert_eq!(
            normal(r#"HTTP/1.1 405 No {Allow: "GET,CONNECT"} | fin"#),
            r#"HTTP/1.1 405 No {Allow: "CONNECT, GET"} | fin"#
        );
    }

    #[test]
    fn of_a_servers_ping_the_length_is_kept() {
        assert_eq!(normal(r#"ping 4 "\x8d\x01ab", after 20 | silent"#), "ping 4, after 20 | silent");
    }

    #[test]
    fn session_ids_are_named() {
        assert_eq!(
            normal(r#"text 40 "0{\"sid\":\"lv_VI97HAXpY6yYWAAAC\",\"upgrades\":[]}" | alive"#),
            r#"text 40 "0{\"sid\":\"<sid>\",\"upgrades\":[]}" | alive"#
        );
        assert_eq!(normal(r#"text 9 "{\"sid\":\"x" | alive"#), r#"text 9 "{\"sid\":\"<sid>" | alive"#);
    }

    #[test]
    fn an_error_page_goes_without_the_id_of_the_request_even_where_it_is_taken_for_frames() {
        assert_eq!(
            normal(r#"HTTP/1.1 404 No {} body "<!-- Request ID: UTgF-YmUdT_D -->" | fin"#),
            r#"HTTP/1.1 404 No {} body "<!-- Request ID: <id> -->" | fin"#
        );
        assert_eq!(
            normal(r#"op13 60 more-follows rsv=6 "Date: Wed, 25 Nov 2026 14:34:44 GMT; Request ID: w2GE" | fin"#),
            r#"op13 60 more-follows rsv=6 "Date: <date>; Request ID: <id>" | fin"#
        );
    }

    #[test]
    fn a_request_id_in_json_goes_and_so_does_the_length_that_it_changes() {
        assert_eq!(
            normal(
                r#"HTTP/1.1 400 No {Content-Length: 117, Content-Type: x} body "{\"requestId\":\"9f588593-3\"}" | alive"#
            ),
            r#"HTTP/1.1 400 No {Content-Length: <length>, Content-Type: x} body "{\"requestId\":\"<id>\"}" | alive"#
        );
        let short = "HTTP/1.1 400 No {Content-Length: 2} body \"no\" | alive";
        assert_eq!(normal(short), short);
    }

    #[test]
    fn our_fence_in_an_answer_is_named() {
        assert_eq!(normal(r#"pong 9 "'9iPLPbn7" | silent"#), r#"pong 9 "'<fence>" | silent"#);
    }

    #[test]
    fn memory_that_nobody_wrote_is_named() {
        assert_eq!(normal(r#"pong 5 "'F\xeb\x7f(" | alive"#), r#"pong 5 "'<memory>" | alive"#);
        for other in [r#"pong 2 "''" | alive"#, r#"pong 2 "R\x07" | alive"#, r#"text 2 "'\xeb" | alive"#] {
            assert_eq!(normal(other), other);
        }
    }

    #[test]
    fn only_our_own_payload_is_an_echo() {
        assert_eq!(normal(r#"text 1 "'", text 1 "x", pong 0 | alive"#), r#"text 1 echo, text 1 "x", pong 0 | alive"#);
    }
}
