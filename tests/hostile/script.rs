//! What a peer does on one connection, step by step.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::wire::Wire;

/// What is answered, made of the head of a request.
pub type Answer = dyn Fn(&str) -> Vec<u8> + Send + Sync;

/// What is said to some bytes.
pub type Reaction = fn(&[u8]) -> Vec<u8>;

/// One step. Where the last is done, the connection is closed.
#[derive(Clone)]
pub enum Step {
    /// Says these bytes.
    Say(Arc<[u8]>),
    /// Reads a request's head.
    Ask,
    /// Reads whatever comes first.
    Read,
    /// Reads a request and answers what this makes of its head.
    Reply(Arc<Answer>),
    /// Says these bytes one by one, each after so many milliseconds.
    Drip(Arc<[u8]>, u64),
    /// Says these bytes again and again, as fast as they are taken.
    Forever(Arc<[u8]>),
    /// Says these bytes each so many milliseconds, and reads.
    Beat(Arc<[u8]>, u64),
    /// Says, to each ping, what this makes of its payload.
    Pings(Reaction),
    /// Says, to each piece that comes, what this makes of it.
    Pieces(Reaction),
    /// Waits so many milliseconds.
    Wait(u64),
    /// Reads until the other side hangs up.
    Hold,
    /// Ends our direction and reads on.
    HalfClose,
    /// Ends the connection with a reset.
    Reset,
    /// Serves as an honest echo server that is made of tungstenite.
    Echo(Echo),
}

/// An honest echo server, and what is odd about it.
#[derive(Clone, Default)]
pub struct Echo {
    /// Field lines that its 101 has as well; `{n}` is the number of the connection.
    pub fields: &'static str,
    /// Bytes that follow the 101 at once.
    pub greeting: Arc<[u8]>,
    /// What it dies of, as a process does.
    pub dies_of: Option<Fatal>,
    /// What it waits before each answer, in milliseconds.
    pub late: u64,
}

/// What a server dies of.
#[derive(Clone, Copy)]
pub enum Fatal {
    /// A request of this kind.
    Request(fn(&str) -> bool),
    /// Any text.
    Text,
}

/// Escape, bell, a C1 control both raw and as UTF-8, backspace, and a text turned around.
pub const NASTY: &[u8] = b"\x1b[2J\x1b]0;owned\x07\x9b31m\xc2\x9b31m\x08\x7f\xe2\x80\xae";

/// What one connection of a peer is played with.
pub struct Stage<'a> {
    pub number: usize,
    pub dead: &'a AtomicBool,
}

/// Plays all steps.
pub async fn play(wire: &mut Wire, script: &[Step], stage: &Stage<'_>) -> io::Result<()> {
    for step in script {
        match step {
            Step::Say(bytes) => wire.say(bytes).await?,
            Step::Ask => drop(request(wire).await),
            Step::Read => drop(wire.hear().await),
            Step::Reply(make) => {
                let head = request(wire).await;
                wire.say(&make(&head)).await?;
            }
            Step::Drip(bytes, pause) => say_slowly(wire, bytes, *pause).await?,
            Step::Forever(bytes) => say_forever(wire, bytes).await?,
            Step::Beat(bytes, pause) => say_regularly(wire, bytes, *pause).await?,
            Step::Pings(make) => pings(wire, *make).await?,
            Step::Pieces(make) => pieces(wire, *make).await?,
            Step::Wait(pause) => tokio::time::sleep(Duration::from_millis(*pause)).await,
            Step::Hold => wire.drain().await,
            Step::HalfClose => {
                wire.shutdown().await?;
                wire.drain().await;
            }
            Step::Reset => {
                // A little time for what was said: a reset overtakes what has not been read.
                tokio::time::sleep(Duration::from_millis(20)).await;
                wire.end_with_a_reset();
                return Ok(());
            }
            Step::Echo(echo) => return serve(wire, echo, stage).await,
        }
    }
    Ok(())
}

