//! What an output of an earlier run holds already, so that a run can go on behind it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom};

use serde::Deserialize;

use super::asked::key_of;

/// The most of one line that is read: more than one of ours ever has.
const LONGEST: u64 = 16 << 20;

/// How every line of ours begins.
const BEGINNING: &[u8] = b"{\"schema\":";

/// The targets that an output of JSON Lines holds: their keys alone, eight bytes each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// In order.
    keys: Vec<u64>,
}

/// Why an output cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum HeldError {
    /// It cannot be read, or not be mended.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It holds a line that is no result; its number.
    #[error("line {0} is no result of stews in JSON Lines")]
    NoResult(u64),
}

/// What of a result tells its target.
#[derive(Deserialize)]
struct Record {
    target: String,
    input: Option<String>,
    id: Option<String>,
    run: Option<Run>,
}

#[derive(Deserialize)]
struct Run {
    stopped: Option<Stopped>,
}

#[derive(Deserialize)]
struct Stopped {
    why: String,
}

impl Held {
    /// Reads an output, and cuts off a last line without its end: whoever wrote it was ended in the middle of it. The targets of results that an interrupt
    /// cut short are not held.
    ///
    /// # Errors
    /// When it cannot be read or mended, or is something else; then it is left as it is.
    pub fn read(file: &File) -> Result<Self, HeldError> {
        let mut input = BufReader::new(file);
        let (mut keys, mut line, mut whole, mut number) = (Vec::new(), Vec::new(), 0, 0);
        let cut = loop {
            line.clear();
            number += 1;
            let read = input.by_ref().take(LONGEST).read_until(b'\n', &mut line)? as u64;
            match line.last() {
                None => break false,
                Some(b'\n') => keys.extend(key(&line).ok_or(HeldError::NoResult(number))?),
                Some(_) if read < LONGEST && is_beginning(&line) => break true,
                Some(_) => return Err(HeldError::NoResult(number)),
            }
            whole += read;
        };
        let mut file = file;
        if cut {
            file.set_len(whole)?;
        }
        file.seek(SeekFrom::Start(whole))?;
        keys.sort_unstable();
        keys.dedup();
        keys.shrink_to_fit();
        Ok(Self { keys })
    }

    /// Whether it holds the target of this key.
    #[must_use]
    pub fn has(&self, key: u64) -> bool {
        self.keys.binary_search(&key).is_ok()
    }

    /// How many targets it holds.
    #[must_use]
    pub fn count(&self) -> usize {
        self.keys.len()
    }
}

/// Whether a line without its end may be the beginning of one of ours.
fn is_beginning(line: &[u8]) -> bool {
    let shown = line.len().min(BEGINNING.len());
    line[..shown] == BEGINNING[..shown]
}

/// The key of the target of a line, none if it is to be looked at again; nothing where the line is no result.
#[allow(clippy::option_option, reason = "no result is something else than a result that does not count")]
fn key(line: &[u8]) -> Option<Option<u64>> {
    let record: Record = serde_json::from_slice(line).ok()?;
    let stopped = record.run.and_then(|run| run.stopped);
    if stopped.is_some_and(|stopped| stopped.why == "interrupted") {
        return Some(None);
    }
    Some(Some(match record.id {
        Some(id) => u64::from_str_radix(&id, 16).ok()?,
        None => key_of(record.input.as_deref().unwrap_or(&record.target)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn file(text: &str) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.rewind().unwrap();
        file
    }

    fn text(file: &mut File) -> String {
        let mut text = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut text).unwrap();
        text
    }

    const ONE: &str = "{\"schema\":2,\"target\":\"ws://a/\",\"run\":{\"stopped\":null}}\n";
    const OTHER: &str = "{\"schema\":2,\"target\":\"ws://b/\",\"input\":\"b/\"}\n";

    #[test]
    fn a_line_that_was_cut_is_cut_off_wherever_that_was() {
        for end in 0..OTHER.len() {
            let mut file = file(&format!("{ONE}{}", &OTHER[..end]));
            let held = Held::read(&file).unwrap();
            assert_eq!((held.count(), held.has(key_of("ws://a/")), held.has(key_of("b/"))), (1, true, false));
            // What is written next stands on a line of its own.
            file.write_all(OTHER.as_bytes()).unwrap();
            assert_eq!(text(&mut file), format!("{ONE}{OTHER}"));
        }
        let held = Held::read(&file(&format!("{ONE}{OTHER}{ONE}"))).unwrap();
        assert!(held.count() == 2 && held.has(key_of("b/")) && !held.has(key_of("ws://b/")));
        assert_eq!(Held::read(&file("")).unwrap().count(), 0);
    }

    #[test]
    fn what_was_hidden_is_known_by_its_key_and_what_was_interrupted_is_not_held() {
        let id = format!("{:016x}", key_of("ws://a/?token=secret"));
        let hidden = format!("{{\"schema\":2,\"target\":\"ws://a/?token=<hidden>\",\"id\":\"{id}\"}}\n");
        let held = Held::read(&file(&hidden)).unwrap();
        assert!(held.has(key_of("ws://a/?token=secret")) && !held.has(key_of("ws://a/?token=<hidden>")));
        let interrupted = "{\"schema\":2,\"target\":\"ws://a/\",\"run\":{\"stopped\":{\"why\":\"interrupted\"}}}\n";
        assert_eq!(Held::read(&file(interrupted)).unwrap().count(), 0);
    }

    #[test]
    fn another_file_is_left_as_it_is() {
        for (words, line) in
            [("something\n", 1), ("something", 1), (&format!("{ONE}{{}}\n"), 2), (&format!("{ONE}x"), 2)]
        {
            let mut file = file(words);
            assert!(matches!(Held::read(&file), Err(HeldError::NoResult(number)) if number == line), "{words}");
            assert_eq!(text(&mut file), words);
        }
    }
}
