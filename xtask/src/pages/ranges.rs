//! What answers say of versions, for people.

use std::fmt::Write as _;

use crate::evaluate::ranges::{OfProduct, Ranges, Widths};

/// The part of the page on versions.
pub fn markdown(ranges: &Ranges) -> String {
    let mut out = "\n## Versions\n\n".to_owned();
    sentences(ranges).iter().for_each(|one| out.push_str(&format!("- {one}\n")));
    let told = ranges.products.iter().filter(|(_, product)| product.listed.is_some() || product.recorded > 1);
    let mut rows = told.map(|(name, product)| row(name, product)).peekable();
    if rows.peek().is_some() {
        out.push_str(
            "\n| product | releases | recorded | bisected | in range, version left out | releases in the median range |\n|---|---|---|---|---|---|\n",
        );
        out.extend(rows);
    }
    out
}

/// All of it but the products, in sentences.
pub fn sentences(ranges: &Ranges) -> Vec<String> {
    let mut sentences = vec![format!(
        "The median answer names {} recorded versions, the 95th percentile {}; {:.2} products on average.",
        ranges.median, ranges.p95, ranges.mean_set
    )];
    let widths = |whose: &str, widths: &Widths| {
        format!(
            "Of {whose}, the ranges of the median answer hold {} releases, those at the 95th percentile {} ({} runs of {} products, named right).",
            widths.median, widths.p95, widths.runs, widths.products
        )
    };
    sentences.extend(ranges.listed.iter().map(|one| widths("products whose releases are listed", one)));
    let bisected = "products that are bisected (both sides of every change of behaviour are recorded)";
    sentences.extend(ranges.bisected.iter().map(|one| widths(bisected, one)));
    sentences.extend(ranges.claimed.iter().map(|claimed| {
        format!(
            "With the version left out and the product named, ranges have a probability of {:.1} % on average and hold the version in {}; the expected \
             calibration error is {:.4}.",
            100.0 * claimed.mean,
            claimed.held,
            claimed.error
        )
    }));
    sentences
}

fn row(name: &str, product: &OfProduct) -> String {
    let number = |number: Option<String>| number.unwrap_or_else(|| "–".to_owned());
    let mut row = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        row,
        "| {name} | {} | {} | {} | {} | {} |",
        number(product.listed.map(|count| count.to_string())),
        product.recorded,
        if product.bisected { "yes" } else { "no" },
        number((product.left_out.of > 0).then(|| format!("{} of {}", product.left_out.count, product.left_out.of))),
        number(product.width.map(|width| width.to_string()))
    );
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::ratio::Ratio;

    #[test]
    fn a_product_is_told_where_its_versions_are_more_than_one() {
        let mut ranges =
            Ranges { listed: Some(Widths { products: 1, runs: 3, median: 4.0, p95: 9.0 }), ..Ranges::default() };
        let lone = OfProduct { recorded: 1, ..OfProduct::default() };
        let ws = OfProduct {
            listed: Some(188),
            recorded: 13,
            bisected: true,
            left_out: Ratio { count: 38, of: 39 },
            width: Some(4.0),
        };
        ranges.products = [("lone".to_owned(), lone), ("ws".to_owned(), ws)].into();
        let page = markdown(&ranges);
        assert!(page.ends_with("|\n| ws | 188 | 13 | yes | 38 of 39 | 4 |\n"), "{page}");
        assert!(page.contains("hold 4 releases, those at the 95th percentile 9 (3 runs of 1 products"), "{page}");
    }
}
