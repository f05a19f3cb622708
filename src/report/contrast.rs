//! Two answers to one probe, cut around what tells them apart.

use super::cut::quoted;
use super::describe::{event_in_words, in_words};
use crate::observation::{Observation, Reply};
use crate::wire::{Header, ResponseHead};

/// Fields that say who answers, and not how: they tell servers apart where nothing else does.
const BANNERS: [&str; 4] = ["Server", "X-Powered-By", "Via", "Date"];

/// What stands before the first difference of two texts, in bytes.
const BEFORE: usize = 12;

/// What two answers do otherwise, each as a part of a sentence that `it` can stand before: `refused with HTTP 426 and the body "Upgrade Required"`.
pub(super) fn contrast(one: &Observation, other: &Observation) -> (String, String) {
    if let (Reply::Response { head, body }, Reply::Response { head: other_head, body: other_body }) =
        (&one.reply, &other.reply)
        && head.status == other_head.status
    {
        let begin = beginning(head);
        if let Some((mine, theirs)) = fields(head, other_head) {
            return (format!("{begin} {mine}"), format!("{begin} {theirs}"));
        }
        if body != other_body {
            let (mine, theirs) = bodies(body, other_body);
            return (format!("{begin} and {mine}"), format!("{begin} and {theirs}"));
        }
    }
    let same = one.events.iter().zip(&other.events).take_while(|(one, other)| one == other).count();
    if one.reply == other.reply && same > 0 && one.events.len() != other.events.len() {
        return (after(one, same), after(other, same));
    }
    (in_words(one), in_words(other))
}

/// What comes behind so many events that both have.
fn after(seen: &Observation, same: usize) -> String {
    let rest = Observation { reply: Reply::Usual, events: seen.events[same..].to_vec(), end: seen.end };
    let before = seen.events[same - 1..same].iter().map(event_in_words).collect::<String>();
    format!("{before}, then {}", in_words(&rest))
}

fn beginning(head: &ResponseHead) -> String {
    if head.status == 101 { "opened a WebSocket".to_owned() } else { format!("answered HTTP {}", head.status) }
}

/// The first field that only one has or that has another value, what says who answers last; otherwise the reason phrase or the order.
fn fields(one: &ResponseHead, other: &ResponseHead) -> Option<(String, String)> {
    let is_banner = |header: &&Header| BANNERS.iter().any(|name| header.is(name));
    let (banners, plain): (Vec<&Header>, Vec<&Header>) = one.headers.iter().chain(&other.headers).partition(is_banner);
    let value = |head: &ResponseHead, name: &str| head.header(name).map(<[u8]>::to_vec);
    for header in plain.into_iter().chain(banners) {
        let (mine, theirs) = (value(one, &header.name), value(other, &header.name));
        if mine != theirs {
            return Some((field(&header.name, mine.as_deref()), field(&header.name, theirs.as_deref())));
        }
    }
    if one.reason != other.reason {
        let words = |head: &ResponseHead| format!("with the reason \"{}\"", quoted(head.reason.as_bytes()));
        return Some((words(one), words(other)));
    }
    let names = |head: &ResponseHead| head.headers.iter().map(|header| header.name.clone()).collect::<Vec<_>>();
    let (mine, theirs) = (names(one), names(other));
    (mine != theirs).then(|| order(&mine, &theirs))
}

fn field(name: &str, value: Option<&[u8]>) -> String {
    match value {
        Some(value) => format!("with {}: {}", quoted(name.as_bytes()), quoted(value)),
        None => format!("without {}", quoted(name.as_bytes())),
    }
}

/// Names of fields from the first on that stands elsewhere or is written otherwise.
fn order(one: &[String], other: &[String]) -> (String, String) {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let words = |names: &[String]| {
        let names: Vec<String> = names.iter().skip(same).take(2).map(|name| quoted(name.as_bytes())).collect();
        if names.is_empty() { "with no more fields".to_owned() } else { format!("with {} first", names.join(" and ")) }
    };
    (words(one), words(other))
}

/// Two bodies from shortly before their first difference.
fn bodies(one: &[u8], other: &[u8]) -> (String, String) {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let start = same.saturating_sub(BEFORE);
    let words = |body: &[u8]| {
        if body.is_empty() {
            return "no body".to_owned();
        }
        let lead = if start > 0 { "…" } else { "" };
        format!("the body \"{lead}{}\"", quoted(&body[start.min(body.len())..]))
    };
    (words(one), words(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(one: &str, other: &str) -> (String, String) {
        contrast(&one.parse().expect(one), &other.parse().expect(other))
    }

    #[test]
    fn a_body_is_cut_around_the_difference() {
        let head = "HTTP/1.1 426 Upgrade Required {Content-Length: 16}";
        let (one, other) = told(
            &format!("{head} body \"A long beginning that both have. Upgrade Required\" | fin"),
            &format!("{head} body \"A long beginning that both have. No way\" | fin"),
        );
        assert_eq!(one, "answered HTTP 426 and the body \"… both have. Upgrade Required\"");
        assert_eq!(other, "answered HTTP 426 and the body \"… both have. No way\"");
    }

    #[test]
    fn a_field_that_one_has_is_named_before_who_it_says_it_is() {
        let (one, other) = told(
            "HTTP/1.1 400 Bad Request {Server: a, Connection: close} | fin",
            "HTTP/1.1 400 Bad Request {Server: b} | fin",
        );
        assert_eq!(one, "answered HTTP 400 with Connection: close");
        assert_eq!(other, "answered HTTP 400 without Connection");
        let (one, _) = told("HTTP/1.1 400 No {A: 1, B: 2} | fin", "HTTP/1.1 400 No {B: 2, A: 1} | fin");
        assert_eq!(one, "answered HTTP 400 with A and B first");
    }

    #[test]
    fn what_came_in_a_websocket_is_told_whole() {
        let (one, other) = told("close 1002 | fin", "| alive");
        assert_eq!(one, "closed with 1002, then hung up");
        assert_eq!(other, "gave no answer and left the connection open");
        let (one, other) = told("close 1002 | fin", "close 1002, text 1 echo | fin");
        assert_eq!(one, "closed with 1002, then said nothing and hung up");
        assert!(other.starts_with("closed with 1002, then sent the payload back"), "{other}");
    }
}
