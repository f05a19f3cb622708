use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::{SinkExt as _, StreamExt as _};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex};
use tokio_tungstenite::tungstenite::Message;

use std::time::Duration;

use super::*;
use crate::connection::Connected;
use crate::observation::Reply;
use crate::play::Direction;
use crate::probe::{ALL, RequestContext, Risk};

/// What a connection meets with.
#[derive(Clone, Copy, Debug)]
enum Door {
    /// A server that keeps to the RFC and echoes.
    Echo,
    /// A 101, then nothing.
    Mute,
    /// A 101, and a frame of more than is read.
    Flood,
    /// Not one byte, and no end.
    Deaf,
    /// This answer, then the end.
    Says(&'static str),
    /// Nobody listens.
    Shut,
    /// This machine has no descriptors left.
    NoDescriptors,
    /// A 101, then pings for ever.
    Pings,
}

/// A target in memory: how the connection of a number, counted from 0, is answered.
struct Building<F> {
    door: F,
    dials: AtomicUsize,
    open: Arc<AtomicUsize>,
    most_open: AtomicUsize,
    /// Where connections wait until those before them are done with.
    queue: Option<Arc<tokio::sync::Semaphore>>,
    /// How many connections are served at a time, and what the others meet with.
    room: Option<(usize, Door)>,
    /// The least time between the beginnings of two connections; others are turned away.
    apart: Duration,
    last: Mutex<Option<tokio::time::Instant>>,
}

impl<F: Fn(usize) -> Door + Send + Sync> Building<F> {
    fn new(door: F) -> Self {
        Self {
            door,
            dials: AtomicUsize::new(0),
            open: Arc::default(),
            most_open: AtomicUsize::new(0),
            queue: None,
            room: None,
            apart: Duration::ZERO,
            last: Mutex::default(),
        }
    }

    fn dials(&self) -> usize {
        self.dials.load(Ordering::SeqCst)
    }
}

impl<F: Fn(usize) -> Door + Send + Sync> Dial for Building<F> {
    async fn dial(&self) -> Result<Connected, DialError> {
        let door = (self.door)(self.dials.fetch_add(1, Ordering::SeqCst));
        let now = self.open.load(Ordering::SeqCst) + 1;
        let door = self.room.filter(|(room, _)| now > *room).map_or(door, |(_, full)| full);
        match door {
            Door::Shut => return Err(DialError::Refused("h:1".to_owned())),
            Door::NoDescriptors => {
                let error = io::Error::other("Too many open files");
                return Err(DialError::LocalResources { host: "h:1".to_owned(), error });
            }
            _ => {}
        }
        let (ours, theirs) = duplex(4096);
        self.open.fetch_add(1, Ordering::SeqCst);
        let last = self.last.lock().unwrap().replace(tokio::time::Instant::now());
        let door = if last.is_some_and(|last| last.elapsed() < self.apart) { TOO_MANY } else { door };
        self.most_open.fetch_max(now, Ordering::SeqCst);
        let queue = self.queue.clone();
        tokio::spawn(async move {
            let _place = match &queue {
                Some(queue) => queue.acquire().await.ok(),
                None => None,
            };
            serve(door, theirs).await;
        });
        let stream = Box::new(Counted(ours, self.open.clone()));
        Ok(Connected { stream, connect_time: Duration::from_millis(1) })
    }
}

async fn serve(door: Door, mut stream: DuplexStream) {
    match door {
        Door::Shut | Door::NoDescriptors => {}
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
            let Ok(count) = stream.read(&mut buffer).await else { return };
            let _ = stream.write_all(opened(&buffer[..count]).as_bytes()).await;
            while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
        }
        Door::Flood => {
            let mut buffer = [0; 4096];
            let Ok(count) = stream.read(&mut buffer).await else { return };
            let head = b"\x82\x7f\0\0\0\0\x01\0\0\0";
            let _ = stream.write_all(&[opened(&buffer[..count]).as_bytes(), head].concat()).await;
            while stream.write_all(&buffer).await.is_ok() {}
        }
        Door::Pings => {
            let mut buffer = [0; 4096];
            let Ok(count) = stream.read(&mut buffer).await else { return };
            let _ = stream.write_all(opened(&buffer[..count]).as_bytes()).await;
            while stream.write_all(&[b"\x89\x7d".as_slice(), &[b'x'; 125]].concat().repeat(8)).await.is_ok() {}
        }
        Door::Deaf => while stream.read(&mut [0; 4096]).await.is_ok_and(|count| count > 0) {},
        Door::Says(text) => {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(text.as_bytes()).await;
        }
    }
}

