//! All that a server sends after a request of HTTP/1.1: a response, and frames where it is a 101.

use super::frame_reader::FrameReader;
use super::head_reader::HeadReader;
use crate::observation::{Event, Reply};

/// Reads what a server sends, as it comes in; never more memory than the limits of its two readers.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Reads the response.
    pub head: HeadReader,
    /// Reads what follows the head of a 101.
    pub frames: FrameReader,
}

impl Inbox {
    /// Takes in what was received, in order.
    pub fn feed(&mut self, bytes: &[u8]) {
        let rest = self.head.feed(bytes);
        self.frames.feed(rest);
    }

    /// Everything read: a frame or head that never ended is kept as far as it came.
    #[must_use]
    pub fn finish(self) -> (Reply, Vec<Event>) {
        (self.head.finish(), self.frames.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{End, Observation};
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> String {
        let mut inbox = Inbox::default();
        pieces.iter().for_each(|piece| inbox.feed(piece));
        let (reply, events) = inbox.finish();
        Observation { reply, events, end: End::Cut }.to_string()
    }

    #[test]
    fn a_reaction_stands_behind_the_first_event_whatever_came_along() {
        let mut inbox = Inbox::default();
        inbox.feed(b"HTTP/1.1 101 Go\r\n\r\n\x88\x02\x03\xea\x88\x00");
        inbox.frames.note_reaction(0, 2);
        let (reply, events) = inbox.finish();
        let seen = Observation { reply, events, end: End::Broken }.to_string();
        assert_eq!(seen, "HTTP/1.1 101 Go {}, close 1002, reacted at 2, close | broken");
        let mut inbox = Inbox::default();
        inbox.frames.note_reaction(0, 3);
        assert_eq!(inbox.finish().1, [Event::ReactedAt(3)]);
    }

    #[test]
    fn a_handshake_and_frames_in_one_segment() {
        assert_eq!(
            read(&[b"HTTP/1.1 101 Go\r\nA: b\r\n\r\n\x81\x02hi\x8a\x00\x88\x04\x03\xeano"]),
            r#"HTTP/1.1 101 Go {A: b}, text 2 "hi", pong 0, close 1002 "no" | cut"#
        );
    }

    #[test]
    fn a_long_message_is_told_as_one_however_it_is_cut() {
        let told = |cuts: &[usize]| {
            let mut bytes = b"HTTP/1.1 101 Go\r\n\r\n".to_vec();
            for (index, size) in cuts.iter().enumerate() {
                let (opcode, fin) = (if index == 0 { 1 } else { 0 }, if index + 1 == cuts.len() { 0x80 } else { 0 });
                bytes.extend([fin | opcode, 126]);
                bytes.extend(u16::try_from(*size).unwrap().to_be_bytes());
                bytes.extend(vec![b'a'; *size]);
                // Control frames may stand between fragments.
                bytes.extend(if index == 0 { &b"\x8a\x00"[..] } else { b"" });
            }
            let line = read(&[&bytes, b"\x82\x01b"]);
            line.replace(&format!("\"{}\"", "a".repeat(125)), "…")
        };
        let folded = "HTTP/1.1 101 Go {}, text 100000 more-follows …, pong 0, binary 1 \"b\" | cut";
        assert_eq!(told(&[40_000, 60_000]), folded);
        assert_eq!(told(&[1000; 100]), folded, "more than the events that are kept");
        let open = b"HTTP/1.1 101 Go\r\n\r\n\x01\x7e\xff\xff".to_vec();
        let open = [open, vec![b'a'; 65_535], b"\x00\x7e\x01\x00".to_vec(), vec![b'a'; 256]].concat();
        let started = format!("HTTP/1.1 101 Go {{}}, text 65536 more-follows \"{}\" | cut", "a".repeat(125));
        assert_eq!(read(&[&open]), started, "it goes on, and nobody knows for how long");
        assert_eq!(
            told(&[40_000, 20_000]),
            "HTTP/1.1 101 Go {}, text 40000 more-follows …, pong 0, continuation 20000 …, binary 1 \"b\" | cut"
        );
    }

    #[test]
    fn a_flood_of_empty_fragments_is_a_flood_of_events() {
        let mut inbox = Inbox::default();
        inbox.feed(b"HTTP/1.1 101 Go\r\n\r\n\x01\x7e\xff\xff");
        inbox.feed(&[b'a'; 65_535]);
        inbox.feed(&b"\x00\x01b".repeat(1000));
        let before = inbox.frames.events_heard();
        inbox.feed(&b"\x00\x00".repeat(5000));
        assert_eq!((before, inbox.frames.events_heard()), (1, 5001));
        inbox.feed(b"\x80\x01c\x82\x01d");
        let (reply, events) = inbox.finish();
        let seen = Observation { reply, events, end: End::Cut }.to_string();
        assert!(seen.starts_with("HTTP/1.1 101 Go {}, text 66536 more-follows"), "{seen}");
        assert!(seen.ends_with(", binary 1 \"d\" | cut"), "{seen}");
    }

    #[test]
    fn a_response_where_frames_are_due_is_told_by_its_status_line() {
        let told = r#"HTTP/1.1 101 Go {}, close, http "HTTP/1.1 500 Oh" | cut"#;
        assert_eq!(read(&[b"HTTP/1.1 101 Go\r\n\r\n\x88\x00HTTP/1.1 500 Oh\r\nDate: now\r\n\r\n\x81\x01a"]), told);
        let pieces: [&[u8]; 5] = [b"HTTP/1.1 101 Go\r\n\r\n\x88\x00H", b"TTP/1", b".1 500 O", b"h", b"\r\nmore"];
        assert_eq!(read(&pieces), told);
        assert_eq!(read(&pieces[..4]), told);
        assert_eq!(read(&pieces[..2]), r#"HTTP/1.1 101 Go {}, close, partial "HTTP/1" | cut"#);
    }

    #[test]
    fn interim_responses_are_passed_over() {
        assert_eq!(read(&[b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Go\r\n\r\n"]), "HTTP/1.1 101 Go {} | cut");
    }

    #[test]
    fn an_endless_head_and_other_protocols_are_bytes() {
        assert!(read(&[b"SSH-2.0-OpenSSH\r\n"]).starts_with("bytes \"SSH-2.0"));
        let endless = [b"HTTP/1.1 200 OK\r\nA: ".as_slice(), &[b'x'; 70_000]].concat();
        assert!(read(&[&endless]).len() < 600);
    }

    #[test]
    fn a_length_of_two_to_the_63_is_no_trouble() {
        let frame = [b"HTTP/1.1 101 Go\r\n\r\n\x82\xff".as_slice(), &(1u64 << 63).to_be_bytes(), b"abcdx"].concat();
        assert_eq!(
            read(&[&frame]),
            r#"HTTP/1.1 101 Go {}, partial "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00abcd\x19" | cut"#
        );
    }

    #[test]
    fn the_end_of_a_response_is_known() {
        for (bytes, complete) in [
            (b"HTTP/1.1 400 B\r\nContent-Length: 2\r\n\r\nno".as_slice(), true),
            (b"HTTP/1.1 400 B\r\nContent-Length: 3\r\n\r\nno", false),
            (b"HTTP/1.1 400 B\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", true),
            (b"HTTP/1.1 400 B\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n", false),
            (b"HTTP/1.1 400 B\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nA: b\r\n\r\n", true),
            (b"HTTP/1.1 400 B\r\n\r\nno", false),
        ] {
            let mut inbox = Inbox::default();
            bytes.iter().for_each(|byte| inbox.feed(&[*byte]));
            assert_eq!(inbox.head.response_complete(), complete, "{}", bytes.escape_ascii());
        }
    }

    /// Two requests in one (drafts look like that to some) get two answers, in one segment or not.
    #[test]
    fn a_second_answer_is_left_out() {
        let second = b"HTTP/1.1 400 B\r\n\r\n";
        for first in [
            "Content-Length: 2\r\n\r\nno",
            "Content-Length: 0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
        ] {
            let first = format!("HTTP/1.1 403 A\r\n{first}");
            let both = [first.as_bytes(), second].concat();
            assert_eq!(read(&[&both]), read(&[first.as_bytes()]));
            assert_eq!(read(&[first.as_bytes(), second]), read(&[first.as_bytes()]));
        }
    }

    /// `HTTZ…` is a frame, and so is `HTTP/1` where no dot follows: a head of two bytes, and a payload of 84.
    #[test]
    fn a_frame_that_begins_as_http_does_keeps_its_bytes_however_it_is_cut() {
        for begin in ["HT", "HTT", "HTTP", "HTTP/", "HTTP/1", "HTTP/1x"] {
            let frame = format!("{begin}{}", "Z".repeat(86 - begin.len()));
            let all = [b"HTTP/1.1 101 Go\r\n\r\n".as_slice(), frame.as_bytes(), b"\x81\x05after"].concat();
            let whole = read(&[&all]);
            assert!(whole.contains("op8 84 more-follows rsv=4 ") && whole.contains("text 5 \"after\""), "{whole}");
            for cut in 1..all.len() {
                assert_eq!(read(&[&all[..cut], &all[cut..]]), whole, "{begin} cut at {cut}");
            }
        }
    }

    /// Where each byte had all before it read anew, these took minutes.
    #[test]
    fn a_byte_at_a_time_is_read_in_linear_time() {
        let long = HeadReader::MAX_HEAD - 100;
        let chunked = "HTTP/1.1 400 B\r\nTransfer-Encoding: chunked\r\n\r\n";
        let started = std::time::Instant::now();
        for all in [
            format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(long)),
            format!("HTTP/1.1 200 OK\r\nA: b{}", "\n b".repeat(long / 3)),
            "\r\n".repeat(long / 2),
            format!("{chunked}{}", "1\r\na\r\n".repeat(long / 6)),
            format!("{chunked}1;{}", "x".repeat(long)),
            format!("{chunked}0\r\n{}", "A: b\r\n".repeat(long / 6)),
            format!("{chunked}{}", "\n".repeat(long)),
        ] {
            let mut inbox = Inbox::default();
            all.bytes().for_each(|byte| inbox.feed(&[byte]));
            let mut whole = Inbox::default();
            whole.feed(all.as_bytes());
            assert_eq!(inbox.finish(), whole.finish());
        }
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    /// What follows a 101: frames, and what begins as a response does and may or may not be one.
    fn after_the_head() -> impl Strategy<Value = Vec<u8>> {
        let begin = (0..=b"HTTP/1.1 500".len()).prop_map(|size| b"HTTP/1.1 500"[..size].to_vec());
        let frame = (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..20));
        let frame = frame.prop_map(|(first, payload)| [&[first, payload.len() as u8][..], &payload].concat());
        let bytes = proptest::collection::vec(any::<u8>(), 0..100);
        let part = prop_oneof![3 => frame, 2 => begin, 1 => bytes];
        proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    /// The parts of responses, whole or not.
    fn response() -> impl Strategy<Value = Vec<u8>> {
        let part = proptest::sample::select(vec![
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 400 B\r\n",
            "HTTP/1.1 101 Go\n",
            "Transfer-Encoding: chunked\r\n",
            "Content-Length: 3\r\n",
            "A: b\r\n",
            " folded\r\n",
            "\r\n",
            "\n",
            "1\r\na\r\n",
            "1;x\r\n",
            "1;x",
            "0\r\n",
            "HTTP/1.1",
            "\u{0}",
        ]);
        proptest::collection::vec(part, 0..14).prop_map(|parts| parts.concat().into_bytes())
    }

    fn is_read_alike_however_it_is_cut(all: &[u8]) -> Result<(), TestCaseError> {
        let whole = read(&[all]);
        for cut in 1..all.len() {
            prop_assert_eq!(read(&[&all[..cut], &all[cut..]]), whole.as_str(), "cut at {}", cut);
            prop_assert_eq!(read(&all.chunks(cut).collect::<Vec<_>>()), whole.as_str(), "pieces of {}", cut);
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn segments_do_not_matter(bytes in after_the_head()) {
            is_read_alike_however_it_is_cut(&[b"HTTP/1.1 101 Go\r\n\r\n".as_slice(), &bytes].concat())?;
        }

        #[test]
        fn segments_of_a_response_do_not_matter(start in prop_oneof![Just(&b""[..]), Just(&b"HTTP/1.1 400 B\r\nTransfer-Encoding: chunked\r\n\r\n"[..])], rest in response()) {
            is_read_alike_however_it_is_cut(&[start, &rest].concat())?;
        }
    }

    proptest! {

        #[test]
        fn any_bytes_are_read_within_the_limits(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..2000), 0..20)) {
            let mut inbox = Inbox::default();
            for piece in &pieces {
                inbox.feed(piece);
                prop_assert!(inbox.head.pending.len() <= HeadReader::MAX_HEAD && inbox.frames.event_count() <= FrameReader::MAX_EVENTS + 1);
            }
        }
    }
}
