//! Engines made from the code of others: forks and ports. Leaving one out while another is known leaves nothing unknown.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::support::paths;

/// Where it is stored which engine was made from which.
pub const FILE: &str = "fingerprints/engines.json";

/// Engines by the engine that their code comes from.
#[derive(Clone, Debug, Default)]
pub struct Families {
    made_from: BTreeMap<String, String>,
}

impl Families {
    /// What is stored.
    pub fn load() -> Result<Self> {
        let text = std::fs::read_to_string(paths::root()?.join(FILE))
            .with_context(|| format!("cannot read `{FILE}`; `cargo xtask products` writes it"))?;
        Ok(Self { made_from: serde_json::from_str(&text).with_context(|| format!("`{FILE}` does not read"))? })
    }

    /// The engine at the root of an engine's family; its own where it was made from no other.
    pub fn root<'a>(&'a self, engine: &'a str) -> &'a str {
        let mut root = engine;
        // No longer than there are engines, should a family ever be a circle.
        for _ in 0..=self.made_from.len() {
            match self.made_from.get(root) {
                Some(from) => root = from,
                None => break,
            }
        }
        root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_of_a_fork_belongs_to_the_first() {
        let made_from = [("c", "b"), ("b", "a")].map(|(one, from)| (one.to_owned(), from.to_owned()));
        let families = Families { made_from: made_from.into() };
        assert_eq!([families.root("c"), families.root("b"), families.root("z")], ["a", "a", "z"]);
    }
}
