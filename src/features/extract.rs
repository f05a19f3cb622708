//! What an observation says, kind by kind.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use enum_map::EnumMap;

use super::banner_text::{in_body, is_banner};
use super::kind::{Kind, Layer};
use super::own_version;
use crate::observation::{Content, End, Event, Observation, Reply};
use crate::probe::{Probe, ProbeId};
use crate::wire::{Header, Opcode, ResponseHead};

/// One comparable fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feature {
    /// The probe it was learnt from.
    pub probe: ProbeId,
    /// Which side of the answer it tells.
    pub kind: Kind,
    /// The fact.
    pub value: String,
}

/// The features of what `probe` was answered.
#[must_use]
pub fn features(probe: &Probe, observation: &Observation) -> Vec<Feature> {
    facts(observation).into_iter().map(|(kind, value)| Feature { probe: probe.id, kind, value: value.into() }).collect()
}

/// One side of an observation, and what it says. There are thousands to an identification, and most say one of a few words.
pub type Fact = (Kind, Cow<'static, str>);

/// What an observation says, whatever probe it answers; each kind at most once.
#[must_use]
pub fn facts(observation: &Observation) -> Vec<Fact> {
    let mut facts = Vec::with_capacity(Kind::COUNT);
    add_reply_facts(&mut facts, &observation.reply);
    if observation.reply.is_upgrade() {
        add_frame_facts(&mut facts, observation);
    } else {
        facts.push((Kind::End, observation.end.word().into()));
    }
    facts
}

/// The values of [`facts`] by kind.
#[must_use]
pub fn by_kind(observation: &Observation) -> EnumMap<Kind, Option<Cow<'static, str>>> {
    let mut values = EnumMap::default();
    for (kind, value) in facts(observation) {
        values[kind] = Some(value);
    }
    values
}

/// What of an observation tells servers apart: what a proxy or the WebSocket library decides. What a server calls itself and data, which
/// is the application's, prove no difference.
pub fn telling(observation: &Observation) -> impl Iterator<Item = Fact> + use<> {
    facts(observation).into_iter().filter(|(kind, _)| !matches!(kind.layer(), Layer::App | Layer::Banner))
}

fn add_reply_facts(facts: &mut Vec<Fact>, reply: &Reply) {
    match reply {
        Reply::Usual => {}
        Reply::Nothing => facts.push((Kind::Status, "nothing".into())),
        Reply::Bytes(bytes) => {
            let (rest, named) = own_version::split(bytes);
            facts.push((Kind::Status, "not HTTP".into()));
            facts.push((Kind::Body, crate::wire::escape::escape(&rest).into()));
            if !named.is_empty() {
                facts.push((Kind::Banner, in_body(&named).into()));
            }
        }
        Reply::Response { head, body } => add_response_facts(facts, head, body),
    }
}

fn add_response_facts(facts: &mut Vec<Fact>, head: &ResponseHead, body: &[u8]) {
    let values = |wanted: fn(&str) -> bool| {
        let told = |field: &&Header| field.value != Observation::VARIES && wanted(&field.name.to_ascii_lowercase());
        listed(head.headers.iter().filter(told).map(FieldText))
    };
    let names = listed(head.headers.iter().map(|field| &field.name));
    let page = (head.status != 101 && body != Observation::VARIES).then(|| own_version::split(body));
    let named = page.as_ref().filter(|(_, named)| !named.is_empty()).map(|(_, named)| in_body(named));
    let banners = [values(is_banner), named.unwrap_or_default()];
    facts.extend([
        (Kind::Status, format!("HTTP/1.{} {}", head.minor_version, head.status).into()),
        (Kind::ReasonPhrase, head.reason.clone().into()),
        (Kind::FieldOrder, names.to_ascii_lowercase().into()),
        (Kind::FieldCase, names.into()),
        (Kind::UpgradeFields, values(|name| matches!(name, "upgrade" | "connection")).into()),
        (Kind::Negotiation, values(|name| name.starts_with("sec-websocket-")).into()),
        (Kind::Banner, listed(banners.iter().filter(|text| !text.is_empty())).into()),
    ]);
    if let Some((rest, _)) = page {
        facts.push((Kind::Body, crate::wire::escape::escape(&rest).into()));
    }
}

/// Texts with commas between them.
fn listed<T: fmt::Display>(items: impl Iterator<Item = T>) -> String {
    let mut list = String::new();
    for (place, item) in items.enumerate() {
        // Nothing stops a String from growing.
        let _ = write!(list, "{}{item}", if place > 0 { ", " } else { "" });
    }
    list
}

/// A field as it is compared.
struct FieldText<'a>(&'a Header);

impl fmt::Display for FieldText<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.0.name.to_ascii_lowercase(), crate::wire::escape::escape(&self.0.value))
    }
}

fn add_frame_facts(facts: &mut Vec<Fact>, observation: &Observation) {
    facts.push((Kind::Reaction, reaction(observation)));
    if let Some(close) = observation.close() {
        facts.push((Kind::CloseCode, close.code.map_or("none".into(), |code| code.to_string().into())));
        facts.push((Kind::CloseReason, crate::wire::escape::escape(&close.reason).into()));
    }
    facts.push((Kind::End, observation.end.word().into()));
    let told = |is: fn(&&Event) -> bool| listed(observation.events.iter().filter(is));
    let points = told(|event| matches!(event, Event::ReactedAt(_)));
    let timers = told(|event| matches!(event, Event::After(_)));
    let data = told(|event| is_data(event));
    for (kind, value) in [(Kind::ReactionPoint, points), (Kind::Timer, timers), (Kind::Data, data)] {
        if !value.is_empty() {
            facts.push((kind, value.into()));
        }
    }
}

