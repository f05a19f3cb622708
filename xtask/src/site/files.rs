//! The files of the site, held until all of them are there.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// A file that every site has: a folder without it is not one that may be replaced.
const MARK: &str = "site.js";

/// Files by their paths below the folder of the site.
#[derive(Debug, Default)]
pub struct Files(BTreeMap<String, String>);

impl Files {
    /// Adds a file.
    pub fn add(&mut self, path: &str, text: impl Into<String>) {
        self.0.insert(path.to_owned(), text.into());
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// How long they are together.
    pub fn bytes(&self) -> usize {
        self.0.values().map(String::len).sum()
    }

    /// Writes all of them into a folder, in place of what an earlier run wrote there: whoever looks meanwhile sees the one or the other.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let is_ours = !folder.exists() || folder.join(MARK).is_file() || is_empty(folder)?;
        ensure!(is_ours, "`{}` holds something else than a site; name another folder with --out", folder.display());
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(above).with_context(|| format!("cannot make `{}`", above.display()))?;
        let new = tempfile::Builder::new().prefix(".site-").tempdir_in(above)?;
        for (path, text) in &self.0 {
            write_one(&new.path().join(path), text)?;
        }
        if folder.exists() {
            std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove `{}`", folder.display()))?;
        }
        let new = new.keep();
        std::fs::rename(&new, folder).with_context(|| format!("cannot write `{}`", folder.display()))?;
        readable_by_all(folder)
    }
}

fn is_empty(folder: &Path) -> Result<bool> {
    let mut entries = std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    Ok(entries.next().is_none())
}

fn write_one(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    std::fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

/// A temporary folder is its maker's alone; a web server is somebody else.
#[cfg(unix)]
fn readable_by_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?)
}

#[cfg(not(unix))]
fn readable_by_all(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_replaces_a_site_and_nothing_else() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("deep/site");
        let mut files = Files::default();
        files.add(MARK, "1");
        files.add("old/page.html", "old");
        files.write(&folder).unwrap();
        let mut newer = Files::default();
        newer.add(MARK, "2");
        newer.write(&folder).unwrap();
        assert_eq!(std::fs::read_to_string(folder.join(MARK)).unwrap(), "2");
        assert!(!folder.join("old").exists());
        let other = above.path().join("photos");
        write_one(&other.join("one.txt"), "mine").unwrap();
        let refused = newer.write(&other).unwrap_err().to_string();
        assert!(refused.contains("holds something else than a site"), "{refused}");
        assert!(other.join("one.txt").is_file());
        let left: Vec<_> = std::fs::read_dir(above.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}
