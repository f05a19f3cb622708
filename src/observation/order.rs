//! Header fields whose order is drawn anew for each response, as servers do that keep them in a hash table (RFC 9110 section 5.3
//! gives the order of fields with different names no meaning). Such fields are told in alphabetical order.

use std::collections::BTreeSet;

use super::{Observation, Reply};
use crate::wire::ResponseHead;

/// The sets of fields that a server was seen to send now in this order, now in that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldOrders {
    varying: BTreeSet<Vec<String>>,
}

impl FieldOrders {
    /// Takes note of two answers to the same request; whether that told anything new.
    pub fn compare(&mut self, one: &Reply, other: &Reply) -> bool {
        let (Reply::Response { head: one, .. }, Reply::Response { head: other, .. }) = (one, other) else {
            return false;
        };
        let set = field_set(one);
        names(one) != names(other) && set == field_set(other) && self.varying.insert(set)
    }

    /// Whether any order was seen to vary.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.varying.is_empty()
    }

    /// Puts the fields of an answer in alphabetical order if theirs was seen to vary.
    pub fn settle(&self, reply: &mut Reply) {
        let Reply::Response { head, .. } = reply else { return };
        if self.varying.contains(&field_set(head)) {
            head.headers.sort_by_cached_key(|field| (field.name.to_ascii_lowercase(), field.value.clone()));
        }
    }
}

impl Observation {
    /// The observation with fields in alphabetical order where their order says nothing.
    #[must_use]
    pub fn in_settled_order(mut self, orders: &FieldOrders) -> Self {
        orders.settle(&mut self.reply);
        self
    }
}

fn names(head: &ResponseHead) -> Vec<String> {
    head.headers.iter().map(|field| field.name.to_ascii_lowercase()).collect()
}

fn field_set(head: &ResponseHead) -> Vec<String> {
    let mut names = names(head);
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(line: &str) -> Observation {
        line.parse().unwrap()
    }

    #[test]
    fn what_comes_in_any_order_is_told_in_one() {
        let mut orders = FieldOrders::default();
        let (one, other) = (seen("HTTP/1.1 101 X {B: 1, A: 2} | alive"), seen("HTTP/1.1 101 X {A: 2, B: 1} | alive"));
        assert!(!orders.compare(&one.reply, &one.reply) && orders.is_empty());
        assert_eq!(one.clone().in_settled_order(&orders), one);
        assert!(orders.compare(&one.reply, &other.reply));
        assert!(!orders.compare(&one.reply, &other.reply), "no news");
        assert_eq!(one.in_settled_order(&orders), other);
        let refusal = seen("HTTP/1.1 400 X {b: 1, a: 2} | fin").in_settled_order(&orders);
        assert_eq!(refusal.to_string(), "HTTP/1.1 400 X {a: 2, b: 1} | fin", "whatever the status");
    }

    #[test]
    fn other_fields_keep_their_order() {
        let mut orders = FieldOrders::default();
        let (one, other) = (seen("HTTP/1.1 101 X {B: 1, A: 2} | alive"), seen("HTTP/1.1 101 X {A: 2, C: 1} | alive"));
        assert!(!orders.compare(&one.reply, &other.reply));
        assert_eq!(one.clone().in_settled_order(&orders), one);
    }
}
