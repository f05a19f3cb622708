//! Scans as `stews` makes them without options: step by step, only what it takes to tell.

use anyhow::{Context as _, Result};
use stews::identify::{Answer, Mask, Matcher, Observations, Policy};
use stews::probe::default_set;
use stews::scan::{Options, Scan, scan_asking};
use stews::target::Target;

use crate::regenerate;

/// Scans a target over plain TCP and says who answers.
pub async fn identify(target: &Target, matcher: &Matcher<'_>) -> Result<(Scan, Answer)> {
    let options = Options::for_target(target, default_set());
    let next = |seen: &Observations| matcher.next(seen, &options.probes, &Policy::default());
    let scanned = scan_asking(&regenerate::connector(target, &options)?, &options, &(), &next).await;
    let scan = scanned.with_context(|| format!("{target} was not reached"))?;
    let answer = matcher.identify(&scan.observations, Mask::default());
    Ok((scan, answer))
}
