//! What `server.json` says of a server's releases: where their list comes from, and which of them follow each other.

use serde::Deserialize;
use stews::database::ONLY_LINE;

/// A registry of packages, with a client that lists all versions of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// npm.
    Npm,
    /// PyPI.
    Pypi,
    /// Go's modules.
    Go,
    /// crates.io.
    Crates,
    /// Maven Central.
    Maven,
}

impl Registry {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Npm, Self::Pypi, Self::Go, Self::Crates, Self::Maven];

    /// Its name, as in `builds_from`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pypi => "pypi",
            Self::Go => "go",
            Self::Crates => "crates",
            Self::Maven => "maven",
        }
    }

    /// The lowest base that has its client. What stands on it is built from this registry.
    pub const fn base(self) -> &'static str {
        match self {
            Self::Npm => "node",
            Self::Pypi => "python",
            Self::Go => "go",
            Self::Crates => "rust",
            Self::Maven => "jvm",
        }
    }
}

/// The package whose versions are a server's releases, where its base and its build arguments do not say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseList {
    /// The registry.
    pub registry: Registry,
    /// The package there.
    pub package: String,
}

/// Which releases of a server follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "LinesField")]
pub enum Lines {
    /// Those of a major number.
    #[default]
    Majors,
    /// Those of a major and a minor number.
    Minors,
    /// All.
    One,
    /// Those whose versions begin with one of these numbers; what begins with none of them is of the line of its major number.
    Of(Vec<String>),
}

/// [`Lines`] as `server.json` writes them.
#[derive(Deserialize)]
#[serde(untagged)]
enum LinesField {
    Word(String),
    Numbers(Vec<String>),
}

impl TryFrom<LinesField> for Lines {
    type Error = String;

    fn try_from(field: LinesField) -> Result<Self, String> {
        let is_number = |line: &String| line.split('.').all(|part| part.parse::<u64>().is_ok());
        match field {
            LinesField::Word(word) if word == ONLY_LINE => Ok(Self::One),
            LinesField::Word(word) if word == "minors" => Ok(Self::Minors),
            LinesField::Numbers(lines) if !lines.is_empty() && lines.iter().all(is_number) => Ok(Self::Of(lines)),
            _ => Err("`lines` is \"all\", \"minors\", or the numbers that versions begin with, as [\"9.4\", \"10\"]"
                .to_owned()),
        }
    }
}
