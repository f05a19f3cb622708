//! All versions of a package, from its registry's ordinary client, run inside the base that servers are built on: so mirrors and
//! certificates are what they are for a build.

use std::collections::BTreeSet;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::playground::build;
use crate::playground::engine::docker;
use crate::playground::release_list::Registry;
use crate::releases::source::Package;

/// How long a client may take, in seconds.
const PATIENCE: &str = "600";

/// Asks for the package in `$PACKAGE`, in the image of its registry's base.
pub fn versions(package: &Package, image: &str) -> Result<BTreeSet<String>> {
    let mut command = docker();
    command.args(["run", "--rm", "--network=host", "--env", &format!("PACKAGE={}", package.name)]);
    command.args(build::mirror_settings().flat_map(|name| ["--env", name]));
    command.args([image, "timeout", PATIENCE, "sh", "-euc", script(package.registry)]);
    let output = command.stdin(Stdio::null()).output().context("cannot run `docker run`")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let end = said[said.len().saturating_sub(4)..].join(" | ");
        bail!(
            "its registry's client ended with {}: {}",
            output.status,
            stews::wire::escape::for_terminal(end.as_bytes())
        );
    }
    let said = String::from_utf8(output.stdout).context("its registry's client printed what is no text")?;
    let versions = parse(package, &said).context("its registry's client did not print what it is known to print")?;
    ensure!(!versions.is_empty(), "its registry lists no version");
    Ok(versions)
}

/// What prints the versions of `$PACKAGE`.
const fn script(registry: Registry) -> &'static str {
    match registry {
        Registry::Npm => r#"npm view "$PACKAGE" versions --json"#,
        Registry::Pypi => r#"pip index versions "$PACKAGE" --pre --ignore-requires-python --json"#,
        Registry::Go => r#"go list -m -versions -json "$PACKAGE""#,
        Registry::Crates => CRATES,
        Registry::Maven => MAVEN,
    }
}

/// cargo lists no versions. It keeps what the index has of each crate that it looked at to lock a package that needs it, locked or not.
const CRATES: &str = r#"
cargo new --quiet --lib --vcs none /tmp/look
cd /tmp/look
printf '%s = "*"\n' "$PACKAGE" >> Cargo.toml
cargo generate-lockfile --quiet || echo 'it cannot be locked' >&2
find ~/.cargo/registry/index -path "*/.cache/*/$PACKAGE" -type f -exec cat '{}' + > /tmp/index
test -s /tmp/index && cat /tmp/index
"#;

/// Maven lists no versions. It keeps the list of an artifact of which it was asked for the latest.
const MAVEN: &str = r#"
if [ -n "${MAVEN_MIRROR:-}" ]; then
  mkdir -p ~/.m2
  printf '<settings><mirrors><mirror><id>mirror</id><mirrorOf>central</mirrorOf><url>%s</url></mirror></mirrors></settings>' \
    "$MAVEN_MIRROR" > ~/.m2/settings.xml
fi
MAVEN_OPTS='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get \
  -Dartifact="$PACKAGE:LATEST:pom" -Dtransitive=false >&2 || echo 'the latest cannot be had' >&2
cat ~/.m2/repository/"$(echo "${PACKAGE%%:*}" | tr . /)/${PACKAGE#*:}"/maven-metadata-*.xml
"#;

/// The versions in what a client printed.
fn parse(package: &Package, said: &str) -> Result<BTreeSet<String>> {
    match package.registry {
        Registry::Npm => npm(said),
        Registry::Pypi => Ok(serde_json::from_str::<Pypi>(said)?.versions),
        Registry::Go => Ok(serde_json::from_str::<Go>(said)?.versions.unwrap_or_default()),
        Registry::Crates => crates(&package.name, said),
        Registry::Maven => Ok(maven(said)),
    }
}

#[derive(Deserialize)]
struct Pypi {
    versions: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Go {
    #[serde(rename = "Versions")]
    versions: Option<BTreeSet<String>>,
}

/// A list, or a text where there is only one.
fn npm(said: &str) -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Npm {
        All(BTreeSet<String>),
        Only(String),
    }
    Ok(match serde_json::from_str(said)? {
        Npm::All(versions) => versions,
        Npm::Only(version) => BTreeSet::from([version]),
    })
}

/// The records of an index of cargo, between zero bytes: those of the crate that are not withdrawn.
fn crates(name: &str, said: &str) -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Record {
        name: String,
        vers: String,
        yanked: bool,
    }
    let mut versions = BTreeSet::new();
    for record in said.split('\0').filter(|part| part.starts_with('{')) {
        let record: Record = serde_json::from_str(record)?;
        if record.name == name && !record.yanked {
            versions.insert(record.vers);
        }
    }
    Ok(versions)
}

/// The `version` elements in the list of Maven's metadata.
fn maven(said: &str) -> BTreeSet<String> {
    let (_, list) = said.split_once("<versions>").unwrap_or_default();
    let elements = list.split("<version>").skip(1).filter_map(|rest| rest.split_once("</version>"));
    elements.map(|(version, _)| version.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(registry: Registry, said: &str) -> Vec<String> {
        let package = Package { registry, name: "ws".to_owned() };
        parse(&package, said).unwrap().into_iter().collect()
    }

    #[test]
    fn what_each_client_prints_is_read() {
        assert_eq!(versions(Registry::Npm, r#"["8.0.0","8.1.0"]"#), ["8.0.0", "8.1.0"]);
        assert_eq!(versions(Registry::Npm, "\"1.0.0\"\n"), ["1.0.0"]);
        assert_eq!(
            versions(Registry::Pypi, r#"{"name":"ws","versions":["2.0a1","1.0"],"latest":"1.0"}"#),
            ["1.0", "2.0a1"]
        );
        assert_eq!(versions(Registry::Go, r#"{"Path":"ws","Versions":["v1.4.0"]}"#), ["v1.4.0"]);
        let metadata = "<metadata><version>no list</version><versioning><latest>2.0</latest><versions>\n\
                        <version>1.0</version> <version>2.0.Final</version></versions></versioning></metadata>";
        assert_eq!(versions(Registry::Maven, metadata), ["1.0", "2.0.Final"]);
    }

    #[test]
    fn withdrawn_crates_are_left_out() {
        let record = |version: &str, yanked: bool| {
            format!("{version}\0{{\"name\":\"ws\",\"vers\":\"{version}\",\"yanked\":{yanked},\"deps\":[]}}\0")
        };
        let index = format!("\u{3}\0etag\0{}{}", record("0.9.0", true), record("0.9.1", false));
        assert_eq!(versions(Registry::Crates, &index), ["0.9.1"]);
    }
}
