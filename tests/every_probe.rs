//! Every probe against scripted peers: one that keeps to the RFC, one that refuses, one that says nothing, one that
//! dies. What is observed is in the snapshots, one probe a line.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use stews::observation::{End, Observation, Reply};
use stews::play::{Pace, PlayConfig, play};
use stews::probe::{ALL, Probe, ProbeId, RequestContext, Risk, Variation};
use stews::wire::handshake::accept_for;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio_tungstenite::tungstenite::Message;

const PACE: Pace = Pace {
    patience: Duration::from_millis(500),
    quiet: Duration::from_millis(500),
    linger: Duration::from_millis(50),
    drip: Duration::from_millis(20),
    deadline: Duration::from_secs(60),
};

/// Plays all probes against peers that `serve` makes, and checks what holds for any observation.
async fn observe_all<F, T>(serve: F) -> Vec<(&'static Probe, Observation)>
where
    F: Fn(DuplexStream) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    let context = RequestContext::new(false, "h:1", "/");
    let variation = Variation::default();
    let mut seen = Vec::new();
    for probe in ALL.iter().copied() {
        let (ours, theirs) = duplex(64 * 1024);
        tokio::spawn(serve(theirs));
        let settings = PlayConfig {
            context: &context,
            variation: &variation,
            pace: PACE,
            fences: true,
            talk: PlayConfig::TALK,
            tap: &(),
        };
        let start = tokio::time::Instant::now();
        let played = play(ours, probe, settings).await;
        assert!(start.elapsed() <= PACE.deadline, "{}", probe.id);
        let line = played.observation.to_string();
        assert_eq!(line.parse(), Ok(played.observation.clone()), "{}", probe.id);
        assert_ne!(played.observation.end, End::Cut, "{}: {line}", probe.id);
        seen.push((probe, played.observation));
    }
    seen
}

/// One probe a line; a reply like the baseline's is left out.
fn table(seen: &[(&Probe, Observation)]) -> String {
    let (_, baseline) = seen.iter().find(|(probe, _)| probe.id == ProbeId::BASELINE).unwrap();
    let mut text = format!("{}\n", baseline.reply);
    for (probe, observation) in seen {
        writeln!(text, "{} {}", probe.id, observation.clone().relative_to(&baseline.reply)).unwrap();
    }
    text
}

/// Reads a request to its empty line.
async fn request(stream: &mut DuplexStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Accepts whatever comes.
async fn accept(stream: &mut DuplexStream) {
    let request = request(stream).await;
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let head = format!("HTTP/1.1 101 Go\r\nSec-WebSocket-Accept: {}\r\n\r\n", accept_for(key));
    let _ = stream.write_all(head.as_bytes()).await;
}

async fn drain(stream: &mut DuplexStream) {
    let mut buffer = [0; 16 * 1024];
    while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

#[tokio::test(start_paused = true)]
async fn a_polite_peer() {
    let seen = observe_all(|stream| async move {
        let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
        while let Some(Ok(message)) = socket.next().await {
            if matches!(message, Message::Text(_) | Message::Binary(_)) && socket.send(message).await.is_err() {
                return;
            }
        }
    })
    .await;
    for (probe, observation) in &seen {
        let closes = observation.close().is_some() || probe.is_slow();
        let half = probe.group == "half-close";
        if probe.risk == Risk::Polite && observation.reply.is_upgrade() && !closes && !half {
            assert_eq!(observation.end, End::Alive, "{}: {observation}", probe.id);
        }
    }
    insta::assert_snapshot!("polite", table(&seen));
}

#[tokio::test(start_paused = true)]
async fn a_refusing_peer() {
    let seen = observe_all(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\nno").await;
        drain(&mut stream).await;
    })
    .await;
    for (probe, observation) in &seen {
        assert_eq!(observation.reply.status(), Some(400), "{}", probe.id);
        assert!(observation.events.is_empty() && observation.end == End::Alive, "{}: {observation}", probe.id);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer() {
    let seen = observe_all(|mut stream| async move {
        accept(&mut stream).await;
        drain(&mut stream).await;
    })
    .await;
    for (probe, observation) in &seen {
        let half = observation.end == End::Fin && probe.group == "half-close";
        assert!(observation.end == End::Silent || half, "{}: {observation}", probe.id);
        assert!(observation.reply.is_upgrade() && observation.events.is_empty(), "{}: {observation}", probe.id);
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_dies_at_the_first_byte() {
    let seen = observe_all(|mut stream| async move {
        accept(&mut stream).await;
        let _ = stream.read_u8().await;
    })
    .await;
    for (probe, observation) in &seen {
        assert!(matches!(observation.reply, Reply::Response { .. }), "{}: {observation}", probe.id);
        // What waits in silence is never heard, so nobody dies of it.
        let unheard = probe.id.number() == 960;
        let dead = matches!(observation.end, End::Fin | End::Broken | End::Reset);
        assert!(dead || unheard, "{}: {observation}", probe.id);
    }
    insta::assert_snapshot!("dying", table(&seen));
}
