//! A peer's side of a connection: counted, and with what was read put back where another reader needs it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// Bytes both ways, over all connections of a peer.
#[derive(Default)]
pub struct Bytes {
    pub heard: AtomicU64,
    pub said: AtomicU64,
}

/// A TCP connection of which every byte is counted.
pub struct Counted {
    tcp: TcpStream,
    bytes: Arc<Bytes>,
}

impl Counted {
    pub const fn new(tcp: TcpStream, bytes: Arc<Bytes>) -> Self {
        Self { tcp, bytes }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.tcp).poll_read(context, buffer);
        self.bytes.heard.fetch_add((buffer.filled().len() - before) as u64, Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.tcp).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &polled {
            self.bytes.said.fetch_add(*count as u64, Ordering::Relaxed);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}

/// Plain, or within TLS.
enum Inner {
    Plain(Counted),
    Tls(Box<TlsStream<Counted>>),
}

/// A connection as a script plays on it.
pub struct Wire {
    inner: Inner,
    unread: Vec<u8>,
}

impl Wire {
    pub const fn plain(stream: Counted) -> Self {
        Self { inner: Inner::Plain(stream), unread: Vec::new() }
    }

    pub fn tls(stream: TlsStream<Counted>) -> Self {
        Self { inner: Inner::Tls(Box::new(stream)), unread: Vec::new() }
    }

    /// Whoever reads next reads this first.
    pub fn unread(&mut self, mut bytes: Vec<u8>) {
        bytes.append(&mut self.unread);
        self.unread = bytes;
    }

    fn tcp(&self) -> &TcpStream {
        match &self.inner {
            Inner::Plain(counted) => &counted.tcp,
            Inner::Tls(tls) => &tls.get_ref().0.tcp,
        }
    }

    /// Lets the connection end with a reset when it is dropped.
    pub fn end_with_a_reset(&self) {
        let _ = self.tcp().set_zero_linger();
    }

    /// Lets each write leave at once, in a segment of its own.
    pub fn send_at_once(&self) {
        let _ = self.tcp().set_nodelay(true);
    }

    pub async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes).await?;
        self.flush().await
    }

    /// What can be read at once; nothing at the end.
    pub async fn hear(&mut self) -> Vec<u8> {
        let mut buffer = vec![0; 4096];
        let count = self.read(&mut buffer).await.unwrap_or(0);
        buffer.truncate(count);
        buffer
    }

    /// Takes everything until the other side hangs up.
    pub async fn drain(&mut self) {
        while !self.hear().await.is_empty() {}
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let count = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread[..count]);
            self.unread.drain(..count);
            return Poll::Ready(Ok(()));
        }
        match &mut self.inner {
            Inner::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Inner::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.inner {
            Inner::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Inner::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Plain(stream) => Pin::new(stream).poll_flush(context),
            Inner::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Inner::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
