//! Certificates of servers and of clients, alerts, and what is no TLS or no HTTP/1.1.

use std::path::Path;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use stews::connection::{CertificateError, Identity, TlsError};

use super::*;

/// A certificate and its key, both in PEM.
struct Made {
    certificate: String,
    key: String,
    der: Vec<u8>,
}

impl Made {
    fn trusted(&self) -> Vec<Certificate> {
        Certificate::roots_from_pem(self.certificate.as_bytes()).unwrap()
    }

    fn identity(&self) -> Option<Identity> {
        Some(Identity::from_pem(self.certificate.as_bytes(), self.key.as_bytes()).unwrap())
    }

    fn private(&self) -> PrivateKeyDer<'static> {
        use rustls::pki_types::pem::PemObject as _;
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap()
    }
}

fn params(names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, names[0]);
    params
}

/// As `openssl req -x509` makes it: that of an authority.
fn of_itself(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Made {
    let mut params = params(names);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let made = params.self_signed(&key).unwrap();
    Made { certificate: made.pem(), key: key.serialize_pem(), der: made.der().to_vec() }
}

/// One that an authority signed, and the authority's.
fn of_an_authority(names: &[&str]) -> (Made, Made) {
    let mut above = params(&[&format!("The authority of {}", names[0])]);
    above.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let (above_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let authority = above.self_signed(&above_key).unwrap();
    let made = params(names).signed_by(&key, &Issuer::from_params(&above, &above_key)).unwrap();
    let authority =
        Made { certificate: authority.pem(), key: above_key.serialize_pem(), der: authority.der().to_vec() };
    (Made { certificate: made.pem(), key: key.serialize_pem(), der: made.der().to_vec() }, authority)
}

/// What a server does besides showing its certificate.
#[derive(Default)]
struct Manner<'a> {
    versions: Option<&'static rustls::SupportedProtocolVersion>,
    /// Whose clients it takes.
    clients: Option<&'a Made>,
    /// Whether it takes others too.
    lenient: bool,
    alpn: Option<&'static [u8]>,
}

fn acceptor(made: &Made, manner: &Manner<'_>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = match manner.versions {
        Some(version) => builder.with_protocol_versions(&[version]).unwrap(),
        None => builder.with_safe_default_protocol_versions().unwrap(),
    };
    let builder = match manner.clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der.clone().into()).unwrap();
            let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            let clients = if manner.lenient { clients.allow_unauthenticated() } else { clients };
            builder.with_client_cert_verifier(clients.build().unwrap())
        }
    };
    let mut config = builder.with_single_cert(vec![made.der.clone().into()], made.private()).unwrap();
    config.alpn_protocols = manner.alpn.iter().map(|name| name.to_vec()).collect();
    // No ticket: nothing says that a client is taken but silence.
    config.send_tls13_tickets = if manner.lenient { 0 } else { 2 };
    TlsAcceptor::from(Arc::new(config))
}

fn tls_words(error: &DialError) -> &TlsError {
    match error {
        DialError::Tls(error) => error,
        other => panic!("{other}"),
    }
}

fn url(peer: &Peer) -> String {
    format!("wss://localhost:{}/", peer.port)
}

