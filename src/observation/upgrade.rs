//! What makes a 101 a WebSocket: the requirements of RFC 6455 section 4.1 on the response to an opening handshake.

use super::Reply;
use crate::wire::ResponseHead;

/// A requirement of RFC 6455 section 4.1 that a 101 does not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpgradeFault {
    /// The field is not there.
    Missing(&'static str),
    /// The field says something else than it must.
    Other {
        /// The field.
        name: &'static str,
        /// What it says.
        value: Vec<u8>,
    },
}

impl UpgradeFault {
    /// The field that is missing or wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Missing(name) | Self::Other { name, .. } => name,
        }
    }
}

impl Reply {
    /// What keeps a 101, normalised, from being a WebSocket; nothing of any other answer. [`Reply::Usual`] is the baseline's 101, whatever
    /// that is.
    #[must_use]
    pub fn upgrade_faults(&self) -> Vec<UpgradeFault> {
        match self {
            Self::Response { head, .. } if head.status == 101 => {
                head.upgrade_faults(b"<accept>").map(|name| fault(head, name)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the connection became a WebSocket for a client that keeps to RFC 6455 section 4.1.
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        self.is_upgrade() && self.upgrade_faults().is_empty()
    }
}

fn fault(head: &ResponseHead, name: &'static str) -> UpgradeFault {
    head.header(name).map_or(UpgradeFault::Missing(name), |value| UpgradeFault::Other { name, value: value.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Observation;
    use crate::wire::handshake::ACCEPT;

    fn faults(line: &str) -> Vec<UpgradeFault> {
        line.parse::<Observation>().expect(line).reply.upgrade_faults()
    }

    #[test]
    fn a_101_is_a_websocket_only_with_three_fields() {
        let good = "HTTP/1.1 101 X {upgrade: WebSocket, Connection: \"keep-alive, Upgrade\", Sec-WebSocket-Accept: <accept>} | alive";
        assert!(faults(good).is_empty());
        let missing = ["Upgrade", "Connection", ACCEPT].map(UpgradeFault::Missing);
        assert_eq!(faults("HTTP/1.1 101 X {} | alive"), missing);
        let other = |name, value: &str| UpgradeFault::Other { name, value: value.into() };
        assert_eq!(faults(&good.replace("WebSocket,", "h2c,")), [other("Upgrade", "h2c")]);
        assert_eq!(faults(&good.replace(", Upgrade", "")), [other("Connection", "keep-alive")]);
        assert_eq!(faults(&good.replace("<accept>", "<wrong accept>")), [other(ACCEPT, "<wrong accept>")]);
    }

    #[test]
    fn other_answers_have_no_faults_and_are_none() {
        let reply = |line: &str| line.parse::<Observation>().expect(line).reply;
        for line in ["HTTP/1.1 404 No {} | fin", "nothing | fin"] {
            assert!(reply(line).upgrade_faults().is_empty() && !reply(line).is_websocket());
        }
        assert!(reply("| alive").is_websocket() && !reply("HTTP/1.1 101 X {} | alive").is_websocket());
    }
}
