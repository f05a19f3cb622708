//! The opening handshake of RFC 6455 section 4 as HTTP/1.1 bytes (RFC 9112), legal or not.

use base64::Engine as _;
use sha1::{Digest as _, Sha1};

/// The field that proves that a server has read the handshake.
pub const ACCEPT: &str = "Sec-WebSocket-Accept";

/// The field in which subprotocols are offered and accepted (RFC 6455 section 11.3.4).
pub const SUBPROTOCOL: &str = "Sec-WebSocket-Protocol";

/// A header field in the order, case and spelling it is sent or was received in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The field name, as written.
    pub name: String,
    /// The field value without the white space around it; any bytes a peer sends.
    pub value: Vec<u8>,
}

impl Header {
    /// A field of text.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// Whether this is the field `name`; field names are case-insensitive (RFC 9110 section 5.1).
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The bytes of a request, piece by piece so that each piece can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The first line without its line end.
    pub start_line: String,
    /// The header fields in order.
    pub headers: Vec<Header>,
    /// Bytes after the empty line.
    pub tail: Vec<u8>,
}

impl Request {
    /// The request as sent.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.start_line.as_bytes().to_vec();
        bytes.extend_from_slice(b"\r\n");
        for header in &self.headers {
            bytes.extend_from_slice(header.name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(&header.value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.tail);
        bytes
    }
}

/// Status line and header fields of a response, as received.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResponseHead {
    /// The minor version of HTTP/1: 0 or 1.
    pub minor_version: u8,
    /// The status code.
    pub status: u16,
    /// The reason phrase, as sent.
    pub reason: String,
    /// The header fields in order and case.
    pub headers: Vec<Header>,
}

/// What reading a response head came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadResult {
    /// A head, and its size in bytes with the empty line.
    Complete(ResponseHead, usize),
    /// So far it could become a head.
    Partial,
    /// It cannot become one.
    NotHttp,
}

impl ResponseHead {
    /// The most header fields that are read; more than any server is known to send.
    pub const MAX_HEADERS: usize = 128;

    /// Reads a head from the front of `bytes`. Of a 101, lines that are no fields are passed over, as other clients do.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> HeadResult {
        match Self::parse(bytes, &Self::config()) {
            Err(_) if bytes.starts_with(b"HTTP/1.1 101") || bytes.starts_with(b"HTTP/1.0 101") => {
                let forgiving = Self::config().ignore_invalid_headers_in_responses(true).to_owned();
                Self::parse(bytes, &forgiving).unwrap_or(HeadResult::NotHttp)
            }
            result => result.unwrap_or(HeadResult::NotHttp),
        }
    }

    /// Why bytes are no head as far as they came, where no line is passed over.
    pub(super) fn strict_error(bytes: &[u8]) -> Option<httparse::Error> {
        Self::parse(bytes, &Self::config()).err()
    }

    fn config() -> httparse::ParserConfig {
        let mut config = httparse::ParserConfig::default();
        config.allow_spaces_after_header_name_in_responses(true);
        config.allow_obsolete_multiline_headers_in_responses(true);
        config
    }

    fn parse(bytes: &[u8], config: &httparse::ParserConfig) -> Result<HeadResult, httparse::Error> {
        let mut fields = [httparse::EMPTY_HEADER; Self::MAX_HEADERS];
        let mut response = httparse::Response::new(&mut fields);
        Ok(match config.parse_response(&mut response, bytes)? {
            httparse::Status::Complete(size) => HeadResult::Complete(Self::from_parsed(&response), size),
            httparse::Status::Partial => HeadResult::Partial,
        })
    }

    fn from_parsed(response: &httparse::Response<'_, '_>) -> Self {
        Self {
            minor_version: response.version.unwrap_or(1),
            status: response.code.unwrap_or(0),
            reason: response.reason.unwrap_or("").to_owned(),
            headers: response.headers.iter().map(|field| Header::new(field.name, field.value)).collect(),
        }
    }

    /// Leaves out how long the content is: the length of one that is not told as it is, or not all of it, differs with what is not
    /// told. An error page that shows a stack is longer before the server's compiler has optimised it.
    pub fn forget_length(&mut self) {
        let is_length = |field: &&mut Header| field.is("Content-Length");
        self.headers.iter_mut().filter(is_length).for_each(|field| field.value = b"<length>".to_vec());
    }

    /// The value of the first field `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|header| header.is(name)).map(|header| header.value.as_slice())
    }

    /// The fields that keep a 101 from being a WebSocket since they are missing or wrong (RFC 6455 section 4.1), where this value of
    /// Sec-WebSocket-Accept is the right one.
    pub fn upgrade_faults(&self, accept: &[u8]) -> impl Iterator<Item = &'static str> + use<> {
        let fields = [
            ("Upgrade", self.has_token("Upgrade", "websocket")),
            ("Connection", self.has_token("Connection", "Upgrade")),
            (ACCEPT, self.header(ACCEPT) == Some(accept)),
        ];
        fields.into_iter().filter(|(_, meets)| !meets).map(|(name, _)| name)
    }

    /// Whether a comma-separated field `name` holds `token`, in any case (RFC 9110 section 5.6.1).
    #[must_use]
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.headers.iter().filter(|header| header.is(name)).any(|header| {
            header
                .value
                .split(|&byte| byte == b',')
                .any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
        })
    }

    /// Whether the connection stays usable after this response (RFC 9112 section 9.3).
    #[must_use]
    pub fn is_persistent(&self) -> bool {
        match self.minor_version {
            0 => self.has_token("Connection", "keep-alive"),
            _ => !self.has_token("Connection", "close"),
        }
    }
}

