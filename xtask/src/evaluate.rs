//! How well servers are identified, and the numbers of the matcher, measured from committed files alone. Nothing here starts a server or knows
//! the playground.

pub mod accuracy;
pub mod calibrate;
pub mod cases;
pub mod cut_short;
pub mod families;
pub mod field_set;
pub mod figures;
pub mod fit;
pub mod hold_out;
pub mod measure_proxies;
pub mod misses;
pub mod parallel;
pub mod ranges;
pub mod ratchet;
pub mod ratio;
pub mod statistics;
