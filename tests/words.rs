//! What the tool says and shows of what a server sends: the user's own secrets never, anything else no longer than there is room for,
//! and what is wrong by its name.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use serde_json::Value;
use stews::database::{Recording, derive};
use stews::identify::Observations;
use stews::probe::ProbeId;
use stews::wire::handshake::accept_for;
use tempfile::TempDir;

/// The most that is printed of one target for people, and a word on the rest.
const MOST_TEXT: usize = 100_000 + 200;

/// The most of one target in JSON on one line.
const MOST_JSON: usize = 1024 * 1024 + 1024;

/// A report without its lines: words alone.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is said to one request.
type Handler = dyn Fn(&str) -> Vec<u8> + Send + Sync;

/// Serves until the test ends; its port. Behind a 101 with an accept it answers pings and the Close; behind anything else it hangs up.
fn serve(handler: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let handler: Arc<Handler> = Arc::new(handler);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handler = handler.clone();
            std::thread::spawn(move || {
                // A client that goes away early is what several probes do.
                let _ = answer(stream, &*handler);
            });
        }
    });
    port
}

fn answer(mut stream: TcpStream, handler: &Handler) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let reply = handler(&String::from_utf8_lossy(&head));
    stream.write_all(&reply)?;
    let text = String::from_utf8_lossy(&reply);
    if !text.contains(" 101 ") || !text.contains("Sec-WebSocket-Accept") {
        return linger(stream);
    }
    loop {
        let mut start = [0; 2];
        stream.read_exact(&mut start)?;
        let length = usize::from(start[1] & 127);
        if start[0] & 0x70 != 0 || start[1] & 128 == 0 || length > 125 {
            return linger(stream);
        }
        let mut rest = vec![0; 4 + length];
        stream.read_exact(&mut rest)?;
        let mask: [u8; 4] = rest[..4].try_into().unwrap();
        let payload: Vec<u8> = rest[4..].iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        match start[0] & 15 {
            8 => {
                stream.write_all(&frame(8, &payload))?;
                return linger(stream);
            }
            9 => stream.write_all(&frame(10, &payload))?,
            1 | 2 | 10 => {}
            _ => return linger(stream),
        }
    }
}

/// Ends our side and reads the rest: unread data would turn the end into a reset.
fn linger(mut stream: TcpStream) -> std::io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    std::io::copy(&mut stream, &mut std::io::sink()).map(|_| ())
}

fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match u8::try_from(payload.len()).ok().filter(|length| *length < 126) {
        Some(length) => frame.push(length),
        None => {
            frame.push(126);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
    }
    [frame, payload.to_vec()].concat()
}

/// The value of a field of a request.
fn field(head: &str, name: &str) -> Option<String> {
    head.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// A 101 for a request, with more fields, or a refusal of one that has no key.
fn open(head: &str, more: &str) -> Vec<u8> {
    let Some(key) = field(head, "Sec-WebSocket-Key") else {
        return b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n".to_vec();
    };
    let accept = accept_for(&key);
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{more}\r\n"
    )
    .into_bytes()
}

/// What a run printed.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

/// Runs the tool with a small database, so that its matcher takes no time.
fn run(arguments: &[&str]) -> Ran {
    let folder = database();
    let db = folder.path().join("db.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_stews"));
    command
        .env_remove("NO_COLOR")
        .args(["--timeout", "1", "--connections", "32", "--db", db.to_str().unwrap()])
        .args(arguments);
    ran(&command.output().unwrap())
}

fn ran(output: &Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let ran = Ran { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) };
    let harmful = |letter: char| letter.is_control() && letter != '\n' || matches!(letter, '\u{202a}'..='\u{202e}');
    assert!(!ran.out.contains(harmful) && !ran.err.contains(harmful), "{}{}", ran.out, ran.err);
    ran
}

/// Two servers that differ in what the default set asks.
fn database() -> TempDir {
    let known = |product: &str, lines: &[(u16, &str)]| {
        let seen: Observations =
            lines.iter().map(|(probe, line)| (ProbeId::new(*probe), line.parse().unwrap())).collect();
        Recording::of_runs(product, "1.2.3", &[seen])
    };
    let open = "HTTP/1.1 101 Switching Protocols {Upgrade: websocket, Connection: Upgrade} | alive";
    let ws = known("ws", &[(309, open), (203, "close 1002 | fin"), (100, "text 1 echo, fence, text 1 echo | alive")]);
    let tornado = known("tornado", &[(309, open), (203, "| fin"), (100, "close 1007 | fin"), (105, "close | fin")]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("db.json"), derive(&[ws, tornado], &[]).to_text()).unwrap();
    folder
}

