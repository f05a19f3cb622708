//! The little of a certificate (RFC 5280 section 4.1) that rustls does not tell: who it is of, by whom, and when.

use std::cmp::Ordering;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version, which is left out of the oldest certificates.
const VERSION: u8 = 0xa0;

/// What is told of a certificate, as it stands there.
pub(super) struct Facts<'a> {
    pub(super) issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    validity: &'a [u8],
}

impl<'a> Facts<'a> {
    /// None where it is no certificate.
    pub(super) fn of(der: &'a [u8]) -> Option<Self> {
        let certificate = Items(der).next_of(SEQUENCE)?;
        let mut fields = Items(Items(certificate).next_of(SEQUENCE)?);
        if fields.next()?.0 == VERSION {
            fields.next()?;
        }
        fields.next_of(SEQUENCE)?;
        let issuer = fields.next_of(SEQUENCE)?;
        let validity = fields.next_of(SEQUENCE)?;
        Some(Self { issuer, subject: fields.next_of(SEQUENCE)?, validity })
    }

    /// Whether a moment, in seconds since 1970, is before, within or after its time; none where that cannot be read.
    pub(super) fn age(&self, now: u64) -> Option<Ordering> {
        let mut times = Items(self.validity);
        let (from, to) = (moment(times.next()?)?, moment(times.next()?)?);
        let now = stamp(now);
        Some(match () {
            () if now < from => Ordering::Less,
            () if now > to => Ordering::Greater,
            () => Ordering::Equal,
        })
    }
}

/// Items of DER (X.690 section 8.1), one after the other.
struct Items<'a>(&'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = (u8, &'a [u8]);

    /// The tag of the next one and what it holds.
    fn next(&mut self) -> Option<Self::Item> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }
}

impl<'a> Items<'a> {
    fn next_of(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
    }
}

/// A time (RFC 5280 section 4.1.2.5) as `YYYYMMDDhhmmss`, which sorts as time does.
fn moment((tag, content): (u8, &[u8])) -> Option<String> {
    let digits = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let century = match (tag, digits.len()) {
        (UTC_TIME, 12) if digits < "5" => "20",
        (UTC_TIME, 12) => "19",
        (GENERALIZED_TIME, 14) => "",
        _ => return None,
    };
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| format!("{century}{digits}"))
}

/// Seconds since 1970 in the same form.
fn stamp(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days since 1 March of the year 0: leap days then end a year.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + next;
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_time_is_written_as_a_certificate_writes_it() {
        for (seconds, written) in [
            (0, "19700101000000"),
            (951_782_399, "20000228235959"),
            (951_782_400, "20000229000000"),
            (1_709_164_800, "20240229000000"),
            (4_107_542_400, "21000301000000"),
        ] {
            assert_eq!(stamp(seconds), written);
        }
        assert_eq!(moment((UTC_TIME, b"491231235959Z")).as_deref(), Some("20491231235959"));
        assert_eq!(moment((UTC_TIME, b"500101000000Z")).as_deref(), Some("19500101000000"));
        assert_eq!(moment((GENERALIZED_TIME, b"20500101000000Z")).as_deref(), Some("20500101000000"));
        assert_eq!(moment((UTC_TIME, b"5001010000Z")), None);
    }

    #[test]
    fn who_signed_whom_is_read() {
        let made = rcgen::generate_simple_self_signed(["h".to_owned()]).unwrap();
        let facts = Facts::of(made.cert.der()).unwrap();
        assert_eq!(facts.issuer, facts.subject);
        assert_eq!(facts.age(1_700_000_000), Some(Ordering::Equal));
        assert_eq!(facts.age(1), Some(Ordering::Less));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(facts) = Facts::of(&bytes) {
                facts.age(0);
            }
        }
    }
}
