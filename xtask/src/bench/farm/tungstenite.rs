//! The echo server of an ordinary library.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// What the library sets aside for what it reads. By default it is 128 KiB, too much for thousands of connections.
const BUFFER: usize = 4096;

/// Echoes text and binary until the connection ends; frames without a mask too, where they are taken.
pub async fn echo<S: AsyncRead + AsyncWrite + Unpin>(stream: S, takes_unmasked: bool) -> Result<(), Error> {
    let config =
        WebSocketConfig::default().read_buffer_size(BUFFER).write_buffer_size(0).accept_unmasked_frames(takes_unmasked);
    let mut socket = accept_async_with_config(stream, Some(config)).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}