/// A fresh `Sec-WebSocket-Key`: sixteen random bytes in base64 (RFC 6455 section 4.1, item 7).
#[must_use]
pub fn new_key() -> String {
    let bytes: [u8; 16] = std::array::from_fn(|_| fastrand::u8(..));
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The `Sec-WebSocket-Accept` that belongs to `key` (RFC 6455 section 4.2.2, item 5.4).
#[must_use]
pub fn accept_for(key: &str) -> String {
    let digest = Sha1::new().chain_update(key).chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11").finalize();
    base64::engine::general_purpose::STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_rfc() {
        assert_eq!(accept_for("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn keys_are_sixteen_bytes_and_differ() {
        let (one, two) = (new_key(), new_key());
        assert_eq!(one.len(), 24);
        assert_ne!(one, two);
    }

    #[test]
    fn order_case_and_reason_survive() {
        let bytes = b"HTTP/1.1 101 FYI I am not a webserver\r\nuPGRADE: WebSocket\r\nX-Empty:\r\nB: \x80\r\n\r\nrest";
        let HeadResult::Complete(head, size) = ResponseHead::decode(bytes) else { panic!("not read") };
        assert_eq!(&bytes[size..], b"rest");
        assert_eq!(head.reason, "FYI I am not a webserver");
        assert_eq!(
            head.headers,
            [Header::new("uPGRADE", "WebSocket"), Header::new("X-Empty", ""), Header::new("B", [0x80])]
        );
        assert!(head.has_token("upgrade", "websocket"));
    }

    /// What other clients forgive, and what they do not.
    #[test]
    fn a_101_with_a_malformed_field_is_read() {
        for line in ["no field", "X Y: z", "X-Bad: a\x01b", ": empty", " folded", "X-Space : b", "X-Latin: \u{fc}"] {
            let bytes = format!("HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n{line}\r\nConnection: Upgrade\r\n\r\nrest");
            let HeadResult::Complete(head, size) = ResponseHead::decode(bytes.as_bytes()) else { panic!("{line}") };
            assert_eq!(&bytes[size..], "rest");
            assert!(head.has_token("Connection", "upgrade") && head.header("Upgrade").is_some(), "{line}: {head:?}");
            let refusal = bytes.replace("101 Go", "400 No");
            let strict = ["folded", "Space", "Latin"].iter().any(|word| line.contains(word));
            assert_eq!(ResponseHead::decode(refusal.as_bytes()) != HeadResult::NotHttp, strict, "{line}");
        }
    }

    #[test]
    fn what_is_not_http_is_said_to_be_so() {
        assert_eq!(ResponseHead::decode(b"SSH-2.0-x\r\n"), HeadResult::NotHttp);
        assert_eq!(ResponseHead::decode(b"HTTP/1.1 10"), HeadResult::Partial);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = ResponseHead::decode(&bytes);
        }

        /// Requests are read back by an independent parser where they are legal; illegal text is kept as it is.
        #[test]
        fn requests_say_what_they_were_told(
            names in proptest::collection::vec("[A-Za-z][A-Za-z0-9-]{0,12}", 0..8),
            value in "[!-~]{0,30}", tail in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let headers: Vec<Header> = names.iter().map(|name| Header::new(name.clone(), value.clone())).collect();
            let request = Request { start_line: "GET /x?y HTTP/1.1".into(), headers, tail: tail.clone() };
            let bytes = request.encode();
            let mut fields = [httparse::EMPTY_HEADER; 16];
            let mut parsed = httparse::Request::new(&mut fields);
            let size = parsed.parse(&bytes).expect("legal").unwrap();
            prop_assert_eq!(&bytes[size..], &tail[..]);
            prop_assert_eq!(parsed.headers.len(), request.headers.len());
            for (theirs, ours) in parsed.headers.iter().zip(&request.headers) {
                prop_assert_eq!(theirs.name, &ours.name);
                prop_assert_eq!(theirs.value, &ours.value[..]);
            }
        }

        #[test]
        fn illegal_text_is_sent_as_it_is(line in "[ -~]{0,40}", name in "[ -~]{0,20}", value in proptest::collection::vec(any::<u8>(), 0..40)) {
            let request = Request { start_line: line.clone(), headers: vec![Header::new(name.clone(), value.clone())], tail: vec![] };
            let expected = [line.as_bytes(), b"\r\n", name.as_bytes(), b": ", &value, b"\r\n\r\n"].concat();
            prop_assert_eq!(request.encode(), expected);
        }

        #[test]
        fn responses_come_back(status in 100u16..1000, reason in "[!-~]([ -~]{0,20}[!-~])?", value in "[!-~]([ -~]{0,20}[!-~])?") {
            let bytes = format!("HTTP/1.1 {status} {reason}\r\nX-A: {value}\r\n\r\n");
            let HeadResult::Complete(head, size) = ResponseHead::decode(bytes.as_bytes()) else { panic!("{bytes:?}") };
            prop_assert_eq!((head.status, head.reason, size), (status, reason, bytes.len()));
            prop_assert_eq!(head.headers, vec![Header::new("X-A", value)]);
        }
    }
}