/// The legal answer to a handshake.
fn opened(request: &[u8]) -> String {
    let request = String::from_utf8_lossy(request);
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let accept = crate::wire::handshake::accept_for(key);
    format!("HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
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
    checked: AtomicUsize,
    received: AtomicUsize,
}

impl ScanObserver for Notes {
    fn event(&self, event: ScanEvent<'_>) {
        match event {
            ScanEvent::Started(probe) => self.started.lock().unwrap().push(probe.id),
            ScanEvent::Checked(_) => {
                self.checked.fetch_add(1, Ordering::SeqCst);
            }
            ScanEvent::Finished(probe, seen) => self.finished.lock().unwrap().push((probe.id, seen.to_string())),
            ScanEvent::Traffic(probe, Direction::Sent, bytes) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                if text.contains(" HTTP/") || text.starts_with("HTTP/") {
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
    ALL.iter().copied().filter(|probe| probe.is_default()).collect()
}

fn options(connections: usize) -> Options {
    let peer = RequestContext::new(false, "h:1", "/chat?room=7");
    Options { connections, ..Options::new(peer, light()) }
}

#[test]
fn a_door_is_known_by_status_and_field_names_in_any_order() {
    let reply = |line: &str| line.parse::<Observation>().unwrap().reply;
    let usual = reply("HTTP/1.1 101 Switching Protocols {A: 1, B: 2} | alive");
    assert!(same_baseline(&usual, &reply("HTTP/1.1 101 Switching Protocols {B: 3, A: 1} | alive")));
    assert!(!same_baseline(&usual, &reply("HTTP/1.1 101 Switching Protocols {A: 1} | alive")));
    assert!(!same_baseline(&usual, &reply("HTTP/1.1 429 Too Many Requests {A: 1, B: 2} | alive")));
    assert!(!same_baseline(&usual, &reply("nothing | fin")));
}

#[tokio::test(start_paused = true)]
async fn all_probes_are_played_the_baseline_first() {
    let (building, notes) = (Building::new(|_| Door::Echo), Notes::default());
    let found = scan(&building, &options(8), &notes).await.unwrap();
    assert!(found.stop.is_none(), "{:?}", found.stop);
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
    // Probe 702 sends a status line where the request line should be, and so has no path.
    for (id, request) in requests.iter().filter(|(_, request)| !request.starts_with("HTTP/")) {
        assert!(request.lines().next().unwrap().contains("?room=7"), "{id}: {request}");
    }
}

/// One of the polite handshakes may open the door; frames and malformed ones are not sent.
#[tokio::test(start_paused = true)]
async fn without_a_101_only_polite_handshakes_are_sent() {
    let notes = Notes::default();
    let building = Building::new(|_| Door::Says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    let found = scan(&building, &options(8), &notes).await.unwrap();
    assert!(!found.is_websocket());
    assert!(found.stop.is_none(), "{:?}", found.stop);
    for id in notes.started.lock().unwrap().iter().filter(|id| **id != ProbeId::BASELINE) {
        let probe = crate::probe::find(*id).unwrap();
        assert!(probe.is_handshake() && probe.risk == Risk::Polite, "{id}");
    }
    assert!(found.observations.len() > 1);
}

/// Such a target is asked twice whether it meant that, and left alone.
#[tokio::test(start_paused = true)]
async fn a_101_that_is_no_websocket_ends_the_scan() {
    let bare = Door::Says("HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    let building = Building::new(move |_| bare);
    let found = scan(&building, &options(8), &()).await.unwrap();
    assert!(!found.is_websocket() && found.stop.is_none());
    assert_eq!((building.dials(), found.observations.len()), (2, 1));
    let building = Building::new(move |count| if count == 0 { bare } else { Door::Echo });
    let found = scan(&building, &options(8), &()).await.unwrap();
    assert!(found.is_websocket() && found.fences, "the second answer counts");
    assert_eq!(found.observations.len(), light().len());
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_target_is_an_error() {
    let building = Building::new(|_| Door::Shut);
    let error = scan(&building, &options(8), &()).await.expect_err("nobody listens");
    assert!(matches!(error, DialError::Refused(_)), "{error}");
    assert_eq!(building.dials(), 1);
}

/// The probes named by a stop, and what was found.
fn named(scan: &Scan) -> (Vec<ProbeId>, String) {
    match &scan.stop {
        None => (Vec::new(), String::new()),
        Some(Stop::Died { after, found }) => (after.clone(), found.to_string()),
        Some(Stop::Changed { discarded, found } | Stop::TurnedAway { discarded, found }) => {
            (discarded.clone(), found.to_string())
        }
        Some(
            stop @ (Stop::Interrupted { discarded }
            | Stop::Budget { discarded, .. }
            | Stop::LocalResources { discarded, .. }),
        ) => (discarded.clone(), stop.to_string()),
    }
}

/// All connections but the last few, twice as many as are open at a time, came to something: an observation that is
/// kept or a look at the target. (This server hangs up on malformed handshakes without a word and is looked at often.)
fn assert_earned(scan: &Scan, notes: &Notes, answered: usize, connections: usize) {
    let earned = scan.observations.len() + notes.checked.load(Ordering::SeqCst);
    // The look that found it out is one more.
    assert!((answered.saturating_sub(2 * connections)..=answered + 1).contains(&earned), "{earned} of {answered}");
    let (named, _) = named(scan);
    assert!(named.iter().all(|id| !scan.observations.contains_key(id)), "doubtful ones are not kept: {named:?}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_dies_leaves_what_was_earned() {
    let building = Building::new(|count| if count < 15 { Door::Echo } else { Door::Shut });
    let notes = Notes::default();
    let found = scan(&building, &options(2), &notes).await.unwrap();
    let Some(Stop::Died { after, found: Silence::NoConnection(error) }) = &found.stop else {
        panic!("{:?}", found.stop)
    };
    assert!(!after.is_empty() && after.len() <= 3, "{after:?}");
    assert!(matches!(**error, DialError::Refused(_)), "{error}");
    assert_earned(&found, &notes, 15, 2);
    assert!(building.dials() < 20, "{}", building.dials());
}

/// A server that accepts but does not answer any more is as dead as one that refuses.
#[tokio::test(start_paused = true)]
async fn a_target_that_falls_silent_has_died() {
    for silent in [Door::Says(""), Door::Deaf] {
        let building = Building::new(move |count| if count < 15 { Door::Echo } else { silent });
        let notes = Notes::default();
        let found = scan(&building, &options(2), &notes).await.unwrap();
        let Some(Stop::Died { after, .. }) = &found.stop else { panic!("{:?}", found.stop) };
        assert!(!after.is_empty() && after.len() <= 5, "{after:?}");
        assert_earned(&found, &notes, 15, 2);
        assert!(building.dials() < 20, "{}", building.dials());
    }
}

/// With one connection at a time it is the probe on the last connection that was taken, wherever that is.
#[tokio::test(start_paused = true)]
async fn a_death_is_known_to_the_probe_with_one_connection() {
    let mut deaths = 0;
    for last in 2..60 {
        let (building, notes) =
            (Building::new(move |count| if count < last { Door::Echo } else { Door::Shut }), Notes::default());
        let found = scan(&building, &options(1), &notes).await.unwrap();
        let Some(stop) = &found.stop else {
            assert!(building.dials() <= last && found.observations.len() == light().len(), "{last}");
            continue;
        };
        let Stop::Died { after, .. } = stop else { panic!("{last}: {stop:?}") };
        // Each start is one dial.
        assert_eq!(*after, [notes.started.lock().unwrap()[last - 1]], "{last}");
        assert_eq!(building.dials(), last + 2, "the one that failed, and the check");
        deaths += 1;
    }
    assert!(deaths > 30, "{deaths}");
}

#[tokio::test(start_paused = true)]
async fn a_death_ends_it_soon_with_many_connections() {
    for last in 1..60 {
        let building = Building::new(move |count| if count < last { Door::Echo } else { Door::Shut });
        let found = scan(&building, &options(8), &()).await.unwrap();
        assert!(building.dials() <= last + 2 * 8 + 2, "{last}: {}", building.dials());
        let Some(stop) = &found.stop else {
            assert_eq!(found.observations.len(), light().len(), "{last}");
            continue;
        };
        let Stop::Died { after, .. } = stop else { panic!("{last}: {stop:?}") };
        // The baseline is named where the legal handshake was the last that was answered.
        let only_checks = after.as_slice() == [ProbeId::BASELINE];
        assert!(!after.is_empty() && after.len() <= 3 * 8, "{last}: {after:?}");
        assert!(only_checks || after.iter().all(|id| !found.observations.contains_key(id)), "{last}: {after:?}");
    }
}

/// What was confirmed by a legal handshake is kept, and nothing that may have been the ban's.
#[tokio::test(start_paused = true)]
async fn a_target_that_changes_is_left_alone() {
    let banned = Door::Says("HTTP/1.1 403 Banned\r\nContent-Length: 0\r\n\r\n");
    for ban in 2..45 {
        let building = Building::new(move |count| if count < ban { Door::Echo } else { banned });
        let notes = Notes::default();
        let found = scan(&building, &options(2), &notes).await.unwrap();
        let Some(Stop::Changed { discarded, found: words }) = &found.stop else { panic!("{:?}", found.stop) };
        assert!(words.to_string().contains("403 Banned"), "{words}");
        assert!(!discarded.is_empty() && discarded.len() <= 8, "{ban}: {discarded:?}");
        assert!(found.observations.values().all(|seen| seen.reply.status() != Some(403)), "{ban}");
        assert_earned(&found, &notes, ban, 2);
        // A legal handshake is at least every third.
        assert!(building.dials() <= ban + 6, "{ban}: {}", building.dials());
    }
}

/// Malformed handshakes alone say nothing on the health of a target: checks are put between them.
#[tokio::test(start_paused = true)]
async fn without_legal_handshakes_checks_are_put_in() {
    let refusing = |count| if count == 0 { Door::Echo } else { Door::Says("HTTP/1.1 400 No\r\n\r\n") };
    let mut options = options(2);
    options.probes.retain(|probe| !probe.opens_legally());
    assert!(options.probes.len() > 16);
    let building = Building::new(refusing);
    let found = scan(&building, &options, &()).await.unwrap();
    assert!(matches!(found.stop, Some(Stop::Changed { .. })), "{:?}", found.stop);
    assert_eq!(found.observations.len(), 1);
    assert!(building.dials() <= 1 + 8 + 2 * 2, "{}", building.dials());
    let (building, notes) = (Building::new(|_| Door::Echo), Notes::default());
    let found = scan(&building, &options, &notes).await.unwrap();
    assert!(found.stop.is_none(), "{:?}", found.stop);
    let checks = building.dials() - found.observations.len();
    assert_eq!(notes.checked.load(Ordering::SeqCst), checks);
    assert!((2..=options.probes.len()).contains(&checks), "{checks}");
}

/// A server must be seen to have survived a large payload before it gets the next.
#[tokio::test(start_paused = true)]
async fn heavy_probes_are_played_one_by_one_with_a_check_after_each() {
    let (building, notes) = (Building::new(|_| Door::Echo), Notes::default());
    let mut options = options(8);
    options.probes = [100, 600, 601, 602].map(|id| crate::probe::find(ProbeId::new(id)).unwrap()).to_vec();
    let found = scan(&building, &options, &notes).await.unwrap();
    assert_eq!((found.stop.is_none(), found.observations.len()), (true, 5));
    let started: Vec<u16> = notes.started.lock().unwrap().iter().map(|id| id.number()).collect();
    assert_eq!(started, [309, 100, 309, 600, 309, 601, 309, 602, 309]);
    assert_eq!(building.most_open.load(Ordering::SeqCst), 1);
}

/// Two silent probes, one early and one late, and all the others take little longer than one silent probe.
#[tokio::test(start_paused = true)]
async fn a_slow_probe_holds_up_nobody() {
    let building = Building::new(|count| if matches!(count, 1 | 15) { Door::Deaf } else { Door::Echo });
    let notes = Notes::default();
    let mut options = options(3);
    // Handshakes that are answered at once, though not the legal one.
    let like = crate::probe::find(ProbeId::new(402)).unwrap();
    let probe = |number| &*Box::leak(Box::new(Probe { id: ProbeId::new(number), ..*like }));
    options.probes = (900..920).map(probe).collect();
    let start = tokio::time::Instant::now();
    let found = scan(&building, &options, &notes).await.unwrap();
    assert_eq!((found.stop.is_none(), found.observations.len()), (true, 21));
    assert_eq!(found.observations.values().filter(|seen| seen.reply == Reply::Nothing).count(), 2);
    assert!(start.elapsed() >= options.least_quiet, "{:?}", start.elapsed());
    assert!(start.elapsed() < options.least_quiet * 5 / 4, "{:?}", start.elapsed());
}

/// One refused dial in between is our failure, or that of the network, and the scan goes on.
#[tokio::test(start_paused = true)]
async fn one_failed_dial_does_not_end_it() {
    for (failed, connections) in (1..40).flat_map(|failed| [(failed, 1), (failed, 2), (failed, 8)]) {
        let building = Building::new(move |count| if count == failed { Door::Shut } else { Door::Echo });
        let found = scan(&building, &options(connections), &()).await.unwrap();
        assert!(found.stop.is_none(), "{:?}", found.stop);
        // None where it was a check that failed; the next one stood in for it.
        assert!(found.failures.len() <= 1, "{:?}", found.failures);
        assert_eq!(found.failures.len() + found.observations.len(), light().len());
        assert!(building.most_open.load(Ordering::SeqCst) <= connections);
    }
}

/// A server that takes one connection after the other leaves a legal handshake without an answer that comes beside another.
#[tokio::test(start_paused = true)]
async fn a_target_that_serves_one_at_a_time_is_asked_so() {
    let busy = Arc::new(tokio::sync::Semaphore::new(1));
    let building = Building { queue: Some(busy), ..Building::new(|_| Door::Echo) };
    let found = scan(&building, &options(8), &()).await.unwrap();
    assert!(found.stop.is_none(), "{:?}", found.stop);
    let one_by_one = scan(&Building::new(|_| Door::Echo), &options(1), &()).await.unwrap();
    assert_eq!(found.observations, one_by_one.observations);
}

/// The probes in flight were cut short for the look at the target; they are played again, and all that is counted.
#[tokio::test(start_paused = true)]
async fn what_was_cut_short_is_played_again_and_counted() {
    let (building, notes) = (Building::new(|count| if count == 5 { Door::Shut } else { Door::Echo }), Notes::default());
    let found = scan(&building, &options(8), &notes).await.unwrap();
    assert_eq!((found.stop.is_none(), found.failures.len()), (true, 0));
    assert!(notes.started.lock().unwrap().len() > light().len() + notes.checked.load(Ordering::SeqCst));
    assert_eq!(found.cost.connections, building.dials() as u64 - 1, "but for the one that failed");
    assert_eq!(found.cost.received, notes.received.load(Ordering::SeqCst) as u64);
    let mut finished: Vec<_> = notes.finished.lock().unwrap().iter().map(|(id, _)| *id).collect();
    finished.sort_unstable();
    assert_eq!(finished, found.observations.keys().copied().collect::<Vec<_>>(), "each once");
}

#[tokio::test(start_paused = true)]
async fn a_server_without_pongs_is_scanned_all_the_same() {
    let building = Building::new(|_| Door::Mute);
    let start = tokio::time::Instant::now();
    let found = scan(&building, &options(8), &()).await.unwrap();
    assert!(!found.fences);
    assert!(found.stop.is_none(), "{:?}", found.stop);
    assert_eq!(found.observations.len(), light().len());
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

const BUSY: Door = Door::Says("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");

const TOO_MANY: Door = Door::Says("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n");

/// From the first answer on, or later: one look more, and the target is left alone.
#[tokio::test(start_paused = true)]
async fn a_target_that_turns_us_away_is_left_alone() {
    for served in [0, 1, 2, 9, 30] {
        let building = Building::new(move |count| if count < served { Door::Echo } else { TOO_MANY });
        let found = scan(&building, &options(2), &()).await.unwrap();
        let Some(Stop::TurnedAway { found: words, .. }) = &found.stop else { panic!("{:?}", found.stop) };
        assert!(words.to_string().contains("Retry-After: 60"), "{words}");
        assert!(found.is_cut_short());
        assert!(building.dials() <= served + 6, "{served}: {}", building.dials());
        let kept = found.observations.iter().filter(|(id, seen)| **id != ProbeId::BASELINE && seen.reply.turns_away());
        assert_eq!(kept.count(), 0);
    }
}

/// A server with room for few is asked one at a time, and nothing it said for want of room is kept; one that has a limit in time is left
/// alone once that is clear.
#[tokio::test(start_paused = true)]
async fn a_target_that_turns_some_away_is_asked_one_at_a_time() {
    let building = Building { room: Some((3, TOO_MANY)), ..Building::new(|_| Door::Echo) };
    let found = scan(&building, &options(8), &()).await.unwrap();
    assert!(found.stop.is_none(), "{:?}", found.stop);
    let one_by_one = scan(&Building::new(|_| Door::Echo), &options(1), &()).await.unwrap();
    assert_eq!(found.observations, one_by_one.observations);
    assert!(building.dials() < 3 * light().len(), "{}", building.dials());
    let building = Building::new(|count| if count % 2 == 0 { Door::Echo } else { TOO_MANY });
    let found = scan(&building, &options(1), &()).await.unwrap();
    assert!(matches!(found.stop, Some(Stop::TurnedAway { .. })), "{:?}", found.stop);
    assert!(building.dials() < light().len() / 2, "{}", building.dials());
}

/// Whatever was not observed yet, two at a time.
fn two_more(observed: &std::collections::BTreeMap<ProbeId, Observation>) -> Vec<&'static Probe> {
    light().into_iter().filter(|probe| !observed.contains_key(&probe.id)).take(2).collect()
}

/// It is pinged, sent a message, a Close and what no rule allows, all within the budget.
#[tokio::test(start_paused = true)]
async fn a_silent_target_is_given_one_look_at_all_that_could_make_it_speak() {
    let building = Building::new(|_| Door::Mute);
    let options = options(8);
    let start = tokio::time::Instant::now();
    let found = scan_adaptive(&building, &options, &(), &two_more).await.unwrap();
    assert!(start.elapsed() < options.silence_budget + Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(found.stop.is_none() && !found.fences && !found.has_spoken() && found.was_spoken_to());
    for look in [901, 105, 826, 200, 120, 100] {
        assert_eq!(found.observations[&ProbeId::new(look)].to_string(), "| silent");
    }
    assert_eq!(found.baseline.end, crate::observation::End::Cut, "as in recordings");
}

/// One that answers pings is not hurried, however often it says nothing else.
#[tokio::test(start_paused = true)]
async fn a_target_that_speaks_is_given_all_it_takes() {
    let building = Building::new(|_| Door::Echo);
    let found = scan_adaptive(&building, &options(8), &(), &two_more).await.unwrap();
    assert!(found.fences && found.stop.is_none());
    assert_eq!(found.observations.len(), light().len());
}

/// The head of its greeting is a word; after the second such greeting next to nothing is read, and what was not heard is not told.
#[tokio::test(start_paused = true)]
async fn a_greeting_of_more_than_is_read_is_taken_twice() {
    let (building, notes) = (Building::new(|_| Door::Flood), Notes::default());
    let found = scan_adaptive(&building, &options(8), &notes, &two_more).await.unwrap();
    assert!(found.has_spoken() && found.stop.is_none(), "{:?}", found.stop);
    let most = 2 * 5 * 1024 * 1024 + building.dials() * 128 * 1024;
    assert!(notes.received.load(Ordering::SeqCst) < most, "{}", notes.received.load(Ordering::SeqCst));
    assert!(found.baseline.to_string().ends_with("| cut"), "{}", found.baseline);
    assert_eq!(found.observations.len(), 1, "all handshakes are answered with the flood: {:?}", found.observations);
    assert!((8..30).contains(&building.dials()), "{}", building.dials());
}

/// Triggers an interrupt when a probe is begun for the given time.
struct Trigger(Interrupt, AtomicUsize);

impl ScanObserver for Trigger {
    fn event(&self, event: ScanEvent<'_>) {
        if matches!(event, ScanEvent::Started(_)) && self.1.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.trigger();
        }
    }
}

/// Nothing is begun after that, what is under way is cut at once, and what was confirmed stays.
#[tokio::test(start_paused = true)]
async fn an_interrupted_scan_ends_at_once() {
    for begun in [1, 2, 20] {
        for door in [Door::Echo, Door::Mute, Door::Deaf] {
            let options = options(8);
            let (building, trigger) = (
                Building::new(move |count| if count + 3 < begun { Door::Echo } else { door }),
                Trigger(options.interrupt.clone(), AtomicUsize::new(begun)),
            );
            let start = tokio::time::Instant::now();
            let found = scan_adaptive(&building, &options, &trigger, &|_: &_| light()).await.unwrap();
            if begun == 1 {
                assert!(found.observations.is_empty() && !found.is_websocket() && start.elapsed().is_zero());
            }
            let Some(Stop::Interrupted { discarded }) = &found.stop else {
                panic!("{begun} {door:?} {:?}", found.stop)
            };
            assert!(discarded.iter().all(|id| !found.observations.contains_key(id)), "{discarded:?}");
            assert!(found.is_cut_short() && building.dials() <= begun, "{begun}: {}", building.dials());
        }
    }
}

/// Scans of a target that has room for few: the default way, and thoroughly, with the dials that they took.
async fn scans_of_a_small_room(room: usize, full: Door) -> [(Scan, usize); 2] {
    let building = || Building { room: Some((room, full)), ..Building::new(|_| Door::Echo) };
    let options = options(8);
    let (stepwise, whole) = (building(), building());
    let adaptive = Options { budget: Budget::step_by_step(20), ..options.clone() };
    // Twenty probes, as many as by default: what a server hangs up on, and what opens.
    let chosen = |observed: &std::collections::BTreeMap<ProbeId, Observation>| {
        let some = light().into_iter().step_by(12).take(20);
        some.filter(|probe| !observed.contains_key(&probe.id)).take(3).collect::<Vec<_>>()
    };
    let one = scan_adaptive(&stepwise, &adaptive, &(), &chosen).await.unwrap();
    let other = scan(&whole, &options, &()).await.unwrap();
    [(one, stepwise.dials()), (other, whole.dials())]
}

/// Whatever an honest server does with those for whom it has no room, nothing of that is taken for what it does.
#[tokio::test(start_paused = true)]
async fn a_server_with_room_for_few_is_seen_as_it_is() {
    let truth = scan(&Building::new(|_| Door::Echo), &options(1), &()).await.unwrap();
    for room in [1, 2, 4, 7] {
        for full in [TOO_MANY, BUSY, Door::Says(""), Door::Deaf, Door::Says("HTTP/1.1 500 Oops\r\n\r\n")] {
            let [(one, few), (other, many)] = scans_of_a_small_room(room, full).await;
            for (scan, dials) in [(&one, few), (&other, many)] {
                assert!(scan.stop.is_none(), "{room} {full:?}: {:?}", scan.stop);
                assert!(scan.failures.is_empty(), "{room} {full:?}: {:?}", scan.failures);
                assert_eq!(scan.cost.connections, dials as u64);
                for (id, seen) in &scan.observations {
                    assert_eq!(*seen, truth.observations[id], "{room} {full:?}: {id}");
                }
            }
            assert!(few < 100 && one.observations.len() >= 20, "{room} {full:?}: {few}");
            assert!(many <= 2 * light().len() && other.observations.len() == light().len(), "{room} {full:?}: {many}");
        }
    }
}

/// 503 to every legal handshake that has company, and 30 ms late: the worst that was met.
#[tokio::test(start_paused = true)]
async fn no_target_brings_a_storm_about() {
    for connections in [8, 64] {
        let building =
            Building { room: Some((1, BUSY)), ..Building::new(|count| if count % 3 == 2 { BUSY } else { Door::Echo }) };
        let found = scan(&building, &options(connections), &()).await.unwrap();
        assert!(matches!(found.stop, Some(Stop::TurnedAway { .. })), "{:?}", found.stop);
        assert!(building.dials() < light().len(), "{}", building.dials());
    }
}

/// One that answers each third legal handshake otherwise is taken to have changed after a while, with no limit as well.
#[tokio::test(start_paused = true)]
async fn a_target_that_is_unusual_again_and_again_has_changed() {
    let oops = Door::Says("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    let gone = Door::Says("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n");
    let building = Building::new(move |count| match count % 6 {
        2 => oops,
        5 => gone,
        _ => Door::Echo,
    });
    let options = Options { budget: Budget::UNLIMITED, ..options(8) };
    let found = scan(&building, &options, &()).await.unwrap();
    assert!(found.stop.is_some() && found.is_cut_short());
    assert!(building.dials() < 2 * light().len(), "{}", building.dials());
}

/// Each part of a budget ends the scan, is named, and leaves what was confirmed.
#[tokio::test(start_paused = true)]
async fn a_budget_is_kept() {
    let options = options(8);
    let (most, mib) = (options.budget, 1024 * 1024);
    for (budget, door, limit) in [
        (Budget { connections: 20, ..most }, Door::Echo, Limit::Connections(20)),
        (Budget { received: 6 * mib, ..most }, Door::Pings, Limit::Received(6 * mib)),
        (Budget { time: Duration::from_secs(7), ..most }, Door::Mute, Limit::Time(Duration::from_secs(7))),
    ] {
        let building = Building::new(move |_| door);
        let notes = Notes::default();
        let start = tokio::time::Instant::now();
        let found = scan(&building, &Options { budget, ..options.clone() }, &notes).await.unwrap();
        let Some(Stop::Budget { limit: named, discarded }) = &found.stop else { panic!("{:?}", found.stop) };
        assert_eq!(*named, limit);
        assert!(discarded.iter().all(|id| !found.observations.contains_key(id)), "{discarded:?}");
        assert!(found.is_cut_short() && !found.observations.is_empty());
        assert!(
            building.dials() as u64 <= budget.connections && start.elapsed() <= budget.time + Duration::from_millis(10)
        );
        let received = notes.received.load(Ordering::SeqCst) as u64;
        assert!(received <= budget.received + 128 * 1024, "{received}");
    }
}

/// Nothing more is begun that could not come to its end, and what is under way when the time is over is cut.
#[tokio::test(start_paused = true)]
async fn a_tarpit_holds_us_no_longer_than_we_want() {
    for served in [0, 1, 5] {
        let building = Building::new(move |count| if count < served { Door::Echo } else { Door::Pings });
        let options = Options { budget: Budget { time: Duration::from_secs(3), ..Budget::UNLIMITED }, ..options(1) };
        let start = tokio::time::Instant::now();
        let found = scan_adaptive(&building, &options, &(), &two_more).await.unwrap();
        assert!(start.elapsed() <= Duration::from_secs(4), "{:?}", start.elapsed());
        assert!(found.stop.is_some() || found.has_spoken(), "{:?}", found.stop);
    }
    let building = Building::new(|_| Door::Deaf);
    let options = Options { budget: Budget { time: Duration::from_secs(3), ..Budget::UNLIMITED }, ..options(1) };
    let start = tokio::time::Instant::now();
    let found = scan_adaptive(&building, &options, &(), &two_more).await.unwrap();
    assert!(start.elapsed() <= Duration::from_millis(3010) && found.observations.is_empty(), "{:?}", start.elapsed());
    assert!(matches!(found.stop, Some(Stop::Budget { limit: Limit::Time(_), .. })), "{:?}", found.stop);
}

/// What is asked again is of the same budget, and does not undo what was seen.
#[tokio::test(start_paused = true)]
async fn asking_again_is_in_the_budget() {
    let building = Building::new(|_| Door::Echo);
    let mut options = options(8);
    let mut found = scan(&building, &options, &()).await.unwrap();
    options.budget.connections = found.cost.connections + 2;
    let again = ask_again(&building, &options, &(), &mut found, &light()[..5]).await;
    assert_eq!((again.len(), found.stop.is_none()), (2, true));
    options.interrupt.trigger();
    options.budget = Budget::UNLIMITED;
    assert!(ask_again(&building, &options, &(), &mut found, &light()[..5]).await.is_empty());
    assert!(matches!(found.stop, Some(Stop::Interrupted { .. })), "{:?}", found.stop);
}

/// 429, 503, silence and what is no HTTP: one look more, and that is all. Other refusals are asked five polite handshakes.
#[tokio::test(start_paused = true)]
async fn a_target_that_does_not_open_is_asked_little() {
    let refusal = Door::Says("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    let cases = [
        (TOO_MANY, 2, true),
        (BUSY, 2, true),
        (Door::Deaf, 2, false),
        (Door::Says(""), 2, false),
        (Door::Says("SSH-2.0-OpenSSH_9.9\r\n"), 2, false),
        (refusal, 6, false),
    ];
    for (door, most, stops) in cases {
        for (adaptive, connections) in [(false, 8), (true, 8), (true, 1)] {
            let building = Building::new(move |_| door);
            let found = match adaptive {
                true => scan_adaptive(&building, &options(connections), &(), &two_more).await.unwrap(),
                false => scan(&building, &options(connections), &()).await.unwrap(),
            };
            assert!(!found.is_websocket());
            assert_eq!((building.dials(), found.stop.is_some()), (most, stops), "{door:?}");
        }
    }
    let building = Building::new(move |_| refusal);
    let options = Options { explain_refusal: true, ..options(8) };
    scan(&building, &options, &()).await.unwrap();
    assert!(building.dials() > 20, "{}", building.dials());
}

/// Behind one connection a second it is seen as it is, by whoever goes at that pace.
#[tokio::test(start_paused = true)]
async fn one_connection_a_second_is_enough() {
    let building = || Building { apart: Duration::from_secs(1), ..Building::new(|_| Door::Echo) };
    let hasty = scan_adaptive(&building(), &options(8), &(), &two_more).await.unwrap();
    let Some(Stop::TurnedAway { .. }) = &hasty.stop else { panic!("{:?}", hasty.stop) };
    let mut options = Options { delay: Duration::from_secs(1), ..options(1) };
    options.budget = options.with_time_for_pace(options.budget);
    let start = tokio::time::Instant::now();
    let slow = building();
    let found = scan_adaptive(&slow, &options, &(), &two_more).await.unwrap();
    assert!(found.stop.is_none(), "{:?}", found.stop);
    assert_eq!(found.observations.len(), light().len());
    assert!(start.elapsed() >= Duration::from_secs(slow.dials() as u64 - 1), "{:?}", start.elapsed());
    assert_eq!(found.cost.connections, slow.dials() as u64);
}

/// Our own lack of descriptors is no failure of a probe: fewer connections, and if one is too many, that is told.
#[tokio::test(start_paused = true)]
async fn without_descriptors_there_are_fewer_connections() {
    let building = Building { room: Some((3, Door::NoDescriptors)), ..Building::new(|_| Door::Echo) };
    let found = scan(&building, &options(8), &()).await.unwrap();
    assert!(found.stop.is_none() && found.failures.is_empty(), "{:?} {:?}", found.stop, found.failures);
    assert_eq!(found.observations.len(), light().len());
    assert!(building.dials() <= light().len() + 32, "{}", building.dials());
    let building = Building::new(|count| if count < 9 { Door::Echo } else { Door::NoDescriptors });
    let found = scan(&building, &options(8), &()).await.unwrap();
    let Some(Stop::LocalResources { .. }) = &found.stop else { panic!("{:?}", found.stop) };
    assert!(found.failures.is_empty() && found.is_cut_short(), "{:?}", found.failures);
    assert!(building.dials() <= 9 + 16, "{}", building.dials());
}

fn any_door() -> impl Strategy<Value = Door> {
    prop_oneof![
        12 => Just(Door::Echo),
        1 => Just(Door::Says("HTTP/1.1 403 Banned\r\nContent-Length: 0\r\n\r\n")),
        1 => Just(TOO_MANY),
        1 => Just(Door::Says("")),
        1 => Just(Door::Shut),
        1 => Just(Door::Mute),
        1 => Just(Door::Deaf),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the doors: the scan ends, in a bounded number of dials, and each probe is accounted for.
    #[test]
    fn every_probe_comes_to_one_end(doors in vec(any_door(), 1..80), connections in 1_usize..10) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let count = doors.len();
        let building = Building::new(move |number| doors[number % count]);
        let notes = Notes::default();
        let Ok(found) = runtime.block_on(scan(&building, &options(connections), &notes)) else {
            prop_assert_eq!(building.dials(), 1);
            return Ok(());
        };
        let (named, _) = named(&found);
        prop_assert!(found.stop.is_some() || named.is_empty());
        for probe in light() {
            let observed = found.observations.contains_key(&probe.id);
            let failed = found.failures.contains_key(&probe.id);
            let named = named.iter().filter(|id| **id == probe.id && probe.id != ProbeId::BASELINE).count();
            let ends = usize::from(observed) + usize::from(failed) + named;
            let asked = found.is_websocket();
            prop_assert!(ends <= 1, "{} came to {ends} ends", probe.id);
            prop_assert!(ends == 1 || !asked || found.stop.is_some(), "{} is lost", probe.id);
        }
        // What may have been said for want of room is told, taken back and told anew.
        let finished: std::collections::BTreeMap<_, _> = notes.finished.lock().unwrap().iter().cloned().collect();
        prop_assert!(found.observations.iter().all(|(id, seen)| finished[id] == seen.to_string()));
        prop_assert!(building.most_open.load(Ordering::SeqCst) <= connections);
        prop_assert!(building.dials() <= 2 * light().len() + 16, "{}", building.dials());
    }
}
