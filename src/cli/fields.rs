//! Header fields and cookies, as typed or from files.

use std::path::Path;

use super::args::Args;
#[cfg(feature = "nats")]
use super::args::How;
use super::error::PlanError;
use super::list::{Limits, Lines, shown};
use crate::probe::RequestContext;
use crate::wire::Header;
use crate::wire::handshake::SUBPROTOCOL;

/// How much of a file of fields is read.
const LIMITS: Limits = Limits { line: 64 << 10, whole: 1 << 20 };

/// What the user wants every request to carry.
#[derive(Default)]
pub(super) struct Fields {
    /// Fields to add, or to send in place of ours.
    pub(super) headers: Vec<Header>,
    /// The names of fields of ours to leave out.
    pub(super) without: Vec<String>,
}

/// What one text asks for.
enum Field {
    Send(Header),
    LeaveOut(String),
}

impl Fields {
    /// All that the arguments ask for. No error tells a value: it may be a secret.
    pub(super) fn of(args: &Args) -> Result<Self, PlanError> {
        let mut fields = Self::default();
        for (index, text) in args.how.header.iter().enumerate() {
            match text.strip_prefix('@') {
                Some(path) => fields.read(Path::new(path))?,
                None => fields.add(text, || format!("-H number {}", index + 1))?,
            }
        }
        if let Some(cookie) = &args.how.cookie {
            let cookie = match cookie.strip_prefix('@') {
                Some(path) => cookies(Path::new(path))?,
                None => cookie.clone(),
            };
            fields.headers.push(Header::new("Cookie", plain(cookie, "cookie")?));
        }
        if !args.how.subprotocol.is_empty() {
            fields.headers.push(Header::new(SUBPROTOCOL, plain(args.how.subprotocol.join(", "), "subprotocol")?));
        }
        Ok(fields)
    }

    /// Puts them into what is said to a server.
    pub(super) fn apply(&self, context: &mut RequestContext) {
        context.headers.clone_from(&self.headers);
        context.without.clone_from(&self.without);
        if self.without.iter().any(|name| name.eq_ignore_ascii_case("Origin")) {
            context.origin = None;
        }
    }

    fn add(&mut self, text: &str, place: impl Fn() -> String) -> Result<(), PlanError> {
        match field(text).map_err(|why| PlanError::Header { place: place(), why })? {
            Field::Send(header) => self.headers.push(header),
            Field::LeaveOut(name) => self.without.push(name),
        }
        Ok(())
    }

    fn read(&mut self, path: &Path) -> Result<(), PlanError> {
        for (number, text) in lines(path)? {
            self.add(&text, || format!("`{}`, line {number}", shown(path)))?;
        }
        Ok(())
    }
}

/// A field by RFC 9110 section 5: a token, a colon, a value. As with curl, one without a value is left out, and one with a semicolon in
/// place of the colon is sent empty.
fn field(text: &str) -> Result<Field, &'static str> {
    let (name, value) = match text.split_once(':') {
        Some(parts) => parts,
        None => (text.trim_end().strip_suffix(';').ok_or("it has no colon")?, ""),
    };
    let token = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    if name.is_empty() || !name.chars().all(token) {
        return Err("its name is none that a field can have");
    }
    let value = value.trim();
    if value.contains(|letter: char| letter.is_control() && letter != '\t') {
        return Err("it holds a line break or another control character");
    }
    Ok(if value.is_empty() && text.contains(':') {
        Field::LeaveOut(name.to_owned())
    } else {
        Field::Send(Header::new(name, value))
    })
}

/// The cookies of a file, one or several a line.
fn cookies(path: &Path) -> Result<String, PlanError> {
    let lines = lines(path)?;
    if lines.first().is_some_and(|(_, line)| line.starts_with("# ") && line.contains("Cookie File")) {
        return Err(PlanError::CookieJar(shown(path)));
    }
    let cookies: Vec<&str> = lines.iter().map(|(_, line)| line.trim().trim_end_matches(';')).collect();
    Ok(cookies.join("; "))
}

/// How targets are asked, with what files say of fields and cookies in their place: as it travels to other machines.
#[cfg(feature = "nats")]
pub(super) fn without_files(args: &Args) -> Result<How, PlanError> {
    // What is wrong with any of them is told as ever.
    Fields::of(args)?;
    let mut how = args.how.clone();
    how.header = Vec::new();
    for text in &args.how.header {
        match text.strip_prefix('@') {
            Some(path) => how.header.extend(lines(Path::new(path))?.into_iter().map(|(_, text)| text)),
            None => how.header.push(text.clone()),
        }
    }
    if let Some(path) = args.how.cookie.as_deref().and_then(|cookie| cookie.strip_prefix('@')) {
        how.cookie = Some(cookies(Path::new(path))?);
    }
    Ok(how)
}

/// The lines of a file that are not empty, with their numbers.
fn lines(path: &Path) -> Result<Vec<(usize, String)>, PlanError> {
    let mut found = Vec::new();
    for line in Lines::open(path, LIMITS)? {
        let line = line?;
        if !line.is_whole {
            return Err(PlanError::NoText { file: shown(path), line: line.number });
        }
        if !line.text.trim().is_empty() {
            found.push((line.number, line.text));
        }
    }
    if found.is_empty() { Err(PlanError::NoFields(shown(path))) } else { Ok(found) }
}

fn plain(text: String, what: &'static str) -> Result<String, PlanError> {
    if text.contains(|letter: char| letter.is_control() && letter != '\t') {
        Err(PlanError::Control(what))
    } else {
        Ok(text)
    }
}
