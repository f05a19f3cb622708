//! What is said first of any target, however it was looked at.

use serde::Serialize;

use crate::report::cut::value as text;
use crate::report::finding::TargetReport;
use crate::report::tool::{Tool, timestamp};
use crate::wire::{CertificateFacts, TlsFacts};

/// Which target it is, when and with what it was looked at, and how it was reached.
#[derive(Serialize)]
pub(super) struct Beginning<'a> {
    schema: u32,
    time: String,
    tool: &'a Tool,
    input: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    target: String,
    address: Option<String>,
    tls: Option<Tls>,
}

#[derive(Serialize)]
struct Tls {
    is_checked: bool,
    version: Option<String>,
    cipher_suite: Option<String>,
    certificate: Option<Certificate>,
}

#[derive(Serialize)]
struct Certificate {
    subject: String,
    issuer: String,
    names: Vec<String>,
    not_before: String,
    not_after: String,
    sha256: String,
}

/// That of a report.
pub(super) fn beginning<'a>(report: &TargetReport, tool: &'a Tool, schema: u32) -> Beginning<'a> {
    let target = text(&report.target);
    Beginning {
        schema,
        time: timestamp(report.time),
        tool,
        input: report.asked.as_deref().map_or_else(|| target.clone(), text),
        id: report.id.clone(),
        target,
        address: report.address.map(|address| address.to_string()),
        tls: report.certificate_checked.map(|is_checked| tls(is_checked, report.tls.as_ref())),
    }
}

fn tls(is_checked: bool, facts: Option<&TlsFacts>) -> Tls {
    Tls {
        is_checked,
        version: facts.map(|facts| facts.version.clone()),
        cipher_suite: facts.map(|facts| facts.cipher_suite.clone()),
        certificate: facts.and_then(|facts| facts.certificate.as_ref()).map(certificate),
    }
}

fn certificate(facts: &CertificateFacts) -> Certificate {
    Certificate {
        subject: facts.subject.clone(),
        issuer: facts.issuer.clone(),
        names: facts.names.clone(),
        not_before: timestamp(facts.not_before),
        not_after: timestamp(facts.not_after),
        sha256: facts.sha256.clone(),
    }
}
