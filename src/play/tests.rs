use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::probe::{ALL, ProbeId, RequestContext, Variation, default_set, find};
use crate::wire::FrameHead;

const PACE: Pace = Pace {
    patience: Duration::from_millis(500),
    quiet: Duration::from_millis(500),
    linger: Duration::from_millis(50),
    drip: Duration::from_millis(20),
    deadline: Duration::from_secs(10),
};

fn context() -> RequestContext {
    RequestContext::new(false, "h:1", "/")
}

async fn observe_with(stream: DuplexStream, probe: &Probe, variation: &Variation, fences: bool) -> Played {
    let context = context();
    play(
        stream,
        probe,
        PlayConfig { context: &context, variation, pace: PACE, fences, talk: PlayConfig::TALK, tap: &() },
    )
    .await
}

async fn observe(stream: DuplexStream, probe: &Probe) -> String {
    observe_with(stream, probe, &Variation::default(), true).await.observation.to_string()
}

fn probe(number: u16) -> &'static Probe {
    find(ProbeId::new(number)).unwrap()
}

/// A server that keeps to the RFC and echoes.
fn polite() -> DuplexStream {
    let (ours, theirs) = duplex(4096);
    tokio::spawn(async move {
        let Ok(mut socket) = tokio_tungstenite::accept_async(theirs).await else { return };
        while let Some(Ok(message)) = socket.next().await {
            if matches!(message, Message::Text(_) | Message::Binary(_)) && socket.send(message).await.is_err() {
                return;
            }
        }
    });
    ours
}

/// A server that sends these bytes once it has heard anything, and then hangs up or waits.
fn scripted(reply: Vec<u8>, hang_up: bool) -> DuplexStream {
    let (ours, mut theirs) = duplex(4096);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        let _ = theirs.read(&mut buffer).await;
        let _ = theirs.write_all(&reply).await;
        while !hang_up && theirs.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    });
    ours
}

fn after_101(bytes: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 101 Go\r\n\r\n".as_slice(), bytes].concat()
}

#[tokio::test(start_paused = true)]
async fn a_polite_server_lives_on_and_echoes() {
    let line = observe(polite(), probe(100)).await;
    assert!(line.starts_with("HTTP/1.1 101 Switching Protocols {"), "{line}");
    assert!(line.ends_with("text 1 echo, fence, text 1 echo | alive"), "{line}");
    assert!(line.contains("<accept>"), "{line}");
}

#[tokio::test(start_paused = true)]
async fn a_pong_is_told_from_a_fence() {
    let line = observe(polite(), probe(102)).await;
    assert!(line.ends_with("pong 1 echo, fence, pong 1 echo | alive"), "{line}");
}