#[tokio::test]
async fn the_commonest_self_signed_certificate() {
    let made = of_itself(&["localhost"], |_| {});
    let peer = tls_echo(acceptor(&made, &Manner::default())).await;
    let error = refusal(&url(&peer), &options()).await;
    assert_eq!(error.to_string(), "the TLS handshake failed: the certificate is self-signed");
    let trusting = ConnectOptions { extra_roots: made.trusted(), only_extra_roots: true, ..options() };
    assert_echoes(dial(&url(&peer), &trusting).await.unwrap()).await;
    let elsewhere = ConnectOptions { server_name: Some("far.invalid".to_owned()), ..trusting };
    let error = refusal(&url(&peer), &elsewhere).await;
    assert!(error.to_string().ends_with("the certificate is for another name (localhost)"), "{error}");
    for (from, to, expected) in [(2000, 2001, CertificateError::Expired), (2199, 2200, CertificateError::NotValidYet)] {
        let made = of_itself(&["localhost"], |params| {
            (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        });
        let peer = tls_echo(acceptor(&made, &Manner::default())).await;
        let trusting = ConnectOptions { extra_roots: made.trusted(), ..options() };
        let error = refusal(&url(&peer), &trusting).await;
        assert_eq!(*tls_words(&error), TlsError::Certificate(expected));
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority() {
    let (made, authority) = of_an_authority(&["localhost"]);
    let peer = tls_echo(acceptor(&made, &Manner::default())).await;
    let error = refusal(&url(&peer), &options()).await;
    assert!(error.to_string().ends_with("is not trusted (unknown issuer)"), "{error}");
    let trusting = ConnectOptions { extra_roots: authority.trusted(), only_extra_roots: true, ..options() };
    assert_echoes(dial(&url(&peer), &trusting).await.unwrap()).await;
}

#[tokio::test]
async fn names_of_a_certificate_are_plain_and_short() {
    let long = format!("{0}.{0}.{0}.invalid", "y".repeat(60));
    let (made, authority) = of_an_authority(&[long.as_str(), "b.invalid", "127.0.0.1", "d.invalid"]);
    let peer = tls_echo(acceptor(&made, &Manner::default())).await;
    let trusting = ConnectOptions { extra_roots: authority.trusted(), ..options() };
    let error = refusal(&url(&peer), &trusting).await.to_string();
    let expected = format!("the certificate is for another name ({}…, b.invalid, 127.0.0.1, …)", "y".repeat(60));
    assert!(error.ends_with(&expected), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_a_client_certificate() {
    let (made, _) = of_an_authority(&["localhost"]);
    let (client, clients) = of_an_authority(&["a client"]);
    let (stranger, _) = of_an_authority(&["a stranger"]);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let manner = Manner { versions: Some(version), clients: Some(&clients), ..Manner::default() };
        let peer = tls_echo(acceptor(&made, &manner)).await;
        let insecure = ConnectOptions { insecure: true, ..options() };
        let error = refusal(&url(&peer), &insecure).await;
        assert_eq!(*tls_words(&error), TlsError::ClientCertificateWanted, "{version:?}");
        assert_eq!(error.kind(), DialErrorKind::ClientCertificate);
        let known = ConnectOptions { identity: client.identity(), ..insecure.clone() };
        assert_echoes(dial(&url(&peer), &known).await.unwrap()).await;
        let unknown = ConnectOptions { identity: stranger.identity(), ..insecure };
        let error = refusal(&url(&peer), &unknown).await;
        assert!(matches!(tls_words(&error), TlsError::ClientCertificateRefused(_)), "{version:?}: {error}");

        let before = peer.accepted();
        let ran = stews(&["-k", "--timeout", "2", &url(&peer)]).await;
        let words = "the server wants a client certificate; give one with --cert and --key\n";
        assert!(ran.code == 6 && ran.out.ends_with(words), "{version:?}: {} {}", ran.code, ran.out);
        assert!(peer.accepted() - before <= 2, "{} connections", peer.accepted() - before);
    }
}

/// Silence is what such a server says to whom it takes: that must not be told as a deadline that was missed.
#[tokio::test]
async fn a_server_that_asks_for_a_client_certificate_and_insists_not() {
    let (made, _) = of_an_authority(&["localhost"]);
    let (_, clients) = of_an_authority(&["a client"]);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let manner = Manner { versions: Some(version), clients: Some(&clients), lenient: true, ..Manner::default() };
        let peer = tls_echo(acceptor(&made, &manner)).await;
        let insecure = ConnectOptions { insecure: true, ..options() };
        assert_echoes(dial(&url(&peer), &insecure).await.unwrap()).await;
    }
}

/// A TLS server that answers every request with a 404.
async fn refusing(acceptor: TlsAcceptor) -> Peer {
    Peer::new(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_the_command_line_and_what_is_told_of_checks() {
    let (made, authority) = of_an_authority(&["localhost"]);
    let (client, clients) = of_an_authority(&["a client"]);
    let peer = refusing(acceptor(&made, &Manner { clients: Some(&clients), ..Manner::default() })).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name, text: &str| written(folder.path(), name, text);
    let (roots, certificate) = (file("roots.pem", &authority.certificate), file("client.pem", &client.certificate));
    let (key, both) = (file("key.pem", &client.key), file("both.pem", &(client.key.clone() + &client.certificate)));
    let (other, url) = (file("other.pem", &clients.certificate), url(&peer));
    let json = ["--timeout", "2", "--format", "json", "--cert", &certificate, "--key", &key, &url];

    let ran = stews(&[&json[..], &["--cacert", &roots]].concat()).await;
    let target = ran.json()["targets"][0].clone();
    assert_eq!((&target["outcome"], &target["tls"]["is_checked"]), (&"not_websocket".into(), &true.into()), "{target}");
    let ran = stews(&[&json[..], &["-k"]].concat()).await;
    assert_eq!(ran.json()["targets"][0]["tls"]["is_checked"], false);
    let ran = stews(&[&json[..], &["--cacert", &other]].concat()).await;
    let target = ran.json()["targets"][0].clone();
    assert!(target["error"]["message"].as_str().unwrap().contains("is not trusted"), "{target}");
    assert!(target["tls"]["is_checked"].is_null());
    let ran = stews(&["--timeout", "2", "-k", "--cert", &both, &url]).await;
    assert!(ran.out.contains("; not checked"), "{}", ran.out);
    assert!(ran.out.contains("nothing at this path"), "{}", ran.out);
    let ran = stews(&["-k", "--cert", &certificate, &url]).await;
    assert!(ran.code == 2 && ran.err.contains("there is no private key in PEM in it"), "{}", ran.err);
}

/// Runs the binary with a variable of its environment.
async fn with(variable: &str, value: &str, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stews"));
    command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").env(variable, value).args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_trust_store_is_told() {
    let (made, authority) = of_an_authority(&["localhost"]);
    let peer = refusing(acceptor(&made, &Manner::default())).await;
    let folder = tempfile::tempdir().unwrap();
    let (empty, roots) = (written(folder.path(), "empty", ""), written(folder.path(), "roots", &authority.certificate));
    let url = url(&peer);
    for (variable, value) in
        [("SSL_CERT_FILE", "/no/such/file"), ("SSL_CERT_FILE", &empty), ("SSL_CERT_DIR", "/no/such/folder")]
    {
        let (code, text) = with(variable, value, &["--timeout", "2", &url]).await;
        let words = format!("error: {variable}={value} names no certificate that can be read");
        assert!(code == 2 && text.starts_with(&words) && text.ends_with("--cacert\n"), "{code} {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    assert_eq!(peer.accepted(), 0);
    for arguments in [&["-k", &url][..], &["--cacert", &roots, &url]] {
        let (code, text) = with("SSL_CERT_FILE", "/no/such/file", arguments).await;
        assert!(code == 3 && text.contains("nothing at this path"), "{code} {text}");
    }
    let (code, text) = with("SSL_CERT_FILE", &roots, &["--timeout", "2", &url]).await;
    assert!(code == 3 && text.contains("nothing at this path"), "{code} {text}");
}

/// A server that answers whatever it is sent with these bytes.
async fn saying(bytes: &'static [u8]) -> Peer {
    Peer::new(move |mut stream, _| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_and_other_protocols_are_named() {
    const SETTINGS: &[u8] = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64";
    for (scheme, bytes, words) in [
        ("ws", &b"\x15\x03\x03\x00\x02\x02\x46"[..], "it speaks TLS on this port; use wss://\n"),
        ("ws", b"\x15\x03\x01\x00\x02\x02\x32", "it speaks TLS on this port; use wss://\n"),
        ("ws", SETTINGS, "it speaks HTTP/2 only on this port"),
        ("wss", b"\x15\x03\x03\x00\x02\x02\x70", "(alert unrecognized_name); ask for another with --sni\n"),
        (
            "wss",
            b"\x15\x03\x03\x00\x02\x02\x78",
            "but HTTP/2 alone or something else (alert no_application_protocol)\n",
        ),
        ("wss", b"\x15\x03\x03\x00\x02\x02\x28", "or wants a client certificate (alert handshake_failure)\n"),
        ("wss", b"\x15\x03\x03\x00\x02\x02\x46", "the server speaks neither TLS 1.2 nor TLS 1.3\n"),
        ("wss", b"HTTP/1.1 400 Bad Request\r\n\r\n", "; for a server without TLS use ws://127.0.0.1:"),
    ] {
        let peer = saying(bytes).await;
        let ran = stews(&["--timeout", "2", &format!("{scheme}://127.0.0.1:{}/", peer.port)]).await;
        assert!(ran.code >= 3 && ran.out.contains(words), "{words}: {} {}", ran.code, ran.out);
        assert!(!(scheme == "wss" && ran.out.contains("use wss://")), "{}", ran.out);
    }
}

#[tokio::test]
async fn a_server_of_http_2_alone_says_so_in_its_alert() {
    let (made, _) = of_an_authority(&["localhost"]);
    let peer = tls_echo(acceptor(&made, &Manner { alpn: Some(b"h2"), ..Manner::default() })).await;
    let error = refusal(&url(&peer), &ConnectOptions { insecure: true, ..options() }).await;
    assert!(matches!(tls_words(&error), TlsError::Alert { code: 120, .. }), "{error}");
    assert!(error.to_string().contains("HTTP/2 alone"), "{error}");
}

/// The name that a ClientHello asks for, and the signatures and groups that it offers.
type Offer = (Option<String>, Vec<u16>);

/// Writes down what ClientHellos offer.
#[derive(Debug)]
struct Listener {
    key: Arc<CertifiedKey>,
    offers: Arc<Mutex<Vec<Offer>>>,
}

impl ResolvesServerCert for Listener {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let schemes = hello.signature_schemes().iter().map(|scheme| u16::from(*scheme));
        let groups = hello.named_groups().unwrap_or_default().iter().map(|group| u16::from(*group));
        self.offers.lock().unwrap().push((hello.server_name().map(str::to_owned), schemes.chain(groups).collect()));
        Some(self.key.clone())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hello_asks_for_the_name_that_the_user_gives_and_takes_any_signature_with_k() {
    // ecdsa_secp521r1_sha512 and secp521r1: what a certificate with such a key takes.
    const P521: [u16; 2] = [0x0603, 0x0019];
    let made = of_itself(&["localhost"], |_| {});
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = CertifiedKey::from_der(vec![made.der.clone().into()], made.private(), &provider).unwrap();
    let offers = Arc::new(Mutex::new(Vec::new()));
    let listener = Listener { key: Arc::new(key), offers: offers.clone() };
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_cert_resolver(Arc::new(listener));
    let peer = refusing(TlsAcceptor::from(Arc::new(config))).await;
    let url = url(&peer);
    for (arguments, name, any) in [
        (&["-k", "-H", "Host: other.invalid:444"][..], "other.invalid", true),
        (&["-k", "-H", "Host: other.invalid", "--sni", "Third.invalid."], "third.invalid", true),
        (&["--sni", "third.invalid"], "third.invalid", false),
        (&["-k"], "localhost", true),
    ] {
        stews(&[arguments, &["--timeout", "2", &url]].concat()).await;
        let (asked, offered) = std::mem::take(&mut *offers.lock().unwrap()).remove(0);
        assert_eq!(asked.as_deref(), Some(name), "{arguments:?}");
        assert!(P521.iter().all(|one| offered.contains(one) == any), "{arguments:?}: {offered:?}");
    }
}
