//! The beginning of a TLS handshake (RFC 5246 section 7.4.1.2) that any server of the last twenty years answers.

/// ECDHE and RSA with AES and ChaCha20 (RFC 5289, RFC 7905, RFC 5288, RFC 8446).
const CIPHERS: [u16; 11] = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x002f, 0x0035];

/// Number and content of each extension: groups (RFC 8422), points, and algorithms of signatures.
const EXTENSIONS: [(u16, &[u8]); 3] = [
    (10, &[0, 6, 0, 0x1d, 0, 0x17, 0, 0x18]),
    (11, &[1, 0]),
    (13, &[0, 16, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 8, 6, 6, 1]),
];

/// A record with a ClientHello of TLS 1.2 that names no server.
pub(super) fn client_hello() -> Vec<u8> {
    let mut body = vec![3, 3];
    // Nothing is made of it: the handshake ends with the first answer.
    body.extend_from_slice(b"stews asks whether TLS is spoken");
    body.push(0);
    body.extend(sized(&CIPHERS.map(u16::to_be_bytes).concat()));
    body.extend_from_slice(&[1, 0]);
    let extensions = EXTENSIONS.map(|(number, content)| [&number.to_be_bytes()[..], &sized(content)].concat());
    body.extend(sized(&extensions.concat()));
    let message = [&[1, 0][..], &sized(&body)].concat();
    [&[22, 3, 1][..], &sized(&message)].concat()
}

/// Behind its length in two bytes.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tls_library_reads_it() {
        let mut acceptor = rustls::server::Acceptor::default();
        let hello = client_hello();
        assert_eq!(acceptor.read_tls(&mut &hello[..]).unwrap(), hello.len());
        let accepted = acceptor.accept().map_err(|(error, _)| error).unwrap().unwrap();
        assert_eq!(accepted.client_hello().cipher_suites().len(), CIPHERS.len());
        assert_eq!(accepted.client_hello().server_name(), None);
    }
}
