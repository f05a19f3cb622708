//! Servers that are other than they seem, and those that speak something else.

use super::kind::{IDENTIFIED, Kind, NO_WEBSOCKET, UNIDENTIFIED, UNREACHABLE};
use super::peer::Manner;
use super::script::{Echo, Fatal, Step, answer, echo, forever, open, opening, reply, say};

pub fn kinds() -> Vec<Kind> {
    [honest(), strangers(), several(), mortal(), mute(), random()].concat()
}

/// Nothing is wrong with them, so nothing must go wrong.
fn honest() -> Vec<Kind> {
    let ids = Echo { fields: "X-Request-Id: {n}\nX-Node: {n}\nTraceparent: 00-{n}-{n}-01", ..Echo::default() };
    let identified = |kind: Kind| kind.exits(&[IDENTIFIED]).says("tungstenite").never("behind").both();
    [
        identified(Kind::server("an honest echo server", vec![echo()])),
        identified(Kind::server("an id of its own in each answer", vec![Step::Echo(ids)])),
        vec![
            Kind::server("an answer after 0.3 s", vec![Step::Echo(Echo { late: 300, ..Echo::default() })])
                .exits(&[IDENTIFIED, UNIDENTIFIED])
                .long(),
        ],
    ]
    .concat()
}

/// What else may listen on a port.
fn strangers() -> Vec<Kind> {
    let first: [(&str, &[u8], &str); 9] = [
        ("SSH", b"SSH-2.0-OpenSSH_9.9\r\n", "ssh|http"),
        ("SMTP", b"220 mail.example ESMTP Postfix\r\n", "http"),
        ("FTP", b"220 ProFTPD Server ready.\r\n", "http"),
        ("MySQL", b"J\0\0\0\n8.0.36\0\x0b\0\0\0abcdefgh\0\xff\xf7\xff", "http"),
        ("POP3", b"+OK ready\r\n", "http"),
        ("VNC", b"RFB 003.008\n", "http"),
        ("a page without a head (HTTP/0.9)", b"<html>\x1b]0;pwn\x07hello</html>", "http"),
        ("a WebSocket frame instead of HTTP", b"\x81\x05hello", "http"),
        ("a Close instead of HTTP", b"\x88\x02\x03\xea", "http"),
    ];
    let then: [(&str, &[u8], &str); 7] = [
        ("HTTP/2 alone: SETTINGS and GOAWAY", HTTP2, "http/2"),
        ("the preface of HTTP/2 as an answer", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http"),
        ("TLS: an alert to a plain request", b"\x15\x03\x03\0\x02\x02\x0a", "tls"),
        ("Redis", b"-ERR unknown command 'GET'\r\n", "http"),
        ("RTSP", b"RTSP/1.0 400 Bad Request\r\nCSeq: 1\r\n\r\n", "http"),
        ("SIP", b"SIP/2.0 400 Bad Request\r\n\r\n", "http"),
        ("ICY", b"ICY 200 OK\r\nicy-name: radio\r\n\r\n", "http"),
    ];
    let speaks = |(name, script, words): (&'static str, Vec<Step>, &'static str)| {
        Kind::server(name, script).exits(&[NO_WEBSOCKET]).says(words).connections(5)
    };
    let first = first.map(|(name, bytes, words)| speaks((name, vec![say(bytes), Step::Hold], words)));
    let then = then.map(|(name, bytes, words)| speaks((name, vec![answer(bytes), Step::Hold], words)));
    let mut all = [first.to_vec(), then.to_vec()].concat();
    all.push(Kind::server("it hangs up at once", vec![]).exits(&[NO_WEBSOCKET]).connections(5));
    all.push(Kind::server("it resets at once", vec![Step::Reset]).exits(&[NO_WEBSOCKET]).connections(5));
    all.extend(
        Kind::server("it says nothing at all", vec![Step::Hold])
            .exits(&[NO_WEBSOCKET])
            .says("nothing")
            .connections(5)
            .both(),
    );
    all.push(Kind::server("zeros without end", vec![forever(b"\0")]).exits(&[NO_WEBSOCKET]).connections(5));
    all.push(Kind::new("nobody listens").exits(&[UNREACHABLE]).says("refused"));
    all.push(
        Kind::server("a queue that nobody accepts from", vec![])
            .peer(Manner::always(vec![]).accepts_nobody())
            .exits(&[NO_WEBSOCKET]),
    );
    all
}

/// SETTINGS, and GOAWAY with a protocol error (RFC 9113 section 6).
const HTTP2: &[u8] = b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff\
                       \0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01";

/// Another server than tungstenite: pongs and a code of its own, and no echo.
fn other() -> Vec<Step> {
    vec![open("Server: other\r\n"), Step::Pings(|payload| super::script::frame_of(0x8a, payload))]
}

/// Several behind one address.
fn several() -> Vec<Kind> {
    let banners = |number: usize| {
        let names = ["nginx/1.27.0", "TornadoServer/6.4", "Kestrel", "Jetty(12.0.1)", "Cowboy", "uvicorn"];
        let fields = format!("Server: {}\r\n", names[number % names.len()]);
        if number.is_multiple_of(2) { vec![open(fields), Step::Hold] } else { vec![open(fields), Step::HalfClose] }
    };
    let unsure = |kind: Kind| kind.exits(&[UNIDENTIFIED, NO_WEBSOCKET]);
    let tenth = Manner::by(|moment| if moment.before % 10 == 9 { other() } else { vec![echo()] });
    let sticky = Manner::by(|moment| if moment.before / 3 % 2 == 0 { vec![echo()] } else { other() });
    let names = Manner::by(|moment| vec![open(format!("X-{}: a\r\nY-{0}: b\r\n", moment.before)), Step::Hold]);
    [
        unsure(Kind::new("two back ends in turn").peer(Manner::turns(vec![vec![echo()], other()]))).both(),
        unsure(Kind::new("two back ends, three connections each").peer(sticky)).both(),
        // One in ten may not be seen at all.
        vec![
            Kind::new("one connection in ten of another back end").peer(tenth).exits(&[IDENTIFIED, UNIDENTIFIED]),
            unsure(Kind::new("six back ends in turn").peer(Manner::by(move |moment| banners(moment.before)))),
        ],
        unsure(Kind::new("other field names in each answer").peer(names)).both(),
        // With all probes enough is heard over the other connections.
        Kind::new("every second connection is reset")
            .peer(Manner::turns(vec![vec![echo()], vec![Step::Reset]]))
            .exits(&[IDENTIFIED, UNIDENTIFIED, NO_WEBSOCKET])
            .both(),
        unsure(
            Kind::new("101 and 503 in turn").peer(Manner::turns(vec![
                vec![echo()],
                vec![answer("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")],
            ])),
        )
        .both(),
        unsure(Kind::new("one of four things in turn").peer(Manner::turns(vec![
            vec![echo()],
            vec![answer("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")],
            vec![say("SSH-2.0-x\r\n")],
            vec![Step::Reset],
        ])))
        .both(),
    ]
    .concat()
}

/// Those that die of what they are sent. By default they are not sent it, or the death is told.
fn mortal() -> Vec<Kind> {
    let dies = |dies_of| vec![Step::Echo(Echo { dies_of: Some(dies_of), ..Echo::default() })];
    let close = Fatal::Request(|head| head.contains("\nconnection: close"));
    let twice = Fatal::Request(|head| head.matches("\nupgrade: ").count() > 1);
    let version = Fatal::Request(|head| !head.contains("sec-websocket-version: 13"));
    let told = |kind: Kind| kind.exits(&[UNIDENTIFIED]).says("stopped answering|died|gone");
    let polite = |kind: Kind| kind.exits(&[IDENTIFIED]).says("tungstenite");
    let by_close = Kind::server("it dies of `Connection: close`", dies(close));
    let by_twice = Kind::server("it dies of two fields Upgrade", dies(twice));
    let by_version = Kind::server("it dies of another version", dies(version));
    let by_text = Kind::server("it dies of a text", dies(Fatal::Text));
    let first = |moment: super::peer::Moment| if moment.before < 30 { vec![echo()] } else { vec![Step::Reset] };
    vec![
        polite(by_close.clone()),
        told(by_close.thorough()),
        polite(by_twice.clone()),
        told(by_twice.thorough()),
        by_version.clone().exits(&[IDENTIFIED, UNIDENTIFIED]).check(not_from_what_was_left),
        told(by_version.thorough()),
        by_text.clone().exits(&[IDENTIFIED, UNIDENTIFIED]).check(not_from_what_was_left),
        told(by_text.thorough()),
        told(Kind::new("it dies after 30 connections").peer(Manner::by(first)).with("--thorough")),
    ]
}

/// A target that died is not identified.
fn not_from_what_was_left(run: &super::run::Run) -> Option<String> {
    let out = String::from_utf8_lossy(&run.out).to_lowercase();
    let died = out.contains("stopped answering");
    (died && run.code == IDENTIFIED).then(|| "identified from what was left of a target that died".to_owned())
}

/// Those that open a WebSocket and say nothing in it, or nothing that we asked for.
fn mute() -> Vec<Kind> {
    let unidentified = |kind: Kind| kind.exits(&[UNIDENTIFIED]);
    [
        unidentified(Kind::server("a 101, and then nothing", vec![open(""), Step::Hold]).says("never said a word"))
            .both(),
        unidentified(Kind::server("a 101, and then nothing is read", vec![open(""), Step::Wait(60_000)])).both(),
        vec![
            unidentified(
                Kind::server("nothing is read, and heavy probes", vec![open(""), Step::Wait(60_000)])
                    .only("--timeout 0.5 -6 --connections 1 --max-time 20s")
                    .connections(80)
                    .seconds(30.0)
                    .long(),
            ),
            unidentified(Kind::server("a 101, and it hangs up", vec![open("")])),
            unidentified(Kind::server("a 101, and a FIN while it reads on", vec![open(""), Step::HalfClose])),
            unidentified(Kind::server("a 101, and a reset", vec![open(""), Step::Wait(200), Step::Reset])),
            Kind::server("a 101 before the request", vec![say(opening("GET")), say("\r\n"), Step::Hold])
                .exits(&[UNIDENTIFIED, NO_WEBSOCKET]),
        ],
    ]
    .concat()
}

fn random() -> Vec<Kind> {
    let noise = |seed: usize, length: usize| {
        let mut random = fastrand::Rng::with_seed(seed as u64);
        std::iter::repeat_with(|| random.u8(..)).take(length).collect::<Vec<u8>>()
    };
    let frames = Manner::by(move |moment| vec![open(""), say(noise(moment.before, 4096)), Step::Hold]);
    let all = Manner::by(move |moment| vec![answer(noise(moment.before, 4096)), Step::Hold]);
    let echoes = reply(|head| head.to_uppercase().into_bytes());
    [
        Kind::new("random bytes as frames").peer(frames).both(),
        Kind::new("random bytes as everything").peer(all).exits(&[NO_WEBSOCKET]).both(),
        vec![Kind::server("our own request in upper case", vec![echoes]).exits(&[NO_WEBSOCKET])],
    ]
    .concat()
}
