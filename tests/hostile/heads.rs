//! Answers to the handshake: heads and bodies that are too long, malformed, or lead elsewhere.

use super::kind::{IDENTIFIED, Kind, NO_WEBSOCKET, UNIDENTIFIED};
use super::script::{NASTY, Step, accept_of, answer, drip, echo, forever, open, reply, say};

pub fn kinds() -> Vec<Kind> {
    [endless(), informational(), malformed(), lengths(), long(), banners(), redirects(), refusals(), reflected()]
        .concat()
}

fn refused(name: &'static str, script: Vec<Step>) -> Kind {
    Kind::server(name, script).exits(&[NO_WEBSOCKET])
}

/// Heads and bodies without end, and heads of which a byte comes at a time.
fn endless() -> Vec<Kind> {
    let chunked = "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n";
    let kinds: [(&'static str, &'static str, &'static str); 8] = [
        ("field lines without end", "HTTP/1.1 200 OK\r\n", "X-More: and more\r\n"),
        ("a field value without end", "HTTP/1.1 200 OK\r\nX: ", "x"),
        ("a field name without end", "HTTP/1.1 200 OK\r\n", "N"),
        ("a page without end", "HTTP/1.1 200 OK\r\n\r\n", "<p>"),
        ("a page of 2^64 - 1 bytes", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n", "<p>"),
        ("chunks without end", chunked, "1\r\nx\r\n"),
        ("trailers without end", "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"),
        ("a chunk extension without end", "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n1;", "x"),
    ];
    let mut all = kinds.map(|(name, head, again)| refused(name, vec![answer(head), forever(again)]).both()).concat();
    all.push(refused("a head, a byte each second", vec![answer("HTTP/1.1 200 OK\r\nX: "), drip("x".repeat(99), 1000)]));
    all.push(refused(
        "a body, a byte each second",
        vec![answer("HTTP/1.1 200 OK\r\n\r\n"), drip("x".repeat(99), 1000)],
    ));
    all.push(refused("a 101, a byte each 0.4 s", vec![Step::Ask, drip("HTTP/1.1 101 Switching", 400)]));
    all.push(refused(
        "a head of 20 kB, one byte a segment",
        vec![Step::Ask, drip(format!("HTTP/1.1 200 OK\r\n{}", "A: b\r\n".repeat(3300)), 0)],
    ));
    all.push(refused(
        "chunks of a byte, one byte a segment",
        vec![answer(chunked), drip("1\r\nx\r\n".repeat(2000), 0)],
    ));
    all.push(refused(
        "a 404, half closed, then 2 MB",
        vec![answer("HTTP/1.1 404 No\r\nConnection: close\r\n\r\n"), say(vec![b'x'; 2 << 20]), Step::HalfClose],
    ));
    all
}

/// 1xx before the answer, few or many.
fn informational() -> Vec<Kind> {
    let hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n".repeat(3);
    let hundred = |fields: &str| format!("HTTP/1.1 102 Processing\r\n{fields}\r\n");
    vec![
        refused("100 Continue without end", vec![Step::Ask, forever("HTTP/1.1 100 Continue\r\n\r\n")]),
        refused("the smallest 1xx without end, bare LF", vec![Step::Ask, forever("HTTP/1.1 100\n\n")]),
        refused("102 of 100 fields without end", vec![Step::Ask, forever(hundred(&"A: b\r\n".repeat(100)))]),
        refused(
            "a 100 Continue each 0.3 s",
            vec![Step::Ask, super::script::beat("HTTP/1.1 100 Continue\r\n\r\n", 300)],
        ),
        refused(
            "three 103, then a 404",
            vec![answer([hint.clone(), b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n".to_vec()].concat())],
        ),
        Kind::server("three 103, then an honest echo", vec![say(hint), echo()]).exits(&[
            IDENTIFIED,
            UNIDENTIFIED,
            NO_WEBSOCKET,
        ]),
    ]
}

/// A 101 of which one thing is wrong.
fn malformed() -> Vec<Kind> {
    let fields: [(&'static str, Vec<u8>); 11] = [
        ("NUL and escapes in a field of the 101", [b"X: a\0".as_slice(), NASTY, b"\r\n"].concat()),
        ("a space before a colon in the 101", b"X : a\r\n".to_vec()),
        ("a field without a colon in the 101", b"nonsense\r\n".to_vec()),
        ("an empty field name in the 101", b": a\r\n".to_vec()),
        ("129 fields in the 101", b"A: b\r\n".repeat(129)),
        ("10,000 fields in the 101", b"A: b\r\n".repeat(10_000)),
        ("a field name of 60 kB in the 101", [vec![b'N'; 60_000], b": a\r\n".to_vec()].concat()),
        ("obs-fold in the 101, 20,000 times", [b"X: a\r\n".to_vec(), b" b\r\n".repeat(20_000)].concat()),
        ("a 101 with Content-Length and a body", b"Content-Length: 5\r\n\r\nhello".to_vec()),
        ("a 101 that is chunked", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n".to_vec()),
        ("100 cookies in the 101, none with a value", b"Set-Cookie: a\r\n".repeat(100)),
    ];
    let mut all: Vec<Kind> = fields.map(|(name, fields)| Kind::server(name, vec![open(fields), Step::Hold])).into();
    let by = |name, make: fn(&str) -> String| {
        Kind::server(name, vec![reply(move |head| make(&accept_of(head)).into_bytes()), Step::Hold])
    };
    all.extend([
        by("a 101 of bare LF", |accept| {
            format!("HTTP/1.1 101 Go\nUpgrade: websocket\nConnection: Upgrade\n{}\n", accept.replace('\r', ""))
        }),
        by("a 101 without a reason", |accept| {
            format!("HTTP/1.1 101\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{accept}\r\n")
        }),
        by("a 101 of HTTP/1.0, lower-case fields", |accept| {
            format!("HTTP/1.0 101 Go\r\nupgrade: websocket\r\nconnection: keep-alive, Upgrade\r\n{accept}\r\n")
        }),
        by("a bare 101", |_| "HTTP/1.1 101 Go\r\n\r\n".to_owned())
            .exits(&[NO_WEBSOCKET])
            .says("missing")
            .connections(5),
        by("a 101 to h2c", |_| "HTTP/1.1 101 Go\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n".to_owned())
            .exits(&[NO_WEBSOCKET])
            .says("h2c")
            .connections(5),
        by("a wrong accept key", |_| {
            "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm9uZQ==\r\n\r\n"
                .to_owned()
        })
        .exits(&[NO_WEBSOCKET])
        .says("accept")
        .connections(5),
        by("a 101 to another protocol, of escapes", |_| {
            "HTTP/1.1 101 Go\r\nUpgrade: \u{9b}31m\u{202e}\r\nConnection: Upgrade\r\n\r\n".to_owned()
        })
        .exits(&[NO_WEBSOCKET]),
    ]);
    all
}

/// Lengths and status codes that make no sense.
fn lengths() -> Vec<Kind> {
    let heads: [(&'static str, &'static str); 9] = [
        ("Content-Length: -1", "404 No\r\nContent-Length: -1\r\n\r\nbody"),
        ("two Content-Length that differ", "404 No\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody"),
        ("a Content-Length beyond 2^64", "404 No\r\nContent-Length: 99999999999999999999999\r\n\r\nbody"),
        ("a chunk of 2^64 - 1", "404 No\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx"),
        ("a chunk size of 17 digits", "404 No\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx"),
        ("both lengths", "404 No\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("status 999", "999 Odd\r\nContent-Length: 0\r\n\r\n"),
        ("status 000", "000 Zero\r\nContent-Length: 0\r\n\r\n"),
        ("status 65537", "65537 Zero\r\nContent-Length: 0\r\n\r\n"),
    ];
    heads.map(|(name, rest)| refused(name, vec![answer(format!("HTTP/1.1 {rest}")), Step::Hold])).into()
}

/// Everything that is printed, in 60 kB.
fn long() -> Vec<Kind> {
    let turned = "\u{202e}\u{9b}".repeat(12_000);
    let long = "long ".repeat(12_000);
    let close = super::script::frame_of(0x88, &[b"\x03\xe8".as_slice(), &[b'r'; 60_000]].concat());
    let big = open(format!("X-Long: {}\r\nServer: {}\r\n", "l".repeat(30_000), "s".repeat(30_000)));
    let pong: fn(&[u8]) -> Vec<u8> = |payload| super::script::frame_of(0x8a, payload);
    let odd = Kind::server("an unknown server, each head of 60 kB", vec![big.clone(), Step::Pings(pong)]);
    let named = reply(move |head| {
        let number = fastrand::u32(..);
        format!("{}X-{number}: {}\r\n\r\n", super::script::opening(head), "l".repeat(60_000)).into_bytes()
    });
    let varied = Kind::server("other fields of 60 kB in each answer", vec![named, Step::Pings(pong)]);
    [
        vec![
            refused(
                "a Location of 60 kB of escapes",
                vec![answer(format!("HTTP/1.1 302 Go\r\nLocation: http://{turned}\r\n\r\n"))],
            ),
            refused("a reason of 60 kB", vec![answer(format!("HTTP/1.1 404 {long}\r\nContent-Length: 0\r\n\r\n"))]),
            refused(
                "a Server of 60 kB",
                vec![answer(format!("HTTP/1.1 404 No\r\nServer: {long}\r\nContent-Length: 0\r\n\r\n"))],
            ),
            refused("an Upgrade of 60 kB", vec![answer(format!("HTTP/1.1 101 Go\r\nUpgrade: {long}\r\n\r\n"))]),
            refused("a Retry-After of 60 kB", vec![answer(format!("HTTP/1.1 429 No\r\nRetry-After: {long}\r\n\r\n"))]),
            refused(
                "an Allow of ten thousand members",
                vec![answer(format!(
                    "HTTP/1.1 405 No\r\nAllow: {}GET\r\nContent-Length: 0\r\n\r\n",
                    "M, ".repeat(10_000)
                ))],
            ),
            Kind::server("a Close reason of 60 kB", vec![open(""), say(close), Step::Hold]),
        ],
        odd.clone().both(),
        vec![
            odd.clone().with("--format json"),
            odd.clone().with("--thorough --format json").output(2 << 20),
            odd.clone().with("--thorough --connections 64"),
        ],
        varied.both(),
    ]
    .concat()
}

/// Banners by the hundred and by the thousand, in one field.
fn banners() -> Vec<Kind> {
    let bomb = |count: usize| {
        let fields: Vec<String> = (0..count).map(|number| format!("a{number}: x")).collect();
        format!("Server: x, {}\r\n", fields.join(", "))
    };
    let pong: fn(&[u8]) -> Vec<u8> = |payload| super::script::frame_of(0x8a, payload);
    let opened = |count| vec![open(bomb(count)), Step::Pings(pong)];
    let names = ["nginx/1.27.0", "Jetty(12.0.1)", "Kestrel", "TornadoServer/6.4", "Cowboy", "uvicorn"];
    let lines: String =
        names.iter().cycle().take(100).map(|name| format!("Server: {name}\r\nVia: 1.1 {name}\r\n")).collect();
    let in_404 = format!("HTTP/1.1 404 No\r\n{}Content-Length: 0\r\n\r\n", bomb(5000));
    [
        vec![
            Kind::server("5,000 banners in one field", opened(5000)).seconds(30.0),
            refused("5,000 banners in one field of a 404", vec![answer(in_404)]),
        ],
        Kind::server("200 banners in one field", opened(200)).both(),
        vec![
            refused(
                "100 fields Server and Via in a 404",
                vec![answer(format!("HTTP/1.1 404 No\r\n{lines}Content-Length: 0\r\n\r\n"))],
            ),
            Kind::server(
                "six false banners",
                vec![open(format!("Server: {}\r\n", names.join(" "))), Step::Pings(pong)],
            )
            .exits(&[UNIDENTIFIED]),
        ],
    ]
    .concat()
}

/// They are told as they were sent, as the URL to give, and not followed.
fn redirects() -> Vec<Kind> {
    let moved: [(&'static str, &'static str, &'static str); 9] = [
        ("a redirect to https", "301 Moved\r\nLocation: https://example.org/chat", "wss://example.org/chat"),
        ("a redirect to http", "302 Found\r\nLocation: http://example.org:8080/chat", "ws://example.org:8080/chat"),
        ("a redirect to a path", "308 Moved\r\nLocation: /again", "/again"),
        ("a redirect to our own path", "301 Moved\r\nLocation: /", "redirect"),
        ("a redirect to //", "307 Go\r\nLocation: //example.org/x", "example.org/x"),
        ("a redirect to a query", "302 Found\r\nLocation: ?a=b", "a=b"),
        ("a redirect without Location", "302 Found", "redirect"),
        ("a redirect to javascript:", "302 Found\r\nLocation: javascript:alert(1)", "redirect"),
        ("a redirect to a file", "302 Found\r\nLocation: file:///etc/passwd", "redirect"),
    ];
    let redirected = |(name, rest, says): (&'static str, &str, &'static str)| {
        let script = vec![answer(format!("HTTP/1.1 {rest}\r\nContent-Length: 0\r\n\r\n"))];
        refused(name, script).says(says).never("<authority>").never("<path>").connections(8)
    };
    moved.map(redirected).into()
}

/// Refusals, each told in its words, after few looks.
fn refusals() -> Vec<Kind> {
    let codes: [(&'static str, &'static str, &'static str); 9] = [
        ("401", "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"\x1b[31m\"", "credentials"),
        ("403", "403 Forbidden", "403"),
        ("404", "404 Not Found", "nothing at this path"),
        ("405", "405 Method Not Allowed\r\nAllow: POST", "405"),
        ("407 from a target", "407 Proxy Authentication Required", "credentials"),
        ("421", "421 Misdirected Request", "421"),
        ("426 for another version", "426 Upgrade Required\r\nSec-WebSocket-Version: 8", "426"),
        ("500", "500 Internal Server Error", "500"),
        ("502 of a proxy whose server is gone", "502 Bad Gateway\r\nServer: nginx", "502"),
    ];
    let refused = |(name, rest, says): (&'static str, &str, &'static str)| {
        refused(name, vec![answer(format!("HTTP/1.1 {rest}\r\nContent-Length: 0\r\n\r\n"))]).says(says).connections(10)
    };
    let mut all: Vec<Kind> = codes.map(refused).into();
    // An ESC in a value is no HTTP.
    all[0].expect.says.clear();
    all
}

/// What the user gave in confidence never comes back.
fn reflected() -> Vec<Kind> {
    let secret = |kind: Kind| {
        let kind = kind
            .argument("-H")
            .argument("Authorization: Bearer S3CRET-TOKEN")
            .argument("--cookie")
            .argument("sid=S3CRET-COOKIE");
        kind.target("ws://127.0.0.1:{port}/?token=S3CRET-QUERY").never("s3cret")
    };
    let page = |status: &'static str| {
        reply(move |head| {
            let line = head.replace(['\r', '\n'], " ");
            format!("HTTP/1.1 {status}\r\nX-You-Sent: {line}\r\nContent-Length: {}\r\n\r\n{head}", head.len())
                .into_bytes()
        })
    };
    let opened = reply(|head| {
        let line = head.replace(['\r', '\n'], " ");
        let text = super::script::frame_of(0x81, head.as_bytes());
        let secrets: Vec<&str> =
            ["Authorization", "Cookie"].iter().filter_map(|name| super::script::field(head, name)).collect();
        let close = super::script::frame_of(0x88, &[b"\x03\xf0", secrets.join(" ").as_bytes()].concat());
        [super::script::opening(head).as_bytes(), format!("X-You-Sent: {line}\r\n\r\n").as_bytes(), &text, &close]
            .concat()
    });
    let ways = ["", "--explain", "-d", "--format json", "--format jsonl", "-g"];
    let mut all = Vec::new();
    for way in ways {
        let exits: &[i32] = if way == "-g" { &[0, 1, 3] } else { &[1, 3] };
        let by = |name: &'static str, step: Step| {
            secret(Kind::server(name, vec![step, Step::Wait(20)]).with(way)).exits(exits)
        };
        all.push(by("credentials come back in a 401", page("401 No")));
        all.push(by("credentials come back in a 101, a text and a Close", opened.clone()));
    }
    all
}
