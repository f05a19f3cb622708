//! How differently servers answer, and in which order those that answer alike stand together.

use std::collections::BTreeSet;

use kodama::{Method, Step, linkage};
use stews::features::Layer;
use stews::probe::{Probe, ProbeId};

use crate::site::catalog::{Catalog, Product};

/// Who is how far from whom, by the newest recorded version of each product.
pub struct Distances {
    /// By two products, the default probes that they answer differently, and those that both were asked.
    whole: Vec<Vec<(usize, usize)>>,
    /// The tree of products by what their engines decide.
    pub engines: Tree,
    /// The default probes as the matrix has them: those that part the products alike stand together.
    pub columns: Vec<&'static Probe>,
}

/// A tree of things that stand together the lower the more they are alike.
pub struct Tree {
    /// The joints, from the lowest to the highest, of clusters numbered as [`kodama`] does.
    pub steps: Vec<Step<f64>>,
    /// The leaves from top to bottom.
    pub order: Vec<usize>,
}

impl Distances {
    /// Those of a catalogue.
    pub fn of(catalog: &Catalog) -> Self {
        let (answers, products) = (&catalog.answers, &catalog.products);
        let probes: Vec<&'static Probe> = catalog.default_probes().collect();
        let sets = |probes: &[&Probe], set: &dyn Fn(usize, ProbeId) -> BTreeSet<usize>| -> Vec<Vec<BTreeSet<usize>>> {
            products.iter().map(|one| probes.iter().map(|probe| set(one.newest, probe.id)).collect()).collect()
        };
        let whole = table(&sets(&probes, &|one, probe| answers.classes(one, probe)));
        let engines: Vec<&Probe> = probes.iter().copied().filter(|probe| probe.layer == Layer::Engine).collect();
        let engine = table(&sets(&engines, &|one, probe| answers.engine_classes(one, probe)));
        let share = |(differing, of): (usize, usize)| if of == 0 { 1.0 } else { differing as f64 / of as f64 };
        let engines = Tree::of(products.len(), |one, other| share(engine[one][other]));
        let usual = |probe: &&Probe| {
            let class = |one: &Product| answers.usual(one.newest, probe.id).map(|line| line.class);
            products.iter().map(class).collect()
        };
        let partitions: Vec<Vec<Option<usize>>> = probes.iter().map(usual).collect();
        let columns = Tree::of(probes.len(), |one, other| disagreement(&partitions[one], &partitions[other]));
        Self { whole, engines, columns: columns.order.iter().map(|place| probes[*place]).collect() }
    }

    /// The products other than one, the nearest first, each with its distance.
    pub fn nearest(&self, one: usize) -> Vec<(usize, (usize, usize))> {
        let mut others: Vec<(usize, (usize, usize))> =
            self.whole[one].iter().copied().enumerate().filter(|(other, _)| *other != one).collect();
        // A share of many says more than the same share of few.
        let share = |(differing, of): (usize, usize)| (differing as f64 + 0.5) / (of as f64 + 1.0);
        others.sort_by(|one, other| share(one.1).total_cmp(&share(other.1)).then(one.0.cmp(&other.0)));
        others
    }
}

/// By two products, how many probes they answer differently in all runs, and how many both were asked, from the classes of their answers.
fn table(sets: &[Vec<BTreeSet<usize>>]) -> Vec<Vec<(usize, usize)>> {
    let mut all = vec![vec![(0, 0); sets.len()]; sets.len()];
    for one in 0..sets.len() {
        for other in one + 1..sets.len() {
            let both = sets[one].iter().zip(&sets[other]).filter(|(one, other)| !one.is_empty() && !other.is_empty());
            let sum = both.fold((0, 0), |(differing, of), (one, other)| {
                (differing + usize::from(one.is_disjoint(other)), of + 1)
            });
            all[one][other] = sum;
            all[other][one] = sum;
        }
    }
    all
}

/// The share of pairs that one of two probes tells apart and the other does not: one less the Rand index.
fn disagreement(one: &[Option<usize>], other: &[Option<usize>]) -> f64 {
    let both: Vec<(usize, usize)> =
        one.iter().zip(other).filter_map(|(one, other)| Some(((*one)?, (*other)?))).collect();
    let pairs = both.len() * both.len().saturating_sub(1);
    if pairs == 0 {
        return 1.0;
    }
    let squares = |mut keys: Vec<(usize, usize)>| -> usize {
        keys.sort_unstable();
        keys.chunk_by(|one, other| one == other).map(|same| same.len() * same.len()).sum()
    };
    let ones = squares(both.iter().map(|(one, _)| (*one, 0)).collect());
    let others = squares(both.iter().map(|(_, other)| (0, *other)).collect());
    (ones + others - 2 * squares(both)) as f64 / pairs as f64
}

impl Tree {
    /// The tree of so many things by their distances (average linkage, UPGMA).
    pub fn of(count: usize, distance: impl Fn(usize, usize) -> f64) -> Self {
        let mut condensed = Vec::with_capacity(count * count.saturating_sub(1) / 2);
        for one in 0..count {
            condensed.extend((one + 1..count).map(|other| distance(one, other)));
        }
        let steps = linkage(&mut condensed, count, Method::Average).steps().to_vec();
        let mut order = Vec::with_capacity(count);
        let mut open = vec![steps.len().checked_sub(1).map_or(0, |last| count + last)];
        while let Some(cluster) = open.pop().filter(|_| count > 0) {
            match cluster.checked_sub(count).and_then(|step| steps.get(step)) {
                Some(step) => open.extend([step.cluster2, step.cluster1]),
                None => order.push(cluster),
            }
        }
        Self { steps, order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_stands_together() {
        let places = [0.0_f64, 10.0, 1.0, 11.0];
        let tree = Tree::of(4, |one, other| (places[one] - places[other]).abs());
        assert_eq!(tree.order, [0, 2, 1, 3]);
        let heights: Vec<f64> = tree.steps.iter().map(|step| step.dissimilarity).collect();
        assert_eq!(heights, [1.0, 1.0, 10.0]);
        assert_eq!((Tree::of(1, |_, _| 0.0).order, Tree::of(0, |_, _| 0.0).order), (vec![0], vec![]));
    }

    #[test]
    fn probes_are_alike_that_part_the_same_pairs() {
        let classes = |classes: [usize; 4]| classes.map(Some);
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found}, {wanted}");
        close(disagreement(&classes([1, 1, 2, 2]), &classes([7, 7, 9, 9])), 0.0);
        close(disagreement(&classes([1, 1, 2, 2]), &classes([1, 2, 3, 4])), 2.0 / 6.0);
        close(disagreement(&classes([1, 1, 2, 2]), &[None, None, None, None]), 1.0);
    }
}
