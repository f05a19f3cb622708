//! The releases of a product, line by line: what there is, of which only some is recorded.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{FileKind, LoadError};
use super::version::version_order;
use super::{limits, recording};

/// All releases of a product that its registry lists: a file of `fingerprints/releases/`, written by `cargo xtask releases`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Releases {
    /// The product's id.
    pub product: String,
    /// The registry and the package whose list it is, as `npm ws`; none where no registry lists them, and the recorded versions are all
    /// that is known.
    pub source: Option<String>,
    /// The release lines, the oldest first.
    pub lines: Vec<ReleaseLine>,
}

/// Releases that follow each other. Lines that are maintained side by side say nothing of each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseLine {
    /// Its name: what the versions in it begin with, as `10.1`, or `all` where a product has one line only.
    pub line: String,
    /// Its releases, the oldest first.
    pub releases: Vec<Release>,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Its version, as the registry writes it.
    pub version: String,
    /// Whether it was published for trial, before a release.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pre_release: bool,
    /// Why the playground cannot build or run it, so that it is not tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// The file of a product's releases.
const KIND: FileKind = FileKind { what: "stews list of releases", limit: limits::RECORDING };

impl Releases {
    /// All lists in a folder, by their names; none where there is no such folder.
    ///
    /// # Errors
    /// When the folder or one of its files cannot be read, or a file is not what it should be or that of another product.
    pub fn load_all(folder: &Path) -> Result<Vec<Self>, LoadError> {
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let read = |path: PathBuf| {
            let wrong = |wrong| KIND.wrong(&path.display().to_string(), wrong);
            let releases = Self::read(&KIND.read(&path)?).map_err(wrong)?;
            let belongs = Self::path_of(&releases.product);
            let is_there = path.ends_with(&belongs);
            is_there.then_some(releases).ok_or_else(|| wrong(format!("it belongs at {}", belongs.display())))
        };
        recording::list(folder)?.into_iter().map(read).collect()
    }

    /// Where the file of a product belongs below `fingerprints/releases`.
    #[must_use]
    pub fn path_of(product: &str) -> PathBuf {
        Path::new(product).with_extension("json")
    }

    /// The file, or what is wrong with it.
    ///
    /// # Errors
    ///
    /// If the text is no such file, or a version is listed twice or a line is not in order.
    pub fn read(text: &str) -> Result<Self, String> {
        let releases: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for line in &releases.lines {
            let is_ordered =
                line.releases.is_sorted_by(|one, other| version_order(&one.version, &other.version).is_lt());
            if !is_ordered {
                return Err(format!("the releases of the line {} are not in order", line.line));
            }
        }
        Ok(releases)
    }

    /// The file as it is stored: one release a line.
    #[must_use]
    pub fn to_text(&self) -> String {
        super::json_layout::pretty(self, 4)
    }

    /// The line of a version, and its place there.
    #[must_use]
    pub fn place_of(&self, version: &str) -> Option<(usize, usize)> {
        let place = |line: &ReleaseLine| line.releases.iter().position(|release| release.version == version);
        self.lines.iter().enumerate().find_map(|(index, line)| Some((index, place(line)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_as_it_is_written_one_release_a_line() {
        let text = r#"{
  "lines": [
    {
      "line": "7",
      "releases": [
        {"version":"7.0.0"},
        {"refused":"it does not build: no wheel","version":"7.1.0"}
      ]
    },
    {
      "line": "8",
      "releases": [
        {"pre_release":true,"version":"8.0.0-rc.1"},
        {"version":"8.0.0"}
      ]
    }
  ],
  "product": "ws",
  "source": "npm ws"
}
"#;
        let releases = Releases::read(text).unwrap();
        assert_eq!(releases.to_text(), text);
        assert_eq!((releases.place_of("8.0.0"), releases.place_of("7.0.1")), (Some((1, 1)), None));
        let error = Releases::read(&text.replace("7.1.0", "6.9.0")).unwrap_err();
        assert_eq!(error, "the releases of the line 7 are not in order");
    }
}
