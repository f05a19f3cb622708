//! Requests, as far as the farm reads them.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The longest head that is read.
const LONGEST: usize = 64 * 1024;

/// Reads on until a head is whole: the head, which is taken out of `pending`; nothing where the connection ends before, or it is too long.
pub async fn read_head<S: AsyncRead + Unpin>(stream: &mut S, pending: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    loop {
        if let Some(end) = pending.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = pending.split_off(end + 4);
            return Ok(Some(std::mem::replace(pending, rest)));
        }
        if pending.len() > LONGEST || stream.read_buf(pending).await? == 0 {
            return Ok(None);
        }
    }
}

/// The value of a field.
pub fn field(head: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(head);
    let mut fields = text.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_head_is_read_at_a_time() {
        let mut stream = &b"GET / HTTP/1.1\r\nHost: h\r\nsec-websocket-key:  k \r\n\r\nrest\r\n\r\nmore"[..];
        let mut pending = Vec::new();
        let head = read_head(&mut stream, &mut pending).await.unwrap().unwrap();
        assert_eq!(field(&head, "Sec-WebSocket-Key").as_deref(), Some("k"));
        assert_eq!(field(&head, "Origin"), None);
        assert_eq!(read_head(&mut stream, &mut pending).await.unwrap().as_deref(), Some(&b"rest\r\n\r\n"[..]));
        assert_eq!(read_head(&mut stream, &mut pending).await.unwrap(), None, "it ended before the head did");
    }
}