/// Each way to print and to scan.
const WAYS: [&[&str]; 6] = [
    &[],
    &["--format", "json"],
    &["--format", "jsonl"],
    &["--thorough", "-d"],
    &["--thorough", "--format", "json", "--explain"],
    &["-g", "-1", "-3"],
];

// Secrets.

/// Every value that the user gave, as each of these options gives it.
const SECRETS: [&str; 12] = [
    "-H",
    "Authorization: Bearer SECRET-aaaa-1111/x",
    "-H",
    "X-Api-Key: \"SECRET<bbbb>2222\"",
    "--cookie",
    "sid=SECRETcccc3333; theme=SECRETdddd",
    "--subprotocol",
    "bearer.SECRETeeee4444",
    "-o",
    "https://secretffff5555.example",
    "-H",
    "Proxy-Authorization: Basic U0VDUkVUdXNlcjpTRUNSRVRwYXNz",
];

const SECRET_QUERY: &str = "?token=SECRETgggg6666%2Fx&v=1&SECREThhhh7777";

/// All that may give the request's secrets back: as they came, as URLs, HTML, JSON and base64 write them, and decoded.
fn reflected(head: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in head.lines().filter(|line| line.to_ascii_uppercase().contains("SECRET") || line.contains("U0VDUkVU")) {
        let value = line.split_once(": ").map_or(line, |(_, value)| value);
        all.push(line.to_owned());
        all.push(value.to_ascii_lowercase());
        all.push(value.replace('&', "&amp;").replace('"', "&quot;"));
        all.push(value.replace('"', "\\\"").replace('/', "\\/"));
        all.push(value.split(' ').next_back().unwrap().to_owned());
        all.extend(value.split([';', '=', '?', '&']).map(|part| part.trim().to_owned()));
        all.push(base64::engine::general_purpose::STANDARD.encode(value));
    }
    all.extend(["SECRETuser", "SECRETpass", "SECRETgggg6666/x"].map(str::to_owned));
    all
}

fn assert_no_secret(ran: &Ran, way: &[&str]) {
    for text in [&ran.out, &ran.err] {
        let text = text.to_ascii_lowercase();
        for trace in ["secret", "u0vdukvu", "uovdukvu"] {
            if let Some(at) = text.find(trace) {
                panic!("{way:?}: {}", &text[at.saturating_sub(200)..(at + 100).min(text.len())]);
            }
        }
    }
}

fn with_secrets(port: u16, way: &[&str]) -> Ran {
    let url = format!("ws://127.0.0.1:{port}/chat{SECRET_QUERY}");
    run(&[way, &SECRETS, &[&url]].concat())
}

