//! TLS that fails, stalls or lies.

use std::sync::{Arc, LazyLock};

use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::kind::{IDENTIFIED, Kind, NO_WEBSOCKET, UNIDENTIFIED, UNREACHABLE};
use super::peer::Manner;
use super::script::{Step, answer, beat, drip, echo, forever, open, say};

const URL: &str = "wss://127.0.0.1:{port}/";

pub fn kinds() -> Vec<Kind> {
    [certificates(), handshakes(), within(), raw(), roots()].concat()
}

/// A certificate with its key, and those that go with it.
#[derive(Clone)]
struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    pem: String,
    key: Arc<KeyPair>,
}

fn chain(names: Vec<SanType>, change: impl FnOnce(&mut CertificateParams)) -> Chain {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.subject_alt_names = names;
    params.distinguished_name.push(DnType::CommonName, "a hostile server");
    change(&mut params);
    let made = params.self_signed(&key).unwrap();
    Chain { certificates: vec![made.der().clone()], pem: made.pem(), key: Arc::new(key) }
}

fn name(text: &str) -> SanType {
    SanType::DnsName(text.try_into().unwrap())
}

fn address() -> Vec<SanType> {
    vec![SanType::IpAddress([127, 0, 0, 1].into())]
}

/// Made once: keys cost time.
static GOOD: LazyLock<Chain> = LazyLock::new(|| chain(address(), |_| ()));

fn config(chain: &Chain, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
    config_with(chain, versions, false)
}

fn config_with(chain: &Chain, versions: &[&'static SupportedProtocolVersion], asks: bool) -> ServerConfig {
    let provider = Arc::new(default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions).unwrap();
    let builder = if asks {
        let mut roots = RootCertStore::empty();
        roots.add(chain.certificates[0].clone()).unwrap();
        builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap(),
        )
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::try_from(chain.key.serialize_der()).unwrap();
    builder.with_single_cert(chain.certificates.clone(), key).unwrap()
}

fn serving(name: &'static str, config: ServerConfig, script: Vec<Step>) -> Kind {
    Kind::new(name).peer(Manner::always(script).tls(config.into())).target(URL)
}

/// Certificates that are not accepted: one connection, and why; with `-k` they are taken.
fn certificates() -> Vec<Kind> {
    let both = rustls::ALL_VERSIONS;
    let two_hundred = (0..200).map(|number| name(&format!("n{number}.example"))).collect();
    let nine_hundred = (0..900).map(|number| name(&format!("n{number}.example"))).chain(address()).collect();
    let long = name(&vec!["y".repeat(60); 800].join("."));
    let mut chained = GOOD.clone();
    chained.certificates = vec![GOOD.certificates[0].clone(); 100];
    let expired = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    };
    let coming = |params: &mut CertificateParams| params.not_before = rcgen::date_time_ymd(3000, 1, 1);
    let authority = |params: &mut CertificateParams| {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    };
    let kinds: [(&'static str, Chain, &'static str); 9] = [
        ("self-signed", GOOD.clone(), "certificate"),
        ("self-signed, and an authority, as openssl makes it", chain(address(), authority), "self-signed"),
        ("an expired certificate", chain(address(), expired), "certificate"),
        ("a certificate of the year 3000", chain(address(), coming), "certificate"),
        ("200 wrong names", chain(two_hundred, |_| ()), "certificate"),
        ("a wrong name of 48 kB", chain(vec![long], |_| ()), "certificate"),
        ("wrong names of escapes", chain(vec![name("\u{1b}[31m\u{7}.example")], |_| ()), "certificate"),
        ("a certificate of 900 names", chain(nine_hundred, |_| ()), "certificate"),
        ("a chain of 100 certificates", chained, "certificate"),
    ];
    let refused = |(name, chain, words): (&'static str, Chain, &'static str)| {
        let taken = serving(name, config(&chain, both), vec![echo()]);
        // With its root trusted, what is wrong beyond that is what is told.
        let trusted = taken.clone().text("roots.pem", chain.pem).set("SSL_CERT_FILE", "{folder}/roots.pem");
        let refusing =
            |kind: Kind| kind.exits(&[UNREACHABLE]).says(words).never("other(").never("dnsname").connections(2);
        let mut all = vec![refusing(taken.clone())];
        if !["self-signed", "a chain of 100 certificates", "a certificate of 900 names"].contains(&name) {
            all.push(refusing(Kind { name: format!("{name}, of a trusted root"), ..trusted }));
        }
        all.push(
            taken.with("-k").exits(&[IDENTIFIED]).says("tungstenite").says("not checked|unchecked|any certificate|-k"),
        );
        all
    };
    kinds.into_iter().flat_map(refused).collect()
}

