//! `server.json`: what a playground folder holds, and which versions of it can be built.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use stews::database::Recording;

use crate::playground::app_modes::{APPS, OWN, SETTINGS};
use crate::playground::nearest::nearest;
use crate::playground::recipe_files::{base_chain, bases_in, files, hash_files, pinned_for};
use crate::playground::release_list::{Lines, ReleaseList};

/// The Debian suite that a version is built on unless it names another.
pub const DEFAULT_SUITE: &str = "trixie";

/// A server of the playground, as its `server.json` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "every field is part of the contract, not every one is used by a verb")]
pub struct Manifest {
    /// Its id: the name of its folder, and of the product in recordings.
    pub product: String,
    /// Its name for people.
    pub name: String,
    /// What it is in the playground.
    #[serde(default)]
    pub role: Role,
    /// The WebSocket implementation inside it.
    pub engine: String,
    /// The engine whose code this one was made from: it is a fork or a port of it, by its maker's word in `notes`.
    #[serde(default)]
    pub engine_made_from: Option<String>,
    /// The framework around the engine.
    pub framework: Option<String>,
    /// Who makes it.
    pub vendor: String,
    /// The language it is used from.
    pub language: String,
    /// Where it lives.
    pub homepage: String,
    /// Its licence, as an SPDX expression.
    pub licence: String,
    /// Its name in the CPE dictionary.
    pub cpe: Option<String>,
    /// The base image under `playground/base`.
    pub base: String,
    /// Build arguments of all its versions.
    #[serde(default)]
    pub args: BTreeMap<String, String>,
    /// The path at which it serves WebSockets.
    pub path: String,
    /// The applications it can run.
    pub apps: Vec<String>,
    /// The settings of which its newest version can have one changed.
    #[serde(default)]
    pub settings: Vec<String>,
    /// Its versions, the newest first.
    pub versions: Vec<Version>,
    /// The package whose versions are its releases, where base and build arguments do not say.
    #[serde(default)]
    pub releases: Option<ReleaseList>,
    /// Which of its releases follow each other.
    #[serde(default)]
    pub lines: Lines,
    /// Whether it is part of the fast test set.
    pub smoke: bool,
    /// The registries it is built from.
    pub builds_from: Vec<String>,
    /// Why it cannot be built here.
    pub blocked: Option<Blocked>,
    /// How it runs without a container.
    pub plain_process: Option<PlainProcess>,
    /// What a client has to bring so that an application opens its WebSocket.
    #[serde(default)]
    pub dress: Dress,
    /// The variants of an application, named to it in `$VARIANT`; none where it has only one.
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// How it is known which engine an application has inside; `None` for servers and proxies, which are what they are.
    #[serde(default)]
    pub truth: Option<Truth>,
    /// What is odd about it.
    pub notes: String,
    /// Its folder.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// What a member of the playground is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It answers WebSocket clients itself.
    #[default]
    Server,
    /// It passes them on to the server at `$BACKEND` (`host:port`).
    Proxy,
    /// Real software that people run, with an engine inside: it is scored, and nothing is derived from it.
    Application,
}

/// What a client has to bring, besides the path, so that a WebSocket opens: as the application's documentation says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dress {
    /// The subprotocols to offer (RFC 6455 section 1.9), as the field is written.
    #[serde(default)]
    pub subprotocol: Option<String>,
    /// Another Origin than the target's own (RFC 6455 section 10.2).
    #[serde(default)]
    pub origin: Option<String>,
    /// Further header fields: credentials, cookies.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// One variant of an application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name, in `$VARIANT`.
    pub name: String,
    /// What a client has to bring; what every variant of the application wants if it does not say.
    #[serde(default)]
    pub dress: Option<Dress>,
}

/// How it is known which engine an application has inside.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// The engine's package, as `/app/versions.txt` calls it there.
    pub package: String,
    /// How that was established.
    pub how: String,
}

/// One version of a server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The version.
    pub version: String,
    /// Another base image than the server's.
    #[serde(default)]
    pub base: Option<String>,
    /// The Debian suite whose bases it stands on; [`DEFAULT_SUITE`] if it does not say.
    #[serde(default)]
    pub suite: Option<String>,
    /// Further build arguments.
    #[serde(default)]
    pub args: BTreeMap<String, String>,
    /// The version whose base, suite, arguments and pinned files it is built with, where it names none itself.
    #[serde(default)]
    pub like: Option<String>,
}

