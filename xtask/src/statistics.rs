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

/// How far confidence is from the share of right answers on average, over ten bins of equal width (the expected calibration
/// error). Each answer is (confidence, right, weight).
pub fn calibration_error(answers: &[(f64, bool, f64)]) -> f64 {
    const BINS: usize = 10;
    let mut bins = [(0.0, 0.0, 0.0); BINS];
    for (confidence, right, weight) in answers {
        let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += weight * confidence;
        bin.1 += weight * f64::from(u8::from(*right));
        bin.2 += weight;
    }
    let total: f64 = bins.iter().map(|bin| bin.2).sum();
    let gap = |bin: &(f64, f64, f64)| (bin.0 - bin.1).abs();
    if total > 0.0 { bins.iter().map(gap).sum::<f64>() / total } else { 0.0 }
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
    fn quantiles_are_members() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!([0.0, 0.25, 0.5, 0.95, 1.0].map(|share| quantile(&values, share)), [1.0, 1.0, 2.0, 4.0, 4.0]);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }

    #[test]
    fn an_error_is_the_gap_between_what_is_believed_and_what_is() {
        let sure = |right: bool| (0.95, right, 1.0);
        assert!((calibration_error(&[sure(true), sure(false)]) - 0.45).abs() < 1e-9);
        assert!(calibration_error(&[(1.0, true, 1.0)]) < 1e-9);
        // A tenth of the weight, a tenth of the say.
        assert!((calibration_error(&[(1.0, true, 9.0), (1.0, false, 1.0)]) - 0.1).abs() < 1e-9);
    }
}