/// Servers that are particular about the handshake.
fn handshakes() -> Vec<Kind> {
    let both = rustls::ALL_VERSIONS;
    let identified = |kind: Kind| kind.with("-k").exits(&[IDENTIFIED]).says("tungstenite");
    let mut h2 = config(&GOOD, both);
    h2.alpn_protocols = vec![b"h2".to_vec()];
    let asks = |name, version| {
        let config = config_with(&GOOD, &[version], true);
        serving(name, config, vec![echo()]).with("-k").exits(&[UNREACHABLE]).says("client certificate").connections(3)
    };
    let mut endless = GOOD.clone();
    // More than a client takes of one message.
    endless.certificates = vec![GOOD.certificates[0].clone(); 400];
    vec![
        serving("a chain of 400 certificates", config(&endless, both), vec![echo()])
            .with("-k")
            .exits(&[UNREACHABLE, IDENTIFIED])
            .never("does not speak tls")
            .connections(30),
        identified(serving("TLS 1.2 alone", config(&GOOD, &[&TLS12]), vec![echo()])),
        identified(serving("TLS 1.3 alone", config(&GOOD, &[&TLS13]), vec![echo()])),
        serving("ALPN h2 alone", h2, vec![echo()]).with("-k").exits(&[UNREACHABLE, IDENTIFIED]).connections(30),
        asks("a client certificate wanted, TLS 1.3", &TLS13),
        asks("a client certificate wanted, TLS 1.2", &TLS12),
    ]
}

/// What happens within TLS.
fn within() -> Vec<Kind> {
    let both = rustls::ALL_VERSIONS;
    let serving = |name, script| serving(name, config(&GOOD, both), script).with("-k").never("use wss://");
    let pong: fn(&[u8]) -> Vec<u8> = |payload| super::script::frame_of(0x8a, payload);
    vec![
        serving("TLS, and it hangs up", vec![]).exits(&[NO_WEBSOCKET]).connections(5),
        serving("TLS, and a reset", vec![Step::Read, Step::Reset]).exits(&[NO_WEBSOCKET]).connections(5),
        serving("TLS, and silence", vec![Step::Hold]).exits(&[NO_WEBSOCKET]).connections(5),
        serving("TLS, and SSH", vec![say("SSH-2.0-x\r\n"), Step::Hold]).exits(&[NO_WEBSOCKET]).connections(5),
        serving("TLS, a 101, and an end without closure", vec![open(""), Step::Wait(200), Step::Reset])
            .exits(&[UNIDENTIFIED]),
        serving("TLS, a record for each byte", vec![open(""), drip(b"\x81\x05hello", 1), Step::Pings(pong)]),
        serving("TLS, and pings without end", vec![open(""), forever(b"\x89\0")]).exits(&[UNIDENTIFIED]),
        serving("TLS, and a head without end", vec![answer("HTTP/1.1 200 OK\r\n"), forever("A: b\r\n")])
            .exits(&[NO_WEBSOCKET]),
    ]
}

