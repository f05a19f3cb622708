//! The command line: arguments as typed ([`args`]), checked into a plan, run; the codes are in [`exit`].

pub mod args;
mod connect;
mod db;
mod error;
pub mod exit;
mod hint;
mod output;
mod plan;
mod probes;
mod progress;
mod recording;
mod run;
mod targets;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use args::{Args, Command};
use clap::{CommandFactory as _, Parser as _};
use output::{complain, print};

/// Runs the tool with these arguments (the first is its own name); the exit code is one of [`exit`].
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            // Where even this cannot be printed there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { exit::IDENTIFIED });
        }
    };
    let code = catch_unwind(AssertUnwindSafe(|| dispatch(args))).unwrap_or(exit::INTERNAL);
    ExitCode::from(code)
}

fn dispatch(args: Args) -> u8 {
    let result = match &args.command {
        Some(Command::Probes { id }) => return probes::print(id.as_deref()),
        Some(Command::Db { command, path }) => return db::print(path.as_deref(), command),
        Some(Command::Completions { shell }) => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "stews", &mut text);
            print(&text)
        }
        Some(Command::Manpage) => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Args::command()).render(&mut text).and_then(|()| print(&text))
        }
        None => return plan_and_run(&args),
    };
    result.map_or(exit::INTERNAL, |()| exit::IDENTIFIED)
}

fn plan_and_run(args: &Args) -> u8 {
    match plan::Plan::new(args) {
        Ok(plan) => run::run(&plan),
        Err(error) => complain(&error.to_string(), exit::USAGE),
    }
}
