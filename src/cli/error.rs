//! What can be wrong with a command line.

use std::io;

use super::hint;
use crate::connection::{IdentityError, PemError, ProxyError, RouteError, TlsError};
use crate::database::LoadError;
use crate::target::TargetError;

/// What is wrong with a command line; each is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanError {
    #[error("no target given; try `stews wss://example.org/` or `stews --help`")]
    NoTarget,
    #[error("{}", hint::target(.0))]
    Target(#[from] TargetError),
    #[error("{file}, line {line}: {}", hint::target(.error))]
    TargetInFile { file: String, line: usize, error: TargetError },
    #[error("cannot read `{name}`: {error}")]
    File { name: String, error: io::Error },
    #[error("`{0}` holds no target; write one a line")]
    EmptyFile(String),
    #[error("`{0}` is not a header field; write -H 'Name: value'")]
    Header(String),
    #[error("the {0} holds a line break or another control character")]
    Control(&'static str),
    #[error("-g records one server at a time, but {0} targets were given")]
    RecordMany(usize),
    #[error("`{0}` is not a name for a recording; use letters, digits, dots, dashes, underscores and plus signs")]
    RecordName(String),
    #[error("`{0}` is not a number of seconds above 0 and up to 600; write --timeout 5")]
    Timeout(String),
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
