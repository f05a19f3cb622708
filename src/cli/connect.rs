//! How connections are made, from the arguments and the files that they name.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::args::Args;
use super::error::PlanError;
use super::output::tell;
use crate::connection::{
    Certificate, ConnectOptions, Family, Identity, KnownAddresses, Proxy, Redirect, RouteError, system_resolver,
    system_trust,
};
use crate::fleet::Names;
use crate::target::{Host, Scheme, Target};
use crate::wire::Header;

/// The most bytes of a file with certificates that are read.
const MOST: u64 = 16 << 20;

/// The options, once all files are read and found to be in order.
pub(super) fn options(
    args: &Args,
    may_be_secure: bool,
    headers: &[Header],
    timeout: Duration,
) -> Result<ConnectOptions, PlanError> {
    let extra_roots = args.local.cacert.as_deref().map(roots).transpose()?;
    let checks = !args.how.nocert && may_be_secure;
    if checks && extra_roots.is_none() {
        system_trust().map_err(PlanError::TrustStore)?.iter().for_each(|note| tell("note", note));
    }
    Ok(ConnectOptions {
        insecure: args.how.nocert,
        timeout,
        proxy: args.local.proxy.as_deref().map(Proxy::parse).transpose()?,
        only_extra_roots: extra_roots.is_some(),
        extra_roots: extra_roots.unwrap_or_default(),
        identity: args.local.cert.as_deref().map(|file| identity(file, args.local.key.as_deref())).transpose()?,
        server_name: server_name(args, headers)?,
        family: family(args),
        known: read_all(&args.local.resolve, KnownAddresses::parse)?,
        redirects: read_all(&args.local.connect_to, Redirect::parse)?,
        filter: None,
        resolver: Arc::new(Names::new(system_resolver(), timeout)),
    })
}

/// The host of the user's own Host, where there is one: TLS and Origin follow it.
pub(super) fn own_host(headers: &[Header]) -> Option<(&str, Host)> {
    let mut own = headers.iter().filter(|header| header.is("Host"));
    let value = std::str::from_utf8(&own.next()?.value).ok()?;
    // Whatever is no host is meant to be none, and stays a field that is sent as it is.
    let plain = own.next().is_none() && !value.contains(['/', '?', '#', '%']);
    let target = Target::parse(&format!("ws://{value}"), Scheme::Ws).ok().filter(|_| plain)?;
    Some((value, target.host().clone()))
}

fn server_name(args: &Args, headers: &[Header]) -> Result<Option<String>, PlanError> {
    let Some(name) = &args.how.sni else { return Ok(own_host(headers).map(|(_, host)| bare(&host))) };
    match Host::parse(name) {
        Some(host @ Host::Name(_)) => Ok(Some(bare(&host))),
        _ => Err(PlanError::Sni(name.escape_debug().to_string())),
    }
}

/// As TLS wants it: without a final dot (RFC 6066 section 3) and without brackets.
fn bare(host: &Host) -> String {
    host.to_string().trim_matches(['[', ']']).trim_end_matches('.').to_owned()
}

fn family(args: &Args) -> Family {
    match (args.how.ipv4, args.how.ipv6) {
        (true, _) => Family::V4,
        (_, true) => Family::V6,
        _ => Family::Any,
    }
}

fn read_all<T>(texts: &[String], read: impl Fn(&str) -> Result<T, RouteError>) -> Result<Vec<T>, PlanError> {
    texts.iter().map(|text| read(text).map_err(PlanError::Route)).collect()
}

fn roots(file: &Path) -> Result<Vec<Certificate>, PlanError> {
    let wrong = |error| PlanError::Roots { file: shown(file), error };
    Certificate::roots_from_pem(&read(file)?).map_err(wrong)
}

fn identity(certificate: &Path, key: Option<&Path>) -> Result<Identity, PlanError> {
    let certificates = read(certificate)?;
    let own = key.map(read).transpose()?;
    let files = key.map_or_else(|| shown(certificate), |key| format!("{}` with `{}", shown(certificate), shown(key)));
    let wrong = |error| PlanError::Identity { files, error };
    Identity::from_pem(&certificates, own.as_deref().unwrap_or(&certificates)).map_err(wrong)
}

fn read(file: &Path) -> Result<Vec<u8>, PlanError> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|open| open.take(MOST).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| PlanError::File { name: shown(file), error })
}

fn shown(file: &Path) -> String {
    file.display().to_string().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_own_host_is_followed_only_where_it_is_one() {
        let of = |values: &[&str]| {
            let headers: Vec<Header> = values.iter().map(|value| Header::new("host", *value)).collect();
            own_host(&headers).map(|(value, host)| format!("{value} {}", bare(&host)))
        };
        assert_eq!(of(&["Example.org.:8443"]).as_deref(), Some("Example.org.:8443 example.org"));
        assert_eq!(of(&["[::1]:80"]).as_deref(), Some("[::1]:80 ::1"));
        for values in [&[][..], &[""], &["a b"], &["a", "b"], &["h/x"], &["http://h"]] {
            assert_eq!(of(values), None, "{values:?}");
        }
    }
}
