//! Which packages' versions are the releases of a server: what it is built from.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};

use crate::playground::manifest::{Manifest, Server};
use crate::playground::release_list::{Registry, ReleaseList};

/// A package of a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// The registry.
    pub registry: Registry,
    /// Its name there.
    pub name: String,
}

/// The packages of a server, more than one where its name changed, the newest name first; none where no registry lists its releases,
/// or its registry is out of reach.
pub fn packages_of(manifest: &Arc<Manifest>, playground: &Path) -> Result<Vec<Package>> {
    if let Some(ReleaseList { registry, package }) = &manifest.releases {
        return Ok(vec![Package { registry: *registry, name: package.clone() }]);
    }
    let mut packages = Vec::new();
    for version in manifest.versions.iter().filter(|_| manifest.blocked.is_none()) {
        let server = Server { manifest: manifest.clone(), version: version.clone() };
        if let Some(package) = package_of(&server, playground)?
            && !packages.contains(&package)
        {
            packages.push(package);
        }
    }
    Ok(packages)
}

/// The package of one version: the registry is that of its base, and the package the first that its build arguments name.
fn package_of(server: &Server, playground: &Path) -> Result<Option<Package>> {
    let bases = server.bases(playground)?;
    let is_below = |registry: &Registry| bases.iter().any(|base| base == registry.base());
    let Some(registry) = Registry::ALL.into_iter().find(is_below) else { return Ok(None) };
    let args = server.build_args();
    let named = args.get("PACKAGE").or_else(|| args.get("PACKAGES")).and_then(|names| names.split(' ').next());
    let name = named.with_context(|| {
        format!(
            "no build argument of {} names its package: say in `releases` whose versions are its releases",
            server.id()
        )
    })?;
    let is_of_this_version = registry != Registry::Maven || name.split(':').count() == 2;
    ensure!(
        is_of_this_version,
        "{}: the version of `{name}`, its first package, is not that of the server",
        server.id()
    );
    Ok(Some(Package { registry, name: name.to_owned() }))
}

/// How a releases file names its packages; none if there are none.
pub fn source_name(packages: &[Package]) -> Option<String> {
    let names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    packages.first().map(|first| format!("{} {}", first.registry.name(), names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playground::manifest;

    fn source(product: &str) -> Option<String> {
        let playground = Path::new(env!("CARGO_MANIFEST_DIR")).join("../playground");
        let manifests = manifest::load_all(&playground).unwrap();
        let manifest = manifests.iter().find(|manifest| manifest.product == product).unwrap();
        source_name(&packages_of(manifest, &playground).unwrap())
    }

    #[test]
    fn the_package_follows_from_base_and_build_arguments_or_is_named() {
        for (product, expected) in [
            ("ws", "npm ws"),
            ("bun", "npm @oven/bun-linux-x64"),
            ("uvicorn-wsproto", "pypi uvicorn"),
            ("uwebsockets", "pypi socketify"),
            ("gorilla", "go github.com/gorilla/websocket"),
            ("ws-rs", "crates ws"),
            ("tomcat", "maven org.apache.tomcat.embed:tomcat-embed-websocket"),
        ] {
            assert_eq!(source(product).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_package_that_changed_its_name_has_all_of_them_and_debian_has_no_list() {
        let group = "org.eclipse.jetty.websocket";
        let names = ["jetty-websocket-jetty-server", "websocket-jetty-server", "websocket-server"];
        let all = names.map(|name| format!("{group}:{name}")).join(", ");
        assert_eq!(source("jetty"), Some(format!("maven {all}")));
        assert_eq!((source("beast"), source("cowboy"), source("ratchet")), (None, None, None));
    }
}
