//! The site as it is built from what is committed: its files here, and how it behaves in a headless Chromium (`browser.rs`, ignored unless
//! asked for, because it wants a browser: `cargo xtask test` installs one where it may).

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod browser;
mod contents;
mod contrast;
mod html;
mod links;
mod soundness;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The most bytes of a whole site.
const MOST_BYTES: usize = 30_000_000;

/// A site that all tests of this program look at, and its folder.
struct Built {
    folder: TempDir,
    files: BTreeMap<PathBuf, Vec<u8>>,
    pages: Vec<(String, html::Document)>,
}

fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let written = xtask::site::build(&folder.path().join("site")).unwrap();
        let files = read(&folder.path().join("site"));
        assert_eq!(files.len(), written.files);
        assert_eq!(files.values().map(Vec::len).sum::<usize>(), written.bytes);
        let pages = files.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "html"));
        let read = |(path, text): (&PathBuf, &Vec<u8>)| {
            (path.to_str().unwrap().to_owned(), html::Document::read(std::str::from_utf8(text).unwrap()))
        };
        let pages = pages.map(read).collect();
        Built { folder, files, pages }
    })
}

impl Built {
    fn root(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    /// A file as text.
    fn text(&self, path: &str) -> &str {
        std::str::from_utf8(&self.files[Path::new(path)]).unwrap()
    }

    /// All pages, by path.
    fn pages(&self) -> impl Iterator<Item = (&str, &html::Document)> {
        self.pages.iter().map(|(path, page)| (path.as_str(), page))
    }
}

/// All files below a folder.
fn read(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    files.insert(path.strip_prefix(folder).unwrap().to_path_buf(), std::fs::read(&path).unwrap());
                }
            }
        }
    }
    files
}

#[test]
fn two_builds_are_the_same_to_the_byte() {
    let other = tempfile::tempdir().unwrap();
    xtask::site::build(&other.path().join("site")).unwrap();
    let other = read(&other.path().join("site"));
    let ours = &built().files;
    assert_eq!(ours.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    let differing: Vec<&PathBuf> =
        ours.iter().filter(|(path, bytes)| other[*path] != **bytes).map(|(path, _)| path).collect();
    assert!(differing.is_empty(), "{differing:?}");
}

#[test]
fn it_is_small_enough_to_be_carried_about() {
    let bytes: usize = built().files.values().map(Vec::len).sum();
    assert!(bytes < MOST_BYTES, "{bytes} bytes");
}
