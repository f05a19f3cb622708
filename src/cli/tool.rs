//! What results are made with, as they tell it.

use std::path::Path;

use sha1::{Digest as _, Sha1};

use super::args::{Format, How};
use crate::database::Database;
use crate::probe::{hex, set_hash};
use crate::report::Tool;

/// How many digits of a hash tell a database.
const DIGITS: usize = 16;

/// What results in a format are made with; only programs are told.
pub(super) fn tool(how: &How, path: Option<&Path>, format: Format) -> Tool {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let name = "stews".to_owned();
    if !format.tells_tool() {
        return Tool { name, version, ..Tool::default() };
    }
    // It was just read.
    let own = path.map(|path| std::fs::read(path).unwrap_or_default());
    let mut hash = hex(&Sha1::digest(own.as_deref().unwrap_or(Database::embedded_text().as_bytes())));
    hash.truncate(DIGITS);
    Tool { name, version, database: hash, probe_set: set_hash(), options: options(how) }
}

/// The options other than the default, without the secrets that they may hold.
fn options(how: &How) -> Vec<String> {
    let default = How::from_options(&[]).map(|how| how.to_options()).unwrap_or_default();
    let given = how.to_options().into_iter().filter(|option| !default.contains(option));
    given.map(|option| without_secrets(&option)).collect()
}

fn without_secrets(option: &str) -> String {
    if let Some(field) = option.strip_prefix("--header=") {
        // A file is named, and not what is in it.
        let shown = if field.starts_with('@') { field } else { field.split([':', ';']).next().unwrap_or_default() };
        return format!("--header={shown}");
    }
    let hidden = ["--cookie", "--origin", "--subprotocol"];
    let name = option.split('=').next().unwrap_or_default();
    if hidden.contains(&name) { name.to_owned() } else { option.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_without_defaults_and_secrets() {
        let given = ["--thorough", "--header=Authorization: Bearer x", "--header=@f", "--cookie=a=b", "--timeout=5"];
        let how = How::from_options(&given.map(str::to_owned)).unwrap();
        assert_eq!(options(&how), ["--cookie", "--header=Authorization", "--header=@f", "--thorough"]);
    }
}
