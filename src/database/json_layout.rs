//! JSON laid out for people and for line-based diffs.

use serde::Serialize;
use serde_json::Value;

/// `value` as JSON with sorted keys, opened up to `depth` levels deep and written on one line below that.
pub(super) fn pretty(value: &impl Serialize, depth: usize) -> String {
    // Maps with text keys and plain fields cannot fail to serialise.
    let value = serde_json::to_value(value).unwrap_or(Value::Null);
    let mut out = String::new();
    write(&value, 0, depth, &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, level: usize, depth: usize, out: &mut String) {
    match value {
        Value::Object(fields) if level < depth && !fields.is_empty() && opens(value, level, depth) => {
            let items = fields.iter().map(|(name, field)| (Some(name.as_str()), field));
            write_items(items, ('{', '}'), (level, depth), out);
        }
        Value::Array(items) if level < depth && !items.is_empty() && opens(value, level, depth) => {
            write_items(items.iter().map(|item| (None, item)), ('[', ']'), (level, depth), out);
        }
        _ => out.push_str(&value.to_string()),
    }
}

/// Whether a value is worth more than a line: it holds other lists or objects, or is near the top.
fn opens(value: &Value, level: usize, depth: usize) -> bool {
    match value {
        Value::Object(fields) => {
            level + 1 < depth && (level < 2 || fields.values().any(|field| field.is_object() || field.is_array()))
        }
        Value::Array(items) => {
            items.iter().any(|item| item.is_object() || item.is_array() || (level < 2 && item.is_string()))
        }
        _ => false,
    }
}

fn write_items<'a>(
    items: impl Iterator<Item = (Option<&'a str>, &'a Value)>,
    (open, close): (char, char),
    (level, depth): (usize, usize),
    out: &mut String,
) {
    let indent = "  ".repeat(level + 1);
    out.push(open);
    for (index, (name, item)) in items.enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&indent);
        if let Some(name) = name {
            out.push_str(&Value::from(name).to_string());
            out.push_str(": ");
        }
        write(item, level + 1, depth, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(level));
    out.push(close);
}