impl Version {
    /// The version of this name, built with the recipe of another.
    pub fn like(version: &str, recipe: &Self) -> Self {
        let like = recipe.like.clone().unwrap_or_else(|| recipe.version.clone());
        Self { version: version.to_owned(), like: Some(like), ..recipe.clone() }
    }
}

/// Why a server cannot be built.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocked {
    /// The registry that is out of reach.
    pub registry: String,
    /// Why.
    pub reason: String,
}

/// A server that also runs as a plain process.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainProcess {
    /// Its Cargo.toml, below its folder.
    pub cargo_manifest: String,
    /// The program that cargo builds.
    pub binary: String,
}

impl Manifest {
    /// The variants of an application with what a client has to bring to each; the only one has no name.
    pub fn variants(&self) -> Vec<(&str, &Dress)> {
        let mut all: Vec<(&str, &Dress)> = Vec::new();
        for variant in &self.variants {
            let (name, dress) = (variant.name.as_str(), variant.dress.as_ref().unwrap_or(&self.dress));
            all.push((name, dress));
        }
        if all.is_empty() {
            all.push(("", &self.dress));
        }
        all
    }
}

/// One version of one server.
#[derive(Clone, Debug)]
pub struct Server {
    /// The server.
    pub manifest: Arc<Manifest>,
    /// The version.
    pub version: Version,
}

impl Server {
    /// Product and version, for people and logs.
    pub fn id(&self) -> String {
        format!("{} {}", self.manifest.product, self.version.version)
    }

    /// Where its recording belongs below the folder of recordings.
    pub fn recording_path(&self) -> PathBuf {
        Recording::path_of(&self.manifest.product, &self.version.version)
    }

    /// Whether it can be asked for an application, or a changed setting.
    pub fn can(&self, wanted: &str) -> bool {
        let (apps, settings) = (&self.manifest.apps, &self.manifest.settings);
        let newest = self.manifest.versions.first().is_some_and(|newest| newest.version == self.version.version);
        apps.iter().any(|app| app == wanted) || newest && settings.iter().any(|setting| setting == wanted)
    }

    /// The image's name.
    pub fn image(&self) -> String {
        format!("stews-playground/{}:{}", self.manifest.product, self.version.version)
    }

    /// The base's name.
    pub fn base(&self) -> &str {
        self.version.base.as_deref().unwrap_or(&self.manifest.base)
    }

    /// The Debian suite of its bases.
    pub fn suite(&self) -> &str {
        self.version.suite.as_deref().unwrap_or(DEFAULT_SUITE)
    }

    /// Its own Dockerfile, or the one that its base has for servers that need nothing special.
    pub fn dockerfile(&self, playground: &Path) -> PathBuf {
        let own = self.manifest.folder.join("Dockerfile");
        if own.is_file() { own } else { playground.join("base").join(self.base()).join("server.Dockerfile") }
    }

    /// All bases that its Dockerfile stands on, the lowest first.
    pub fn bases(&self, playground: &Path) -> Result<Vec<String>> {
        let dockerfile = self.dockerfile(playground);
        let text = std::fs::read_to_string(&dockerfile)
            .with_context(|| format!("{}: cannot read `{}`", self.id(), dockerfile.display()))?;
        let mut all = Vec::new();
        for base in bases_in(&text).iter().map(String::as_str).chain([self.base()]) {
            for part in base_chain(playground, base)? {
                if !all.contains(&part) {
                    all.push(part);
                }
            }
        }
        Ok(all)
    }

    /// The build arguments: those of the server, then those of the version, which win.
    pub fn build_args(&self) -> BTreeMap<String, String> {
        let own = self.version.args.iter();
        self.manifest.args.iter().chain(own).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The version whose pinned files it is built with, where it has none of its own.
    pub fn like(&self) -> &str {
        self.version.like.as_deref().unwrap_or(&self.version.version)
    }

    /// The files of its folder that its image is built from: what is pinned for other versions (`Cargo.<version>.lock`) is none of them.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let mut all = files(&self.manifest.folder)?;
        all.retain(|path| {
            pinned_for(path).is_none_or(|version| [&self.version.version, self.like()].contains(&version))
        });
        Ok(all)
    }

