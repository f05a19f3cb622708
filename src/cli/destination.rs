//! Where results go: standard output, or a file, whole or line by line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::args::{Args, Color, Format};
use super::error::PlanError;
use super::list::shown;
use super::output::{self, Printed};
use crate::fleet::Held;

/// Where results are to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Standard output.
    Stdout,
    /// A document that takes its place once it is whole.
    Document(PathBuf),
    /// A file to which each result is appended.
    Lines(PathBuf),
    /// The same, which goes on behind what the file holds already.
    Resumed(PathBuf),
}

/// Where results go.
pub(super) enum Destination {
    Stdout,
    Document(NamedTempFile, PathBuf),
    Lines(File, PathBuf),
}

impl Place {
    /// What the arguments ask for.
    pub(super) fn of(args: &Args, format: Format) -> Result<Self, PlanError> {
        match (&args.many.resume, &args.many.output) {
            (Some(resumed), Some(other)) if resumed != other => Err(PlanError::ResumeOutput(shown(resumed))),
            (Some(resumed), _) => Ok(Self::Resumed(resumed.clone())),
            (None, Some(path)) if format.is_document() => Ok(Self::Document(path.clone())),
            (None, Some(path)) => Ok(Self::Lines(path.clone())),
            (None, None) => Ok(Self::Stdout),
        }
    }

    /// Whether a run can be gone on with behind what is written there.
    pub(super) fn can_be_resumed(&self, format: Format) -> bool {
        format == Format::Jsonl && matches!(self, Self::Lines(_) | Self::Resumed(_))
    }

    /// Opens it; what it holds already, where that counts.
    pub(super) fn open(&self) -> Result<(Destination, Held), PlanError> {
        match self {
            Self::Stdout => Ok((Destination::Stdout, Held::default())),
            Self::Document(path) => {
                let file = beside(path).map_err(|error| PlanError::Output { name: shown(path), error })?;
                Ok((Destination::Document(file, path.clone()), Held::default()))
            }
            Self::Lines(path) => {
                let file = OpenOptions::new().append(true).create(true).open(path);
                let file = file.map_err(|error| PlanError::Output { name: shown(path), error })?;
                Ok((Destination::Lines(file, path.clone()), Held::default()))
            }
            Self::Resumed(path) => {
                let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
                let file = file.map_err(|error| PlanError::Output { name: shown(path), error })?;
                let held = Held::read(&file).map_err(|error| PlanError::Resume { name: shown(path), error })?;
                Ok((Destination::Lines(file, path.clone()), held))
            }
        }
    }
}

/// A new file in the folder of another, which it can take the place of: with the rights of any new file.
pub(super) fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(".stews-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

impl Destination {
    /// Whether something is there already.
    pub(super) fn is_begun(&self) -> bool {
        matches!(self, Self::Lines(file, _) if file.metadata().is_ok_and(|found| found.len() > 0))
    }

    /// Whether it has a reader that may go away.
    pub(super) const fn has_reader(&self) -> bool {
        matches!(self, Self::Stdout)
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::Document(_, path) | Self::Lines(_, path) => format!("`{}`", shown(path)),
        }
    }

    /// Writes, at once and all of it.
    pub(super) fn write(&mut self, text: &str, color: Color) -> io::Result<Printed> {
        let file = match self {
            Self::Stdout => return output::print(text.as_bytes()),
            Self::Document(file, _) => file.as_file_mut(),
            Self::Lines(file, _) => file,
        };
        // One write, so that whoever ends us leaves whole lines but for the last.
        // What programs read holds nothing to be stripped, and may be long.
        if color == Color::Always || !text.contains('\u{1b}') {
            file.write_all(text.as_bytes())?;
        } else {
            file.write_all(anstream::adapter::strip_str(text).to_string().as_bytes())?;
        }
        Ok(Printed::Whole)
    }

    /// No more will come.
    pub(super) fn close(self) -> io::Result<()> {
        match self {
            Self::Stdout | Self::Lines(..) => Ok(()),
            Self::Document(file, path) => {
                file.as_file().sync_all()?;
                file.persist(path).map(|_| ()).map_err(|error| error.error)
            }
        }
    }
}
