//! One handshake in words.

use super::cut::{quoted, shorten};
use super::describe::{is_over_tls, is_tls};
use crate::scan::Heard;
use crate::wire::ResponseHead;
use crate::wire::escape::escape;

/// What a legal handshake came to, as a part of a sentence; `asked` is the URL.
pub(super) fn heard_in_words(heard: &Heard, asked: &str) -> String {
    match heard {
        Heard::WebSocket(head) => match head.header("Server") {
            Some(server) => format!("it opens a WebSocket; it says that it is \"{}\"", quoted(server)),
            None => "it opens a WebSocket".to_owned(),
        },
        Heard::NoUpgrade(_, field) => {
            format!("it answers 101, but {field} is missing or wrong: no WebSocket (RFC 6455 section 4.1)")
        }
        Heard::Refusal(head) => status_in_words(head),
        Heard::NoHttp(bytes) if is_tls(bytes) && !is_over_tls(asked) => {
            "it speaks TLS on this port; use wss://".to_owned()
        }
        Heard::NoHttp(bytes) => format!("it does not speak HTTP; it said \"{}\"", shorten(&escape(bytes))),
        Heard::Ended => "it hung up without an answer".to_owned(),
        Heard::Silence => "it takes the connection and says nothing".to_owned(),
    }
}

fn status_in_words(head: &ResponseHead) -> String {
    format!("HTTP {} {}", head.status, quoted(head.reason.as_bytes())).trim_end().to_owned()
}