/// What the library itself did, in order; data frames are the application's and left out.
fn reaction(observation: &Observation) -> Cow<'static, str> {
    let is_own = |event: &&Event| !is_data(event) && !matches!(event, Event::ReactedAt(_) | Event::After(_));
    let mut own = observation.events.iter().filter(is_own);
    match (own.next(), own.next()) {
        (None, _) => if observation.end == End::Alive { "ignored" } else { "dropped" }.into(),
        (Some(Event::Close(_)), None) => "close".into(),
        _ => listed(observation.events.iter().filter(is_own).map(Reacted)).into(),
    }
}

/// An event as a reaction: the code and the reason of a Close are told apart from it, and echoes are of any length.
struct Reacted<'a>(&'a Event);

impl fmt::Display for Reacted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Event::Close(_) => out.write_str("close"),
            Event::Frame { head, content: Content::Echo } => write!(out, "{} echo", head.opcode),
            Event::Partial(_) => out.write_str("partial"),
            other => write!(out, "{other}"),
        }
    }
}

fn is_data(event: &Event) -> bool {
    matches!(event, Event::Frame { head, .. } if matches!(head.opcode, Opcode::TEXT | Opcode::BINARY | Opcode::CONTINUATION))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Layer;
    use crate::observation::normal::Sent;
    use crate::probe::find;
    use proptest::prelude::*;

    fn facts(number: u16, line: &str) -> Vec<(Kind, String)> {
        let observation = line.parse().expect(line);
        let features = features(find(ProbeId::new(number)).expect("known"), &observation);
        features.into_iter().map(|feature| (feature.kind, feature.value)).collect()
    }

    #[test]
    fn code_reason_and_end_are_three_features() {
        assert_eq!(
            facts(203, r#"close 1002 "bad opcode 3" | fin"#),
            [
                (Kind::Reaction, "close".to_owned()),
                (Kind::CloseCode, "1002".to_owned()),
                (Kind::CloseReason, "bad opcode 3".to_owned()),
                (Kind::End, "fin".to_owned()),
            ]
        );
    }

    /// In the original every reply was 0, 1 or a text, and close codes were thrown away.
    #[test]
    fn close_codes_are_told_apart() {
        assert_ne!(facts(203, "close 1002 | fin"), facts(203, "close 1007 | fin"));
        assert_ne!(facts(203, "close | fin"), facts(203, "| fin"));
    }

    #[test]
    fn echoes_belong_to_the_application() {
        assert_eq!(
            facts(100, "text 1 echo, fence, text 1 echo | alive"),
            [
                (Kind::Reaction, "fence".to_owned()),
                (Kind::End, "alive".to_owned()),
                (Kind::Data, "text 1 echo, text 1 echo".to_owned())
            ]
        );
        assert_eq!(Kind::Data.layer(), Layer::App);
    }

    #[test]
    fn a_banner_has_a_layer_of_its_own() {
        let facts = facts(300, "HTTP/1.1 400 Bad {Server: x/1, Sec-WebSocket-Version: \"13, 8\"} body \"no\" | fin");
        assert!(facts.contains(&(Kind::Banner, "server: x/1".to_owned())));
        assert!(facts.contains(&(Kind::Negotiation, "sec-websocket-version: 13, 8".to_owned())));
        assert!(facts.contains(&(Kind::Body, "no".to_owned())));
        assert_eq!(Kind::Banner.layer(), Layer::Banner);
    }

    #[test]
    fn what_varies_is_no_fact() {
        let facts = facts(300, "HTTP/1.1 400 Bad {Server: x/1, X-Runtime: <varies>} body \"<varies>\" | fin");
        assert!(facts.contains(&(Kind::Banner, "server: x/1".to_owned())));
        assert!(facts.contains(&(Kind::FieldOrder, "server, x-runtime".to_owned())));
        assert!(facts.iter().all(|(kind, value)| *kind != Kind::Body && !value.contains("varies")));
    }

    #[test]
    fn an_answer_like_the_baselines_says_nothing_of_the_handshake() {
        assert_eq!(facts(401, "| alive"), [(Kind::Reaction, "ignored".to_owned()), (Kind::End, "alive".to_owned())]);
    }

    proptest! {
        /// Two connections that differ only in nonce, date, port and cookie give the same features.
        #[test]
        fn nonces_dates_and_ports_are_ignored(key in "[A-Za-z0-9+/]{22}==", day in 10u8..29, port in 1024u16..65535, cookie in "[a-z0-9]{12}") {
            let response = format!(
                "HTTP/1.1 101 Switching Protocols\r\nDate: Tue, {day} Nov 2026 10:00:00 GMT\r\nSec-WebSocket-Accept: {}\r\n\
                 Set-Cookie: id={cookie}\r\nSec-WebSocket-Location: ws://127.0.0.1:{port}/\r\n\r\n",
                crate::wire::handshake::accept_for(&key)
            );
            let crate::wire::handshake::HeadResult::Complete(head, _) = ResponseHead::decode(response.as_bytes()) else { panic!() };
            let sent = Sent { accept: crate::wire::handshake::accept_for(&key), key, authority: format!("127.0.0.1:{port}"), path: "/".into(), ..Sent::default() };
            let seen = Observation { reply: Reply::Response { head, body: vec![] }, events: vec![], end: End::Alive }.normalised(&sent);
            let expected = "HTTP/1.1 101 Switching Protocols {Date: <date>, Sec-WebSocket-Accept: <accept>, Set-Cookie: id=<cookie>, Sec-WebSocket-Location: ws://<authority>/} | alive";
            let probe = find(ProbeId::BASELINE).expect("known");
            prop_assert_eq!(features(probe, &seen), features(probe, &expected.parse().expect("notation")));
        }
    }
}
