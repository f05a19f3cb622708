//! The field set: the applications of the playground, real software with an engine inside, scanned as a user scans and thoroughly. `half` and
//! `stored` start nothing and know no playground; the others scan. Nothing is ever derived from it but scores.

pub mod half;
pub mod run;
pub mod scan;
pub mod stored;
