use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn the_forms_of_the_design() {
    for line in [
        r#"close 1002 "bad opcode 3" | fin"#,
        r#"text 1 "'" | alive"#,
        "text 1 echo, fence, text 1 echo | alive",
        "HTTP/1.1 426 Upgrade Required {Sec-WebSocket-Version: 13} | fin",
        r#"HTTP/1.1 426 Upgrade Required {Sec-WebSocket-Version: "7, 8, 13"} body "no\r\n" | fin"#,
        "| alive",
        "| reset",
        "close | fin",
        "nothing | silent",
        r#"bytes "SSH-2.0" | cut"#,
        r#"op8 1 "x", op3 4 more-follows rsv=5 masked=01020304 len64 "a\x00b\"" | cut"#,
        "ping 0, after 20, after 30 | fin",
        r#"reacted at 2, partial "\x81", more | fin"#,
        r#"HTTP/1.0 200 {} | fin"#,
        r#"close 1002, http "HTTP/1.1 500 Oh no" | fin"#,
    ] {
        let observation: Observation = line.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(observation.to_string(), line);
    }
}

#[test]
fn what_is_no_observation_is_refused_in_words() {
    for line in ["", "alive", "| dead", "close x | fin", "text | alive", r#"bytes "x | fin"#, "fence | alive | alive"] {
        let error = line.parse::<Observation>().expect_err(line).to_string();
        assert!(error.starts_with("not an observation: expected "), "{error}");
    }
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![any::<u8>(), Just(b','), Just(b'"'), Just(b'\\'), Just(b'|'), Just(b'}'), Just(b' ')], 0..most)
}

fn head() -> impl Strategy<Value = ResponseHead> {
    let field = ("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", bytes(20)).prop_map(|(name, value)| Header::new(name, value));
    (0u8..2, 100u16..1000, "\\PC{0,20}", vec(field, 0..5))
        .prop_map(|(minor_version, status, reason, headers)| ResponseHead { minor_version, status, reason, headers })
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        Just(Reply::Usual),
        Just(Reply::Nothing),
        bytes(40).prop_map(Reply::Bytes),
        (head(), bytes(40)).prop_map(|(head, body)| Reply::Response { head, body }),
    ]
}

fn frame() -> impl Strategy<Value = Event> {
    let form = prop_oneof![Just(LengthForm::Seven), Just(LengthForm::Sixteen), Just(LengthForm::SixtyFour)];
    let length = (prop_oneof![0u64..300, any::<u64>()], form).prop_map(|(bytes, form)| Length::in_form(bytes, form));
    let content = prop_oneof![Just(Content::Echo), bytes(30).prop_map(Content::Sample)];
    (any::<bool>(), 0u8..8, 0u8..16, any::<Option<[u8; 4]>>(), length, content).prop_map(
        |(fin, rsv, opcode, mask, length, content)| {
            let head = FrameHead { fin, rsv: Rsv::new(rsv), opcode: Opcode::new(opcode), mask, length };
            Event::Frame { head, content }
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    let close = (any::<Option<u16>>(), bytes(30)).prop_map(|(code, reason)| {
        let reason = if code.is_some() { reason } else { Vec::new() };
        Event::Close(Close { code, reason })
    });
    prop_oneof![
        frame(),
        close,
        Just(Event::Fence),
        Just(Event::More),
        (0usize..100).prop_map(Event::ReactedAt),
        (0u64..100).prop_map(Event::After),
        bytes(30).prop_map(Event::Partial),
        bytes(30).prop_map(Event::Response),
    ]
}

proptest! {
    #[test]
    fn every_observation_comes_back(reply in reply(), events in vec(event(), 0..6), end in proptest::sample::select(&End::ALL[..])) {
        let observation = Observation { reply, events, end };
        let line = observation.to_string();
        prop_assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{}", line);
        prop_assert_eq!(line.parse::<Observation>(), Ok(observation), "{}", line);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,80}") {
        if let Ok(observation) = text.parse::<Observation>() {
            prop_assert_eq!(observation.to_string().parse::<Observation>(), Ok(observation));
        }
    }
}
