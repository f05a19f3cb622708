//! The recorded versions of products, each with its behaviour and its place among the releases, worked out once for all answers.

use std::sync::Arc;

use super::ids::{BehaviourId, ProductId};
use crate::database::{Database, KnownLine, ProductReleases};

/// A recorded version of a product.
#[derive(Debug)]
pub(super) struct KnownVersion<'a> {
    pub(super) version: &'a str,
    pub(super) behaviour: BehaviourId,
    /// Its release line, by its place among those of the product.
    pub(super) line: usize,
    /// Its place in the line.
    pub(super) place: usize,
}

/// What is known of the versions of a product.
#[derive(Debug, Default)]
pub(super) struct KnownVersions<'a> {
    /// Its releases.
    pub(super) releases: Option<&'a Arc<ProductReleases>>,
    /// The recorded versions, by line and place.
    pub(super) recorded: Vec<KnownVersion<'a>>,
}

impl<'a> KnownVersions<'a> {
    /// All release lines.
    pub(super) fn lines(&self) -> &'a [KnownLine] {
        self.releases.map_or(&[], |releases| &releases.lines)
    }

    /// The recorded versions of the lines before one, of that line, and of those after it.
    pub(super) fn around(&self, line: usize) -> [&[KnownVersion<'a>]; 3] {
        let start = self.recorded.partition_point(|version| version.line < line);
        let (before, rest) = self.recorded.split_at(start);
        let (mine, after) = rest.split_at(rest.partition_point(|version| version.line == line));
        [before, mine, after]
    }
}

/// The versions of each product.
pub(super) fn known_versions<'a>(
    database: &'a Database,
    products: &[ProductId],
    product_count: usize,
) -> Vec<KnownVersions<'a>> {
    let mut names = vec![""; product_count];
    let mut named: Vec<Vec<(&str, BehaviourId)>> = vec![Vec::new(); product_count];
    for (behaviour, (known, product)) in database.behaviours.iter().zip(products).enumerate() {
        names[product.index()] = &known.product;
        let versions = known.versions.iter().map(|version| (version.as_str(), BehaviourId::nth(behaviour)));
        named[product.index()].extend(versions);
    }
    names.into_iter().zip(named).map(|(product, named)| of_product(database, product, named)).collect()
}

/// The versions of a product, each with its behaviour, in their places.
fn of_product<'a>(database: &'a Database, product: &str, mut named: Vec<(&'a str, BehaviourId)>) -> KnownVersions<'a> {
    let Some(releases) = database.releases_of(product) else { return KnownVersions::default() };
    named.sort_unstable();
    named.dedup_by_key(|(version, _)| *version);
    let sorted: Vec<&str> = named.iter().map(|(version, _)| *version).collect();
    let placed = releases.places(&sorted).into_iter().map(|(number, line, place)| {
        let (version, behaviour) = named[number];
        KnownVersion { version, behaviour, line, place }
    });
    KnownVersions { releases: Some(releases), recorded: placed.collect() }
}
