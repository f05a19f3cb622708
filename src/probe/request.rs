//! From a probe's opening to the request that says it to one server.

use super::{Edit, Opening, Probe, Variation};
use crate::wire::handshake::{Header, Request, SUBPROTOCOL, new_key};

/// How the server is addressed, and what the user wants every request to carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestContext {
    /// The value of Host (RFC 9110 section 7.2).
    pub authority: String,
    /// Path and query as typed.
    pub path: String,
    /// The value of Origin (RFC 6454 section 6.2); `None` sends none.
    pub origin: Option<String>,
    /// The whole URL.
    pub url: String,
    /// The user's own fields: those of a name replace ours of that name together, or are added.
    pub headers: Vec<Header>,
    /// The names of those of our fields that the user wants left out of the legal handshake; a probe that is about one sends it all the same.
    pub without: Vec<String>,
}

impl RequestContext {
    /// A server at `authority` and `path` (with its query), over TLS if `secure`, asked from a page of its own origin.
    #[must_use]
    pub fn new(secure: bool, authority: &str, path: &str) -> Self {
        let (web, own) = if secure { ("https", "wss") } else { ("http", "ws") };
        Self {
            authority: authority.to_owned(),
            path: path.to_owned(),
            origin: Some(format!("{web}://{authority}")),
            url: format!("{own}://{authority}{path}"),
            headers: Vec::new(),
            without: Vec::new(),
        }
    }

    /// The Origin, where it is another than that of a page of the server's own.
    #[must_use]
    pub fn foreign_origin(&self) -> Option<&str> {
        let own = Self::new(self.url.starts_with("wss:"), &self.authority, "").origin;
        self.origin.as_deref().filter(|origin| own.as_deref() != Some(*origin))
    }
}

/// The request of `probe`, and the key it carries; frames that leave with it are not in it.
#[must_use]
pub fn request(probe: &Probe, context: &RequestContext, variation: &Variation) -> (Request, String) {
    let mut key = new_key();
    let request = plain_request(probe, context, &key);
    if let Some(own) = request.headers.iter().find(|header| header.is("Sec-WebSocket-Key")) {
        key = String::from_utf8_lossy(&own.value).into_owned();
    }
    (if probe.may_be_cut_short() { request } else { varied(request, variation) }, key)
}

/// The request of `probe` with this key, where the probe does not bring its own, and without any variation.
#[must_use]
pub fn plain_request(probe: &Probe, context: &RequestContext, key: &str) -> Request {
    match probe.opening {
        Opening::Upgrade(edits) => upgrade(edits, context, key),
        Opening::Verbatim { start_line, headers, tail } => verbatim(start_line, headers, tail, context),
    }
}

/// The opening handshake of RFC 6455 section 4.1, edited.
fn upgrade(edits: &[Edit], context: &RequestContext, key: &str) -> Request {
    let mut headers = vec![
        Header::new("Host", context.authority.clone()),
        Header::new("Upgrade", "websocket"),
        Header::new("Connection", "Upgrade"),
        Header::new("Sec-WebSocket-Key", key),
        Header::new("Sec-WebSocket-Version", "13"),
    ];
    headers.extend(context.origin.as_ref().map(|origin| Header::new("Origin", origin.clone())));
    headers.retain(|header| !context.without.iter().any(|name| header.is(name)));
    add_users_own(&mut headers, &context.headers);
    let mut request = Request { start_line: format!("GET {} HTTP/1.1", context.path), headers, tail: Vec::new() };
    edits.iter().for_each(|edit| apply(edit, &mut request, context));
    request
}

