//! Versions in words.

use crate::database::{KnownLine, version_order};
use crate::identify::{Candidate, VersionRange};

/// The versions of a candidate in a few words that follow its name: what may behave so.
#[must_use]
pub fn versions_briefly(candidate: &Candidate) -> String {
    let whole = candidate.versions.len() == candidate.recorded;
    match &candidate.versions[..] {
        [only] if whole => format!("{only} (the only one recorded)"),
        _ if whole => "any version".to_owned(),
        _ => {
            let said = some(&candidate.ranges);
            said.split_once("; ").map_or(said.clone(), |(said, _)| said.to_owned())
        }
    }
}

/// The versions of a candidate, as they follow its name: what may behave so, and how far that is recorded.
#[must_use]
pub fn versions_in_words(candidate: &Candidate) -> String {
    let recorded = || candidate.ranges.iter().filter(|range| range.is_recorded());
    let mut newest: Vec<Newest<'_>> = recorded().filter_map(Newest::of).collect();
    let whole = candidate.versions.len() == candidate.recorded;
    let said = match &candidate.versions[..] {
        [only] if whole => {
            // Whichever line the recorded one is in.
            let released = candidate.ranges.iter().filter_map(VersionRange::newest_release);
            let released = released.max_by(|one, other| version_order(one, other));
            newest = vec![Newest { said: Some(only), recorded: only, released }];
            format!("answers as {only}, the only one recorded")
        }
        _ if whole => {
            newest = newest
                .into_iter()
                .max_by(|one, other| version_order(one.recorded, other.recorded))
                .into_iter()
                .collect();
            "any version".to_owned()
        }
        _ => some(&candidate.ranges),
    };
    format!("{said}{}", newest_in_words(&newest))
}

/// What is recorded of versions that are named: those that answer so, those next to them that do not, and how far releases go beyond.
#[must_use]
pub fn behaviour_in_words(candidate: &Candidate) -> String {
    let answers = match (&candidate.versions[..], candidate.recorded) {
        ([only], 1) => format!("{only} answers so"),
        (versions, _) => format!("answers like the recorded {}", listed(versions)),
    };
    let mut parts = vec![answers];
    let others: Vec<&str> =
        candidate.ranges.iter().flat_map(|range| [range.after(), range.before()]).flatten().collect();
    match &others[..] {
        [] => {}
        [only] => parts.push(format!("{only} answers otherwise")),
        _ => parts.push(format!("{} answer otherwise", listed(&others))),
    }
    let newest = candidate.ranges.iter().filter(|range| range.before().is_none());
    let newest = newest.filter_map(VersionRange::newest_release).max_by(|one, other| version_order(one, other));
    if let Some(newest) = newest.filter(|newest| !candidate.versions.iter().any(|version| version == newest)) {
        parts.push(format!("the newest release, {newest}, is not recorded"));
    }
    parts.join("; ")
}

/// Versions in a sentence; of many the first and the last, and how many there are.
fn listed<T: AsRef<str>>(versions: &[T]) -> String {
    let versions: Vec<&str> = versions.iter().map(AsRef::as_ref).collect();
    match &versions[..] {
        [] => "ones".to_owned(),
        [only] => (*only).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, middle, last] => format!("{one}, {middle} and {last}"),
        [first, .., last] => format!("{first} to {last} ({} versions)", versions.len()),
    }
}

/// Ranges, of which not all of a product are.
fn some(ranges: &[VersionRange]) -> String {
    let (mut recorded, mut perhaps) = (Vec::new(), Vec::new());
    for range in ranges {
        if range.is_recorded() {
            let beyond = |is_beyond: fn(&KnownLine, &KnownLine) -> bool| nothing_is_recorded(range, ranges, is_beyond);
            recorded.push(in_words(range, beyond(is_older), beyond(is_newer)));
        } else if !is_said(range.line(), ranges) {
            perhaps.push(format!("{}.x", range.line().name()));
        }
    }
    let recorded = recorded.join(", ");
    match &perhaps[..] {
        [] => recorded,
        lines => format!("{recorded}; perhaps {}, of which none is recorded", lines.join(", ")),
    }
}

/// Whether nothing is recorded of the lines beyond that of a range, and they may all be like it: there, "or earlier" and "or later" mean those
/// lines too.
fn nothing_is_recorded(
    range: &VersionRange,
    ranges: &[VersionRange],
    is_beyond: fn(&KnownLine, &KnownLine) -> bool,
) -> bool {
    let may_be = |line: &KnownLine| ranges.iter().any(|other| !other.is_recorded() && other.line() == line);
    let mut beyond = range.lines().iter().filter(|line| is_beyond(line, range.line()));
    beyond.all(may_be)
}

