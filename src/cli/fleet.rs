//! `stews fleet`: one list shared by several machines, over NATS JetStream.
//!
//! A [`job`] says what is asked; its targets wait in [`chunk`]s, which [`work`] takes one at a time from each bucket. What is found comes back as one
//! message a target, which [`collect`] writes once each.

mod broker;
mod chunk;
mod collect;
mod error;
mod job;
mod publish;
mod status;
mod streams;
mod submit;
mod work;
mod worker;

use super::args::Fleet;

/// Does what is asked; the exit code.
pub(super) fn run(command: &Fleet) -> u8 {
    match command {
        Fleet::Submit(args) => submit::run(args),
        Fleet::Work(args) => work::run(args),
        Fleet::Collect(args) => collect::run(args),
        Fleet::Status(args) => status::run(args),
    }
}
