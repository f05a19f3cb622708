//! `stews manpage`: manual pages, from the definition of the arguments.

use std::path::Path;

use clap::CommandFactory as _;

use super::args::Args;
use super::exit;
use super::list::shown;
use super::output::{complain, print_all, tell};

/// Prints the page of the program, or writes those of all its commands into a folder; the exit code.
pub(super) fn run(folder: Option<&Path>) -> u8 {
    match folder {
        None => print(),
        Some(folder) => write_all(folder),
    }
}

fn print() -> u8 {
    let mut text = Vec::new();
    match clap_mangen::Man::new(Args::command()).render(&mut text) {
        Ok(()) => print_all(&text),
        Err(error) => complain(&format!("cannot write the manual page: {error}"), exit::INTERNAL),
    }
}

fn write_all(folder: &Path) -> u8 {
    let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Args::command(), folder));
    match written {
        Ok(()) => {
            tell("note", &format!("the manual pages are in `{}`", shown(folder)));
            exit::IDENTIFIED
        }
        Err(error) => complain(&format!("cannot write to `{}`: {error}", shown(folder)), exit::INTERNAL),
    }
}
