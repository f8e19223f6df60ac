//! One connection of a device: reads requests, has them answered, writes each answer in one piece.
//!
//! A request that is not for a device, or needs more than is known here, ends this loop: the connection goes on
//! elsewhere with the bytes read so far.

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use fieldpost_engine::Refusal;
use http::Method;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::head::{self, HEAD_MAX, Head, NoHead};
use super::reply::Reply;
use super::request::Request;
use crate::say;

/// How long a connection may be quiet between two requests. Short, because some clients wait for the server to close.
const IDLE: Duration = Duration::from_secs(10);
/// How long the rest of a head or a body may take.
const REST: Duration = Duration::from_secs(20);
/// How long to wait for the last one or two bytes of a body. Sketches that count a line end which
/// they then do not send give up after five seconds.
const LAST_BYTES: Duration = Duration::from_secs(2);
/// How many bytes a body's length may be wrong by.
const MISCOUNT: usize = 2;

/// What answers the requests of a connection.
pub trait Answer: Send + Sync {
    /// The longest body that is taken at this address, or `None` if the request is not for a device.
    fn takes(&self, head: &Head) -> Option<usize>;

    /// Says no to a request whose body was not read, in the form that its address has.
    fn refuse(&self, head: &Head, refusal: &Refusal) -> Reply;

    /// Answers a request.
    fn answer(&self, request: Request) -> impl Future<Output = Reply> + Send;
}

/// How a connection ended.
#[derive(Debug)]
pub enum End {
    /// It is over.
    Closed,
    /// It goes on elsewhere, beginning with these bytes.
    HandOver(Bytes),
}

/// Serves a connection until it ends.
///
/// # Errors
/// If the socket fails.
pub async fn serve<S, A>(
    stream: &mut S,
    answers: &A,
    peer: IpAddr,
    stop: &CancellationToken,
) -> std::io::Result<End>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    A: Answer,
{
    let mut buffer = BytesMut::with_capacity(4096);
    loop {
        let head = match read_head(stream, &mut buffer, stop).await? {
            Some(Ok(head)) => head,
            Some(Err(refusal)) => {
                stream.write_all(&say::broken(&refusal).to_bytes(false, true)).await?;
                return finish(stream).await;
            }
            None => return Ok(End::Closed),
        };
        let Some(body_max) = answers.takes(&head).filter(|_| !head.unusual) else {
            return Ok(End::HandOver(buffer.freeze()));
        };
        buffer.advance(head.size);
        if head.length > body_max {
            let reply = answers.refuse(&head, &Refusal::TooLarge { max: body_max });
            stream.write_all(&reply.to_bytes(false, true)).await?;
            return finish(stream).await;
        }
        let body = if head.open_ended && !buffer.is_empty() {
            read_to_end(stream, &mut buffer, body_max).await?
        } else {
            read_body(stream, &mut buffer, &head).await?
        };
        let Some((body, exact)) = body else {
            let refusal = Refusal::BadBody("the body ended before its Content-Length".into());
            stream.write_all(&answers.refuse(&head, &refusal).to_bytes(false, true)).await?;
            return finish(stream).await;
        };
        let close = head.close || !exact || stop.is_cancelled();
        let head_only = head.method == Method::HEAD;
        let request = Request {
            method: if head_only { Method::GET } else { head.method },
            path: head.path,
            query: head.query,
            key: head.key,
            content_type: head.content_type,
            body,
            peer,
        };
        let reply = answers.answer(request).await;
        stream.write_all(&reply.to_bytes(head_only, close)).await?;
        if close {
            return finish(stream).await;
        }
    }
}

/// Waits for a head; `None` if the connection ends first, quietly.
async fn read_head<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    stop: &CancellationToken,
) -> std::io::Result<Option<Result<Head, Refusal>>> {
    loop {
        match head::read(buffer) {
            Ok(head) => return Ok(Some(Ok(head))),
            Err(NoHead::Bad(why)) => return Ok(Some(Err(Refusal::BadBody(why.into())))),
            Err(NoHead::TooLong) => return Ok(Some(Err(Refusal::TooLarge { max: HEAD_MAX }))),
            Err(NoHead::Partial) => {}
        }
        let between = buffer.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
        let patience = if between { IDLE } else { REST };
        let read = tokio::select! {
            read = timeout(patience, stream.read_buf(buffer)) => read,
            () = stop.cancelled(), if between => return Ok(None),
        };
        match read {
            Ok(Ok(0)) if between => return Ok(None),
            Ok(Ok(0)) => {
                return Ok(Some(Err(Refusal::BadBody("the request ended in its head".into()))));
            }
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(error),
            Err(_) => return Ok(None),
        }
    }
}

/// Reads a body. Its length may be wrong by up to two bytes either way, as sketches that count line ends
/// wrongly have it; then the second value is false, and the connection can't be used again.
/// `None` if the body stays short.
async fn read_body<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    head: &Head,
) -> std::io::Result<Option<(Bytes, bool)>> {
    while buffer.len() < head.length {
        let nearly = buffer.len() + MISCOUNT >= head.length && !buffer.is_empty();
        let patience = if nearly { LAST_BYTES } else { REST };
        let got = match timeout(patience, stream.read_buf(buffer)).await {
            Ok(got) => got?,
            Err(_) => 0,
        };
        if got == 0 {
            return Ok(nearly.then(|| (buffer.split().freeze(), false)));
        }
    }
    let mut length = head.length;
    let mut exact = true;
    // Bytes that came along and can't begin a request belong to a body that was counted short.
    if length > 0 {
        let behind = buffer[length..].iter().take(MISCOUNT + 1);
        let spare = behind
            .take_while(|byte| !byte.is_ascii_uppercase() && !matches!(byte, b'\r' | b'\n'))
            .count();
        if (1..=MISCOUNT).contains(&spare) {
            length += spare;
            exact = false;
        }
    }
    Ok(Some((buffer.split_to(length).freeze(), exact)))
}

/// Reads a body without a length, of which some has come already: until the client ends it or falls silent.
async fn read_to_end<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    max: usize,
) -> std::io::Result<Option<(Bytes, bool)>> {
    while buffer.len() <= max {
        match timeout(LAST_BYTES, stream.read_buf(buffer)).await {
            Ok(Ok(got)) if got > 0 => {}
            Ok(Err(error)) => return Err(error),
            _ => break,
        }
    }
    let whole = buffer.len() <= max;
    Ok(whole.then(|| (buffer.split().freeze(), false)))
}

/// Ends a connection so that the answer arrives: what the client still sends is read for a moment, since
/// closing over unread bytes would make the network drop the answer.
async fn finish<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> std::io::Result<End> {
    stream.flush().await?;
    let _ = stream.shutdown().await;
    let mut waste = [0; 4096];
    let drain = async {
        let mut left = 4 * 1024 * 1024_usize;
        while left > 0 {
            match stream.read(&mut waste).await {
                Ok(0) | Err(_) => break,
                Ok(got) => left = left.saturating_sub(got),
            }
        }
    };
    let _ = timeout(Duration::from_secs(2), drain).await;
    Ok(End::Closed)
}