#[tokio::test(start_paused = true)]
async fn an_answered_fence_needs_no_waiting() {
    let start = Instant::now();
    observe(polite(), probe(100)).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_close_is_kept_with_code_and_reason_and_end() {
    let line = observe(scripted(after_101(b"\x88\x04\x03\xeano"), true), probe(203)).await;
    assert_eq!(line, r#"HTTP/1.1 101 Go {}, close 1002 "no" | fin"#);
}

#[tokio::test(start_paused = true)]
async fn a_connection_held_open_after_close_is_silent() {
    let line = observe(scripted(after_101(b"\x88\x02\x03\xea"), false), probe(203)).await;
    assert_eq!(line, "HTTP/1.1 101 Go {}, close 1002 | silent");
}

#[tokio::test(start_paused = true)]
async fn silence_takes_a_quiet_period_and_no_more() {
    let start = Instant::now();
    let line = observe(scripted(Vec::new(), false), probe(309)).await;
    assert_eq!(line, "nothing | silent");
    assert!(start.elapsed() <= 3 * PACE.quiet, "{:?}", start.elapsed());
}

/// Some servers behind a proxy answer only the second of two bad frames.
#[tokio::test(start_paused = true)]
async fn the_second_frame_goes_out_though_the_first_was_met_with_silence() {
    let (ours, mut theirs) = duplex(4096);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        let _ = theirs.read(&mut buffer).await;
        let _ = theirs.write_all(&after_101(b"")).await;
        let _ = theirs.read(&mut buffer).await;
        let _ = theirs.read(&mut buffer).await;
        let _ = theirs.write_all(b"\x88\x02\x03\xea").await;
    });
    assert_eq!(observe(ours, probe(203)).await, "HTTP/1.1 101 Go {}, close 1002 | fin");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_dies_at_each_stage_is_an_observation() {
    for (reply, expected) in [
        (Vec::new(), "nothing | fin"),
        (b"HTTP/1.1 10".to_vec(), r#"bytes "HTTP/1.1 10" | fin"#),
        (after_101(b""), "HTTP/1.1 101 Go {} | fin"),
        (after_101(b"\x81\x05he"), r#"HTTP/1.1 101 Go {}, partial "\x81\x05he" | fin"#),
        (
            b"HTTP/1.1 400 No\r\nContent-Length: 9\r\n\r\nx".to_vec(),
            r#"HTTP/1.1 400 No {Content-Length: 9} body "x" | fin"#,
        ),
    ] {
        assert_eq!(observe(scripted(reply, true), probe(100)).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_on_a_persistent_connection_is_alive() {
    let reply = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno".to_vec();
    let line = observe(scripted(reply, false), probe(100)).await;
    assert_eq!(line, r#"HTTP/1.1 404 Not Found {Content-Length: 2} body "no" | alive"#);
}

#[tokio::test(start_paused = true)]
async fn one_byte_a_second_is_cut_at_the_deadline() {
    let (ours, mut theirs) = duplex(4096);
    tokio::spawn(async move {
        for byte in b"HTTP/1.1 200 OK\r\nA: ".iter().chain(std::iter::repeat(&b'x')) {
            tokio::time::sleep(Duration::from_millis(400)).await;
            if theirs.write_all(&[*byte]).await.is_err() {
                return;
            }
        }
    });
    let start = Instant::now();
    let line = observe(ours, probe(309)).await;
    assert!(line.ends_with("| cut"), "{line}");
    assert!(start.elapsed() <= PACE.deadline);
}

#[tokio::test(start_paused = true)]
async fn messages_that_come_by_themselves_do_not_hold_us() {
    let (ours, mut theirs) = duplex(4096);
    tokio::spawn(async move {
        let _ = theirs.write_all(&after_101(b"")).await;
        while theirs.write_all(b"\x81\x01x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let start = Instant::now();
    let line = observe(ours, probe(309)).await;
    assert!(line.ends_with("| silent"), "{line}");
    assert!(start.elapsed() <= 4 * PACE.quiet);
}

#[tokio::test(start_paused = true)]
async fn an_endless_stream_is_cut() {
    let (ours, mut theirs) = duplex(1 << 16);
    tokio::spawn(async move {
        let _ = theirs.write_all(&after_101(b"")).await;
        while theirs.write_all(&[0x81, 0].repeat(30_000)).await.is_ok() {}
    });
    let played = observe_with(ours, probe(309), &Variation::default(), true).await;
    assert_eq!(played.observation.end, crate::observation::End::Cut);
    assert!(played.received < 5 * 1024 * 1024);
    assert!(played.observation.events.len() <= FrameReader::MAX_EVENTS + 1);
}

#[tokio::test(start_paused = true)]
async fn a_long_payload_streams_and_stops_at_the_first_refusal() {
    let (ours, mut theirs) = duplex(1 << 16);
    tokio::spawn(async move {
        let mut buffer = vec![0; 1 << 16];
        let _ = theirs.write_all(&after_101(b"\x88\x02\x03\xf1")).await;
        while theirs.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    });
    let played = observe_with(ours, probe(612), &Variation::default(), true).await;
    assert_eq!(played.observation.to_string(), "HTTP/1.1 101 Go {}, close 1009 | silent");
    assert!(played.sent < 1024 * 1024, "{}", played.sent);
}

/// The original never read a reply to a long payload.
#[tokio::test]
async fn a_long_payload_is_echoed_and_known_as_such() {
    let line = observe(polite(), probe(601)).await;
    assert!(line.ends_with("text 1048576 echo | alive"), "{line}");
}

/// Which of FIN and reset is seen depends on what was under way.
#[tokio::test(start_paused = true)]
async fn an_end_amid_a_long_payload_has_one_word() {
    let (ours, mut theirs) = duplex(1 << 12);
    tokio::spawn(async move {
        let mut buffer = vec![0; 1 << 12];
        let _ = theirs.write_all(&after_101(b"")).await;
        for _ in 0..100 {
            let _ = theirs.read(&mut buffer).await;
        }
    });
    assert_eq!(observe(ours, probe(612)).await, "HTTP/1.1 101 Go {} | broken");
}

/// The protocol answers the ping while the application still works on its echo.
#[tokio::test(start_paused = true)]
async fn an_echo_overtaken_by_the_pong_is_still_the_answer() {
    let (ours, mut theirs) = duplex(4096);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        let _ = theirs.read(&mut buffer).await;
        let _ = theirs.write_all(&after_101(b"")).await;
        for _ in 0..2 {
            // A masked text of one byte, and the fence: a masked ping of eight.
            let _ = theirs.read_exact(&mut buffer[..7 + 14]).await;
            let mut pong = vec![0x8a, 8];
            pong.extend((0..8).map(|index| buffer[7 + 6 + index] ^ buffer[7 + 2 + index % 4]));
            let _ = theirs.write_all(&pong).await;
            tokio::time::sleep(PACE.linger / 2).await;
            let _ = theirs.write_all(b"\x81\x01'").await;
        }
        let _ = theirs.read(&mut buffer).await;
    });
    assert_eq!(observe(ours, probe(100)).await, "HTTP/1.1 101 Go {}, text 1 echo, fence, text 1 echo | alive");
}

/// A Faye server takes the first eight bytes after a draft's request for the rest of it.
#[tokio::test(start_paused = true)]
async fn a_draft_is_sent_no_frames() {
    let (ours, mut theirs) = duplex(4096);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        let _ = theirs.read(&mut buffer).await;
        let _ = theirs.write_all(&after_101(b"")).await;
        while let Ok(1..) = theirs.read(&mut buffer).await {
            let _ = theirs.write_all(b"sixteen bytes of").await;
        }
    });
    assert_eq!(observe(ours, probe(703)).await, "HTTP/1.1 101 Go {} | silent");
}

#[tokio::test(start_paused = true)]
async fn without_fences_quiet_decides() {
    let played = observe_with(scripted(after_101(b""), false), probe(203), &Variation::default(), false).await;
    assert_eq!(played.observation.to_string(), "HTTP/1.1 101 Go {} | silent");
}

#[tokio::test(start_paused = true)]
async fn a_drip_notes_the_byte_at_which_the_server_reacts() {
    let (ours, mut theirs) = duplex(4096);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        let _ = theirs.read(&mut buffer).await;
        let _ = theirs.write_all(&after_101(b"")).await;
        let _ = theirs.read_exact(&mut buffer[..2]).await;
        let _ = theirs.write_all(b"\x88\x02\x03\xea").await;
    });
    assert_eq!(observe(ours, probe(135)).await, "HTTP/1.1 101 Go {}, close 1002, reacted at 2 | broken");
}

/// Keeps what was sent.
#[derive(Default)]
struct SentBytes(std::sync::Mutex<Vec<u8>>);

impl Tap for SentBytes {
    fn traffic(&self, direction: Direction, bytes: &[u8]) {
        if direction == Direction::Sent {
            self.0.lock().unwrap().extend(bytes);
        }
    }
}

/// The masking keys of the frames that are sent for a probe, in order.
async fn masking_keys(probe: &Probe, variation: &Variation) -> Vec<[u8; 4]> {
    let (context, sent) = (RequestContext::new(false, "h:1", "/"), SentBytes::default());
    let config =
        PlayConfig { context: &context, variation, pace: PACE, fences: true, talk: PlayConfig::TALK, tap: &sent };
    play(polite(), probe, config).await;
    let sent = sent.0.into_inner().unwrap();
    let mut rest = &sent[sent.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4..];
    let mut keys = Vec::new();
    while let Some((head, size)) = FrameHead::decode(rest) {
        keys.extend(head.mask);
        rest = &rest[size + head.length.bytes() as usize..];
    }
    assert!(keys.len() > 3 && rest.is_empty(), "{keys:?}");
    keys
}

/// By one key for all frames a server knew who asked, and could pass for any product.
#[tokio::test(start_paused = true)]
async fn each_frame_has_a_key_of_its_own_unless_a_run_is_recorded() {
    let keys = masking_keys(probe(100), &Variation::unpredictable()).await;
    let distinct: std::collections::BTreeSet<_> = keys.iter().chain([&Variation::MASK]).collect();
    // Two of a few keys are equal by a chance of one in hundreds of millions.
    assert_eq!(distinct.len(), keys.len() + 1, "{keys:?}");
    let keys = masking_keys(probe(100), &Variation::default()).await;
    assert!(keys.iter().all(|key| *key == Variation::MASK), "{keys:?}");
}

fn variation() -> impl Strategy<Value = Variation> {
    let segments = prop_oneof![Just(Segments::Whole), (1usize..5).prop_map(Segments::Of)];
    (any::<Option<[u8; 4]>>(), proptest::option::of(0x20u8..0x7f), 0usize..6, any::<bool>(), segments).prop_map(
        |(mask, payload_byte, rotate_headers, lower_case_headers, segments)| Variation {
            mask,
            payload_byte,
            rotate_headers,
            lower_case_headers,
            segments,
        },
    )
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a server sends: no panic, no waiting beyond the deadline, no memory beyond the limits.
    #[test]
    fn arbitrary_bytes_are_an_observation(bytes in proptest::collection::vec(any::<u8>(), 0..3000), upgraded: bool,
                                          hang_up: bool, which in 0usize..60, fences: bool) {
        let light: Vec<_> = ALL.iter().filter(|probe| probe.risk < Risk::Heavy).collect();
        let reply = if upgraded { after_101(&bytes) } else { bytes };
        let (took, played) = run(async {
            let start = Instant::now();
            let played = observe_with(scripted(reply, hang_up), light[which % light.len()], &Variation::default(), fences).await;
            (start.elapsed(), played)
        });
        prop_assert!(took <= PACE.deadline);
        prop_assert!(played.observation.events.len() <= FrameReader::MAX_EVENTS + 1);
        let line = played.observation.to_string();
        prop_assert_eq!(line.parse(), Ok(played.observation));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    /// Masks, payload bytes, segments, order and case of our fields must not change what is observed, whatever the probe.
    #[test]
    fn a_variation_does_not_matter_to_a_polite_server(variation in variation()) {
        for probe in default_set() {
            let varied = run(async { observe_with(polite(), probe, &variation, true).await });
            let plain = run(async { observe_with(polite(), probe, &Variation::default(), true).await });
            prop_assert_eq!(varied.observation, plain.observation, "{}", probe.id);
        }
    }
}
