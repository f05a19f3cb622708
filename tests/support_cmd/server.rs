//! A deterministic server on loopback that records what it was sent, and the command under test.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assert_cmd::Command;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// What the server does with a connection.
#[derive(Clone, Copy)]
pub enum Manner {
    /// Echoes messages, answers pings, and closes with 1002 on what is not legal.
    Strict,
    /// As [`Manner::Strict`], but takes frames without a mask.
    Lax,
    /// As [`Manner::Strict`], in other words and with other codes.
    Other,
    /// As [`Manner::Strict`], but says nothing to a request that is not the legal one.
    SilentToStrangers,
    /// [`Manner::Strict`] and [`Manner::Other`] by turns, one connection each: two back ends behind one address.
    Turns,
    /// Answers every request with these bytes and hangs up.
    Says(&'static str),
}

/// A frame as its head declares it.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// The three reserved bits.
    pub rsv: u8,
    /// The opcode.
    pub opcode: u8,
    /// The length of the payload.
    pub length: u64,
}

/// What was received, over all connections.
#[derive(Default)]
pub struct Received {
    heads: Mutex<Vec<String>>,
    frames: Mutex<Vec<Declared>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// A server that runs until the test ends.
pub struct Server {
    /// Where it listens.
    pub address: Ipv4Addr,
    /// Where it listens there.
    pub port: u16,
    received: Arc<Received>,
}

impl Server {
    /// Starts it on a free port.
    pub fn start(manner: Manner) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST, manner)
    }

    /// Starts it on a free port of a loopback address.
    pub fn start_at(address: Ipv4Addr, manner: Manner) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Received::default());
        let shared = received.clone();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let manner = match manner {
                    Manner::Turns if number % 2 == 0 => Manner::Strict,
                    Manner::Turns => Manner::Other,
                    always => always,
                };
                let shared = shared.clone();
                std::thread::spawn(move || {
                    let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
                    shared.most_open.fetch_max(open, Ordering::SeqCst);
                    // A peer that goes away early is what several probes do.
                    let _ = serve(stream, manner, &shared);
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, port, received }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("ws://{}:{}/", self.address, self.port)
    }

    /// All request heads so far.
    pub fn heads(&self) -> Vec<String> {
        self.received.heads.lock().unwrap().clone()
    }

    /// The values that a field had in any request.
    pub fn values(&self, name: &str) -> BTreeSet<String> {
        self.heads().iter().filter_map(|head| field(head, name)).collect()
    }

    /// All frames so far.
    pub fn frames(&self) -> Vec<Declared> {
        self.received.frames.lock().unwrap().clone()
    }

    /// The most connections that were open at a time.
    pub fn most_open(&self) -> usize {
        self.received.most_open.load(Ordering::SeqCst)
    }
}

/// The value of a field in a request head.
pub fn field(head: &str, name: &str) -> Option<String> {
    head.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// The tool, with nothing in its environment that changes what it prints.
pub fn stews(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stews"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "RUST_BACKTRACE", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.args(arguments).timeout(Duration::from_secs(60));
    command
}

/// What a finished run left behind.
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs the tool to its end.
pub fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().expect("ended by a signal: it took too long");
    Ran { code, out: text(output.stdout), err: text(output.stderr) }
}

fn serve(mut stream: TcpStream, manner: Manner, received: &Received) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    received.heads.lock().unwrap().push(head.clone());
    if let Manner::Says(answer) = manner {
        stream.write_all(answer.as_bytes())?;
        return linger(stream);
    }
    let legal = head.starts_with("GET ")
        && head.lines().next().is_some_and(|line| line.ends_with(" HTTP/1.1"))
        && field(&head, "Upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
        && field(&head, "Sec-WebSocket-Version").as_deref() == Some("13");
    let key = field(&head, "Sec-WebSocket-Key").filter(|_| legal);
    let Some(key) = key else {
        return match manner {
            Manner::SilentToStrangers => stream.read_to_end(&mut Vec::new()).map(|_| ()),
            Manner::Other => {
                stream.write_all(b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n\r\n")?;
                linger(stream)
            }
            _ => {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno\n")?;
                linger(stream)
            }
        };
    };
    let accept = derive_accept_key(key.as_bytes());
    let reason = if matches!(manner, Manner::Other) { "WebSocket Protocol Handshake" } else { "Switching Protocols" };
    let head = format!(
        "HTTP/1.1 101 {reason}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    // One write, so that a trace shows it in one piece.
    stream.write_all(head.as_bytes())?;
    converse(stream, manner, received)
}

fn converse(mut stream: TcpStream, manner: Manner, received: &Received) -> std::io::Result<()> {
    loop {
        let mut start = [0; 2];
        stream.read_exact(&mut start)?;
        let length = match start[1] & 127 {
            126 => {
                let mut bytes = [0; 2];
                stream.read_exact(&mut bytes)?;
                u64::from(u16::from_be_bytes(bytes))
            }
            127 => {
                let mut bytes = [0; 8];
                stream.read_exact(&mut bytes)?;
                u64::from_be_bytes(bytes)
            }
            short => u64::from(short),
        };
        let (rsv, opcode) = (start[0] >> 4 & 7, start[0] & 15);
        received.frames.lock().unwrap().push(Declared { rsv, opcode, length });
        let (code, words): (u16, &str) =
            if matches!(manner, Manner::Other) { (1007, "") } else { (1002, "that is not legal") };
        if length > 65_536 {
            return close(stream, 1009, "too big");
        }
        let masked = start[1] & 128 != 0;
        if rsv != 0 || !(masked || matches!(manner, Manner::Lax)) || !matches!(opcode, 1 | 2 | 8 | 9 | 10) {
            return close(stream, code, words);
        }
        let mut mask = [0; 4];
        if masked {
            stream.read_exact(&mut mask)?;
        }
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload)?;
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        match opcode {
            8 if payload.len() == 1 => return close(stream, code, words),
            8 => {
                send(&mut stream, 8, &payload)?;
                return linger(stream);
            }
            9 => send(&mut stream, 10, &payload)?,
            10 => {}
            _ => send(&mut stream, opcode, &payload)?,
        }
    }
}

fn close(mut stream: TcpStream, code: u16, words: &str) -> std::io::Result<()> {
    let payload = [&code.to_be_bytes()[..], words.as_bytes()].concat();
    send(&mut stream, 8, &payload)?;
    linger(stream)
}

fn send(stream: &mut TcpStream, opcode: u8, payload: &[u8]) -> std::io::Result<()> {
    let mut frame = vec![0x80 | opcode];
    match u16::try_from(payload.len()).unwrap() {
        length @ 0..126 => frame.push(u8::try_from(length).unwrap()),
        length => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend(payload);
    stream.write_all(&frame)
}

/// Ends our side and reads the rest: unread data would turn the end into a reset.
fn linger(mut stream: TcpStream) -> std::io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    std::io::copy(&mut stream, &mut std::io::sink()).map(|_| ())
}
