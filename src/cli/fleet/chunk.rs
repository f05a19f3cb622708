//! Targets that one worker looks at: those of a chunk share a bucket, and all targets at one host do.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::fleet::{Asked, key_of};

/// Into so many buckets targets are put. Each has one consumer, which gives out one chunk at a time.
pub(super) const BUCKETS: u64 = 64;

/// Targets that one worker looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chunk {
    pub(super) number: u64,
    /// How often what was left of it was given back.
    pub(super) part: u32,
    pub(super) bucket: u64,
    /// Those of its targets that were found to be left alone before it was given back.
    pub(super) left_alone: u64,
    /// The names of the targets.
    pub(super) targets: Vec<String>,
}

/// That a chunk is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChunkDone {
    pub(super) number: u64,
    /// How many targets were to be left alone, as it turned out when their names were looked up.
    pub(super) left_alone: u64,
}

/// A chunk that nobody is to begin any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Aside {
    pub(super) number: Option<u64>,
    pub(super) why: String,
    /// How often it was begun.
    pub(super) begun: u64,
    /// The workers that had it.
    pub(super) workers: Vec<String>,
    pub(super) targets: Vec<String>,
}

impl Chunk {
    /// Reads a chunk with its targets, each once; or why it is none.
    pub(super) fn read(payload: &[u8]) -> Result<(Self, Vec<Asked>), String> {
        let chunk: Self = serde_json::from_slice(payload).map_err(|error| error.to_string())?;
        let mut seen = HashSet::new();
        let mut targets = Vec::with_capacity(chunk.targets.len());
        for name in &chunk.targets {
            let asked = Asked::from_name(name).ok_or("it holds a name that is that of no target")?;
            if seen.insert(asked.key()) {
                targets.push(asked);
            }
        }
        Ok((chunk, targets))
    }

    /// What tells it from the others of a run.
    pub(super) fn id(&self, run: &str) -> String {
        format!("{run}/{}.{}", self.number, self.part)
    }

    /// As a message.
    pub(super) fn to_payload(&self) -> Vec<u8> {
        to_payload(self)
    }
}

/// A document as a message.
pub(super) fn to_payload(document: &impl Serialize) -> Vec<u8> {
    // Texts and numbers alone, which cannot fail.
    serde_json::to_vec(document).unwrap_or_default()
}

/// The bucket of a target: that of its host.
fn bucket_of(asked: &Asked) -> u64 {
    key_of(&asked.first().host().to_string()) % BUCKETS
}

/// Cuts targets into chunks, the same for the same targets.
pub(super) struct Cutter {
    buckets: Vec<Bucket>,
    /// The most targets of a chunk.
    most: usize,
    /// The most bytes of their names.
    most_bytes: usize,
    next: u64,
}

#[derive(Clone, Default)]
struct Bucket {
    targets: Vec<String>,
    bytes: usize,
}

impl Cutter {
    /// Of a chunk, so many targets whose names come to so many bytes at most, but at least one.
    pub(super) fn new(most: usize, most_bytes: usize) -> Self {
        let buckets = (0..BUCKETS).map(|_| Bucket::default()).collect();
        Self { buckets, most: most.max(1), most_bytes, next: 0 }
    }

    /// Adds a target; the chunk that is full because of it.
    pub(super) fn add(&mut self, asked: &Asked) -> Option<Chunk> {
        let (bucket, name) = (bucket_of(asked), asked.name());
        // A quote and a comma; few names hold what is escaped.
        let bytes = name.len() + 4;
        let into = self.buckets.get(usize::try_from(bucket).ok()?)?;
        let has_no_room = into.targets.len() >= self.most || into.bytes + bytes > self.most_bytes;
        let is_full = has_no_room && !into.targets.is_empty();
        let full = if is_full { self.cut(bucket) } else { None };
        let into = self.buckets.get_mut(usize::try_from(bucket).ok()?)?;
        into.targets.push(name);
        into.bytes += bytes;
        let is_full = into.targets.len() >= self.most && full.is_none();
        if is_full { self.cut(bucket) } else { full }
    }

    /// The chunks of what is left.
    pub(super) fn rest(mut self) -> impl Iterator<Item = Chunk> {
        (0..BUCKETS).filter_map(move |bucket| self.cut(bucket))
    }

    fn cut(&mut self, bucket: u64) -> Option<Chunk> {
        let of = self.buckets.get_mut(usize::try_from(bucket).ok()?)?;
        let Bucket { targets, .. } = std::mem::take(of);
        if targets.is_empty() {
            return None;
        }
        self.next += 1;
        Some(Chunk { number: self.next - 1, part: 0, bucket, left_alone: 0, targets })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn chunks(names: &[String], most: usize, most_bytes: usize) -> Vec<Chunk> {
        let mut cutter = Cutter::new(most, most_bytes);
        let mut chunks: Vec<Chunk> =
            names.iter().filter_map(|name| cutter.add(&Asked::from_name(name).expect("a name"))).collect();
        chunks.extend(cutter.rest());
        chunks
    }

    proptest! {
        #[test]
        fn each_target_is_in_one_chunk_and_each_host_in_one_bucket(
            targets in prop::collection::btree_set((0_u8..40, 1_u16..30), 0..200),
            most in 1_usize..9,
            most_bytes in 10_usize..200,
        ) {
            let names: Vec<String> = targets.iter().map(|(host, port)| format!("ws://10.0.0.{host}:{port}/")).filter(|name| !name.ends_with(":80/")).collect();
            let chunks = chunks(&names, most, most_bytes);
            let numbers: Vec<u64> = chunks.iter().map(|chunk| chunk.number).collect();
            prop_assert_eq!(numbers, (0..chunks.len() as u64).collect::<Vec<_>>());
            let mut buckets = BTreeMap::new();
            let mut held = Vec::new();
            for chunk in &chunks {
                let (read, asked) = Chunk::read(&chunk.to_payload()).unwrap();
                prop_assert_eq!(&read, chunk);
                prop_assert!(!asked.is_empty() && asked.len() <= most);
                let bytes: usize = chunk.targets.iter().map(|name| name.len() + 4).sum();
                prop_assert!(bytes <= most_bytes || asked.len() == 1);
                for asked in asked {
                    let host = asked.first().host().to_string();
                    prop_assert_eq!(*buckets.entry(host).or_insert(chunk.bucket), chunk.bucket);
                    held.push(asked.name());
                }
            }
            held.sort_unstable();
            let mut names = names;
            names.sort_unstable();
            prop_assert_eq!(held, names);
        }
    }

    #[test]
    fn what_is_no_chunk_is_told() {
        for (payload, part) in [
            ("", "EOF"),
            ("{}", "missing field"),
            (r#"{"number":1,"part":0,"bucket":1,"left_alone":0,"targets":["a b"]}"#, "no target"),
        ] {
            assert!(Chunk::read(payload.as_bytes()).unwrap_err().contains(part), "{payload}");
        }
        let twice = r#"{"number":1,"part":0,"bucket":1,"left_alone":0,"targets":["ws://h/","ws://h/"]}"#;
        assert_eq!(Chunk::read(twice.as_bytes()).unwrap().1.len(), 1);
    }
}
