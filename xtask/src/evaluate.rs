//! How well servers are identified, and the numbers of the matcher, measured from committed files alone. Nothing here starts a server or knows
//! the playground.

pub mod accuracy;
pub mod calibrate;
pub mod cases;
pub mod families;
pub mod figures;
pub mod fit;
pub mod hold_out;
pub mod measure_proxies;
pub mod misses;
pub mod statistics;
