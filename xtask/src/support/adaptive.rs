//! Scans as `stews` makes them without options: step by step, only what it takes to tell.

use anyhow::{Context as _, Result};
use stews::connection::{Dial, DialError};
use stews::identify::{Answer, Mask, Matcher, Observations, Policy};
use stews::probe::gentle_set;
use stews::scan::{Options, Scan, ScanObserver, scan_adaptive};
use stews::target::Target;

use crate::support::dial;

/// Scans a target and says who answers.
pub async fn identify(target: &Target, matcher: &Matcher<'_>) -> Result<(Scan, Answer)> {
    let options = dial::options(target, gentle_set());
    let identified = identify_through(&dial::connector(target, options.timeout)?, &options, matcher).await;
    identified.with_context(|| format!("{target} was not reached"))
}

/// Scans whatever is dialled and says who answers.
pub async fn identify_through<D: Dial>(
    dial: &D,
    options: &Options,
    matcher: &Matcher<'_>,
) -> Result<(Scan, Answer), DialError> {
    identify_observed(dial, options, matcher, &()).await
}

/// Scans whatever is dialled while someone looks on, and says who answers.
pub async fn identify_observed<D: Dial>(
    dial: &D,
    options: &Options,
    matcher: &Matcher<'_>,
    observer: &dyn ScanObserver,
) -> Result<(Scan, Answer), DialError> {
    // As the command line does it: whoever dies of one of the others is spared here too.
    let gentle: Vec<_> = options.probes.iter().copied().filter(|probe| !probe.has_killed()).collect();
    let next = |seen: &Observations| matcher.next(seen, &gentle, &Policy::default());
    let scan = scan_adaptive(dial, options, observer, &next).await?;
    let answer = matcher.identify(&scan.observations, Mask::default());
    Ok((scan, answer))
}
