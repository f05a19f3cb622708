//! One way to meet a server otherwise than in a plain scan, in whatever must not change who it is taken for.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use stews::probe::{Probe, ProbeId, Segments, Variation};

use crate::conditions::link::Link;
use crate::playground::app_modes::ECHO;
use crate::support::strategies::{greeting, variation};

/// The longest delay of a link in milliseconds, each way.
const LONGEST_DELAY: u64 = 40;

/// What is drawn for one scan. It shrinks towards a plain one.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// How the probes are written.
    pub variation: Variation,
    /// The probes that are not asked.
    pub left_out: BTreeSet<ProbeId>,
    /// All probes in the order in which they are to be asked.
    pub order: Vec<ProbeId>,
    /// The application that the server runs, or its changed setting.
    pub app: &'static str,
    /// What lies between, and what is said there.
    pub link: Link,
}

/// Cases for a server that can run these applications, of these probes. At most a third of the probes are left out: of fewer a server need not
/// be told from its likes.
pub fn any_case(probes: &[&'static Probe], apps: Vec<&'static str>) -> impl Strategy<Value = Case> + use<> {
    let ids: Vec<ProbeId> = probes.iter().map(|probe| probe.id).collect();
    let left_out = prop_oneof![1 => Just(Vec::new()), 2 => subsequence(ids.clone(), 0..=ids.len() / 3)];
    let order = prop_oneof![1 => Just(ids.clone()), 1 => Just(ids).prop_shuffle()];
    (variation(), left_out, order, select(apps), any_link()).prop_map(|(variation, left_out, order, app, link)| Case {
        variation,
        left_out: left_out.into_iter().collect(),
        order,
        app,
        link,
    })
}

/// Links, half of which hold up nothing, and half of which nobody says anything on.
fn any_link() -> impl Strategy<Value = Link> {
    let delay =
        prop_oneof![1 => Just((0, 0)), 1 => (1..=LONGEST_DELAY).prop_flat_map(|most| (Just(most), 0..=most / 2))];
    let slow = prop::option::weighted(0.2, (16..=512_usize, 1..=5_u64));
    (delay, slow, prop::option::weighted(0.5, greeting())).prop_map(|((delay, jitter), slow, greeting)| Link {
        delay: Duration::from_millis(delay),
        jitter: Duration::from_millis(jitter),
        slow: slow.map(|(bytes, pause)| (bytes, Duration::from_millis(pause))),
        greeting,
    })
}

impl Case {
    /// What is recorded, asked as a user without options would ask it with all of these probes.
    pub fn plain(probes: &[&'static Probe]) -> Self {
        let order = probes.iter().map(|probe| probe.id).collect();
        let (variation, left_out) = (Variation::default(), BTreeSet::new());
        Self { variation, left_out, order, app: ECHO, link: Link::PLAIN }
    }

    /// The probes to ask, in order.
    pub fn asked(&self) -> impl Iterator<Item = ProbeId> {
        self.order.iter().copied().filter(|id| !self.left_out.contains(id))
    }
}

/// What is otherwise than in a plain scan, a line each.
impl fmt::Display for Case {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "  application  {}", self.app)?;
        write_variation(out, &self.variation)?;
        if !self.left_out.is_empty() {
            writeln!(out, "  not asked    {}", listed(self.left_out.iter().copied()))?;
        }
        if !self.order.is_sorted() {
            writeln!(out, "  asked        {}", listed(self.asked()))?;
        }
        write_link(out, &self.link)
    }
}

fn listed(probes: impl Iterator<Item = ProbeId>) -> String {
    probes.map(|id| id.to_string()).collect::<Vec<_>>().join(" ")
}

fn write_variation(out: &mut fmt::Formatter<'_>, variation: &Variation) -> fmt::Result {
    let usual = Variation::default();
    if let Some(mask) = variation.mask.filter(|_| variation.mask != usual.mask) {
        writeln!(out, "  mask         {:08x}", u32::from_be_bytes(mask))?;
    }
    if let Some(byte) = variation.payload_byte {
        writeln!(out, "  payload byte 0x{byte:02x}")?;
    }
    if variation.rotate_headers > 0 {
        writeln!(out, "  fields       rotated by {}", variation.rotate_headers)?;
    }
    if variation.lower_case_headers {
        writeln!(out, "  field names  in lower case")?;
    }
    if let Segments::Of(size) = variation.segments {
        writeln!(out, "  writes       of at most {size} bytes")?;
    }
    Ok(())
}

fn write_link(out: &mut fmt::Formatter<'_>, link: &Link) -> fmt::Result {
    if !link.delay.is_zero() {
        writeln!(out, "  link         {} ms ± {} ms each way", link.delay.as_millis(), link.jitter.as_millis())?;
    }
    if let Some((bytes, pause)) = link.slow {
        writeln!(out, "  reads        {bytes} bytes each {} ms", pause.as_millis())?;
    }
    if let Some(greeting) = link.greeting {
        writeln!(out, "  greeting     {greeting}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::strategies::{draw, runner};
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::Config;
    use stews::probe::default_set;

    fn cases() -> impl Strategy<Value = Case> {
        any_case(&default_set(), vec!["echo", "sink", "push"])
    }

    #[test]
    fn a_case_asks_two_thirds_at_least_and_nothing_twice() {
        let all = default_set().len();
        for case in draw(&cases(), 6455, 50) {
            let asked: Vec<ProbeId> = case.asked().collect();
            assert_eq!(asked.len() + case.left_out.len(), all);
            assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len());
            assert!(asked.len() >= all - all / 3);
        }
    }

    #[test]
    fn the_smallest_case_is_a_plain_scan() {
        let mut tree = cases().new_tree(&mut runner(11, Config::default())).unwrap();
        assert!(tree.current().to_string().lines().count() > 1, "{}", tree.current());
        while tree.simplify() {}
        assert_eq!(tree.current(), Case::plain(&default_set()));
        assert_eq!(tree.current().to_string(), "  application  echo\n");
    }
}
