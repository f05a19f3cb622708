//! The releases of a product, line by line: what there is, of which only some is recorded.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{FileKind, LoadError};
use super::version::{numbers_of, version_order};
use super::{limits, recording};

/// The name of the line of a product that has only one.
pub const ONLY_LINE: &str = "all";

/// All releases of a product that its registry lists: a file of `fingerprints/releases/`, written by `cargo xtask releases`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Releases {
    /// The product's id.
    pub product: String,
    /// The registry and the package whose list it is, as `npm ws`, or the packages where its name changed; none where no registry lists
    /// them, and the recorded versions are all that is known.
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

/// Whether a version belongs to a line of this name: it begins with the line's numbers, as 10.1.0 with `10.1`, or the line is that of
/// all versions.
#[must_use]
pub fn is_of_line(line: &str, version: &str) -> bool {
    line == ONLY_LINE || numbers_of(version).starts_with(&numbers_of(line))
}

impl ReleaseLine {
    /// Its releases without those for trial, the oldest first.
    pub fn stable(&self) -> impl DoubleEndedIterator<Item = &Release> {
        self.releases.iter().filter(|release| !release.pre_release)
    }

    /// Its newest release; one for trial where there is no other.
    #[must_use]
    pub fn newest(&self) -> Option<&Release> {
        self.stable().next_back().or_else(|| self.releases.last())
    }
}

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

    /// The line that a version belongs to, whether or not it is listed there: of those whose numbers it begins with, the one with most.
    #[must_use]
    pub fn line_of(&self, version: &str) -> Option<&ReleaseLine> {
        let fitting = self.lines.iter().filter(|line| is_of_line(&line.line, version));
        fitting.max_by_key(|line| numbers_of(&line.line).len())
    }

    /// A release, if it is listed.
    #[must_use]
    pub fn release(&self, version: &str) -> Option<&Release> {
        self.place_of(version).map(|(line, place)| &self.lines[line].releases[place])
    }

    /// All releases without those for trial, line by line.
    pub fn stable(&self) -> impl Iterator<Item = &Release> {
        self.lines.iter().flat_map(ReleaseLine::stable)
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
        assert_eq!(releases.release("7.1.0").unwrap().refused.as_deref(), Some("it does not build: no wheel"));
        let error = Releases::read(&text.replace("7.1.0", "6.9.0")).unwrap_err();
        assert_eq!(error, "the releases of the line 7 are not in order");
    }

    fn line(name: &str, versions: &[&str]) -> ReleaseLine {
        let release = |version: &&str| Release {
            version: (*version).to_owned(),
            pre_release: version.contains("-M"),
            refused: None,
        };
        ReleaseLine { line: name.to_owned(), releases: versions.iter().map(release).collect() }
    }

    #[test]
    fn a_version_belongs_to_the_line_with_most_of_its_numbers_and_whole_parts_count() {
        let lines = vec![line("9", &["9.1.0"]), line("9.4", &["9.4.0-M1", "9.4.0"]), line("10.1", &["10.1.0-M1"])];
        let releases = Releases { product: "jetty".to_owned(), source: None, lines };
        let name = |version| releases.line_of(version).map(|line| line.line.as_str());
        assert_eq!((name("v9.4.58"), name("9.40.1"), name("9.4")), (Some("9.4"), Some("9"), Some("9.4")));
        assert_eq!((name("10.1.0"), name("10.10.3"), name("1.0")), (Some("10.1"), None, None));
        assert!(is_of_line(ONLY_LINE, "0.1") && !is_of_line("1", "0.1"));
        let stable: Vec<&str> = releases.stable().map(|release| release.version.as_str()).collect();
        assert_eq!(stable, ["9.1.0", "9.4.0"]);
        let newest = |line: &ReleaseLine| line.newest().map(|release| release.version.clone());
        assert_eq!(releases.lines.iter().filter_map(newest).collect::<Vec<_>>(), ["9.1.0", "9.4.0", "10.1.0-M1"]);
    }
}
