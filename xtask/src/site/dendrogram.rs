//! A tree of leaves as a picture: names to the left, so that a phone shows them, and joints the further to the right the less alike.

use maud::{Markup, html};

use crate::site::distance::Tree;
use crate::site::interval::number;

/// The height of a leaf, where leaves begin below the axis, and how wide the names are.
const ROW: f64 = 17.0;
const TOP: f64 = 30.0;
const NAMES: f64 = 410.0;

/// Where the tree begins and ends, and how much room it has.
const LEFT: f64 = 16.0;
const RIGHT: f64 = 600.0;
const WIDTH: f64 = 630.0;

/// What a leaf says.
pub struct Leaf {
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// What stands before the name.
    pub note: String,
}

/// The picture; heights are shares.
pub fn picture(tree: &Tree, leaves: &[Leaf], label: &str) -> Markup {
    let highest = tree.steps.iter().map(|step| step.dissimilarity).fold(0.05, f64::max);
    let most = (highest * 10.0).ceil() / 10.0;
    let across = |height: f64| LEFT + (RIGHT - LEFT) * height / most;
    let down = |row: usize| TOP + ROW * (row as f64 + 0.5);
    let bottom = TOP + ROW * leaves.len() as f64;
    let ticks = (0..).map(|tenth| f64::from(tenth) / 10.0).take_while(|tick| *tick <= most + 1e-9);
    let height = number(bottom + 8.0);
    html! {
        // Where there is little room, what is farthest from the tree is cut off.
        svg.tree.names width=(number(NAMES)) height=(height) viewBox={ "0 0 " (number(NAMES)) " " (height) } preserveAspectRatio="xMaxYMin slice" role="group" aria-label="Names" {
            @for (row, leaf) in tree.order.iter().enumerate() {
                @let leaf = &leaves[*leaf];
                a href=(leaf.href) {
                    text.leaf x=(number(NAMES - 4.0)) y=(number(down(row) + 4.0)) text-anchor="end" { tspan.note { (leaf.note) } tspan dx="8" { (leaf.name) } }
                }
            }
        }
        svg.tree width=(number(WIDTH)) height=(height) viewBox={ "0 0 " (number(WIDTH)) " " (height) } role="img" aria-label=(label) {
            @for tick in ticks {
                line.grid x1=(number(across(tick))) x2=(number(across(tick))) y1=(number(TOP - 6.0)) y2=(number(bottom)) {}
                text.tick x=(number(across(tick))) y=(number(TOP - 12.0)) text-anchor="middle" { (number(100.0 * tick)) " %" }
            }
            path.branch d=(branches(tree, across, down)) {}
        }
    }
}

/// All joints as one path.
fn branches(tree: &Tree, across: impl Fn(f64) -> f64, down: impl Fn(usize) -> f64) -> String {
    let leaves = tree.order.len();
    let mut at = vec![(0.0, 0.0); leaves + tree.steps.len()];
    for (row, leaf) in tree.order.iter().enumerate() {
        at[*leaf] = (across(0.0), down(row));
    }
    let mut path = String::new();
    for (place, step) in tree.steps.iter().enumerate() {
        let (one, other) = (at[step.cluster1], at[step.cluster2]);
        let joint = across(step.dissimilarity);
        let [x1, y1, x2, y2, x] = [one.0, one.1, other.0, other.1, joint].map(number);
        path.push_str(&format!("M{x1} {y1}H{x}V{y2}H{x2}"));
        at[leaves + place] = (joint, f64::midpoint(one.1, other.1));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::distance::Tree;

    #[test]
    fn a_joint_stands_at_its_height_between_what_it_joins() {
        let places = [0.0_f64, 0.4, 0.1];
        let tree = Tree::of(3, |one, other| (places[one] - places[other]).abs());
        let path = branches(&tree, |height| 100.0 * height, |row| 10.0 * row as f64);
        // The first and the third leaf are 0.1 apart; the second is 0.35 from both on the mean.
        assert_eq!(path, "M0 10H10V20H0M0 0H35V15H10");
    }
}
