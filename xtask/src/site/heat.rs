//! Shares as colours.

use crate::evaluate::ratio::Ratio;

/// The class of a cell by a share, from nothing to all; the number in the cell says the same.
pub fn of_share(ratio: Ratio) -> &'static str {
    match ratio.percent() {
        _ if ratio.of == 0 => "",
        share if share < 20.0 => "h0",
        share if share < 50.0 => "h1",
        share if share < 80.0 => "h2",
        share if share < 98.0 => "h3",
        _ => "h4",
    }
}

/// The class of a cell by how many of all answer so, from common to alone.
pub fn of_company(same: usize, of: usize) -> usize {
    match 100 * same / of.max(1) {
        _ if same <= 1 => 4,
        50.. => 0,
        20.. => 1,
        8.. => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_go_from_nothing_to_all_and_from_common_to_alone() {
        let shares = [0, 20, 50, 80, 100].map(|count| of_share(Ratio { count, of: 100 }));
        assert_eq!(shares, ["h0", "h1", "h2", "h3", "h4"]);
        assert_eq!(of_share(Ratio::default()), "");
        assert_eq!([100, 30, 10, 2, 1].map(|same| of_company(same, 133)), [0, 1, 3, 3, 4]);
    }
}
