//! The servers again under conditions that they were not recorded in: other applications and settings, proxies and TLS in front, links, a
//! busy machine, other bytes. `name` and `stored` start nothing; the others scan.

pub mod asked;
pub mod greeter;
pub mod link;
pub mod local_proxies;
pub mod name;
pub mod run;
pub mod runner;
pub mod stored;
