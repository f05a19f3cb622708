//! Whether the colours of the style sheet can be read and told apart, in the light and in the dark (WCAG 2.2, success criteria 1.4.3 and
//! 1.4.11 at level AA).

use std::collections::BTreeMap;

use crate::built;

/// The least contrast of text, and of pictures and what shows where one is.
const TEXT: f64 = 4.5;
const PICTURE: f64 = 3.0;

/// Colours by their names.
type Scheme = BTreeMap<String, [u8; 3]>;

/// The custom properties of the blocks of `:root`, in their order: light, then what the dark has otherwise.
fn schemes(style: &str) -> [Scheme; 2] {
    let mut blocks = style.split(":root {").skip(1).map(|block| colours(block.split_once('}').unwrap().0));
    let light = blocks.next().unwrap();
    let mut dark = light.clone();
    dark.extend(blocks.next().unwrap());
    [light, dark]
}

fn colours(block: &str) -> Scheme {
    let declared = block.split(';').filter_map(|one| one.split_once(':'));
    let named =
        declared.filter_map(|(name, value)| Some((name.trim().strip_prefix("--")?, value.trim().strip_prefix('#')?)));
    let part = |digits: &str, place: usize| u8::from_str_radix(&digits[place..place + 2], 16).unwrap();
    named.map(|(name, digits)| (name.to_owned(), [0, 2, 4].map(|place| part(digits, place)))).collect()
}

/// The relative luminance of WCAG 2.2.
fn luminance(colour: [u8; 3]) -> f64 {
    let linear = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// What is written or drawn on what, and the least contrast of it.
fn pairs() -> Vec<(String, String, f64)> {
    let mut pairs: Vec<(String, String, f64)> = Vec::new();
    for paper in ["paper", "panel"] {
        for ink in ["ink", "muted", "accent"] {
            pairs.push((ink.to_owned(), paper.to_owned(), TEXT));
        }
        pairs.push(("strong".to_owned(), paper.to_owned(), PICTURE));
    }
    pairs.push(("warn".to_owned(), "paper".to_owned(), PICTURE));
    pairs.extend((0..8).map(|colour| ("on-c".to_owned(), format!("c{colour}"), TEXT)));
    pairs.extend((0..4).map(|colour| ("on-h".to_owned(), format!("h{colour}"), TEXT)));
    pairs.push(("on-h4".to_owned(), "h4".to_owned(), TEXT));
    pairs
}

#[test]
fn all_text_can_be_read_in_both_schemes() {
    let schemes = schemes(built().text("style.css"));
    for (scheme, name) in schemes.iter().zip(["light", "dark"]) {
        for (ink, paper, least) in pairs() {
            let found = contrast(scheme[&ink], scheme[&paper]);
            assert!(found >= least, "{name}: {ink} on {paper} has {found:.2}, not {least}");
        }
    }
    assert_ne!(schemes[0]["paper"], schemes[1]["paper"]);
}

#[test]
fn scales_go_from_one_end_of_lightness_to_the_other() {
    for scheme in schemes(built().text("style.css")) {
        let is_dark = luminance(scheme["paper"]) < 0.5;
        for scale in ["h", "m"] {
            let mut steps: Vec<f64> = (0..5).map(|step| luminance(scheme[&format!("{scale}{step}")])).collect();
            if !is_dark {
                steps.reverse();
            }
            // Whoever sees no colours sees the order.
            assert!(steps.is_sorted_by(|one, other| (other + 0.05) / (one + 0.05) > 1.15), "{scale}: {steps:?}");
        }
    }
}

#[test]
fn contrast_is_that_of_wcag() {
    assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 1e-9);
    assert!((contrast([0x77, 0x77, 0x77], [255, 255, 255]) - 4.48).abs() < 0.01);
}
