//! What of a target's answers is chance, learnt from answers to the same request.

use crate::observation::Reply;
use crate::observation::order::FieldOrders;
use crate::observation::varying::VaryingValues;

/// What was seen to differ between two answers to the same request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chance {
    orders: FieldOrders,
    values: VaryingValues,
}

impl Chance {
    /// Takes note of two answers to the same request; whether that told anything new.
    pub(super) fn compare(&mut self, one: &Reply, other: &Reply) -> bool {
        let orders = self.orders.compare(one, other);
        self.values.compare(one, other) || orders
    }

    /// Takes out of an answer what is chance.
    pub(super) fn settle(&self, reply: &mut Reply) {
        self.values.settle(reply);
        self.orders.settle(reply);
    }
}
