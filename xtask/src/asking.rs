//! Scans as `stews` makes them without options: step by step, only what it takes to tell.

use anyhow::{Context as _, Result};
use stews::identify::{Answer, Mask, Matcher, Observations, Policy};
use stews::probe::{Probe, default_set};
use stews::scan::{Ask, Options, Scan, scan_asking};
use stews::target::Target;

use crate::regenerate;

struct Asking<'a> {
    matcher: &'a Matcher<'a>,
    probes: &'a [&'static Probe],
}

impl Ask for Asking<'_> {
    fn next(&self, observed: &Observations) -> Vec<&'static Probe> {
        self.matcher.next(observed, self.probes, &Policy::default())
    }
}

/// Scans a target over plain TCP and says who answers.
pub async fn identify(target: &Target, matcher: &Matcher<'_>) -> Result<(Scan, Answer)> {
    let options = Options::for_target(target, default_set());
    let asking = Asking { matcher, probes: &options.probes };
    let scanned = scan_asking(&regenerate::connector(target, &options)?, &options, &(), &asking).await;
    let scan = scanned.with_context(|| format!("{target} was not reached"))?;
    let answer = matcher.identify(&scan.observations, Mask::default());
    Ok((scan, answer))
}
