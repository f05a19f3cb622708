//! What an answer said beside what an observation keeps.

use super::Reply;
use super::own_words::OwnWords;
use crate::wire::HeadFault;

/// What an answer to an opening handshake said beside what an observation keeps: told to people, compared with nothing, never stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Where it redirects to, as it was sent (RFC 9110 section 10.2.2), without the user's own secrets, up to [`Beside::LOCATION`]
    /// bytes.
    pub location: Option<Vec<u8>>,
    /// What is wrong with its head, where that was meant to be HTTP.
    pub fault: Option<HeadFault>,
}

impl Beside {
    /// How much of a Location is kept, in bytes.
    pub const LOCATION: usize = 2048;

    /// What an answer as it was sent says, and what is wrong with its head.
    #[must_use]
    pub fn of(reply: &Reply, fault: Option<HeadFault>, own: &OwnWords) -> Self {
        let Reply::Response { head, .. } = reply else { return Self { location: None, fault } };
        let location = head.header("Location").map(|value| {
            let mut location = own.hide_secrets(value);
            location.truncate(Self::LOCATION);
            location
        });
        Self { location, fault }
    }
}
