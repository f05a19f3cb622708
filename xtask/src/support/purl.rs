//! Package URLs (ECMA-427): what other databases call what a registry has.

/// The package URLs of where its releases are listed, from `registry package, package`.
pub fn package_urls(source: &str) -> Vec<String> {
    let Some((registry, packages)) = source.split_once(' ') else { return Vec::new() };
    packages.split(", ").filter_map(|package| package_url(registry, package)).collect()
}

/// As <https://github.com/package-url/purl-spec> writes it.
fn package_url(registry: &str, package: &str) -> Option<String> {
    Some(match registry {
        "npm" => format!("pkg:npm/{}", package.replacen('@', "%40", 1)),
        "pypi" => format!("pkg:pypi/{}", package.to_ascii_lowercase().replace(['_', '.'], "-")),
        "go" => format!("pkg:golang/{}", package.to_ascii_lowercase()),
        "crates" => format!("pkg:cargo/{package}"),
        "maven" => format!("pkg:maven/{}", package.replacen(':', "/", 1)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_registry_has_its_way_to_write_names() {
        let first = |source| package_urls(source).first().cloned();
        assert_eq!(first("npm @fastify/websocket").as_deref(), Some("pkg:npm/%40fastify/websocket"));
        assert_eq!(first("pypi SimpleWebSocketServer").as_deref(), Some("pkg:pypi/simplewebsocketserver"));
        assert_eq!(first("go github.com/gobwas/ws").as_deref(), Some("pkg:golang/github.com/gobwas/ws"));
        assert_eq!(package_urls("maven a.b:c, a.b:d"), ["pkg:maven/a.b/c", "pkg:maven/a.b/d"]);
        assert_eq!(first("debian apache2"), None);
    }
}
