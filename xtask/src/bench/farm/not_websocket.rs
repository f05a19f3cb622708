//! Targets that are no WebSockets.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::request::read_head;

const NOT_FOUND: &[u8] =
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 10\r\nServer: farm\r\n\r\nNot Found\n";

/// Answers each request with 404, for as long as the connection is kept.
pub async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> io::Result<()> {
    let mut pending = Vec::new();
    while read_head(&mut stream, &mut pending).await?.is_some() {
        stream.write_all(NOT_FOUND).await?;
    }
    Ok(())
}

/// Reads until the connection ends.
pub async fn say_nothing<S: AsyncRead + Unpin>(mut stream: S) -> io::Result<()> {
    let mut bytes = [0; 512];
    while stream.read(&mut bytes).await? > 0 {}
    Ok(())
}
