//! The list of versions in a `server.json`, which the workbench adds to.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::value::RawValue;
use stews::database::version_order;

use crate::playground::manifest::Server;
use crate::support::paths;

/// A `server.json` as far as its versions, each as it is written.
#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    versions: Vec<&'a RawValue>,
}

/// The version of an entry.
#[derive(Deserialize)]
struct Named {
    version: String,
}

/// Adds the version of a server to its `server.json`; what is listed already stays as it is.
pub fn add(server: &Server) -> Result<()> {
    let path = server.manifest.folder.join("server.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let (version, like) = (&server.version.version, server.like());
    paths::write(&path, &with(&text, version, like).with_context(|| format!("`{}`", path.display()))?)
}

/// The text with one version more, the newest first, one a line.
fn with(text: &str, version: &str, like: &str) -> Result<String> {
    let listed: Listed<'_> = serde_json::from_str(text)?;
    let mut entries: Vec<(String, String)> = Vec::new();
    for raw in &listed.versions {
        let Named { version } = serde_json::from_str(raw.get())?;
        entries.push((version, raw.get().to_owned()));
    }
    if entries.iter().any(|(known, _)| known == version) {
        return Ok(text.to_owned());
    }
    entries.push((
        version.to_owned(),
        serde_json::to_string(&Entry { version, like })?.replace("\":", "\": ").replace(',', ", "),
    ));
    // Entries of one line each are spaced as those that people write.
    let entry = |text: &str| match text.strip_prefix("{\"") {
        Some(rest) => format!("{{ \"{} }}", rest.trim_end_matches('}')),
        None => text.to_owned(),
    };
    entries.sort_by(|(one, _), (other, _)| version_order(other, one));
    let (start, end) = span(text, &listed.versions).context("there is no version")?;
    let lines: Vec<String> = entries.iter().map(|(_, text)| format!("    {}", entry(text))).collect();
    Ok(format!("{}\n{}\n  {}", text[..start].trim_end(), lines.join(",\n"), text[end..].trim_start()))
}

/// An entry as it is written.
#[derive(serde::Serialize)]
struct Entry<'a> {
    version: &'a str,
    like: &'a str,
}

/// Where in a text its entries begin and end.
fn span(text: &str, entries: &[&RawValue]) -> Option<(usize, usize)> {
    let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let (first, last) = (entries.first()?.get(), entries.last()?.get());
    Some((offset(first), offset(last) + last.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_added_in_its_place_and_all_else_stays() {
        let text = "{\n  \"path\": \"/\",\n  \"versions\": [{ \"version\": \"2.0\", \"args\": { \"A\": \"b\" } }, { \"version\": \"1.9\" }],\n  \"smoke\": true\n}\n";
        let more = "{\n  \"path\": \"/\",\n  \"versions\": [\n    { \"version\": \"2.0\", \"args\": { \"A\": \"b\" } },\n    { \"version\": \"1.10\", \"like\": \"1.9\" },\n    { \"version\": \"1.9\" }\n  ],\n  \"smoke\": true\n}\n";
        assert_eq!(with(text, "1.10", "1.9").unwrap(), more);
        assert_eq!(with(more, "1.10", "1.9").unwrap(), more);
    }
}
