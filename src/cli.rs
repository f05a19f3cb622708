//! The command line: arguments as typed ([`args`]), checked into a plan, run; the codes are in [`exit`].

mod advisories;
pub mod args;
mod board;
mod connect;
mod db;
mod descriptors;
mod destination;
mod document;
mod ending;
mod error;
pub mod exit;
mod export;
mod feed;
mod fields;
#[cfg(feature = "nats")]
mod fleet;
mod hint;
mod limits;
mod list;
mod listen;
mod manual;
mod nearest;
mod origin;
mod output;
mod plan;
mod printer;
mod probes;
mod process;
mod progress;
mod recording;
mod run;
mod scanner;
mod scope;
mod tally;
mod targets;
mod tool;
mod version;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

#[cfg(feature = "nats")]
use args::Fleet;
use args::{Args, Command, GLOSSARY};
use clap::error::Error;
use clap::{CommandFactory as _, Parser as _};
use output::{complain, print_all};
pub use probes::explain as explain_probe;

/// Runs the tool with these arguments (the first is its own name); the exit code is one of [`exit`].
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let code = catch_unwind(AssertUnwindSafe(|| dispatch(Args::try_parse_from(arguments))));
    ExitCode::from(code.unwrap_or(exit::INTERNAL))
}

fn dispatch(args: Result<Args, Error>) -> u8 {
    match args {
        Err(error) if error.use_stderr() => {
            // Where even this cannot be printed there is nobody to tell.
            let _ = error.print();
            exit::USAGE
        }
        args => match (output::lost(), args) {
            // Results that go to a file need no standard output.
            (Some(why), args) if !args.as_ref().is_ok_and(writes_a_file) => complain(why, exit::INTERNAL),
            // Help, or the version.
            (_, Err(error)) => print_all(error.render().ansi().to_string().as_bytes()),
            (_, Ok(args)) => obey(&args),
        },
    }
}

/// Whether results go to a file.
fn writes_a_file(args: &Args) -> bool {
    match &args.command {
        None => args.many.output.is_some() || args.many.resume.is_some(),
        Some(Command::Export { command }) => export::file(command).is_some(),
        #[cfg(feature = "nats")]
        Some(Command::Fleet { command }) => match &**command {
            Fleet::Work(_) => true,
            Fleet::Collect(collect) => collect.output.as_os_str() != "-",
            Fleet::Submit(_) | Fleet::Status(_) => false,
        },
        Some(_) => false,
    }
}

fn obey(args: &Args) -> u8 {
    match &args.command {
        Some(Command::Probes { id, shown }) => probes::print(id.as_deref(), *shown),
        Some(Command::Db { command, path, shown }) => db::print(path.as_deref(), command, *shown),
        Some(Command::Export { command }) => export::run(command),
        #[cfg(feature = "nats")]
        Some(Command::Fleet { command }) => fleet::run(command),
        Some(Command::Words) => print_all(format!("{GLOSSARY}\n").as_bytes()),
        Some(Command::Schema) => print_all(crate::report::SCHEMA.as_bytes()),
        Some(Command::Completions { shell }) => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "stews", &mut text);
            print_all(&text)
        }
        Some(Command::Manpage { all }) => manual::run(all.as_deref()),
        None if args.version => version::run(),
        None => plan_and_run(args),
    }
}

fn plan_and_run(args: &Args) -> u8 {
    match plan::Plan::new(args) {
        Ok((plan, sources)) => run::run(plan, sources),
        Err(error) => {
            error.lines().iter().for_each(|line| _ = complain(line, exit::USAGE));
            exit::USAGE
        }
    }
}
