//! Information in bits, and the greatest of some values.

/// A part's term in the entropy of a whole, in bits times the whole, by the mass of both. The terms of all parts of a whole of mass 1 add
/// up to its entropy.
#[must_use]
pub fn entropy(part: f64, whole: f64) -> f64 {
    if part > 0.0 && whole > part { -part * (part / whole).log2() } else { 0.0 }
}

/// The greatest of some values with its place; the first of equal ones.
pub(super) fn argmax(values: impl Iterator<Item = f64>) -> Option<(usize, f64)> {
    values.enumerate().fold(None, |best, (place, value)| match best {
        Some((_, greatest)) if value <= greatest => best,
        _ => Some((place, value)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_parts_have_the_most_entropy_and_one_part_has_none() {
        let of = |parts: &[f64]| parts.iter().map(|part| entropy(*part, 1.0)).sum::<f64>();
        assert!((of(&[0.25; 4]) - 2.0).abs() < 1e-12);
        assert!(of(&[0.5, 0.25, 0.25]) < 2.0);
        assert!(of(&[1.0, 0.0]).abs() < 1e-12);
    }

    #[test]
    fn the_first_of_the_greatest_is_found() {
        assert_eq!(argmax([1.0, 3.0, 3.0, 2.0].into_iter()), Some((1, 3.0)));
        assert_eq!(argmax(std::iter::empty()), None);
    }
}
