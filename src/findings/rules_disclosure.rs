//! What is told that nobody needs to know, and whether the server bears being asked.

use super::rule::{Nature, Rule, Severity, Shows, Sign};

const OPEN: Rule = Rule {
    id: "",
    title: "",
    severity: Severity::Info,
    nature: Nature::Hardening,
    section: "RFC 9110 section 17.12",
    meaning: "",
    signs: &[],
};

/// What is looked for in whatever was asked.
const fn anywhere(shows: Shows) -> Sign {
    Sign { probes: &[], shows }
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "names-its-version",
        title: "It says of which version it is",
        meaning: "Who looks for servers with a known flaw finds this one by its banner. What it does shows the version as well, only not as easily.",
        signs: &[anywhere(Shows::NamesVersion)],
        ..OPEN
    },
    Rule {
        id: "shows-internal-errors",
        title: "It shows by which exception or where in its code something failed",
        severity: Severity::Low,
        meaning: "Answers to requests that are refused hold names of exceptions or a stack trace: what the server is made of, and where it does not expect \
                  what it was sent.",
        signs: &[anywhere(Shows::ShowsStackTrace)],
        ..OPEN
    },
    Rule {
        id: "shows-paths",
        title: "It shows where its files are",
        severity: Severity::Low,
        meaning: "Paths of files on the server tell how it is set up, and help where another flaw lets files be read or written.",
        signs: &[anywhere(Shows::ShowsPath)],
        ..OPEN
    },
    Rule {
        id: "stops-answering",
        title: "It stopped answering after a probe",
        severity: Severity::Medium,
        nature: Nature::Conformance,
        section: "RFC 6455 section 7.1.7",
        meaning: "After the probe that is named, or one of those that were under way with it, no later connection was answered. It may have died of it, \
                  which whoever can connect could bring about; or it, or something in front of it, has shut us out.",
        signs: &[anywhere(Shows::StopsAnswering)],
    },
];