fn apply(edit: &Edit, request: &mut Request, context: &RequestContext) {
    let headers = &mut request.headers;
    match edit {
        Edit::Set(name, value) => set(headers, Header::new(*name, *value)),
        Edit::Add(name, value) => headers.push(Header::new(*name, *value)),
        Edit::Remove(name) => headers.retain(|header| !header.is(name)),
        Edit::OfferSubprotocols { reversed } => {
            set(headers, Header::new(SUBPROTOCOL, subprotocols(*reversed)));
        }
        Edit::Query(query) => {
            let sign = if context.path.contains('?') { '&' } else { '?' };
            request.start_line = format!("GET {}{sign}{query} HTTP/1.1", context.path);
        }
        Edit::StartLine(line) => request.start_line = filled(line, context),
        Edit::LongField(length) => headers.push(Header::new("X-Stews-Long", vec![b'x'; *length])),
        Edit::ManyFields(count) => {
            headers.extend((0..*count).map(|index| Header::new(format!("X-Stews-{index}"), "x")));
        }
        Edit::Content(bytes) => request.tail.extend_from_slice(bytes),
        // What is not part of the request is the session's to do.
        Edit::Pipeline(_) => {}
    }
}

/// A template with the target's own words.
fn filled(text: &str, context: &RequestContext) -> String {
    let (path, query) = context.path.split_at(context.path.find('?').unwrap_or(context.path.len()));
    // RFC 9112 section 3.2.2 knows the absolute form with the schemes of HTTP.
    let url = context.url.replacen("ws", "http", 1);
    text.replace("{path}", &context.path)
        .replace("{folder}", path.trim_end_matches('/'))
        .replace("{query}", query)
        .replace("{host}", &context.authority)
        .replace("{url}", &url)
}

/// Replaces the fields of the same name, in the place of the first, or adds it.
fn set(headers: &mut Vec<Header>, header: Header) {
    let place = headers.iter().position(|existing| existing.is(&header.name));
    headers.retain(|existing| !existing.is(&header.name));
    headers.insert(place.unwrap_or(headers.len()), header);
}

/// The first of the user's fields of a name takes the place of ours, the others are sent as well.
fn add_users_own(headers: &mut Vec<Header>, own: &[Header]) {
    for (index, header) in own.iter().enumerate() {
        if own[..index].iter().any(|before| before.is(&header.name)) {
            headers.push(header.clone());
        } else {
            set(headers, header.clone());
        }
    }
}

fn subprotocols(reversed: bool) -> String {
    let mut names = Probe::subprotocols().to_vec();
    if reversed {
        names.reverse();
    }
    names.join(", ")
}

/// The subprotocols that the user has every handshake offer, where this one does.
pub(crate) fn users_subprotocols(request: &Request, context: &RequestContext) -> Vec<String> {
    let offers = context.headers.iter().filter(|own| own.is(SUBPROTOCOL) && request.headers.contains(own));
    let texts = offers.map(|offer| String::from_utf8_lossy(&offer.value));
    texts.flat_map(|text| text.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>()).collect()
}

fn verbatim(start_line: &str, headers: &[(&str, &str)], tail: &[u8], context: &RequestContext) -> Request {
    let fill = |text: &str| {
        text.replace("{path}", &context.path)
            .replace("{host}", &context.authority)
            .replace("{origin}", context.origin.as_deref().unwrap_or_default())
            .replace("{url}", &context.url)
    };
    let sent = |(_, value): &&(&str, &str)| context.origin.is_some() || !value.contains("{origin}");
    let fields = headers.iter().filter(sent).map(|(name, value)| Header::new(*name, fill(value)));
    // What lets the user in (a cookie, a token) belongs to every request, but must not undo the probe.
    let own = context.headers.iter().filter(|own| !headers.iter().any(|(name, _)| own.is(name)) && !own.is("Host"));
    Request { start_line: fill(start_line), headers: fields.chain(own.cloned()).collect(), tail: tail.to_vec() }
}

/// Not for requests that a server may take to end early: what is cut off then is the point. Host stays first, as RFC 9112 section 3.2 asks; the others may come in any order and case.
fn varied(mut request: Request, variation: &Variation) -> Request {
    if let Some(rest) = request.headers.get_mut(1..).filter(|rest| !rest.is_empty() && !repeats(rest)) {
        let places = variation.rotate_headers % rest.len();
        rest.rotate_left(places);
    }
    if variation.lower_case_headers {
        request.headers.iter_mut().for_each(|header| header.name.make_ascii_lowercase());
    }
    request
}

