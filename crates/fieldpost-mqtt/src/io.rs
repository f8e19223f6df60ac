//! Reading and writing a connection so that an idle one holds no buffer.

use std::future::poll_fn;
use std::io::{Error, ErrorKind, Result};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;

/// How much is read at once.
const READ: usize = 8 * 1024;
/// How long a client may take nothing before its connection is cut.
pub(crate) const STUCK: Duration = Duration::from_secs(20);

/// Reads what is there, at the end of `bytes`; 0 if nothing will come any more. Giving up waiting loses nothing.
pub(crate) async fn read_some<S: AsyncRead + Unpin>(
    stream: &mut S,
    bytes: &mut BytesMut,
) -> Result<usize> {
    poll_fn(|cx| {
        // On the stack while it is read and nowhere while it is waited.
        let mut room = [const { MaybeUninit::<u8>::uninit() }; READ];
        let mut read = ReadBuf::uninit(&mut room);
        ready!(Pin::new(&mut *stream).poll_read(cx, &mut read))?;
        bytes.extend_from_slice(read.filled());
        Poll::Ready(Ok(read.filled().len()))
    })
    .await
}

/// Writes everything, unless the client takes nothing for [`STUCK`].
pub(crate) async fn write_all<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let write = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    timeout(STUCK, write).await.unwrap_or_else(|_| Err(Error::from(ErrorKind::TimedOut)))
}