/// Whether what is said of a recorded range, "or earlier" or "or later", means a line too of which nothing is recorded.
fn is_said(line: &KnownLine, ranges: &[VersionRange]) -> bool {
    let mut recorded = ranges.iter().filter(|range| range.is_recorded());
    recorded.any(|range| {
        let is_earlier = range.at_least().is_none() && range.before().is_some() && !range.begins_its_line();
        let is_later = range.at_least().is_some() && range.before().is_none();
        let means = |is_beyond: fn(&KnownLine, &KnownLine) -> bool| {
            is_beyond(line, range.line()) && nothing_is_recorded(range, ranges, is_beyond)
        };
        is_earlier && means(is_older) || is_later && means(is_newer)
    })
}

/// Whether a line begins before another.
fn is_older(one: &KnownLine, other: &KnownLine) -> bool {
    one.release(0).zip(other.release(0)).is_some_and(|(one, other)| version_order(one, other).is_lt())
}

/// Whether a line ends after another.
fn is_newer(one: &KnownLine, other: &KnownLine) -> bool {
    one.last().zip(other.last()).is_some_and(|(one, other)| version_order(one, other).is_gt())
}

/// A range of which something is recorded; where its line is the oldest or the newest, "or earlier" or "or later" need not name it.
fn in_words(range: &VersionRange, is_oldest: bool, is_newest: bool) -> String {
    let line = range.line();
    let of_line =
        |is_named: bool| if is_named && !line.is_only() { format!(" {}.x", line.name()) } else { String::new() };
    let (first, last) = (range.first().unwrap_or_default(), range.last().unwrap_or_default());
    let begins = range.at_least().is_some() || range.begins_its_line();
    match (begins, range.before()) {
        (true, Some(_)) if line.is_listed() && first == last => first.to_owned(),
        (true, Some(_)) if line.is_listed() => format!("{first} – {last}"),
        (true, Some(before)) => format!("{first} to before {before}"),
        (false, Some(_)) if line.is_listed() => format!("{last} or earlier{}", of_line(!is_oldest)),
        (false, Some(before)) => format!("before {before}{}", of_line(!is_oldest)),
        (_, None) if range.at_least().is_some() => format!("{first} or later{}", of_line(!is_newest)),
        (_, None) if line.is_only() => "any version".to_owned(),
        (_, None) => format!("all {}.x", line.name()),
    }
}

/// How far what is open above is recorded and released.
struct Newest<'a> {
    /// What was said of the range, if that is a version.
    said: Option<&'a str>,
    recorded: &'a str,
    released: Option<&'a str>,
}

impl<'a> Newest<'a> {
    /// That of a range that is open above.
    fn of(range: &'a VersionRange) -> Option<Self> {
        let recorded = range.recorded().next_back().filter(|_| range.before().is_none())?;
        Some(Self { said: range.at_least(), recorded, released: range.newest_release() })
    }
}

