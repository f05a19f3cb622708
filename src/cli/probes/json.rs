//! `stews probes --format json`.

use serde::Serialize;
use serde_json::Value;

use super::words::{handshake, then};
use crate::cli::document::document;
use crate::probe::{self, ALL, Probe};

/// A probe, as far as the list tells it.
#[derive(Serialize)]
struct Listed {
    id: u16,
    summary: &'static str,
    series: u16,
    group: &'static str,
    risk: String,
    slow: bool,
    default: bool,
    for_releases: bool,
    layer: &'static str,
    reference: &'static str,
    why: &'static str,
    kills: &'static [&'static str],
}

/// A probe with what it sends.
#[derive(Serialize)]
struct Explained {
    #[serde(flatten)]
    listed: Listed,
    handshake: String,
    then: Vec<String>,
}

impl From<&Probe> for Listed {
    fn from(probe: &Probe) -> Self {
        Self {
            id: probe.id.number(),
            summary: probe.summary,
            series: probe.series(),
            group: probe.group,
            risk: probe.risk.to_string(),
            slow: probe.is_slow(),
            default: probe.is_default(),
            for_releases: probe.for_releases,
            layer: probe.layer.word(),
            reference: probe.reference,
            why: probe.why,
            kills: probe.kills,
        }
    }
}

/// All probes.
pub(super) fn list() -> String {
    let all: Vec<Listed> = ALL.iter().map(|probe| Listed::from(*probe)).collect();
    document("probes", [("probe_set", Value::from(probe::set_hash())), ("probes", serde_json::json!(all))])
}

/// One of them.
pub(super) fn explain(probe: &Probe) -> String {
    let (handshake, key) = handshake(probe);
    // It is drawn anew for each connection.
    let handshake = handshake.replace(&key, "<key>");
    let explained = Explained { listed: probe.into(), handshake, then: then(probe) };
    document("probe", [("probe_set", Value::from(probe::set_hash())), ("probe", serde_json::json!(explained))])
}
