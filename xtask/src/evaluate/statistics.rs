//! A few figures of lists of numbers.

/// The probability that a member of `high` is greater than one of `low`, ties counting half: the area under the curve of
/// true against false alarms. `None` where either is empty.
pub fn auroc(low: &[f64], high: &[f64]) -> Option<f64> {
    if low.is_empty() || high.is_empty() {
        return None;
    }
    let mut sorted = low.to_vec();
    sorted.sort_by(f64::total_cmp);
    let wins = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let equal = sorted.partition_point(|other| other <= value) - below;
        below as f64 + equal as f64 / 2.0
    };
    Some(high.iter().map(wins).sum::<f64>() / (low.len() * high.len()) as f64)
}

/// The number that a share of the others does not exceed; 0 of none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
}

/// The quantile of the normal distribution that leaves 2.5 % on either side.
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// The Wilson score interval of 95 % of a share: between what shares so many of so many could have come by chance. The whole range where
/// nothing was counted.
pub fn wilson(count: f64, of: f64) -> (f64, f64) {
    if of <= 0.0 {
        return (0.0, 1.0);
    }
    let (share, square) = (count / of, NORMAL_975 * NORMAL_975);
    let middle = share + square / (2.0 * of);
    let half = NORMAL_975 * (share * (1.0 - share) / of + square / (4.0 * of * of)).sqrt();
    let scale = 1.0 + square / of;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

/// To so many decimal places, so that a stored file does not change with the last bit of a sum.
pub fn rounded(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}

/// How sure an answer was, and whether it was right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The probability that it gives itself.
    pub confidence: f64,
    /// Whether it is right.
    pub right: bool,
    /// How much it counts.
    pub weight: f64,
}

/// How far confidence is from the share of right answers on average, over ten bins of equal width (the expected calibration
/// error).
pub fn calibration_error(answers: &[Prediction]) -> f64 {
    let bins = bins(answers);
    let total: f64 = bins.iter().map(|bin| bin.weight).sum();
    let gap = |bin: &Bin| (bin.confidence - bin.right / bin.weight).abs() * bin.weight;
    if total > 0.0 { bins.iter().map(gap).sum::<f64>() / total } else { 0.0 }
}

/// Answers of about the same confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// The least confidence, and what all are below (but in the last bin).
    pub range: (f64, f64),
    /// The mean confidence.
    pub confidence: f64,
    /// The weight of the right answers.
    pub right: f64,
    /// The weight of all.
    pub weight: f64,
}

/// Ten bins of equal width, those without answers left out.
pub fn bins(answers: &[Prediction]) -> Vec<Bin> {
    const BINS: usize = 10;
    let mut sums = [(0.0, 0.0, 0.0); BINS];
    for answer in answers {
        let sum = &mut sums[((answer.confidence * BINS as f64) as usize).min(BINS - 1)];
        sum.0 += answer.weight * answer.confidence;
        sum.1 += answer.weight * f64::from(u8::from(answer.right));
        sum.2 += answer.weight;
    }
    let filled = sums.into_iter().enumerate().filter(|(_, (_, _, weight))| *weight > 0.0);
    let edge = |place: usize| place as f64 / BINS as f64;
    filled
        .map(|(place, (confidence, right, weight))| Bin {
            range: (edge(place), edge(place + 1)),
            confidence: confidence / weight,
            right,
            weight,
        })
        .collect()
}

/// At each threshold, the share of `low` and of `high` that reach it: from (0, 0) to (1, 1), at most about so many points.
pub fn roc(low: &[f64], high: &[f64], most: usize) -> Vec<(f64, f64)> {
    let mut thresholds: Vec<f64> = low.iter().chain(high).copied().collect();
    thresholds.sort_by(|one, other| other.total_cmp(one));
    thresholds.dedup();
    let step = thresholds.len().div_ceil(most.max(1)).max(1);
    let share = |values: &[f64], least: f64| {
        values.iter().filter(|value| **value >= least).count() as f64 / values.len().max(1) as f64
    };
    let points = thresholds.iter().step_by(step).map(|least| (share(low, *least), share(high, *least)));
    std::iter::once((0.0, 0.0)).chain(points).chain(std::iter::once((1.0, 1.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_one_where_all_is_told_apart_and_half_where_nothing_is() {
        assert_eq!(auroc(&[1.0, 2.0], &[3.0, 4.0]), Some(1.0));
        assert_eq!(auroc(&[3.0], &[1.0]), Some(0.0));
        assert_eq!(auroc(&[1.0, 1.0], &[1.0]), Some(0.5));
        assert_eq!(auroc(&[], &[1.0]), None);
    }

    #[test]
    fn the_curve_goes_from_corner_to_corner() {
        assert_eq!(
            roc(&[1.0, 2.0], &[3.0, 1.5], 9),
            [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0), (1.0, 1.0)]
        );
        assert!(roc(&[0.0; 5], &[1.0; 5], 1).len() <= 4);
    }

    /// Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    #[test]
    fn intervals_are_those_of_newcombe() {
        for (count, of, low, high) in [
            (81.0, 263.0, 0.2553, 0.3662),
            (15.0, 148.0, 0.0624, 0.1605),
            (0.0, 20.0, 0.0, 0.1611),
            (1.0, 29.0, 0.0061, 0.1718),
        ] {
            let (from, to) = wilson(count, of);
            assert!((from - low).abs() < 5e-5 && (to - high).abs() < 5e-5, "{count} of {of}: {from} to {to}");
            let (other_from, other_to) = wilson(of - count, of);
            assert!((from + other_to - 1.0).abs() < 1e-12 && (to + other_from - 1.0).abs() < 1e-12);
        }
        assert_eq!(wilson(0.0, 0.0), (0.0, 1.0));
    }

    #[test]
    fn quantiles_are_members() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!([0.0, 0.25, 0.5, 0.95, 1.0].map(|share| quantile(&values, share)), [1.0, 1.0, 2.0, 4.0, 4.0]);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }

    #[test]
    fn an_error_is_the_gap_between_what_is_believed_and_what_is() {
        let said = |confidence, right, weight| Prediction { confidence, right, weight };
        let sure = |right| said(0.95, right, 1.0);
        assert!((calibration_error(&[sure(true), sure(false)]) - 0.45).abs() < 1e-9);
        assert!(calibration_error(&[said(1.0, true, 1.0)]) < 1e-9);
        // A tenth of the weight, a tenth of the say.
        assert!((calibration_error(&[said(1.0, true, 9.0), said(1.0, false, 1.0)]) - 0.1).abs() < 1e-9);
    }
}
