//! What was measured against a floor in the same run, in a table or as JSON. Nothing is asserted: a machine may be as slow as it likes.

use serde::Serialize;

/// Figures of one measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What was done.
    pub measure: String,
    /// What it came to.
    pub figures: Vec<Figure>,
}

/// One number, beside that of the floor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What is counted, and in what.
    pub what: String,
    /// That of `stews`.
    pub stews: f64,
    /// That of the floor.
    pub floor: Option<f64>,
    /// The one by the other.
    pub ratio: Option<f64>,
    /// What it should be, in words.
    pub goal: Option<String>,
    /// Whether it is.
    pub met: Option<bool>,
}

/// What a number should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
    /// So many times the floor or more.
    TimesFloorAtLeast(f64),
    /// So many times the floor or less.
    TimesFloorAtMost(f64),
}

impl Figure {
    /// A number with that of the floor, where it has one.
    #[must_use]
    pub fn new(what: &str, stews: f64, floor: Option<f64>) -> Self {
        let ratio = floor.filter(|floor| *floor > 0.0).map(|floor| stews / floor);
        Self { what: what.to_owned(), stews, floor, ratio, goal: None, met: None }
    }

    /// The same with a goal.
    #[must_use]
    pub fn with_goal(self, goal: Goal) -> Self {
        let (words, met) = match goal {
            Goal::AtLeast(least) => (format!("≥ {}", number(least)), Some(self.stews >= least)),
            Goal::AtMost(most) => (format!("≤ {}", number(most)), Some(self.stews <= most)),
            Goal::TimesFloorAtLeast(least) => {
                (format!("≥ {} × floor", number(least)), self.ratio.map(|ratio| ratio >= least))
            }
            Goal::TimesFloorAtMost(most) => {
                (format!("≤ {} × floor", number(most)), self.ratio.map(|ratio| ratio <= most))
            }
        };
        Self { goal: Some(words), met, ..self }
    }
}

/// Rows for a table: a heading, and a line for each figure.
#[must_use]
pub fn table(rows: &[Row]) -> Vec<Vec<String>> {
    let header = ["", "", "stews", "floor", "ratio", "goal"].map(str::to_owned).to_vec();
    let lines = rows.iter().flat_map(|row| {
        row.figures.iter().enumerate().map(|(place, figure)| {
            let measure = if place == 0 { row.measure.clone() } else { String::new() };
            let optional = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
            let [stews, floor, ratio] = [Some(figure.stews), figure.floor, figure.ratio].map(optional);
            vec![measure, figure.what.clone(), stews, floor, ratio, goal_cell(figure)]
        })
    });
    std::iter::once(header).chain(lines).collect()
}

fn goal_cell(figure: &Figure) -> String {
    let goal = figure.goal.clone().unwrap_or_default();
    match figure.met {
        Some(true) => format!("{goal}, met"),
        Some(false) => format!("{goal}, missed"),
        None => goal,
    }
}

/// A number with about three digits that count, and thousands set apart.
#[must_use]
pub fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1000.0 {
        return format!("{value:.0}");
    }
    match value.abs() {
        size if size >= 1000.0 => thousands(value),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_as_many_digits_as_count() {
        let texts = [0.0, 1.0, 0.012_34, 1.005, 12.34, 123.4, 1000.0, 1_234_567.8, -4321.0].map(number);
        assert_eq!(texts, ["0", "1", "0.012", "1.00", "12.3", "123", "1,000", "1,234,568", "-4,321"]);
    }

    #[test]
    fn goals_are_met_or_missed_by_the_number_or_by_the_ratio() {
        let met = |floor, goal| Figure::new("f", 6.0, floor).with_goal(goal).met;
        assert_eq!(met(None, Goal::AtLeast(6.0)), Some(true));
        assert_eq!(met(None, Goal::AtMost(5.0)), Some(false));
        assert_eq!(met(Some(3.0), Goal::TimesFloorAtLeast(2.0)), Some(true));
        assert_eq!(met(Some(5.0), Goal::TimesFloorAtMost(1.1)), Some(false));
        assert_eq!(met(None, Goal::TimesFloorAtMost(1.1)), None, "there is nothing to go by");
        assert_eq!(met(Some(0.0), Goal::TimesFloorAtMost(1.1)), None);
    }

    #[test]
    fn a_table_names_each_measure_once() {
        let rows = [Row {
            measure: "detect, 0 ms".to_owned(),
            figures: vec![
                Figure::new("targets a second", 6000.0, Some(8000.0)).with_goal(Goal::AtLeast(5000.0)),
                Figure::new("found", 7.0, None),
            ],
        }];
        assert_eq!(
            table(&rows),
            [
                ["", "", "stews", "floor", "ratio", "goal"],
                ["detect, 0 ms", "targets a second", "6,000", "8,000", "0.750", "≥ 5,000, met"],
                ["", "found", "7", "-", "-", ""],
            ]
        );
    }
}
