//! SOCKS5 (RFC 1928), with user and password (RFC 1929): one request for a tunnel.

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::error::TunnelError;
use crate::target::Host;

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const PASSWORD: u8 = 2;
const NO_ACCEPTABLE_METHOD: u8 = 0xff;

/// The version of the subnegotiation of RFC 1929.
const PASSWORD_VERSION: u8 = 1;

/// Asks for a tunnel; the stream then is that tunnel.
pub(super) async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    credentials: Option<&(String, String)>,
    host: &Host,
    port: u16,
) -> Result<(), TunnelError> {
    let methods: &[u8] = if credentials.is_some() { &[NO_AUTHENTICATION, PASSWORD] } else { &[NO_AUTHENTICATION] };
    let mut greeting = vec![VERSION];
    counted(&mut greeting, methods)?;
    send(stream, &greeting).await?;
    match receive::<2, _>(stream).await? {
        [VERSION, NO_AUTHENTICATION] => {}
        [VERSION, PASSWORD] => log_in(stream, credentials.ok_or(TunnelError::SocksCredentials)?).await?,
        [VERSION, NO_ACCEPTABLE_METHOD] => return Err(TunnelError::SocksMethod { password: credentials.is_some() }),
        [VERSION, _] => return Err(TunnelError::Protocol("it chose a way to log in that was not offered")),
        _ => return Err(TunnelError::Protocol("it does not speak SOCKS5")),
    }
    send(stream, &request(host, port)?).await?;
    reply(stream).await
}

async fn log_in<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    (user, password): &(String, String),
) -> Result<(), TunnelError> {
    let mut message = vec![PASSWORD_VERSION];
    counted(&mut message, user.as_bytes())?;
    counted(&mut message, password.as_bytes())?;
    send(stream, &message).await?;
    match receive::<2, _>(stream).await? {
        [PASSWORD_VERSION, 0] => Ok(()),
        [PASSWORD_VERSION, _] => Err(TunnelError::SocksCredentials),
        _ => Err(TunnelError::Protocol("it answers a password with something else than SOCKS5")),
    }
}

/// CONNECT to an address or a name (RFC 1928 section 4).
fn request(host: &Host, port: u16) -> Result<Vec<u8>, TunnelError> {
    let mut message = vec![VERSION, 1, 0];
    match host {
        Host::V4(address) => {
            message.push(1);
            message.extend(address.octets());
        }
        Host::V6(address) => {
            message.push(4);
            message.extend(address.octets());
        }
        Host::Name(name) => {
            message.push(3);
            counted(&mut message, name.as_bytes())?;
        }
    }
    message.extend(port.to_be_bytes());
    Ok(message)
}

/// The answer to it, and all of the address in it: what follows belongs to the tunnel.
async fn reply<S: AsyncRead + Unpin>(stream: &mut S) -> Result<(), TunnelError> {
    let [version, reply, _, kind] = receive(stream).await?;
    if version != VERSION {
        return Err(TunnelError::Protocol("it does not speak SOCKS5"));
    }
    if reply != 0 {
        return Err(TunnelError::SocksReply { reply, words: in_words(reply).to_owned() });
    }
    let length = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(receive::<1, _>(stream).await?[0]),
        _ => return Err(TunnelError::Protocol("its answer holds an address of an unknown kind")),
    };
    let mut address = vec![0; length + 2];
    stream.read_exact(&mut address).await.map(drop).map_err(TunnelError::HungUp)
}

/// What a reply stands for (RFC 1928 section 6).
const fn in_words(reply: u8) -> &'static str {
    match reply {
        1 => "general failure",
        2 => "its rules do not allow this connection",
        3 => "the network is unreachable",
        4 => "the host is unreachable",
        5 => "connection refused",
        6 => "the TTL expired",
        7 => "it does not know CONNECT",
        8 => "it does not know this kind of address",
        _ => "a reply that RFC 1928 does not know",
    }
}

/// A length in one byte, and so many bytes.
fn counted(message: &mut Vec<u8>, bytes: &[u8]) -> Result<(), TunnelError> {
    let length = u8::try_from(bytes.len());
    message.push(
        length
            .map_err(|_| TunnelError::Protocol("SOCKS5 has no room for more than 255 bytes of a name or password"))?,
    );
    message.extend(bytes);
    Ok(())
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, message: &[u8]) -> Result<(), TunnelError> {
    stream.write_all(message).await.map_err(TunnelError::HungUp)
}

async fn receive<const COUNT: usize, S: AsyncRead + Unpin>(stream: &mut S) -> Result<[u8; COUNT], TunnelError> {
    let mut bytes = [0; COUNT];
    stream.read_exact(&mut bytes).await.map_err(TunnelError::HungUp)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made of a proxy that says these bytes, and what it was sent.
    async fn asked(answers: &[u8], credentials: Option<&(String, String)>) -> (Result<(), TunnelError>, Vec<u8>) {
        let (mut ours, mut theirs) = tokio::io::duplex(4096);
        theirs.write_all(answers).await.unwrap();
        let result = ask(&mut ours, credentials, &Host::parse("far.invalid").unwrap(), 81).await;
        drop(ours);
        let mut sent = Vec::new();
        theirs.read_to_end(&mut sent).await.unwrap();
        (result, sent)
    }

    #[tokio::test]
    async fn every_answer_has_its_words() {
        let user = ("me".to_owned(), "secret".to_owned());
        for (answers, credentials, words) in [
            (&[5, 0xff][..], None, "it takes nobody without logging in"),
            (&[5, 0xff], Some(&user), "it takes neither a password"),
            (&[5, 2], None, "it wants valid credentials"),
            (&[5, 2, 1, 1], Some(&user), "it wants valid credentials"),
            (&[5, 2, 5, 0], Some(&user), "it answers a password with something else"),
            (&[5, 1], None, "it chose a way to log in that was not offered"),
            (&[4, 0], None, "it does not speak SOCKS5"),
            (&[5, 0, 5, 2, 0, 1], None, "it says: its rules do not allow this connection (reply 2)"),
            (&[5, 0, 5, 9, 0, 1], None, "it says: a reply that RFC 1928 does not know (reply 9)"),
            (&[5, 0, 5, 0, 0, 9], None, "an address of an unknown kind"),
        ] {
            let (result, _) = asked(answers, credentials).await;
            let error = result.unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains("secret"), "{answers:?}: {error}");
        }
    }

    #[tokio::test]
    async fn the_request_is_that_of_the_rfc() {
        let user = ("me".to_owned(), "pw".to_owned());
        let (result, sent) = asked(&[5, 2, 1, 0, 5, 0, 0, 3, 1, b'x', 0, 80], Some(&user)).await;
        result.unwrap();
        assert_eq!(sent, b"\x05\x02\x00\x02\x01\x02me\x02pw\x05\x01\x00\x03\x0bfar.invalid\x00\x51");
        let long = ("x".repeat(256), String::new());
        assert!(asked(&[5, 2], Some(&long)).await.0.unwrap_err().to_string().contains("255"));
    }
}