/// Bytes in place of TLS.
fn raw() -> Vec<Kind> {
    let failed = |name, script| Kind::server(name, script).target(URL).exits(&[UNREACHABLE]).says("tls").connections(2);
    let alert = |name, code: u8, words| {
        failed(name, vec![Step::Read, say([0x15, 3, 3, 0, 2, 2, code]), Step::Hold]).says(words)
    };
    let hello = b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03".to_vec();
    let nginx = "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 66\r\n\r\n\
                 <html>The plain HTTP request was sent to HTTPS port</html>........";
    vec![
        alert("the alert unrecognized_name", 112, "name"),
        alert("the alert handshake_failure", 40, "handshake|alert"),
        alert("the alert protocol_version", 70, "tls 1.2"),
        alert("the alert internal_error", 80, "internal|alert"),
        alert("an alert that is none", 213, "tls"),
        failed("half a ServerHello, and silence", vec![Step::Read, say(hello.clone()), Step::Hold]),
        failed("a ServerHello, a byte each 0.1 s", vec![Step::Read, drip(hello, 100), Step::Hold]),
        failed("warning alerts without end", vec![Step::Read, forever(b"\x15\x03\x03\0\x02\x01\x5a")]),
        failed("empty handshake records without end", vec![Step::Read, forever(b"\x16\x03\x03\0\0")]),
        failed("changes of the cipher without end", vec![Step::Read, forever(b"\x14\x03\x03\0\x01\x01")]),
        failed(
            "a ServerHello of 16 MB",
            vec![Step::Read, say(b"\x16\x03\x03\x40\0\x02\xff\xff\xff"), forever([0; 4096])],
        ),
        failed("records of 16 KiB without end", vec![Step::Read, forever(b"\x16\x03\x03\x40\0")]),
        failed("plain HTTP at once", vec![say("HTTP/1.1 400 Bad Request\r\n\r\nplain HTTP"), Step::Hold])
            .says("-n|ws://"),
        failed("SSH in place of TLS", vec![say("SSH-2.0-OpenSSH_9.9\r\n"), Step::Hold]).says("-n|ws://"),
        failed("escapes in place of TLS", vec![say(super::script::NASTY), Step::Hold]),
        failed("silence in place of TLS", vec![Step::Hold]),
        failed("nothing but the end in place of TLS", vec![]),
        failed("a reset in place of TLS", vec![Step::Read, Step::Reset]),
        failed("a byte each 0.2 s in place of TLS", vec![beat(b"\x16", 200)]),
        Kind::server("nginx' answer to plain HTTP on a TLS port", vec![answer(nginx)])
            .exits(&[NO_WEBSOCKET])
            .says("use wss://")
            .connections(8),
    ]
}

/// Our own trust store.
fn roots() -> Vec<Kind> {
    let serving = |name| serving(name, config(&GOOD, rustls::ALL_VERSIONS), vec![echo()]);
    let refused = |kind: Kind| kind.exits(&[UNREACHABLE, super::kind::USAGE]).says("ssl_cert_file").connections(2);
    vec![
        refused(serving("SSL_CERT_FILE is missing").set("SSL_CERT_FILE", "{folder}/nothing.pem")),
        refused(serving("SSL_CERT_FILE is empty").text("empty.pem", "").set("SSL_CERT_FILE", "{folder}/empty.pem")),
        refused(
            serving("SSL_CERT_FILE is no certificate")
                .text("odd.pem", "\u{1b}[31m")
                .set("SSL_CERT_FILE", "{folder}/odd.pem"),
        ),
        serving("a certificate of our own root")
            .text("roots.pem", GOOD.pem.clone())
            .set("SSL_CERT_FILE", "{folder}/roots.pem")
            .exits(&[IDENTIFIED])
            .says("tungstenite"),
        serving("a certificate of our own root")
            .text("roots.pem", GOOD.pem.clone())
            .with("--cacert {folder}/roots.pem")
            .exits(&[IDENTIFIED])
            .says("tungstenite"),
        serving("--cacert is missing")
            .with("--cacert {folder}/nothing.pem")
            .exits(&[super::kind::USAGE])
            .connections(0),
        serving("--cacert is no certificate")
            .text("odd.pem", "\u{1b}[31m")
            .with("--cacert {folder}/odd.pem")
            .exits(&[super::kind::USAGE])
            .connections(0),
    ]
}
