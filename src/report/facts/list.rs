//! Lines of a report, as they are gathered.

/// One thing that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// What it is about; empty where it belongs to the one before.
    pub(crate) label: &'static str,
    /// What was sent, where it is about the answer to a probe.
    pub(crate) sent: Option<String>,
    pub(crate) text: String,
    /// Whether it is to be minded.
    pub(crate) is_warning: bool,
}

/// All that is said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts(pub(crate) Vec<Fact>);

impl Facts {
    pub(super) fn add(&mut self, label: &'static str, text: impl Into<String>) {
        self.0.push(Fact { label, sent: None, text: text.into(), is_warning: false });
    }

    pub(super) fn warn(&mut self, label: &'static str, text: impl Into<String>) {
        self.0.push(Fact { label, sent: None, text: text.into(), is_warning: true });
    }

    pub(super) fn add_about(&mut self, label: &'static str, sent: String, text: String) {
        self.0.push(Fact { label, sent: Some(sent), text, is_warning: false });
    }
}
