//! What the user has every request carry (header fields, cookies, what stands in the query) and a server may give back: it must not
//! come back in any output, and is no trait of the server.

mod forms;

use forms::forms;

use crate::wire::Header;

/// The user's own words, each with the name that stands for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnWords {
    /// The longest first.
    words: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: Vec<u8>,
    name: String,
    kind: Kind,
}

/// What a word is, which decides where it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// What lets the user in, or may: hidden everywhere.
    Secret,
    /// Where the user goes and comes from: hidden but in what a server says of where to go.
    Place,
    /// What a server may say of its own: hidden where it speaks of the request.
    Plain,
}

/// The least length of a word that is looked for, in bytes: shorter ones would be found where they are not meant.
const LEAST: usize = 4;

/// A shorter word is one only where no letter or digit touches it.
const FREE: usize = 8;

/// The least length of a part that looks like a key, if it has a digit.
const KEY: usize = 12;

/// Words of the protocol and of everyday values: given back or not, they give nothing away.
const ORDINARY: [&str; 24] = [
    "true",
    "false",
    "null",
    "none",
    "websocket",
    "upgrade",
    "keep-alive",
    "close",
    "gzip",
    "identity",
    "utf-8",
    "json",
    "text",
    "html",
    "http",
    "https",
    "no-cache",
    "localhost",
    "127.0.0.1",
    "[::1]",
    "polling",
    "bearer",
    "basic",
    "digest",
];

/// Fields in words that everybody uses.
const EVERYBODYS: [&str; 12] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "pragma",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
    "upgrade",
];

impl OwnWords {
    /// Those in the path with its query and in the user's own fields.
    #[must_use]
    pub fn new(path: &str, headers: &[Header]) -> Self {
        let mut own = Self::default();
        own.add_path(path);
        headers.iter().for_each(|header| own.add_field(header));
        own.sorted()
    }

    /// These and an Origin that the user chose.
    #[must_use]
    pub fn with_origin(mut self, origin: &str) -> Self {
        self.add(origin, "Origin", Kind::Place);
        if let Some((_, host)) = origin.split_once("://") {
            self.add(host, "Origin", Kind::Place);
        }
        self.sorted()
    }

    /// Text of a server with each of them replaced by its name.
    #[must_use]
    pub fn hide(&self, text: &[u8]) -> Vec<u8> {
        self.replaced(text, false, |_| true)
    }

    /// As [`OwnWords::hide`], of a text that was cut: it may end within one of them.
    #[must_use]
    pub fn hide_cut(&self, text: &[u8]) -> Vec<u8> {
        self.replaced(text, true, |_| true)
    }

    /// As [`OwnWords::hide`], of a sample, which was cut where it has as many bytes as may be kept of it.
    #[must_use]
    pub fn hide_sample(&self, sample: &[u8], most: usize) -> Vec<u8> {
        self.replaced(sample, sample.len() >= most, |_| true)
    }

    /// Text in which a server names itself and what it speaks: words that are as likely its own stay.
    #[must_use]
    pub fn hide_unmistakable(&self, text: &[u8]) -> Vec<u8> {
        self.replaced(text, false, |word| word.kind != Kind::Plain)
    }

    /// A URL to go to: what lets the user in is replaced alone.
    #[must_use]
    pub fn hide_secrets(&self, url: &[u8]) -> Vec<u8> {
        self.replaced(url, false, |word| word.kind == Kind::Secret)
    }

