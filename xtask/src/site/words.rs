//! What the terms mean.

use maud::html;

use crate::site::shell::Page;

/// Terms and what they mean here.
const WORDS: &[(&str, &str)] = &[
    (
        "Product",
        "A server as people install it: a WebSocket engine under the HTTP server or framework that it comes with.",
    ),
    ("Engine", "The implementation of RFC 6455 inside a product. Several products may have the same."),
    ("Framework", "What stands around the engine and answers plain HTTP requests."),
    (
        "Probe",
        "An opening handshake, legal or not, and a script of frames that follow it. Its number never changes its meaning.",
    ),
    (
        "Default set",
        "The probes that a scan may send where nobody asks for more: polite or malformed, never heavy. It sends as few of them as it takes to tell.",
    ),
    ("Recording", "All that one version of one product answered, in three runs, or nine where they did not agree."),
    (
        "Behaviour",
        "What versions have in common that answer every probe alike. Each has a letter on the page of its product.",
    ),
    (
        "Answers that tell servers apart",
        "Status, fields and content of a refusal, negotiation, frames, close codes and reasons, how the connection ends. Not what a server calls itself, and not what its application sends.",
    ),
    (
        "Left out",
        "To measure honestly, a run, a version, a product or an engine is taken out of the database before it is identified. With its engine left out, the right answer is that it is unknown.",
    ),
    (
        "Identified",
        "One engine, or several that nothing observed tells apart, has a probability of 90 % or more, and enough was heard of it. The command then ends with exit code 0.",
    ),
    (
        "Interval",
        "The range of shares that would not make what was counted a surprise (Wilson, 95 %). Few cases leave a wide one.",
    ),
    (
        "Reverse proxy",
        "What stands between client and server, answers some requests itself and rewrites others (RFC 9110 section 3.7).",
    ),
    ("At times", "Not all runs agreed: the answer depends on chance, mostly on which side is faster."),
];

/// The parts of the notation.
const NOTATION: &[(&str, &str)] = &[
    (
        "HTTP/1.1 400 Bad Request {Field: value} body \"text\"",
        "the response to the handshake: status line, fields in order, content; none where it is the same 101 as to the legal handshake",
    ),
    (
        "<accept>, <date>, <varies>",
        "what is different each time, such as the answer to the key, a date, or a number that changes from run to run",
    ),
    ("close 1002 \"reason\"", "a Close frame with its code and reason"),
    ("text 1 echo", "a text frame of one byte that gives back what was sent; binary, ping and pong alike"),
    (
        "fence, <fence>",
        "the pong to a ping that was sent to see whether all before it was taken; in angle brackets, the payload of that ping",
    ),
    (
        "| fin, | reset, | alive, | silent",
        "how it ended: the server closed the connection, reset it, left it open and answering, or left it open and answered no more",
    ),
];

/// The page.
pub fn page() -> Page {
    let list = |words: &[(&str, &str)], exact: bool| {
        html! {
            dl.words {
                @for (word, meaning) in words {
                    dt { @if exact { code { (word) } } @else { (word) } }
                    dd { (meaning) }
                }
            }
        }
    };
    Page {
        file: "words.html".to_owned(),
        menu: "words.html",
        heading: "Words".to_owned(),
        description: "What the terms on these pages mean, and how to read the notation of answers.".to_owned(),
        scripts: &[],
        body: html! {
            (list(WORDS, false))
            h2 id="notation" { "The notation of answers" }
            p { "Under “Exactly”, and in recordings, an answer is one line that a person can read and a program can compare:" }
            (list(NOTATION, true))
        },
    }
}
