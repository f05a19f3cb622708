//! Plays many probes against one target: a baseline first, then the probes a few at a time. Nothing is kept before
//! the target, asked legally on a later connection, has shown that it still is what it was.

mod budget;
mod chance;
mod crowd;
mod detect;
mod doubts;
mod examine;
mod interrupt;
mod ladder;
mod ledger;
mod missed;
mod observer;
mod options;
mod outcome;
mod pace;
mod player;
mod politeness;
mod purse;
mod rate;
mod run;
mod selector;
mod stop;
mod throttle;
mod waits;

pub use budget::{Budget, Limit};
pub use detect::{Detection, Heard, detect};
pub use interrupt::Interrupt;
pub use observer::{ScanEvent, ScanObserver};
pub use options::Options;
pub use outcome::{Cost, Scan, same_baseline};
pub use rate::Rate;
pub use selector::ProbeSelector;
pub use stop::{Silence, Stop};

use missed::{Missed, Over};

use crate::connection::{Dial, DialError};
use crate::observation::Observation;
use crate::probe::{Probe, ProbeId};

/// Scans one target.
///
/// Where the baseline is no 101, only a few polite handshake probes are played, since one of them may open the door, or all of them with
/// [`Options::explain_refusal`]. Where it is a 101 that is no WebSocket (RFC 6455 section 4.1), no HTTP, nothing, or an answer that asks us to
/// go away, the target is looked at once more, and that is all.
///
/// # Errors
/// When the target could not be reached for the baseline.
pub async fn scan<D: Dial>(dial: &D, options: &Options, observer: &dyn ScanObserver) -> Result<Scan, DialError> {
    let mut player = player::Player::new(dial, options, observer);
    match player.meet().await {
        Ok(baseline) => Ok(run::Run::new(&player, baseline).finish().await),
        Err(missed) => unmet(missed, player.cost()),
    }
}

/// Scans one target step by step: after the baseline, what `selector` wants. Where the baseline is no 101, that has no say, and the target
/// is asked as by [`scan`](fn@scan). A budget that fits is [`Budget::step_by_step`].
///
/// # Errors
/// When the target could not be reached for the baseline.
pub async fn scan_adaptive<D: Dial>(
    dial: &D,
    options: &Options,
    observer: &dyn ScanObserver,
    selector: &dyn ProbeSelector,
) -> Result<Scan, DialError> {
    let mut player = player::Player::new(dial, options, observer);
    match player.meet().await {
        Ok(baseline) => Ok(run::Run::new(&player, baseline).adaptive(selector).await),
        Err(missed) => unmet(missed, player.cost()),
    }
}

/// What comes of a target whose answer to the legal handshake was never heard.
fn unmet(missed: Missed, cost: Cost) -> Result<Scan, DialError> {
    match missed {
        Missed::Undialled(error) => Err(error),
        Missed::Over(over) => Ok(Scan::of_nothing(over.into_stop(Vec::new()), cost)),
    }
}

/// Asks a target that was scanned some probes once more, one connection at a time; what it answers now, in the order of `probes`. That costs
/// what is added to [`Scan::cost`]. Where only what is drawn anew for each answer differs, it is told as such, in the scan as well.
pub async fn ask_again<D: Dial>(
    dial: &D,
    options: &Options,
    observer: &dyn ScanObserver,
    scan: &mut Scan,
    probes: &[&'static Probe],
) -> Vec<(ProbeId, Observation)> {
    let mut player = player::Player::after(&scan.cost, dial, options, observer);
    (player.round_trip, player.fences) = (scan.round_trip, scan.fences);
    player.breathe(scan.breath);
    let mut seen = Vec::new();
    for probe in probes {
        match player.play(probe).await {
            // Nor does one that has no room now.
            Ok(observation) if observation.reply.turns_away() => break,
            Ok(observation) => {
                scan.learn_again(probe, &observation.reply);
                seen.push((*probe, observation));
            }
            Err(Missed::Over(over @ Over::Interrupted)) => {
                scan.stop = Some(over.into_stop(Vec::new()));
                break;
            }
            // A target that is gone meanwhile contradicts nothing.
            Err(_) => break,
        }
    }
    scan.cost.add(&player.cost());
    seen.into_iter().map(|(probe, observation)| (probe.id, scan.relative(probe, observation))).collect()
}

#[cfg(test)]
mod tests;
