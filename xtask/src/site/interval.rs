//! A share as a dot on an axis, with what chance leaves open beside it.

use maud::{Markup, html};

use crate::evaluate::ratio::Ratio;
use crate::evaluate::statistics::wilson;

/// The axis from 0 to 100 % in units of the picture, and what is left at its ends for dots.
const WIDTH: f64 = 200.0;
const MARGIN: f64 = 6.0;

/// Where the axis has ticks, in percent.
pub const TICKS: [f64; 5] = [0.0, 5.0, 20.0, 50.0, 100.0];

/// An error to draw, in percent.
pub struct Interval<'a> {
    /// The share.
    pub percent: f64,
    /// Its interval, where it has one.
    pub range: Option<(f64, f64)>,
    /// The most that it is to be.
    pub goal: Option<f64>,
    /// All of it in words.
    pub text: &'a str,
}

/// How far right a share stands: the axis is stretched near 0 by the square root, so that 1 % and 5 % are told apart.
fn place(percent: f64) -> f64 {
    MARGIN + WIDTH * (percent.clamp(0.0, 100.0) / 100.0).sqrt()
}

/// A number of a picture.
pub fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The picture, with the words under it.
pub fn interval(one: &Interval<'_>) -> Markup {
    let at = |percent| number(place(percent));
    html! {
        svg.interval viewBox={ "0 0 " (number(WIDTH + 2.0 * MARGIN)) " 30" } role="img" aria-label=(one.text) {
            @for tick in TICKS { line.grid x1=(at(tick)) x2=(at(tick)) y1="2" y2="18" {} }
            line.axis x1=(at(0.0)) x2=(at(100.0)) y1="18" y2="18" {}
            @if let Some((low, high)) = one.range {
                line.whisker x1=(at(low)) x2=(at(high)) y1="10" y2="10" {}
                @for end in [low, high] { line.whisker x1=(at(end)) x2=(at(end)) y1="7" y2="13" {} }
            }
            @if let Some(goal) = one.goal { line.goal x1=(at(goal)) x2=(at(goal)) y1="1" y2="21" {} }
            circle.dot cx=(at(one.percent)) cy="10" r="4.5" {}
            @for tick in TICKS {
                text x=(at(tick)) y="28" text-anchor=(if tick > 99.0 { "end" } else { "middle" }) { (number(tick)) }
            }
        }
        span.figure { (one.text) }
    }
}

/// How often something did not hold.
pub fn failures(ratio: Ratio) -> Markup {
    let rest = ratio.rest();
    let (low, high) = wilson(rest.count as f64, rest.of as f64);
    let range = (rest.of > 0).then_some((100.0 * low, 100.0 * high));
    interval(&Interval { percent: rest.percent(), range, goal: None, text: &rest.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_says_what_the_words_say() {
        let picture = failures(Ratio { count: 19, of: 20 }).into_string();
        assert!(picture.contains("aria-label=\"5.0 % (0.9 - 23.6, 1 of 20)\""), "{picture}");
        assert!(picture.contains("<circle class=\"dot\" cx=\"50.7\""), "{picture}");
        assert!((place(25.0) - (MARGIN + WIDTH / 2.0)).abs() < 1e-9);
        assert!((place(400.0) - place(100.0)).abs() < 1e-9);
    }
}
