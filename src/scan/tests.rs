use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex};
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::connection::Connected;
use crate::probe::{ALL, Risk};

/// What a connection meets with.
#[derive(Clone, Copy)]
enum Door {
    /// A server that keeps to the RFC and echoes.
    Echo,
    /// A 101, then nothing.
    Mute,
    /// This answer, then the end.
    Says(&'static str),
    /// Nobody listens.
    Shut,
}

/// A target in memory: how the connection of a number, counted from 0, is answered.
struct Building<F> {
    door: F,
    dials: AtomicUsize,
    open: Arc<AtomicUsize>,
    most_open: AtomicUsize,
}

impl<F: Fn(usize) -> Door + Send + Sync> Building<F> {
    fn new(door: F) -> Self {
        Self { door, dials: AtomicUsize::new(0), open: Arc::default(), most_open: AtomicUsize::new(0) }
    }

    fn dials(&self) -> usize {
        self.dials.load(Ordering::SeqCst)
    }
}

impl<F: Fn(usize) -> Door + Send + Sync> Dial for Building<F> {
    async fn dial(&self) -> Result<Connected, DialError> {
        let door = (self.door)(self.dials.fetch_add(1, Ordering::SeqCst));
        if matches!(door, Door::Shut) {
            return Err(DialError::Refused("h:1".to_owned()));
        }
        let (ours, theirs) = duplex(4096);
        let now = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_open.fetch_max(now, Ordering::SeqCst);
        tokio::spawn(serve(door, theirs));
        let stream = Box::new(Counted(ours, self.open.clone()));
        Ok(Connected { stream, connect_time: Duration::from_millis(1) })
    }
}

async fn serve(door: Door, mut stream: DuplexStream) {
    match door {
        Door::Shut => {}
        Door::Echo => {
            let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
            while let Some(Ok(message)) = socket.next().await {
                if matches!(message, Message::Text(_) | Message::Binary(_)) && socket.send(message).await.is_err() {
                    return;
                }
            }
        }
        Door::Mute => {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(b"HTTP/1.1 101 Go\r\n\r\n").await;
            while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
        }
        Door::Says(text) => {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(text.as_bytes()).await;
        }
    }
}

/// A stream that is counted as open until it is dropped.
struct Counted(DuplexStream, Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::SeqCst);
    }
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, task: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(task, into)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(task)
    }
}

/// Writes down what happens.
#[derive(Default)]
struct Notes {
    started: Mutex<Vec<ProbeId>>,
    finished: Mutex<Vec<(ProbeId, String)>>,
    requests: Mutex<Vec<(ProbeId, String)>>,
    received: AtomicUsize,
}

impl Watch for Notes {
    fn event(&self, event: ScanEvent<'_>) {
        match event {
            ScanEvent::Started(probe) => self.started.lock().unwrap().push(probe.id),
            ScanEvent::Checked(_) => {}
            ScanEvent::Finished(probe, seen) => self.finished.lock().unwrap().push((probe.id, seen.to_string())),
            ScanEvent::Traffic(probe, Direction::Sent, bytes) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                if text.contains("HTTP/1.1") {
                    self.requests.lock().unwrap().push((probe, text));
                }
            }
            ScanEvent::Traffic(_, Direction::Received, bytes) => {
                self.received.fetch_add(bytes.len(), Ordering::SeqCst);
            }
        }
    }
}

fn light() -> Vec<&'static Probe> {
    ALL.iter().copied().filter(|probe| probe.risk < Risk::Heavy).collect()
}

fn options(connections: usize) -> Options {
    let peer = Peer {
        authority: "h:1".to_owned(),
        path: "/chat?room=7".to_owned(),
        origin: Some("http://h:1".to_owned()),
        url: "ws://h:1/chat?room=7".to_owned(),
        headers: Vec::new(),
    };
    Options { connections, ..Options::new(peer, light()) }
}

