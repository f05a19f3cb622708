//! What everything recorded that gives one answer has in common.

use std::collections::BTreeSet;

use super::cpe;
use crate::database::{Behaviour, Database, version_order, vocabulary};

/// The most products that are named one by one.
const MOST_NAMED: usize = 4;

/// Which of the recorded versions of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Versions {
    /// All of them, or those of several products: nothing is told.
    All,
    /// One of several.
    Only(String),
    /// Some that follow each other.
    Between(String, String),
    /// Some with others between them.
    Scattered(Vec<String>),
    /// The one that the answer says, in this group of the expression.
    Said(usize),
}

/// Who gives an answer, as far as all agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    /// The engine of all.
    pub(super) engine: &'a str,
    /// The products, sorted.
    pub(super) products: Vec<&'a str>,
    /// The versions of the only product.
    pub(super) versions: Versions,
}

impl<'a> Name<'a> {
    /// The name of some behaviours; nothing where their engines differ.
    pub(super) fn of(database: &'a Database, behaviours: &[&'a Behaviour]) -> Option<Self> {
        let engine = behaviours.first()?.engine.as_str();
        if behaviours.iter().any(|other| other.engine != engine) {
            return None;
        }
        let products: BTreeSet<&str> = behaviours.iter().map(|known| known.product.as_str()).collect();
        let products: Vec<&str> = products.into_iter().collect();
        let versions = match products[..] {
            [product] => Versions::of(database, product, behaviours),
            _ => Versions::All,
        };
        Some(Self { engine, products, versions })
    }

    /// The product, where it is one.
    pub(super) fn product(&self) -> Option<&'a str> {
        match self.products[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The product for people, or the engine.
    pub(super) fn title(&self) -> String {
        self.product().map_or_else(|| self.engine.to_owned(), |product| vocabulary::name_of(product).to_owned())
    }

    /// One word for it, of letters, digits and dashes.
    pub(super) fn id(&self) -> String {
        self.product().map_or_else(|| format!("engine-{}", self.engine), str::to_owned)
    }

    /// What is known besides the title.
    pub(super) fn info(&self) -> String {
        match self.product() {
            Some(product) if product == self.engine => "WebSocket server".to_owned(),
            Some(_) => format!("WebSocket engine {}", self.engine),
            None => format!("WebSocket engine of {}", self.list()),
        }
    }

    /// The products, the first few of them.
    fn list(&self) -> String {
        let shown: Vec<&str> =
            self.products.iter().take(MOST_NAMED).map(|product| vocabulary::name_of(product)).collect();
        match (self.products.len() - shown.len(), &shown[..]) {
            (0, [before @ .., last]) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
            (0, _) => shown.concat(),
            (more, _) => format!("{} or {more} others", shown.join(", ")),
        }
    }

    /// Vendor and product of its CPE name, where a dictionary has one.
    pub(super) fn cpe(&self) -> Option<(&'static str, &'static str)> {
        self.product().and_then(cpe::find)
    }
}

impl Versions {
    fn of(database: &Database, product: &str, behaviours: &[&Behaviour]) -> Self {
        let all = in_order(database.behaviours.iter().filter(|known| known.product == product));
        let mine = in_order(behaviours.iter().copied());
        let first = all.iter().position(|version| mine.first() == Some(version)).unwrap_or_default();
        match &mine[..] {
            mine if mine.len() == all.len() => Self::All,
            [only] => Self::Only((*only).to_owned()),
            mine if all[first..].starts_with(mine) => {
                Self::Between(mine[0].to_owned(), mine[mine.len() - 1].to_owned())
            }
            mine => Self::Scattered(mine.iter().map(|version| (*version).to_owned()).collect()),
        }
    }

    /// In words, where they are known without the answer itself.
    pub(super) fn in_words(&self) -> Option<String> {
        match self {
            Self::All | Self::Said(_) => None,
            Self::Only(version) => Some(version.clone()),
            Self::Between(first, last) => Some(format!("{first} - {last}")),
            Self::Scattered(versions) => match &versions[..] {
                [first, .., last] if versions.len() > MOST_NAMED => {
                    Some(format!("{} of {first} to {last}", versions.len()))
                }
                few => Some(few.join(", ")),
            },
        }
    }
}

/// The versions of some behaviours, oldest first.
fn in_order<'a>(behaviours: impl Iterator<Item = &'a Behaviour>) -> Vec<&'a str> {
    let mut versions: Vec<&str> = behaviours.flat_map(|known| known.versions.iter().map(String::as_str)).collect();
    versions.sort_by(|one, other| version_order(one, other));
    versions.dedup();
    versions
}
