//! What can be wrong with a command line.

use std::io;

use super::hint;
use super::list::ListError;
use crate::connection::{IdentityError, PemError, ProxyError, RouteError, TlsError};
use crate::database::LoadError;
use crate::fleet::{HeldError, PortsError};

/// What is wrong with a command line; each is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanError {
    #[error("no target given; try `stews wss://example.org/` or `stews --help`")]
    NoTarget,
    #[error("{0}")]
    Target(String),
    #[error("{lines} lines are no targets; mend them, or leave them out with --skip-invalid")]
    Lines { told: Vec<String>, lines: u64 },
    #[error(transparent)]
    Ports(#[from] PortsError),
    #[error("{0}")]
    Entry(String),
    #[error("`{0}` lists nothing; write one a line")]
    EmptyList(String),
    #[error("--resume goes on with JSON Lines, and not with {0}; leave --format out")]
    ResumeFormat(String),
    #[error("--resume `{0}` writes its results there; leave --output out")]
    ResumeOutput(String),
    #[error("cannot go on with `{name}`: {error}; name another file")]
    Resume { name: String, error: HeldError },
    #[error("cannot write to `{name}`: {error}")]
    Output { name: String, error: io::Error },
    #[error(transparent)]
    List(#[from] ListError),
    #[error("cannot read `{name}`: {error}")]
    File { name: String, error: io::Error },
    #[error("standard input can be read once, but {0} options ask for it")]
    StandardInput(usize),
    #[error("`{0}` holds no target; write one a line")]
    EmptyFile(String),
    #[error("{place} is not a header field: {why}; write 'Name: value'")]
    Header { place: String, why: &'static str },
    #[error("`{file}`, line {line} is neither UTF-8 nor marked as UTF-16")]
    NoText { file: String, line: usize },
    #[error("`{0}` is empty; write one field or cookie a line")]
    NoFields(String),
    #[error("`{0}` is a browser's or curl's file of cookies; write name=value, one a line")]
    CookieJar(String),
    #[error(
        "`{0}` is no origin, which -o sets; write https://example.org, null, or none to send none (results are written to a file by \
         --output; -H 'Origin: …' sends whatever you want)"
    )]
    Origin(String),
    #[error("the {0} holds a line break or another control character")]
    Control(&'static str),
    #[error("{option} records one server at a time, but {targets} targets were given")]
    RecordMany { option: &'static str, targets: u64 },
    #[error("{0} records one server at a time; name it as an argument")]
    RecordList(&'static str),
    #[error("`{0}` is not a name for a recording; use letters, digits, dots, dashes, underscores and plus signs")]
    RecordName(String),
    #[error("`{0}` is not a number of seconds above 0 and up to 600; write --timeout 5")]
    Timeout(String),
    #[error("`{text}` is no time for {option}; write 30, 30s, 500ms or 2m")]
    Time { option: &'static str, text: String },
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    #[error("{}", hint::route(.0))]
    Route(RouteError),
    #[error("`{0}` is not a name to ask for in TLS; write --sni example.org")]
    Sni(String),
    #[error("--cacert `{file}`: {error}")]
    Roots { file: String, error: PemError },
    #[error("--cert `{files}`: {error}")]
    Identity { files: String, error: IdentityError },
    #[error("{0}, or name others with --cacert")]
    TrustStore(TlsError),
    #[error(transparent)]
    Database(#[from] LoadError),
}

impl PlanError {
    /// What the user is told, line by line.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Self::Lines { told, lines: 1 } => told.clone(),
            Self::Lines { told, .. } => told.iter().cloned().chain([self.to_string()]).collect(),
            other => vec![other.to_string()],
        }
    }
}