#[test]
fn the_users_secrets_come_back_in_no_output_of_a_refusal() {
    let port = serve(|head| {
        let all = reflected(head).join(" | ");
        let (fields, page) = (format!("Server: {all}\r\nX-{}: x\r\n", "SECRETcccc3333"), all.as_str());
        format!(
            "HTTP/1.1 401 No {all}\r\n{fields}Location: /login?from={all}\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        )
        .into_bytes()
    });
    for way in WAYS {
        let ran = with_secrets(port, way);
        assert_eq!(ran.code, 3, "{way:?}: {}{}", ran.out, ran.err);
        assert_no_secret(&ran, way);
        assert!(ran.out.contains("401") || ran.err.contains("401"), "{way:?}: {}{}", ran.out, ran.err);
    }
    let ran = with_secrets(port, &[]);
    assert!(ran.out.contains("/chat?token=<hidden>&v=1&<hidden>  "), "{}", ran.out);
}

#[test]
fn the_users_secrets_come_back_in_no_output_of_a_websocket() {
    for (closes, ways) in [(false, &WAYS[..]), (true, &WAYS[..2])] {
        let port = serve(move |head| {
            let all = reflected(head);
            let more = format!("Server: {}\r\nX-Echo: {}\r\nSet-Cookie: SECRETdddd=1\r\n", all[0], all.join(" "));
            let mut reply = open(head, &more);
            for text in &all {
                reply.extend(frame(1, text.as_bytes()));
            }
            if closes {
                reply.extend(frame(8, &[&1008_u16.to_be_bytes()[..], b"bad SECRETcccc3333"].concat()));
            }
            reply
        });
        for way in ways {
            let ran = with_secrets(port, way);
            assert_no_secret(&ran, way);
            assert_ne!(ran.code, 2, "{way:?}: {}{}", ran.out, ran.err);
        }
    }
}

#[test]
fn an_error_quotes_no_secret() {
    for arguments in [
        &["127.0.0.1", "-H", "Authorization Bearer SECRET"][..],
        &["127.0.0.1", "-H", "SECRET"],
        &["127.0.0.1", "-H", "SECRET/SECRET="],
        &["127.0.0.1", "-H", "X: SECRET\r\nY: z"],
        &["127.0.0.1", "--cookie", "a=SECRET\n"],
        &["127.0.0.1:0/?token=SECRETaaaa"],
        &["ws://127.0.0.1/?SECRETaaaa#top"],
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(ran.err.starts_with("error: ") && !ran.err.contains("SECRET"), "{arguments:?}: {}", ran.err);
    }
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    for way in [&[][..], &["--format", "json"]] {
        let ran = with_secrets(nobody, way);
        assert_eq!(ran.code, 6);
        assert_no_secret(&ran, way);
    }
}

/// Words that everybody uses are no secrets, and what a server says stays as it is.
#[test]
fn an_ordinary_option_shreds_nothing() {
    let port = serve(|head| open(head, "Server: websocket true 1 lobby\r\nX-Room: lob\r\n"));
    let more = ["-H", "X-Flag: true", "--cookie", "a=1; b=lob", "-H", "Connection: Upgrade", "-H", "Accept: websocket"];
    let plain = run(&["-g", &format!("ws://127.0.0.1:{port}/")]);
    let ran = run(&[&more[..], &["-g", &format!("ws://127.0.0.1:{port}/?v=1&transport=websocket")]].concat());
    assert_eq!((plain.code, ran.code), (0, 0), "{}{}", plain.err, ran.err);
    assert!(ran.out.contains("Server: websocket true 1 lobby") && ran.out.contains("X-Room: lob"), "{}", ran.out);
}

// How much is printed.

fn assert_short(ran: &Ran, way: &[&str]) {
    if way.contains(&"-g") {
        return;
    }
    let most = if way.contains(&"--format") { MOST_JSON } else { MOST_TEXT };
    // A document has white space that a line has not.
    let out = serde_json::from_str::<Value>(&ran.out).map_or_else(|_| ran.out.clone(), |value| value.to_string());
    assert!(out.len() <= most, "{way:?}: {} bytes", out.len());
    if !way.contains(&"--format") {
        let printed = ran.out.split("\n{\n").next().unwrap();
        let longest = printed.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(longest < 700, "{way:?}: a line of {longest}");
    }
    let longest = ran.err.lines().map(str::len).max().unwrap_or_default();
    assert!(longest < 4400, "{way:?}: a line of {longest} on standard error");
}

#[test]
fn a_refusal_that_says_much_is_told_in_little() {
    let long = "\u{1b}[2J".repeat(2000).replace('\u{1b}', "\u{fc}");
    let port = serve(move |_| {
        let fields = format!(
            "Location: /{long}\r\nServer: {long}\r\nVia: {long}\r\nX-Powered-By: {long}\r\nRetry-After: {long}\r\n"
        );
        format!("HTTP/1.1 302 {long}\r\n{fields}\r\n{long}").into_bytes()
    });
    for way in WAYS {
        let ran = run(&[way, &[&format!("ws://127.0.0.1:{port}/{}", "x".repeat(2000))]].concat());
        assert_eq!(ran.code, 3, "{way:?}: {}", ran.err);
        assert_short(&ran, way);
    }
}

#[test]
fn a_websocket_that_says_much_is_told_in_little_and_recorded_whole() {
    let port = serve(|head| {
        let fields: String = (0..40).map(|number| format!("X-{number}: {}\r\n", "\\\"".repeat(700))).collect();
        // Other words each time, so that none of it is told once for all.
        let line = head.lines().next().unwrap_or_default().len() + head.len();
        let mut reply = open(head, &format!("Server: {} {line}\r\n{fields}", "y".repeat(5000)));
        (0..60).for_each(|_| reply.extend(frame(1, "\u{1}".repeat(125).as_bytes())));
        reply
    });
    for way in WAYS {
        let ran = run(&[way, &[&format!("ws://127.0.0.1:{port}/")]].concat());
        assert_ne!(ran.code, 2, "{way:?}: {}", ran.err);
        assert_short(&ran, way);
        if way.contains(&"-g") {
            let recording: Recording = serde_json::from_str(&ran.out).unwrap();
            assert!(recording.observations.len() > 50);
            assert!(ran.out.contains("<cut>"), "what is not kept is told");
        }
    }
}

/// One value of a field is one banner, whatever it holds.
#[test]
fn a_bomb_of_banners_is_one() {
    let bomb: String = (0..6000).map(|number| format!(", a{number}: x")).collect();
    for refuses in [true, false] {
        let bomb = bomb.clone();
        let port = serve(move |head| match refuses {
            true => format!("HTTP/1.1 404 No\r\nServer: x{bomb}\r\nContent-Length: 0\r\n\r\n").into_bytes(),
            false => open(head, &format!("Server: x{bomb}\r\n")),
        });
        for way in [&["--format", "json"][..], &["--format", "json", "--thorough"]] {
            let ran = run(&[way, &[&format!("ws://127.0.0.1:{port}/")]].concat());
            let banners = ran.json()["targets"][0]["banners"].as_array().unwrap().len();
            assert_eq!(banners, 1, "{way:?}, refuses: {refuses}");
            assert_short(&ran, way);
        }
    }
}

// What is wrong, and what to try.

#[test]
fn http_that_breaks_a_rule_is_told_by_the_rule() {
    let fields = "A: b\r\n".repeat(129);
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(50);
    for (answer, words) in [
        (format!("HTTP/1.1 200 OK\r\n{fields}\r\n"), "more than 128 header fields"),
        (format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(90_000)), "a head of more than 64 KiB"),
        ("HTTP/1.1 200 OK\r\nX-Bad: a\x01b\r\n\r\n".to_owned(), "a control character in the field \"X-Bad\""),
        ("HTTP/1.1 404 No\r\nno field\r\n\r\n".to_owned(), "a line that is no field, \"no field\""),
        ("HTTP/2.0 200 OK\r\n\r\n".to_owned(), "in no version of HTTP/1"),
        (interim, "announces an answer (HTTP 1xx, 50 times) and never gives it"),
    ] {
        for more in [&[][..], &["--thorough"]] {
            let answer = answer.clone();
            let port = serve(move |_| answer.clone().into_bytes());
            let ran = run(&[more, &[&format!("ws://127.0.0.1:{port}/")]].concat());
            assert_eq!(ran.code, 3, "{words}: {}{}", ran.out, ran.err);
            assert!(ran.out.contains(words) && !ran.out.contains("does not speak HTTP"), "{words}: {}", ran.out);
        }
    }
}