#[tokio::test(start_paused = true)]
async fn all_probes_are_played_the_baseline_first() {
    let (building, notes) = (Building::new(|_| Door::Echo), Notes::default());
    let found = scan(&building, &options(8), &notes).await.unwrap();
    assert_eq!(found.stop, None);
    assert!(found.failures.is_empty());
    assert!(found.is_websocket() && found.fences);
    let all: Vec<_> = light().iter().map(|probe| probe.id).collect();
    assert_eq!(found.observations.keys().copied().collect::<Vec<_>>(), all);
    assert_eq!(notes.started.lock().unwrap()[0], ProbeId::BASELINE);
    assert_eq!(found.cost.connections, building.dials() as u64);
    assert_eq!(found.cost.received, notes.received.load(Ordering::SeqCst) as u64);
    assert_eq!(building.open.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn never_more_connections_than_asked_for() {
    for connections in [1, 3, 8] {
        let building = Building::new(|_| Door::Echo);
        scan(&building, &options(connections), &()).await.unwrap();
        assert_eq!(building.most_open.load(Ordering::SeqCst), connections);
    }
    let building = Building::new(|_| Door::Echo);
    scan(&building, &options(0), &()).await.unwrap();
    assert_eq!(building.most_open.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn events_are_delivered() {
    let (building, notes) = (Building::new(|_| Door::Echo), Notes::default());
    let found = scan(&building, &options(8), &notes).await.unwrap();
    let finished = notes.finished.lock().unwrap();
    for (id, observation) in &found.observations {
        assert!(notes.started.lock().unwrap().contains(id), "{id}");
        let lines: Vec<_> = finished.iter().filter(|(other, _)| other == id).collect();
        assert_eq!(lines.len(), 1, "{id}");
        assert_eq!(lines[0].1, observation.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn the_query_is_in_every_request() {
    let (building, notes) = (Building::new(|_| Door::Echo), Notes::default());
    scan(&building, &options(8), &notes).await.unwrap();
    let requests = notes.requests.lock().unwrap();
    assert_eq!(requests.len(), building.dials());
    // Probe 700 sends a status line where the request line should be, and so has no path.
    for (id, request) in requests.iter().filter(|(_, request)| !request.starts_with("HTTP/")) {
        assert!(request.lines().next().unwrap().contains("/chat?room=7"), "{id}: {request}");
    }
}

/// One of the polite handshakes may open the door; frames and malformed ones are not sent.
#[tokio::test(start_paused = true)]
async fn without_a_101_only_polite_handshakes_are_sent() {
    let notes = Notes::default();
    let building = Building::new(|_| Door::Says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    let found = scan(&building, &options(8), &notes).await.unwrap();
    assert!(!found.is_websocket());
    assert_eq!(found.stop, None);
    for id in notes.started.lock().unwrap().iter().filter(|id| **id != ProbeId::BASELINE) {
        let probe = crate::probe::find(*id).unwrap();
        assert!(probe.is_handshake() && probe.risk == Risk::Polite, "{id}");
    }
    assert!(found.observations.len() > 1);
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_target_is_an_error() {
    let building = Building::new(|_| Door::Shut);
    let error = scan(&building, &options(8), &()).await.expect_err("nobody listens");
    assert!(matches!(error, DialError::Refused(_)), "{error}");
    assert_eq!(building.dials(), 1);
}

/// With two connections a batch is of eight probes, and the first check is the tenth connection.
#[tokio::test(start_paused = true)]
async fn a_target_that_dies_leaves_what_was_earned() {
    let building = Building::new(|count| if count < 15 { Door::Echo } else { Door::Shut });
    let found = scan(&building, &options(2), &()).await.unwrap();
    let Some(Stop::Died { after, found: words }) = &found.stop else { panic!("{:?}", found.stop) };
    assert!(!after.is_empty() && after.len() <= 3, "{after:?}");
    assert!(words.contains("refused"), "{words}");
    assert!(after.iter().all(|id| !found.observations.contains_key(id)), "doubtful ones are not kept");
    assert!((9..15).contains(&found.observations.len()), "{}", found.observations.len());
    assert!(building.dials() < 20, "{}", building.dials());
}

/// A server that accepts but does not answer any more is as dead as one that refuses.
#[tokio::test(start_paused = true)]
async fn a_target_that_falls_silent_has_died() {
    let building = Building::new(|count| if count < 15 { Door::Echo } else { Door::Says("") });
    let found = scan(&building, &options(2), &()).await.unwrap();
    assert!(matches!(found.stop, Some(Stop::Died { .. })), "{:?}", found.stop);
    assert_eq!(found.observations.len(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_changes_is_left_alone() {
    let banned = Door::Says("HTTP/1.1 403 Banned\r\nContent-Length: 0\r\n\r\n");
    let building = Building::new(move |count| if count < 15 { Door::Echo } else { banned });
    let found = scan(&building, &options(2), &()).await.unwrap();
    let Some(Stop::Changed { discarded, found: words }) = &found.stop else { panic!("{:?}", found.stop) };
    assert!(words.contains("403 Banned"), "{words}");
    assert!(discarded.iter().all(|id| !found.observations.contains_key(id)));
    assert_eq!(found.observations.len(), 9, "the baseline and the batch that was checked");
    assert!(building.dials() < 20, "{}", building.dials());
}

/// One refused dial in between is our failure, or that of the network, and the scan goes on.
#[tokio::test(start_paused = true)]
async fn one_failed_dial_does_not_end_it() {
    let building = Building::new(|count| if count == 5 { Door::Shut } else { Door::Echo });
    let found = scan(&building, &options(2), &()).await.unwrap();
    assert_eq!(found.stop, None);
    assert_eq!(found.failures.len(), 1, "{:?}", found.failures);
    assert_eq!(found.failures.len() + found.observations.len(), light().len());
}

#[tokio::test(start_paused = true)]
async fn a_server_without_pongs_is_scanned_all_the_same() {
    let building = Building::new(|_| Door::Mute);
    let start = tokio::time::Instant::now();
    let found = scan(&building, &options(8), &()).await.unwrap();
    assert!(!found.fences);
    assert_eq!(found.stop, None);
    assert_eq!(found.observations.len(), light().len());
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
