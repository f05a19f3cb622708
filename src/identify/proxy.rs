//! Reverse proxies (RFC 9110 section 3.7): what they answer themselves, and what they rewrite of what servers behind them answer.

pub(super) mod compiled;
pub(super) mod model;
pub(super) mod responses;
