//! Values that are drawn anew for each answer: ids of requests, cookies, nonces. Two answers to the same request show which they are, and
//! each such value is told as `<varies>`, since it is no fact about the server.

use std::collections::BTreeSet;

use super::{Observation, Reply};
use crate::wire::{Header, ResponseHead};

/// Fields that hold an id of the request or a time by their definition or by custom: told as `<varies>` without a second answer.
const BY_CUSTOM: [&str; 26] = [
    "cf-ray",
    "cf-request-id",
    "fly-request-id",
    "nel",
    "report-to",
    "request-id",
    "server-timing",
    "traceparent",
    "tracestate",
    "traceresponse",
    "x-amz-cf-id",
    "x-amz-id-2",
    "x-amz-request-id",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-cloud-trace-context",
    "x-correlation-id",
    "x-github-request-id",
    "x-ms-request-id",
    "x-process-time",
    "x-request-id",
    "x-response-time",
    "x-trace-id",
    "x-vercel-id",
];

/// Fields whose value says what a server is or has agreed to: where they differ there are several servers behind one address.
const TELLING: [&str; 7] =
    ["connection", "content-type", "server", "transfer-encoding", "upgrade", "via", "x-powered-by"];

/// Whether a field of this name, in lower case, holds another value in each answer.
pub(super) fn varies_by_custom(name: &str) -> bool {
    BY_CUSTOM.contains(&name)
}

/// Whether the value of a field of this name, in lower case, says what a server is.
pub(super) fn is_telling(name: &str) -> bool {
    TELLING.contains(&name)
}

/// What was seen to differ between two answers to the same request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VaryingValues {
    /// Names of fields, in lower case.
    fields: BTreeSet<String>,
    /// The status codes of responses whose content differs.
    contents: BTreeSet<u16>,
}

impl VaryingValues {
    /// Takes note of two answers to the same request; whether that told anything new.
    pub fn compare(&mut self, one: &Reply, other: &Reply) -> bool {
        let (mut one, mut other) = (one.clone(), other.clone());
        self.settle(&mut one);
        self.settle(&mut other);
        let (Reply::Response { head: one, body }, Reply::Response { head: other, body: other_body }) = (&one, &other)
        else {
            return false;
        };
        let names = names(one);
        if one.status != other.status || names != self::names(other) {
            return false;
        }
        let before = self.fields.len() + self.contents.len();
        let differing = names.into_iter().filter(|name| may_vary(name) && values(one, name) != values(other, name));
        self.fields.extend(differing);
        if body != other_body {
            self.contents.insert(one.status);
        }
        self.fields.len() + self.contents.len() > before
    }

    /// Tells what varies as `<varies>`.
    pub fn settle(&self, reply: &mut Reply) {
        let Reply::Response { head, body } = reply else { return };
        for field in &mut head.headers {
            if self.fields.contains(&field.name.to_ascii_lowercase()) {
                field.value = Observation::VARIES.to_vec();
            }
        }
        if self.contents.contains(&head.status) && !body.is_empty() {
            *body = Observation::VARIES.to_vec();
            head.forget_length();
        }
    }
}

fn may_vary(name: &str) -> bool {
    !TELLING.contains(&name) && !name.starts_with("sec-websocket-")
}

/// The names of all fields, in lower case and sorted.
fn names(head: &ResponseHead) -> Vec<String> {
    let mut names: Vec<String> = head.headers.iter().map(|field| field.name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    names
}

fn values<'a>(head: &'a ResponseHead, name: &str) -> Vec<&'a [u8]> {
    head.headers.iter().filter(|field: &&Header| field.is(name)).map(|field| field.value.as_slice()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(line: &str) -> Reply {
        line.parse::<Observation>().expect(line).reply
    }

    fn settled(values: &VaryingValues, line: &str) -> String {
        let mut seen: Observation = line.parse().expect(line);
        values.settle(&mut seen.reply);
        seen.to_string()
    }

    #[test]
    fn what_differs_between_two_answers_to_the_same_request_is_no_fact() {
        let mut values = VaryingValues::default();
        let one = reply("HTTP/1.1 101 X {X-Node: a, Server: b, Sec-WebSocket-Accept: <accept>} | alive");
        let other = reply("HTTP/1.1 101 X {X-Node: c, Server: d, Sec-WebSocket-Accept: <wrong accept>} | alive");
        assert!(!values.compare(&one, &one));
        assert!(values.compare(&one, &other) && !values.compare(&other, &one), "told once");
        assert_eq!(
            settled(&values, "HTTP/1.1 400 X {Server: b, x-node: q} | fin"),
            "HTTP/1.1 400 X {Server: b, x-node: <varies>} | fin",
            "in every answer; what names a server stays"
        );
    }

    #[test]
    fn answers_of_other_kinds_are_not_compared() {
        let mut values = VaryingValues::default();
        let one = reply("HTTP/1.1 101 X {A: 1} | alive");
        for other in ["HTTP/1.1 101 X {A: 2, B: 1} | alive", "HTTP/1.1 400 X {A: 2} | fin", "nothing | fin"] {
            assert!(!values.compare(&one, &reply(other)), "{other}");
        }
    }

    #[test]
    fn a_content_that_differs_is_told_without_its_length() {
        let mut values = VaryingValues::default();
        let line = |text: &str| format!("HTTP/1.1 403 No {{Content-Length: 3}} body \"{text}\" | alive");
        assert!(values.compare(&reply(&line("abc")), &reply(&line("abd"))));
        assert_eq!(
            settled(&values, &line("xyz")),
            "HTTP/1.1 403 No {Content-Length: <length>} body \"<varies>\" | alive"
        );
        let other = "HTTP/1.1 404 No {Content-Length: 3} body \"abc\" | alive";
        assert_eq!(settled(&values, other), other, "of that status alone");
    }
}