/// Reads until the empty line; what was read.
async fn request(wire: &mut Wire) -> String {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        let more = wire.hear().await;
        if more.is_empty() {
            break;
        }
        bytes.extend_from_slice(&more);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The value of a field in a request's head.
pub fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The field line that answers a request's key.
pub fn accept_of(head: &str) -> String {
    let key = field(head, "Sec-WebSocket-Key").unwrap_or_default();
    format!("Sec-WebSocket-Accept: {}\r\n", derive_accept_key(key.as_bytes()))
}

/// A 101 that opens a WebSocket for this request, without its last empty line.
pub fn opening(head: &str) -> String {
    format!("HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{}", accept_of(head))
}

async fn say_slowly(wire: &mut Wire, bytes: &[u8], pause: u64) -> io::Result<()> {
    wire.send_at_once();
    for byte in bytes {
        wire.say(&[*byte]).await?;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    Ok(())
}

async fn say_forever(wire: &mut Wire, bytes: &[u8]) -> io::Result<()> {
    let chunk = bytes.repeat(1 + 16_384 / bytes.len());
    loop {
        wire.say(&chunk).await?;
    }
}

async fn say_regularly(wire: &mut Wire, bytes: &[u8], pause: u64) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let mut ticks = tokio::time::interval(Duration::from_millis(pause));
    loop {
        tokio::select! {
            _ = ticks.tick() => wire.say(bytes).await?,
            read = wire.read(&mut buffer) => if read? == 0 { return Ok(()) },
        }
    }
}

async fn pieces(wire: &mut Wire, make: fn(&[u8]) -> Vec<u8>) -> io::Result<()> {
    loop {
        let piece = wire.hear().await;
        if piece.is_empty() {
            return Ok(());
        }
        wire.say(&make(&piece)).await?;
    }
}

async fn pings(wire: &mut Wire, make: fn(&[u8]) -> Vec<u8>) -> io::Result<()> {
    loop {
        let (opcode, payload) = frame(wire).await?;
        match opcode {
            8 => return wire.say(&[&[0x88, payload.len() as u8], payload.as_slice()].concat()).await,
            9 => wire.say(&make(&payload)).await?,
            _ => {}
        }
    }
}

/// Reads a masked frame: its opcode and its payload.
async fn frame(wire: &mut Wire) -> io::Result<(u8, Vec<u8>)> {
    let (first, second) = (wire.read_u8().await?, wire.read_u8().await?);
    let length = match second & 0x7f {
        126 => u64::from(wire.read_u16().await?),
        127 => wire.read_u64().await?,
        short => u64::from(short),
    };
    let mut mask = [0; 4];
    if second & 0x80 != 0 {
        wire.read_exact(&mut mask).await?;
    }
    let mut payload = vec![0; usize::try_from(length.min(1 << 20)).unwrap_or_default()];
    wire.read_exact(&mut payload).await?;
    payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    Ok((first & 15, payload))
}

async fn serve(wire: &mut Wire, echo: &Echo, stage: &Stage<'_>) -> io::Result<()> {
    if let Some(Fatal::Request(is_fatal)) = echo.dies_of {
        let head = request(wire).await;
        if is_fatal(&head.to_ascii_lowercase()) {
            return die(wire, stage);
        }
        wire.unread(head.into_bytes());
    }
    let fields = echo.fields.replace("{n}", &format!("{:08x}", (stage.number as u32 + 1).wrapping_mul(0x9e37_79b9)));
    #[allow(clippy::result_large_err, reason = "tungstenite wants it so")]
    let add = |_: &Request, mut response: Response| {
        for (name, value) in fields.lines().filter_map(|line| line.split_once(": ")) {
            let name = tokio_tungstenite::tungstenite::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            response.headers_mut().append(name, value.parse().unwrap());
        }
        Ok(response)
    };
    // There are hundreds of connections at a time.
    let small = WebSocketConfig::default().read_buffer_size(4096);
    let late = Duration::from_millis(echo.late);
    tokio::time::sleep(late).await;
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async_with_config(&mut *wire, add, Some(small)).await else {
        return Ok(());
    };
    socket.get_mut().say(&echo.greeting).await?;
    while let Some(Ok(message)) = socket.next().await {
        if !matches!(message, Message::Text(_) | Message::Binary(_)) {
            continue;
        }
        if matches!((echo.dies_of, &message), (Some(Fatal::Text), Message::Text(_))) {
            drop(socket);
            return die(wire, stage);
        }
        tokio::time::sleep(late).await;
        if socket.send(message).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn die(wire: &Wire, stage: &Stage<'_>) -> io::Result<()> {
    stage.dead.store(true, Ordering::SeqCst);
    wire.end_with_a_reset();
    Ok(())
}

/// Says bytes.
pub fn say(bytes: impl Into<Vec<u8>>) -> Step {
    Step::Say(bytes.into().into())
}

/// Reads a request and answers with these bytes, whatever it was.
pub fn answer(bytes: impl Into<Vec<u8>>) -> Step {
    let bytes = bytes.into();
    reply(move |_| bytes.clone())
}

/// Reads a request and answers what `make` makes of its head.
pub fn reply(make: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Step {
    Step::Reply(Arc::new(make))
}

/// Opens a WebSocket, with more field lines.
pub fn open(fields: impl Into<Vec<u8>>) -> Step {
    let fields = fields.into();
    reply(move |head| [opening(head).as_bytes(), &fields, b"\r\n"].concat())
}

/// Says bytes one by one.
pub fn drip(bytes: impl Into<Vec<u8>>, pause: u64) -> Step {
    Step::Drip(bytes.into().into(), pause)
}

/// Says bytes without end.
pub fn forever(bytes: impl Into<Vec<u8>>) -> Step {
    Step::Forever(bytes.into().into())
}

/// Says bytes each so many milliseconds without end.
pub fn beat(bytes: impl Into<Vec<u8>>, pause: u64) -> Step {
    Step::Beat(bytes.into().into(), pause)
}

/// An honest echo server.
pub fn echo() -> Step {
    Step::Echo(Echo::default())
}

/// A frame of a server: its first byte, and a payload.
pub fn frame_of(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let head = match length {
        0..=125 => vec![first, length as u8],
        126..=0xffff => [&[first, 126], (length as u16).to_be_bytes().as_slice()].concat(),
        _ => [&[first, 127], (length as u64).to_be_bytes().as_slice()].concat(),
    };
    [head.as_slice(), payload].concat()
}