#[test]
fn a_malformed_field_in_a_101_is_passed_over_and_told() {
    for (line, words) in [
        ("no field", "a line that is no field, \"no field\""),
        ("X Y: z", "a line that is no field, \"X Y: z\""),
        ("X-Bad: a\x01b", "a control character in the field \"X-Bad\""),
    ] {
        let port = serve(move |head| open(head, &format!("{line}\r\n")));
        let ran = run(&[&format!("ws://127.0.0.1:{port}/")]);
        assert!(ran.code < 2 && ran.out.contains(words), "{line}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains("  engine     "), "{}", ran.out);
    }
    // What others forgive without a word is forgiven without one.
    let port = serve(|head| open(head, "X-Fold: a\r\n b\r\nX-Space : c\r\nX-Latin: \u{fc}\r\n"));
    let ran = run(&[&format!("ws://127.0.0.1:{port}/")]);
    assert!(ran.code < 2 && !ran.out.contains("Malformed"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_redirect_is_told_as_the_url_to_give() {
    let location = |port: u16, text: &str| text.replace("PORT", &port.to_string());
    for (sent, told) in [
        (
            "/login?next=%2Fchat",
            "it redirects to ws://127.0.0.1:PORT/login?next=%2Fchat (HTTP 302 Found); redirects are not followed, give that URL",
        ),
        ("http://127.0.0.1:PORT/chat/", "it redirects to ws://127.0.0.1:PORT/chat/ ("),
        ("chat", "it redirects to the very URL that was asked, ws://127.0.0.1:PORT/chat ("),
        ("https://other.example/chat", "it redirects to another host, wss://other.example/chat ("),
        ("", "it redirects without saying where to (HTTP 302 Found)"),
    ] {
        // The port is known once the server runs.
        let port = serve(move |head| {
            let host = field(head, "Host").unwrap_or_default();
            let port = host.rsplit(':').next().unwrap_or_default();
            let sent = sent.replace("PORT", port);
            format!("HTTP/1.1 302 Found\r\nLocation: {sent}\r\nContent-Length: 0\r\n\r\n").into_bytes()
        });
        for more in [&[][..], &["--thorough"], &["--format", "json"]] {
            let ran = run(&[more, &[&format!("ws://127.0.0.1:{port}/chat")]].concat());
            assert_eq!(ran.code, 3);
            assert!(ran.out.contains(&location(port, told)), "{told}: {}", ran.out);
            let said = ran.out.lines().filter(|line| line.contains("it redirects"));
            assert!(said.clone().count() == 1 && said.clone().all(|line| !line.contains('<')), "{}", ran.out);
        }
    }
}

#[test]
fn a_close_at_once_is_told_first() {
    for (code, reason, advice) in [
        (1008, "unauthorized", "it wants credentials"),
        (4401, "", "it wants credentials"),
        (4406, "Subprotocol not acceptable", "--subprotocol"),
    ] {
        let port = serve(move |head| {
            let close = frame(8, &[&u16::to_be_bytes(code)[..], reason.as_bytes()].concat());
            let mut reply = open(head, "");
            if reply.starts_with(b"HTTP/1.1 101") {
                reply.extend(close);
            }
            reply
        });
        for more in [&[][..], &["--thorough"]] {
            let url = format!("ws://127.0.0.1:{port}/");
            let ran = run(&[more, &[&url]].concat());
            let second = ran.out.lines().nth(1).unwrap();
            assert!(
                second.starts_with(&format!("  closes     it opens a WebSocket and closes it at once with {code}")),
                "{second}"
            );
            let told = words(&ran.out);
            assert!(told.contains(advice) && told.contains(reason), "{}", ran.out);
            assert!(!ran.out.contains("please contribute"), "{}", ran.out);
            let target = run(&[more, &["--format", "json", &url]].concat()).json()["targets"][0].clone();
            assert_eq!(
                (&target["closed_at_once"]["code"], &target["closed_at_once"]["reason"]),
                (&code.into(), &reason.into())
            );
            assert!(target["recording"].is_null());
        }
    }
    let port = serve(|head| open(head, ""));
    let json = run(&["--format", "json", &format!("ws://127.0.0.1:{port}/")]).json();
    assert!(json["targets"][0]["closed_at_once"].is_null());
}

#[test]
fn what_opened_the_door_is_told_as_the_option_to_give() {
    type Wants = fn(&str) -> bool;
    let without_origin: Wants = |head| field(head, "Origin").is_none();
    let with_mqtt: Wants = |head| field(head, "Sec-WebSocket-Protocol").is_some_and(|names| names == "mqtt");
    let engine_io: Wants = |head| head.lines().next().is_some_and(|line| line.contains("EIO=4"));
    for (wants, option, more) in
        [(without_origin, "give --origin none to", ""), (engine_io, "?EIO=4&transport=websocket to", "")]
    {
        let port = serve(move |head| {
            if wants(head) { open(head, more) } else { b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_vec() }
        });
        let url = format!("ws://127.0.0.1:{port}/");
        for thorough in [&[][..], &["--thorough"]] {
            let ran = run(&[thorough, &[&url]].concat());
            assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
            assert!(ran.out.contains(option), "{option}: {}", ran.out);
        }
        let json = run(&["--format", "json", &url]).json();
        assert!(!json["targets"][0]["opened_by"].as_array().unwrap().is_empty());
    }
    // Of many subprotocols the one that was taken; and giving it opens the door.
    let port = serve(move |head| {
        let offer = field(head, "Sec-WebSocket-Protocol").unwrap_or_default();
        if with_mqtt(head) || offer.split(", ").any(|name| name == "mqtt") {
            return open(head, "Sec-WebSocket-Protocol: mqtt\r\n");
        }
        b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n".to_vec()
    });
    let url = format!("ws://127.0.0.1:{port}/");
    let ran = run(&[&url]);
    assert!(ran.out.contains("give --subprotocol mqtt to"), "{}", ran.out);
    assert!(run(&["--subprotocol", "mqtt", &url]).code < 2);
}
