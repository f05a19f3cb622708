//! How much of a head an observation keeps. No server is known to say as much where it says something of itself.

use super::Observation;
use crate::wire::ResponseHead;

impl Observation {
    /// The most of a field's value that is kept, in bytes.
    pub const FIELD_VALUE: usize = 2048;

    /// The most of a field's name that is kept, in bytes.
    pub const FIELD_NAME: usize = 128;

    /// The most of a reason phrase that is kept, in bytes.
    pub const REASON: usize = 512;

    /// The most of all values of a head together that is kept, in bytes.
    pub const HEAD: usize = 8192;

    /// Stands for what is not kept.
    pub const CUT: &[u8] = b"<cut>";
}

/// Leaves out of a head what is more than is kept; each field stays, by its name.
pub(super) fn bound_head(head: &mut ResponseHead) {
    cut_text(&mut head.reason, Observation::REASON);
    let mut left = Observation::HEAD;
    for field in &mut head.headers {
        cut_text(&mut field.name, Observation::FIELD_NAME);
        let most = left.min(Observation::FIELD_VALUE);
        left -= field.value.len().min(most);
        if field.value.len() > most {
            field.value.truncate(most);
            field.value.extend_from_slice(Observation::CUT);
        }
    }
}

fn cut_text(text: &mut String, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push_str(&String::from_utf8_lossy(Observation::CUT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Header;

    fn bounded(reason: &str, headers: Vec<Header>) -> ResponseHead {
        let mut head = ResponseHead { minor_version: 1, status: 200, reason: reason.to_owned(), headers };
        bound_head(&mut head);
        head
    }

    #[test]
    fn an_ordinary_head_stays_as_it_is() {
        let headers = vec![Header::new("A", vec![b'x'; Observation::FIELD_VALUE]), Header::new("B", "")];
        assert_eq!(bounded("OK", headers.clone()).headers, headers);
        assert_eq!(bounded("OK", headers).reason, "OK");
    }

    #[test]
    fn a_head_is_kept_up_to_a_limit() {
        let headers = vec![Header::new("N".repeat(300), vec![b'x'; 60_000]); ResponseHead::MAX_HEADERS];
        let head = bounded(&"\u{fc}".repeat(5000), headers);
        assert!(
            head.reason.len() <= Observation::REASON + Observation::CUT.len() && head.reason.ends_with("\u{fc}<cut>")
        );
        assert_eq!(head.headers.len(), ResponseHead::MAX_HEADERS);
        assert!(head.headers.iter().all(|field| field.value.ends_with(Observation::CUT) && field.name.len() < 140));
        let all: usize = head.headers.iter().map(|field| field.value.len() - Observation::CUT.len()).sum();
        assert_eq!(all, Observation::HEAD);
    }
}
