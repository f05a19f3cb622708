//! The files that recipes are made of: those of a folder, what is pinned for one version, and the bases that a Dockerfile stands on.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

/// Adds the names and contents of some files of a folder.
pub fn hash_files(hash: &mut Sha256, folder: &Path, files: &[PathBuf]) -> Result<()> {
    for path in files {
        hash.update(path.strip_prefix(folder).unwrap_or(path).to_string_lossy().as_bytes());
        hash.update(std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?);
    }
    Ok(())
}

/// What a version can pin, by the beginnings and ends of the names of its files.
const PINNED: [(&str, &str); 5] =
    [("requirements.", ".txt"), ("package.", ".json"), ("Cargo.", ".toml"), ("Cargo.", ".lock"), ("go.", ".sum")];

/// The version that a file pins something for, by its name.
pub fn pinned_for(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let version = |(start, end): &(&str, &str)| name.strip_prefix(start)?.strip_suffix(end);
    PINNED.iter().find_map(version)
}

/// The Dockerfile of a base.
pub fn dockerfile_of(playground: &Path, base: &str) -> PathBuf {
    playground.join("base").join(base).join("Dockerfile")
}

/// A base and all that it stands on, the lowest first.
pub fn base_chain(playground: &Path, base: &str) -> Result<Vec<String>> {
    let mut chain = vec![base.to_owned()];
    while let Some(below) = bases_in(
        &std::fs::read_to_string(dockerfile_of(playground, &chain[0]))
            .with_context(|| format!("there is no base `{}`", chain[0]))?,
    )
    .into_iter()
    .next()
    {
        ensure!(!chain.contains(&below), "the base `{below}` stands on itself");
        chain.insert(0, below);
    }
    Ok(chain)
}

/// The bases that a Dockerfile's FROM lines name.
pub fn bases_in(dockerfile: &str) -> Vec<String> {
    let images = dockerfile.lines().filter_map(|line| line.trim().strip_prefix("FROM "));
    let bases = images.filter_map(|image| image.trim().strip_prefix("stews-playground/base-"));
    bases.map(|base| base.split([':', ' ']).next().unwrap_or(base).to_owned()).collect()
}

/// All files below a folder that belong to a recipe, sorted; its `server.json` does not.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "node_modules", "__pycache__"].contains(&name.as_str()) {
            found.extend(files(&path)?);
        } else if path.is_file() && name != "server.json" {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_are_read_from_dockerfiles() {
        assert_eq!(bases_in("# x\nFROM stews-playground/base-debian:${SUITE} AS a\nFROM scratch\n"), ["debian"]);
        assert_eq!(
            base_chain(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../playground")), "node").unwrap(),
            ["debian", "node"]
        );
    }
}
