//! `cargo xtask bench`: what the tool takes, in time and memory.

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::bench;
use crate::bench::{broker, farm, fleet, floor};

/// What is measured.
#[derive(Debug, Args)]
pub struct Plan {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists of thousands of targets on loopback, beside a floor that does the least there is to do; ratios
    Fleet(fleet::Plan),
    /// A list shared by three workers over a NATS server, one of them killed; counts that prove that nothing is lost or doubled
    Broker(broker::Plan),
    /// Be the targets
    #[command(hide = true)]
    Farm(farm::Plan),
    /// Be the floor
    #[command(hide = true)]
    Floor(floor::Plan),
}

/// Measures.
pub async fn run(plan: &Plan) -> Result<()> {
    match &plan.what {
        None => bench::run().await,
        Some(What::Fleet(plan)) => fleet::run(plan),
        Some(What::Broker(plan)) => broker::run(plan),
        Some(What::Farm(plan)) => farm::run(plan).await,
        Some(What::Floor(plan)) => floor::run(plan).await,
    }
}
