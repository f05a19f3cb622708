//! How much a stored file may hold. One that others wrote is read no further than this, whatever it declares, and nothing is set aside
//! for what it only announces. Ours stay far below: each limit says what today's database and recordings come to.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::wire::escape::printable;

/// Bytes of a database; today's has 0.9 million.
pub(super) const DATABASE: usize = 64 * MIB;

/// Bytes of a recording or of a set of probes; the longest of today's has 0.2 million.
pub(super) const RECORDING: usize = 4 * MIB;

/// Bytes that all lines of a database come to, written out; today's come to 0.8 million.
pub(super) const TEXT: usize = 64 * MIB;

/// Bytes that lines may come to for each byte that they are stored in: sorted lines begin alike, today's for a fifth of their length.
pub(super) const EXPANSION: usize = 16;

/// Bytes of one line. No observation is longer: what is kept of a play is at most 64 KiB of head, of which each byte is escaped or stands for
/// a word, and some samples.
pub(super) const LINE: usize = MIB;

/// Lines of a database; today's has 4,500.
pub(super) const LINES: usize = 100_000;

/// Values of facts in a database; today's has 3,000.
pub(super) const VALUES: usize = 200_000;

/// Ways to behave in a database; today's has 250.
pub(super) const BEHAVIOURS: usize = 10_000;

/// Different answers to one probe of a way to behave; today's has three at most.
pub(super) const ANSWERS: usize = 64;

/// All answers of a database; today's has 68,000.
pub(super) const SEEN: usize = 1_000_000;

/// Releases of all products in a database, with those that are not recorded; today's has 10,000 at most.
pub(super) const RELEASES: usize = 200_000;

/// Release lines of a product.
pub(super) const RELEASE_LINES: usize = 200;

/// Versions, or twins, of a way to behave.
pub(super) const NAMES: usize = 1_000;

/// Characters of a product's name, of a version's, and of whatever else is shown.
const NAME: usize = 200;

const MIB: usize = 1024 * 1024;

/// Whether `name` is a text that may be shown as it is: short, and without control, invisible and direction-changing characters. What is
/// wrong is told with its name, `what`.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), String> {
    if name.chars().nth(NAME).is_some() {
        return Err(format!("{what} `{}…` has more than {NAME} characters", excerpt(name)));
    }
    if printable(name) != name {
        return Err(format!("{what} `{}` holds a character that cannot be printed", name.escape_debug()));
    }
    Ok(())
}

/// Whether `name` passes [`check_name`] as nearly all do, which is quicker to see.
pub(super) fn is_plain(name: &str) -> bool {
    name.len() <= NAME && name.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Whether `line` is made of what the text notation is made of, printable ASCII, and no longer than one may be.
pub(super) fn check_line(line: &str) -> Result<(), String> {
    if line.len() > LINE {
        return Err(format!("a line of it, `{}…`, has more than {LINE} bytes", excerpt(line)));
    }
    // No early end, so that many bytes are looked at in one step.
    if !line.bytes().fold(true, |plain, byte| plain & (b' '..=b'~').contains(&byte)) {
        return Err(format!("a line of it, `{}…`, is not printable ASCII", excerpt(line)));
    }
    Ok(())
}

/// How a text begins, escaped.
fn excerpt(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}

/// A list of at most `N` members: one that is longer is not read to its end.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct AtMost<T, const N: usize>(pub(super) Vec<T>);

impl<T, const N: usize> AtMost<T, N> {
    /// Whether it has no members.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T, const N: usize> Default for AtMost<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const N: usize> FromIterator<T> for AtMost<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for AtMost<T, N> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for ListVisitor<T, N> {
    type Value = AtMost<T, N>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a list of at most {N}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = list.next_element()? {
            if members.len() == N {
                return Err(A::Error::custom(format_args!("a list has more than {N} members")));
            }
            members.push(member);
        }
        Ok(AtMost(members))
    }
}
