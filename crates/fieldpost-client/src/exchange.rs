//! One request and its answer on a connection that somebody else has made.
//!
//! For programs that choose their connections themselves; [`crate::Client`] is made of it too. Nothing here waits with a limit: the
//! caller sets one around it.

use crate::error::Error;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;

/// A connection, in the clear or not.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An answer whose body is still to be read. The connection ends with it.
#[derive(Debug)]
pub struct Answer {
    /// The status and the headers.
    pub head: http::response::Parts,
    body: Incoming,
    _driver: AbortOnDrop,
}

/// Sends a request on a connection and gives the beginning of its answer.
pub async fn exchange(
    stream: Box<dyn Stream>,
    message: http::Request<Full<Bytes>>,
) -> Result<Answer, Error> {
    let broken = |cause: hyper::Error| Error::Broken(Box::new(cause));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let _driver = AbortOnDrop(tokio::spawn(async move {
        // What goes wrong with the connection shows in the answer.
        let _ = connection.await;
    }));
    let (head, body) = sender.send_request(message).await.map_err(broken)?.into_parts();
    Ok(Answer { head, body, _driver })
}

impl Answer {
    /// Reads the whole body, which must not be longer than this.
    pub async fn whole(self, at_most: usize) -> Result<Bytes, Error> {
        let body = Limited::new(self.body, at_most).collect().await.map_err(Error::Broken)?;
        Ok(body.to_bytes())
    }

    /// Reads the beginning of the body, and leaves the rest.
    pub async fn beginning(mut self, at_most: usize) -> Result<Vec<u8>, Error> {
        let mut read = Vec::new();
        while read.len() < at_most
            && let Some(frame) = self.body.frame().await
        {
            let frame = frame.map_err(|cause| Error::Broken(Box::new(cause)))?;
            if let Ok(data) = frame.into_data() {
                read.extend_from_slice(&data[..data.len().min(at_most - read.len())]);
            }
        }
        Ok(read)
    }
}

/// Ends a connection with the request that it was made for.
#[derive(Debug)]
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