    /// A hash over all that the image is built from but its `server.json`: 64 hexadecimal digits.
    pub fn recipe_hash(&self, playground: &Path) -> Result<String> {
        let mut hash = Sha256::new();
        hash.update(format!("{} {:?} {} {}", self.version.version, self.build_args(), self.base(), self.suite()));
        for base in self.bases(playground)? {
            let folder = playground.join("base").join(base);
            hash_files(&mut hash, &folder, &files(&folder)?)?;
        }
        hash_files(&mut hash, &self.manifest.folder, &self.files()?)?;
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Every server of the playground, sorted by product.
pub fn load_all(playground: &Path) -> Result<Vec<Arc<Manifest>>> {
    let (manifests, faults) = load_each(playground)?;
    let words: Vec<String> = faults.iter().map(|fault| format!("{fault:#}")).collect();
    ensure!(words.is_empty(), "{}", words.join("\n"));
    Ok(manifests)
}

/// Every server of the playground whose `server.json` reads, sorted by product, and what is wrong with the others.
pub fn load_each(playground: &Path) -> Result<(Vec<Arc<Manifest>>, Vec<anyhow::Error>)> {
    let (mut manifests, mut faults) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(playground).with_context(|| format!("cannot read `{}`", playground.display()))? {
        let folder = entry?.path();
        if folder.join("server.json").is_file() {
            match load(&folder) {
                Ok(manifest) => manifests.push(Arc::new(manifest)),
                Err(fault) => faults.push(fault),
            }
        }
    }
    manifests.sort_by(|one: &Arc<Manifest>, other| one.product.cmp(&other.product));
    Ok((manifests, faults))
}

fn load(folder: &Path) -> Result<Manifest> {
    let path = folder.join("server.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut manifest = parse(&text).with_context(|| format!("`{}`", path.display()))?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    ensure!(
        manifest.product == name,
        "`{}`: the product is `{}`, the folder `{name}`",
        path.display(),
        manifest.product
    );
    manifest.folder = folder.to_path_buf();
    Ok(manifest)
}

fn parse(text: &str) -> Result<Manifest> {
    let mut manifest: Manifest = serde_json::from_str(text)?;
    ensure!(!manifest.versions.is_empty(), "there is no version");
    take_over_recipes(&mut manifest)?;
    ensure!(manifest.path.starts_with('/'), "the path `{}` does not start with a slash", manifest.path);
    for app in &manifest.apps {
        ensure!(
            APPS.contains(&app.as_str()) || app == OWN,
            "there is no application `{app}`; there are {}, {OWN}",
            APPS.join(", ")
        );
    }
    ensure!(
        (manifest.role == Role::Application) == manifest.truth.is_some(),
        "an application, and nothing else, says in `truth` how it is known which engine it has inside"
    );
    for setting in &manifest.settings {
        let is_known = SETTINGS.contains(&setting.as_str());
        ensure!(is_known, "there is no setting `{setting}`; there are {}", SETTINGS.join(", "));
    }
    Ok(manifest)
}

/// Gives each version that is built like another the other's base, suite and arguments.
fn take_over_recipes(manifest: &mut Manifest) -> Result<()> {
    let known = manifest.versions.clone();
    for version in &mut manifest.versions {
        let Some(like) = &version.like else { continue };
        let recipe = known.iter().find(|known| known.version == *like && known.like.is_none());
        let recipe =
            recipe.with_context(|| format!("{} is built like `{like}`, which has no recipe", version.version))?;
        version.base = version.base.take().or_else(|| recipe.base.clone());
        version.suite = version.suite.take().or_else(|| recipe.suite.clone());
        for (name, value) in &recipe.args {
            version.args.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    Ok(())
}

/// The servers that `only` names (`product` or `product@version`, comma separated); without it, all.
pub fn select(manifests: &[Arc<Manifest>], only: Option<&str>) -> Result<Vec<Server>> {
    let all: Vec<Server> = manifests
        .iter()
        .flat_map(|manifest| {
            let server = |version: &Version| Server { manifest: manifest.clone(), version: version.clone() };
            manifest.versions.iter().map(server).collect::<Vec<_>>()
        })
        .collect();
    let Some(only) = only else { return Ok(all) };
    let mut chosen = Vec::new();
    for wanted in only.split(',').map(str::trim).filter(|wanted| !wanted.is_empty()) {
        let (product, version) =
            wanted.split_once('@').map_or((wanted, None), |(product, version)| (product, Some(version)));
        let fits = |server: &&Server| {
            server.manifest.product == product && version.is_none_or(|version| version == server.version.version)
        };
        let found: Vec<Server> = all.iter().filter(fits).cloned().collect();
        if found.is_empty() {
            let names = all.iter().map(|server| (server.manifest.product.as_str(), server.version.version.as_str()));
            let (near, wanted) = (nearest(wanted, &names.collect::<Vec<_>>()), wanted.escape_debug());
            bail!("there is no server `{wanted}`{near}; `cargo xtask playground list` shows all");
        }
        chosen.extend(found);
    }
    Ok(chosen)
}

/// The newest version of each smoke server.
pub fn smoke(manifests: &[Arc<Manifest>]) -> Vec<Server> {
    let smoke = manifests.iter().filter(|manifest| manifest.smoke);
    smoke.map(|manifest| Server { manifest: manifest.clone(), version: manifest.versions[0].clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playground() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../playground")
    }

    #[test]
    fn the_committed_manifests_read_and_stand_on_debian() {
        let manifests = load_all(&playground()).unwrap();
        for product in
            ["faye-websocket", "ws", "gorilla", "uwebsockets", "spring-boot", "websockets", "ratchet", "tornado"]
        {
            assert!(manifests.iter().any(|manifest| manifest.product == product), "{product}");
        }
        for manifest in &manifests {
            assert!(base_chain(&playground(), &manifest.base).unwrap()[0] == "debian");
            assert!(manifest.blocked.is_none() || !manifest.smoke, "{} cannot be both", manifest.product);
        }
    }

    #[test]
    fn unknown_fields_and_applications_are_errors() {
        let text = std::fs::read_to_string(playground().join("ws/server.json")).unwrap();
        assert!(parse(&text).is_ok());
        assert!(parse(&text.replace("\"notes\"", "\"note\"")).is_err());
        let error = parse(&text.replace("\"push\"", "\"chat\"")).unwrap_err().to_string();
        assert!(error.contains("`chat`"), "{error}");
        let error = parse(&text.replace("\"payload-limit\"", "\"limit\"")).unwrap_err().to_string();
        assert!(error.contains("`limit`"), "{error}");
    }

    #[test]
    fn a_selection_names_products_and_versions() {
        let manifests = load_all(&playground()).unwrap();
        let ids =
            |only| select(&manifests, Some(only)).map(|servers| servers.iter().map(Server::id).collect::<Vec<_>>());
        assert_eq!(ids("ws@8.23.0, gorilla@v1.4.2").unwrap(), ["ws 8.23.0", "gorilla v1.4.2"]);
        let said = |only| select(&manifests, Some(only)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said("wss").starts_with("there is no server `wss`; the nearest are `ws`"), "{}", said("wss"));
        assert!(said("ws@0").contains(": no 0 is among its versions "), "{}", said("ws@0"));
    }

    #[test]
    fn a_version_takes_over_the_recipe_of_the_one_that_it_is_built_like() {
        let text = std::fs::read_to_string(playground().join("jetty/server.json")).unwrap();
        let with = |line: &str| text.replace("\"versions\": [", &format!("\"versions\": [{line},"));
        let manifest = parse(&with(r#"{ "version": "10.0.5", "like": "10.0.26" }"#)).unwrap();
        assert_eq!(manifest.versions[0].args["SOURCES"], "10 9-11");
        let error = parse(&with(r#"{ "version": "10.0.5", "like": "10.0.27" }"#)).unwrap_err().to_string();
        assert_eq!(error, "10.0.5 is built like `10.0.27`, which has no recipe");
    }

    #[test]
    fn what_is_pinned_for_another_version_is_not_part_of_a_recipe() {
        let servers = select(&load_all(&playground()).unwrap(), Some("ws@8.23.0,ws@1.1.5")).unwrap();
        let names = |server: &Server| -> Vec<String> {
            let names = server.files().unwrap();
            names.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(&servers[0]), ["package.json", "server.js"]);
        assert_eq!(names(&servers[1]), ["package.1.1.5.json", "package.json", "server.js"]);
    }

    #[test]
    fn a_recipe_hash_depends_on_the_version() {
        let servers = select(&load_all(&playground()).unwrap(), Some("ws")).unwrap();
        let hashes: Vec<_> = servers.iter().map(|server| server.recipe_hash(&playground()).unwrap()).collect();
        assert!(hashes[0] != hashes[1] && hashes[0].len() == 64);
    }
}
