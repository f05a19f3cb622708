//! Reads targets as they are needed, on a thread of its own: a list may be a pipe that nobody writes to.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::list::{Lines, ListError};
use super::output::warn;
use super::targets::{LIMITS, List, MOST_TOLD, Sources, in_line, parse, without_comment};
use crate::fleet::{Asked, Exclusion, Expansion, Held, Spec, Window};

/// How many targets may have been read that nobody has taken yet.
const AHEAD: usize = 256;

/// What targets are left out.
pub(super) struct Filters {
    /// Those that are to be left alone.
    pub(super) exclusion: Option<Arc<Exclusion>>,
    /// Those that an earlier run has looked at.
    pub(super) held: Held,
}

/// What was read so far; clones are one.
#[derive(Clone, Default)]
pub(super) struct Read(Arc<Counts>);

#[derive(Default)]
struct Counts {
    /// Targets of any kind.
    named: AtomicU64,
    duplicates: AtomicU64,
    held: AtomicU64,
    excluded: AtomicU64,
    /// Lines of lists that could not be looked through before.
    skipped_lines: AtomicU64,
    ended: Mutex<Option<Result<(), String>>>,
}

impl Read {
    fn count(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }

    fn add(counter: &AtomicU64) -> u64 {
        counter.fetch_add(1, Ordering::Relaxed)
    }

    /// How many targets were named.
    pub(super) fn named(&self) -> u64 {
        Self::count(&self.0.named)
    }

    /// How many of them were named before.
    pub(super) fn duplicates(&self) -> u64 {
        Self::count(&self.0.duplicates)
    }

    /// How many of them an earlier run has looked at.
    pub(super) fn held(&self) -> u64 {
        Self::count(&self.0.held)
    }

    /// How many of them are to be left alone, as their names say.
    pub(super) fn excluded(&self) -> u64 {
        Self::count(&self.0.excluded)
    }

    /// How many lines were left out since they are no targets, but for those that were told before anything was sent.
    pub(super) fn skipped_lines(&self) -> u64 {
        Self::count(&self.0.skipped_lines)
    }

    /// What came of reading, once that has ended: why it ended early, if it did.
    pub(super) fn end(&self) -> Option<Result<(), String>> {
        self.0.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Begins to read; what comes, and what is counted of it.
pub(super) fn start(
    sources: Sources,
    expansion: Arc<Expansion>,
    filters: Filters,
) -> std::io::Result<(Receiver<Asked>, Read)> {
    let (send, asked) = channel(AHEAD);
    let read = Read::default();
    let counts = read.clone();
    let feed = move || {
        let mut feed = Feed { send, expansion, filters, window: Window::new(Window::MOST), read: counts };
        let end = feed.all(sources);
        // Set before the channel is closed, which is seen to happen after it.
        *feed.read.0.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    };
    std::thread::Builder::new().name("targets".to_owned()).spawn(feed)?;
    Ok((asked, read))
}

struct Feed {
    send: Sender<Asked>,
    expansion: Arc<Expansion>,
    filters: Filters,
    window: Window,
    read: Read,
}

/// Nobody takes any more.
struct Enough;

/// Why a list was not read to its end.
enum Stopped {
    Enough,
    Failed(ListError),
}

impl Feed {
    fn all(&mut self, sources: Sources) -> Result<(), String> {
        for spec in sources.texts {
            if let Err(Enough) = self.give(spec) {
                return Ok(());
            }
        }
        for list in sources.lists {
            match self.list(&list) {
                Ok(()) => {}
                Err(Stopped::Enough) => return Ok(()),
                Err(Stopped::Failed(error)) => return Err(error.to_string()),
            }
        }
        let skipped = self.read.skipped_lines();
        if skipped > 1 {
            warn(&format!("{skipped} lines that are no targets are left out"));
        }
        Ok(())
    }

    fn list(&mut self, list: &List) -> Result<(), Stopped> {
        for line in Lines::open(&list.path, LIMITS).map_err(Stopped::Failed)? {
            let line = line.map_err(Stopped::Failed)?;
            let text = without_comment(&line.text);
            if text.is_empty() {
                continue;
            }
            match parse(text, &self.expansion) {
                Ok(spec) => self.give(spec).map_err(|Enough| Stopped::Enough)?,
                // It was told when the file was looked through.
                Err(_) if list.is_checked => {}
                Err(why) => self.skip(&list.path, line.number, &why),
            }
        }
        Ok(())
    }

    fn skip(&self, path: &Path, number: usize, why: &str) {
        if Read::add(&self.read.0.skipped_lines) < MOST_TOLD {
            warn(&in_line(path, number, why));
        }
    }

    /// Gives all targets of a text that are not left out.
    fn give(&mut self, spec: Spec) -> Result<(), Enough> {
        for asked in spec.expand(&self.expansion) {
            let key = asked.key();
            let counts = &self.read.0;
            Read::add(&counts.named);
            if !self.window.is_new(key) {
                Read::add(&counts.duplicates);
            } else if self.filters.held.has(key) {
                Read::add(&counts.held);
            } else if self.filters.exclusion.as_ref().is_some_and(|exclusion| exclusion.has_host(asked.first().host()))
            {
                Read::add(&counts.excluded);
            } else {
                self.send.blocking_send(asked).map_err(|_| Enough)?;
            }
        }
        Ok(())
    }
}