/// What is not said already.
fn newest_in_words(all: &[Newest<'_>]) -> String {
    let recorded = all.iter().filter(|one| one.said != Some(one.recorded)).map(|one| one.recorded);
    let released = all.iter().filter_map(|one| one.released.filter(|released| *released != one.recorded));
    let [recorded, released] = [recorded.collect::<Vec<_>>(), released.collect()].map(|versions| versions.join(", "));
    match (recorded.as_str(), released.as_str()) {
        ("", "") => String::new(),
        (_, "") => format!("; newest recorded {recorded}"),
        ("", _) => format!("; newest released {released}"),
        _ => format!("; newest recorded {recorded}, newest released {released}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Recording, Releases, derive};
    use crate::identify::{Calibration, Mask, Matcher, Observations};
    use crate::probe::ProbeId;

    /// What is said of a server that closes with 1002 where the releases of `ws` are these, line by line: `+` after those that are
    /// recorded to do so, `-` after those that are recorded to do otherwise, and nothing after those that are not recorded.
    fn told(source: Option<&str>, lines: &[(&str, &str)]) -> String {
        let seen = |line: &str| -> Observations {
            (200..212).map(|probe| (ProbeId::new(probe), line.parse().unwrap())).collect()
        };
        let words = || lines.iter().flat_map(|(_, text)| text.split(' '));
        let recording = |word: &str| {
            let version = word.strip_suffix(['+', '-'])?;
            let seen = seen(if word.ends_with('+') { "close 1002 | fin" } else { "text 1 echo | alive" });
            Some(Recording::of_runs("ws", version, &[seen]))
        };
        let release = |word: &str| {
            let version = word.trim_end_matches(['+', '-']);
            serde_json::json!({"version": version, "pre_release": version.contains("rc")})
        };
        let line = |(name, text): &(&str, &str)| serde_json::json!({"line": name, "releases": text.split(' ').map(release).collect::<Vec<_>>()});
        let lines: Vec<_> = lines.iter().map(line).collect();
        let list = serde_json::json!({"product": "ws", "source": source, "lines": lines}).to_string();
        let lists: Vec<Releases> = source.map(|_| Releases::read(&list).unwrap()).into_iter().collect();
        let database = derive(&words().filter_map(recording).collect::<Vec<_>>(), &lists);
        let answer = Matcher::calibrated(&database, Calibration::cautious())
            .identify(&seen("close 1002 | fin"), Mask::default());
        versions_in_words(&answer.first()[0])
    }

    fn listed(lines: &[(&str, &str)]) -> String {
        told(Some("npm ws"), lines)
    }

    #[test]
    fn a_range_that_is_closed_is_told_with_both_its_ends() {
        assert_eq!(listed(&[("8", "8.0- 8.1 8.2+ 8.3 8.4- 8.5")]), "8.1 – 8.3");
        assert_eq!(listed(&[("8", "8.0- 8.1+ 8.2- 8.3")]), "8.1");
        assert_eq!(listed(&[("8", "8.0+ 8.1 8.2-")]), "8.0 – 8.1");
        assert_eq!(told(None, &[("8", "8.0- 8.1+ 8.3+ 8.6-")]), "8.1 to before 8.6");
    }

    #[test]
    fn a_range_that_is_open_says_so_and_how_far_is_recorded_and_released() {
        assert_eq!(listed(&[("8", "8.0- 8.1+ 8.2+ 8.3")]), "8.1 or later; newest recorded 8.2, newest released 8.3");
        assert_eq!(listed(&[("8", "8.0- 8.1+ 8.2 8.3+ 8.4-rc.1")]), "8.1 or later; newest recorded 8.3");
        assert_eq!(listed(&[("8", "8.0- 8.1+ 8.2")]), "8.1 or later; newest released 8.2");
        assert_eq!(listed(&[("8", "8.0- 8.1+")]), "8.1 or later");
        assert_eq!(listed(&[("8", "8.0 8.1+ 8.2 8.3-")]), "8.2 or earlier");
        assert_eq!(told(None, &[("8", "8.0- 8.1+ 8.2+")]), "8.1 or later; newest recorded 8.2");
        assert_eq!(told(None, &[("8", "8.1+ 8.4-")]), "before 8.4");
    }

    #[test]
    fn several_lines_stand_in_one_line_and_name_themselves_where_that_is_needed() {
        assert_eq!(
            listed(&[
                ("9", "9.0- 9.1 9.2+ 9.3"),
                ("10.1", "10.1.0+ 10.1.1 10.1.2-"),
                ("11", "11.0 11.1+ 11.2- 11.3+ 11.4")
            ]),
            "9.1 or later 9.x, 10.1.0 – 10.1.1, 11.1 or earlier 11.x, 11.3 or later; \
             newest recorded 9.2, newest released 9.3, 11.4"
        );
        assert_eq!(listed(&[("8", "8.0-"), ("9", "9.0+ 9.1+"), ("10", "10.0-")]), "all 9.x; newest recorded 9.1");
    }

    #[test]
    fn lines_of_which_nothing_is_recorded_are_told_where_nothing_else_says_so() {
        let two = ("2", "2.0 2.1+ 2.2-");
        assert_eq!(listed(&[("1", "1.0"), two, ("3", "3.0-")]), "2.1 or earlier");
        assert_eq!(
            listed(&[two, ("3", "3.0"), ("4", "4.0+ 4.1-")]),
            "2.1 or earlier, 4.0; perhaps 3.x, of which none is recorded"
        );
        assert_eq!(listed(&[("2", "2.0- 2.1+"), ("3", "3.0"), ("4", "4.0")]), "2.1 or later");
        // A line within another, which is the one that goes on.
        assert_eq!(
            listed(&[("2", "2.0.0- 2.6.0-"), ("2.5", "2.5.0- 2.5.1+ 2.5.2")]),
            "2.5.1 or later 2.5.x; newest released 2.5.2"
        );
    }

    #[test]
    fn where_all_that_is_recorded_fits_that_is_said_instead() {
        assert_eq!(listed(&[("8", "8.0 8.1+ 8.2")]), "answers as 8.1, the only one recorded; newest released 8.2");
        assert_eq!(told(None, &[("8", "8.1+")]), "answers as 8.1, the only one recorded");
        assert_eq!(
            listed(&[("7", "7.0+ 7.1"), ("8", "8.0+ 8.1+ 8.2")]),
            "any version; newest recorded 8.1, newest released 8.2"
        );
    }
}