/// Whether a name comes twice: which of its fields is the first then matters.
fn repeats(headers: &[Header]) -> bool {
    headers.iter().enumerate().any(|(index, one)| headers[..index].iter().any(|other| other.is(&one.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{ALL, ProbeId, find};

    fn context() -> RequestContext {
        RequestContext::new(false, "h:1", "/p?q=1")
    }

    /// RFC 6454 section 6.2: the scheme of the page, not that of the WebSocket.
    #[test]
    fn origin_and_url_match_the_context() {
        let context = RequestContext::new(false, "[::1]:8080", "/x");
        assert_eq!((context.origin.as_deref(), context.url.as_str()), (Some("http://[::1]:8080"), "ws://[::1]:8080/x"));
        let context = RequestContext::new(true, "example.org", "/");
        assert_eq!(
            (context.origin.as_deref(), context.url.as_str()),
            (Some("https://example.org"), "wss://example.org/")
        );
    }

    fn text(number: u16, context: &RequestContext) -> String {
        let probe = find(ProbeId::new(number)).expect("known");
        String::from_utf8_lossy(&request(probe, context, &Variation::default()).0.encode()).into_owned()
    }

    /// After the 300s the original sent version `13\/` in every handshake that followed.
    #[test]
    fn every_probe_starts_from_the_legal_handshake() {
        for probe in ALL.iter().filter(|probe| !matches!(probe.series(), 300 | 700)) {
            let sent = text(probe.id.number(), &context());
            assert!(sent.contains("\r\nSec-WebSocket-Version: 13\r\n"), "{}: {sent}", probe.id);
        }
    }

    /// The original dropped the query string.
    #[test]
    fn the_query_is_kept() {
        for probe in ALL.iter().filter(|probe| probe.id.number() != 702) {
            let sent = text(probe.id.number(), &context());
            assert!(sent.lines().next().is_some_and(|line| line.contains("?q=1")), "{}: {sent}", probe.id);
        }
        assert!(text(310, &context()).starts_with("GET /p?q=1&EIO=4&transport=websocket HTTP/1.1\r\n"));
        assert!(text(374, &context()).starts_with("GET http://h:1/p?q=1 HTTP/1.1\r\n"));
        assert!(text(375, &context()).starts_with("GET //p?q=1 HTTP/1.1\r\n"));
        assert!(text(525, &context()).starts_with("GET /p/000/stews/websocket?q=1 HTTP/1.1\r\n"));
    }

    #[test]
    fn fields_are_added_removed_and_spoilt() {
        assert!(!text(327, &context()).contains("Sec-WebSocket-Version"));
        assert_eq!(text(329, &context()).matches("Sec-WebSocket-Version: ").count(), 2);
        assert!(text(385, &context()).contains("X-Stews: folded\r\n line\r\n"));
        assert!(text(386, &context()).contains("X-Stews : spaced\r\n"));
        assert!(text(387, &context()).contains("X-Stews: bare\nX-Stews-Next: next\r\n"));
        assert!(text(388, &context()).len() > 16 * 1024);
        assert_eq!(text(389, &context()).matches("X-Stews-").count(), 200);
        assert!(text(391, &context()).ends_with("Content-Length: 5\r\n\r\nstews"));
    }

    /// The accept is due for the key that was sent, whoever chose it.
    #[test]
    fn the_key_is_the_one_in_the_request() {
        let key = |number| request(find(ProbeId::new(number)).expect("known"), &context(), &Variation::default()).1;
        assert_eq!(key(342), "c3Rld3MgYnkgYnl0ZXMh");
        assert_eq!(key(341), "");
        assert_eq!(key(309).len(), 24);
    }

    /// In the original 401 to 405 all sent what 400 sends.
    #[test]
    fn the_offers_of_extensions_differ() {
        let offers: std::collections::BTreeSet<String> = (400..=405)
            .map(|number| text(number, &context()).split("Extensions: ").nth(1).expect("an offer").to_owned())
            .collect();
        assert_eq!(offers.len(), 6);
        assert!(text(405, &context()).contains("server_max_window_bits=08\r\n"));
    }

    #[test]
    fn raw_bytes_stay_in_the_version() {
        assert!(text(305, &context()).contains("Version: 13\n\r\n"));
        assert!(text(306, &context()).contains("Version: 13\r\r\n"));
        assert!(text(307, &context()).contains("Version: 13\\\r\n"));
        assert!(text(308, &context()).contains("Version: 13\\/\r\n"));
    }

    #[test]
    fn the_drafts_are_sent_as_documented() {
        assert!(
            text(702, &context()).starts_with("HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: websocket\r\n")
        );
        assert!(text(702, &context()).contains("Sec-WebSocket-Location: ws://h:1/p?q=1\r\n"));
        assert!(text(703, &context()).contains("Host: example.com\r\n"));
        assert!(text(704, &context()).ends_with("\r\n\r\n^n:ds[4U"));
        assert!(!text(705, &context()).contains("Host:"));
    }

    #[test]
    fn the_users_fields_go_with_every_request_and_undo_no_probe() {
        let mut context = context();
        context.headers = vec![
            Header::new("Cookie", "a=b"),
            Header::new("upgrade", "mine"),
            Header::new("Sec-WebSocket-Protocol", "chat"),
        ];
        for probe in ALL.iter() {
            assert!(text(probe.id.number(), &context).contains("Cookie: a=b\r\n"), "{}", probe.id);
        }
        assert!(text(701, &context).contains("Upgrade: websocketa\r\n"));
        assert!(text(500, &context).contains("Sec-WebSocket-Protocol: MBWS.huawei.com, "));
        assert!(text(309, &context).contains("upgrade: mine\r\n"));
        assert!(text(100, &context).contains("Sec-WebSocket-Protocol: chat\r\n"));
    }

    #[test]
    fn fields_of_one_name_are_all_sent_and_a_probe_that_sets_it_sets_it_alone() {
        let mut context = context();
        context.headers = ["a", "b"].map(|value| Header::new("X-Two", value)).to_vec();
        context.headers.extend(["13", "8"].map(|value| Header::new("sec-websocket-version", value)));
        for probe in ALL.iter() {
            let sent = text(probe.id.number(), &context);
            assert!(sent.contains("X-Two: a\r\n") && sent.contains("X-Two: b\r\n"), "{}: {sent}", probe.id);
        }
        assert_eq!(text(100, &context).to_ascii_lowercase().matches("sec-websocket-version: ").count(), 2);
        assert_eq!(text(300, &context).to_ascii_lowercase().matches("sec-websocket-version: ").count(), 1);
    }

    #[test]
    fn what_the_user_wants_left_out_is_sent_only_by_probes_about_it() {
        let mut context = RequestContext { origin: None, without: vec!["host".to_owned()], ..context() };
        context.headers.clear();
        let about_it = |number: u16| matches!(number, 367 | 368 | 704);
        for probe in ALL.iter().filter(|probe| !about_it(probe.id.number())) {
            let sent = text(probe.id.number(), &context);
            assert!(!sent.contains("Origin"), "{}: {sent}", probe.id);
        }
        assert!(!text(100, &context).contains("Host: ") && text(703, &context).contains("Host: example.com\r\n"));
    }

    #[test]
    fn a_variation_changes_order_and_case_and_nothing_else() {
        let probe = find(ProbeId::BASELINE).expect("known");
        let variation = Variation { rotate_headers: 2, lower_case_headers: true, ..Variation::default() };
        let (varied, _) = request(probe, &context(), &variation);
        let names: Vec<&str> = varied.headers.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(names, ["host", "sec-websocket-key", "sec-websocket-version", "origin", "upgrade", "connection"]);
    }
}
