//! Terminals, and what the environment says of them.

use super::kind::{IDENTIFIED, Kind, NO_WEBSOCKET, Sink, UNIDENTIFIED};
use super::script::{NASTY, Step, answer, echo, open, say};

pub fn kinds() -> Vec<Kind> {
    [widths(), environments(), escapes()].concat()
}

fn honest(name: impl Into<String>) -> Kind {
    Kind::server(name, vec![echo()]).exits(&[IDENTIFIED]).says("tungstenite")
}

/// Terminals that are narrow, or have no width at all.
fn widths() -> Vec<Kind> {
    let wide = |columns| {
        let kind = honest(format!("a terminal of {columns} columns")).into_a(Sink::Terminal { columns });
        // A name may be broken there.
        if columns < 40 {
            Kind { expect: super::kind::Expect { says: Vec::new(), ..kind.expect.clone() }, ..kind }
        } else {
            kind
        }
    };
    let mut all: Vec<Kind> = [0, 1, 2, 5, 20, 80, 1000].map(wide).into();
    all.push(honest("a terminal that can do nothing").into_a(Sink::Terminal { columns: 80 }).set("TERM", "dumb"));
    all.push(honest("a terminal, with -d").into_a(Sink::Terminal { columns: 80 }).with("-d"));
    all.push(honest("a terminal, with --thorough").into_a(Sink::Terminal { columns: 80 }).with("--thorough"));
    let help = |columns| {
        Kind::new(format!("--help on a terminal of {columns} columns"))
            .only("--help")
            .target("")
            .into_a(Sink::Terminal { columns })
            .exits(&[IDENTIFIED])
    };
    all.extend([1, 20].map(help));
    all
}

/// Variables that lie.
fn environments() -> Vec<Kind> {
    let set = |name, pairs: &[(&'static str, &str)]| {
        pairs.iter().fold(honest(name), |kind, (name, value)| kind.set(name, *value))
    };
    vec![
        set("COLUMNS=1", &[("COLUMNS", "1")]),
        set("COLUMNS that is no number", &[("COLUMNS", "\u{1b}[31m"), ("LINES", "-1")]),
        set("TERM, HOME and LANG that are empty", &[("TERM", ""), ("HOME", ""), ("LANG", "")]),
        set("locales that are none", &[("LANG", "xx_YY.KOI8"), ("LC_ALL", "tr_TR")]),
        set("NO_COLOR and CLICOLOR_FORCE", &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]),
        set("CLICOLOR_FORCE into a file", &[("CLICOLOR_FORCE", "1")]),
        set("RUST_LOG=trace", &[("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")]),
        set(
            "proxies in the environment",
            &[("HTTP_PROXY", "http://127.0.0.1:1"), ("ALL_PROXY", "socks5://127.0.0.1:1"), ("https_proxy", "x")],
        ),
        set("SSLKEYLOGFILE", &[("SSLKEYLOGFILE", "{folder}/keys")]),
    ]
}

/// What a server says, on a terminal.
fn escapes() -> Vec<Kind> {
    let on = |kind: Kind| kind.into_a(Sink::Terminal { columns: 80 });
    let close = super::script::frame_of(0x88, &[b"\x03\xe8", NASTY].concat());
    let fields = [b"Server: ".as_slice(), "\u{202e}\u{9b}31m".as_bytes(), b"\r\n"].concat();
    let page = [b"HTTP/1.1 404 \xe2\x80\xae\xc2\x9b2J\r\nServer: \xc2\x9b31m\r\n\r\n".as_slice(), NASTY].concat();
    let moved = "HTTP/1.1 302 Go\r\nLocation: http://\u{202e}\u{9b}/\r\nContent-Length: 0\r\n\r\n";
    vec![
        on(Kind::server(
            "escapes of a WebSocket on a terminal",
            vec![open(fields), say(super::script::frame_of(0x81, NASTY)), say(close), Step::Wait(50)],
        ))
        .exits(&[UNIDENTIFIED]),
        on(Kind::server("escapes of a page on a terminal", vec![answer(page)])).exits(&[NO_WEBSOCKET]),
        on(Kind::server("escapes of a redirect on a terminal", vec![answer(moved)])).exits(&[NO_WEBSOCKET]),
        on(Kind::server("escapes in place of HTTP on a terminal", vec![answer(NASTY)])).exits(&[NO_WEBSOCKET]),
        on(Kind::server("escapes in place of HTTP on a terminal", vec![answer(NASTY)]).with("-d -v"))
            .exits(&[NO_WEBSOCKET]),
    ]
}
