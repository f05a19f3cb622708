//! JSON documents of what the tool knows.

use serde_json::{Map, Value};

/// The version of their form: it grows when a field goes or changes its meaning, and not when one is added.
const SCHEMA: u32 = 1;

/// A document that says what it is, with these fields.
pub(super) fn document<const N: usize>(kind: &str, fields: [(&str, Value); N]) -> String {
    let head =
        [("schema", Value::from(SCHEMA)), ("kind", Value::from(kind)), ("stews", env!("CARGO_PKG_VERSION").into())];
    let all: Map<String, Value> =
        head.into_iter().chain(fields).map(|(name, value)| (name.to_owned(), value)).collect();
    format!("{:#}\n", Value::Object(all))
}
