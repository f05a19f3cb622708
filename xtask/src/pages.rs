//! The generated pages, for people and for a browser.

pub mod accuracy;
pub mod accuracy_html;
pub mod behaviours;
pub mod headline;
pub mod products;
pub mod ranges;
pub mod readme;
pub mod separation;