    fn replaced(&self, text: &[u8], cut: bool, wanted: impl Fn(&Word) -> bool) -> Vec<u8> {
        if self.words.is_empty() {
            return text.to_vec();
        }
        let wanted: Vec<&Word> = self.words.iter().filter(|word| wanted(word)).collect();
        // Few places begin a word, and a page may be long.
        let mut begins = [false; 256];
        wanted.iter().filter_map(|word| word.text.first()).for_each(|first| {
            begins[usize::from(first.to_ascii_lowercase())] = true;
        });
        let mut shown = Vec::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            let may = begins[usize::from(text[at].to_ascii_lowercase())];
            let find = || wanted.iter().find_map(|word| Some((word, word.at(text, at, cut)?)));
            if let Some((word, length)) = may.then(find).flatten() {
                shown.extend_from_slice(format!("<{}>", word.name).as_bytes());
                at += length;
            } else {
                shown.push(text[at]);
                at += 1;
            }
        }
        shown
    }

    fn add_path(&mut self, whole: &str) {
        let Some((path, query)) = whole.split_once('?') else {
            self.add_segments(whole);
            return;
        };
        self.add(whole, "path", Kind::Place);
        self.add(path, "path", Kind::Plain);
        self.add_segments(path);
        self.add(query, "query", Kind::Secret);
        for pair in query.split(['&', ';']) {
            self.add(pair.split_once('=').map_or(pair, |(_, value)| value), "query", Kind::Secret);
        }
    }

    /// Keys are given in paths as well.
    fn add_segments(&mut self, path: &str) {
        path.split('/').filter(|part| is_key(part)).for_each(|part| self.add(part, "path", Kind::Place));
    }

    fn add_field(&mut self, header: &Header) {
        let name = header.name.to_ascii_lowercase();
        let value = String::from_utf8_lossy(&header.value).into_owned();
        if EVERYBODYS.contains(&name.as_str()) || name.starts_with("sec-fetch-") {
            return;
        }
        let kind = |part: &str| match name.as_str() {
            "host" | "origin" => Kind::Place,
            "user-agent" | "sec-websocket-protocol" if !is_key(part) => Kind::Plain,
            _ => Kind::Secret,
        };
        self.add(&value, &header.name, kind(&value));
        for part in parts(&name, &value) {
            self.add(&part, &header.name, kind(&part));
        }
    }

    /// Adds a word in all its forms, if it is one that gives something away.
    fn add(&mut self, text: &str, name: &str, kind: Kind) {
        let text = text.trim();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let ordinary = ORDINARY.iter().any(|word| text.eq_ignore_ascii_case(word));
        if text.len() < LEAST || ordinary || digits && text.len() < LEAST + 2 {
            return;
        }
        for form in forms(text).into_iter().filter(|form| form.len() >= LEAST) {
            if !self.words.iter().any(|word| word.text == form) {
                self.words.push(Word { text: form, name: name.to_owned(), kind });
            }
        }
    }

    fn sorted(mut self) -> Self {
        self.words.sort_by_key(|word| std::cmp::Reverse(word.text.len()));
        self
    }
}

impl Word {
    /// How much of a text from a place on is this word, in any case; where the text was cut, its end may be the word's beginning.
    fn at(&self, text: &[u8], at: usize, cut: bool) -> Option<usize> {
        let rest = &text[at..];
        let length = self.text.len().min(rest.len());
        let whole = length == self.text.len();
        if !whole && (!cut || length < LEAST) || !rest[..length].eq_ignore_ascii_case(&self.text[..length]) {
            return None;
        }
        let touched = |own: Option<&u8>, other: Option<&u8>| {
            own.is_some_and(u8::is_ascii_alphanumeric) && other.is_some_and(u8::is_ascii_alphanumeric)
        };
        let before = text[..at].last().filter(|_| !ends_in_escape(&text[..at]));
        let bound = touched(self.text.first(), before) || whole && touched(self.text.last(), rest.get(length));
        (self.text.len() >= FREE || !bound).then_some(length)
    }
}

/// Whether a text ends with `%XX` or with a letter behind a backslash, which touch no word.
fn ends_in_escape(text: &[u8]) -> bool {
    matches!(text, [.., b'%', _, _]) || matches!(text, [.., b'\\', b'n' | b'r' | b't'])
}

/// Whether a part of a value looks like a key rather than a word.
fn is_key(part: &str) -> bool {
    part.len() >= KEY && part.bytes().any(|byte| byte.is_ascii_digit())
}

/// The parts of a value that may be given back by themselves.
fn parts(name: &str, value: &str) -> Vec<String> {
    let split = |by: &[char]| value.split(by).map(|part| part.trim().trim_matches('"').to_owned()).collect::<Vec<_>>();
    match name {
        "cookie" => split(&[';']).into_iter().flat_map(|pair| [value_of(&pair), pair]).collect(),
        "sec-websocket-protocol" => split(&[',']),
        "authorization" | "proxy-authorization" => credentials(value),
        "host" | "origin" => value.split_once("://").map(|(_, host)| host.to_owned()).into_iter().collect(),
        _ => split(&[' ', ',', ';', '=']).into_iter().filter(|part| is_key(part)).collect(),
    }
}

fn value_of(pair: &str) -> String {
    pair.split_once('=').map_or(pair, |(_, value)| value).trim().trim_matches('"').to_owned()
}

/// What stands behind the scheme (RFC 9110 section 11.4), the name and the password that Basic holds, and the parameters of others.
fn credentials(value: &str) -> Vec<String> {
    let Some((scheme, rest)) = value.trim().split_once(' ') else { return Vec::new() };
    let mut parts = vec![rest.trim().to_owned()];
    parts.extend(rest.split([' ', ',']).map(value_of));
    if scheme.eq_ignore_ascii_case("basic")
        && let Some(both) = forms::from_base64(rest.trim())
    {
        parts.extend(
            both.split_once(':').map(|(user, password)| [user.to_owned(), password.to_owned()]).into_iter().flatten(),
        );
        parts.push(both);
    }
    parts
}

#[cfg(test)]
mod tests;
