//! One connection of a device: reads requests, has them answered, writes each answer in one piece.
//!
//! A request that is not for a device, or needs more than is known here, ends this loop: the connection goes on
//! elsewhere with the bytes read so far.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use fieldpost_engine::Refusal;
use fieldpost_engine::doctor::{Door, What};
use http::{Method, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::io::poll_read_buf;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use super::head::{self, HEAD_MAX, Head, NoHead};
use super::reply::Reply;
use super::request::{Caller, Request};

/// How long a connection may be quiet between two requests. Short, because some clients wait for the server to close.
const IDLE: Duration = Duration::from_secs(10);
/// How long a head may take once it has begun, and a body besides what its length allows for.
const REST: Duration = Duration::from_secs(20);
/// The slowest that a body may come, in bytes a second: below what a modem on GPRS does.
const SLOWEST: usize = 512;
/// How long to wait for the last one or two bytes of a body. Sketches that count a line end which
/// they then do not send give up after five seconds.
const LAST_BYTES: Duration = Duration::from_secs(2);
/// How many bytes a body's length may be wrong by.
const MISCOUNT: usize = 2;
/// How much of a body is read at once.
const READ_MAX: usize = 256 * 1024;
/// How much is read of what nobody asked for, before a connection is closed over it.
const WASTE_MAX: usize = 4 * 1024 * 1024;
/// The longest body that is copied behind its head to be sent with it.
const COPIED: usize = 16 * 1024;
/// The first byte of every MQTT connection: the packet CONNECT (MQTT 3.1.1, 2.2). No request begins with it.
const MQTT_CONNECT: u8 = 0x10;

/// What answers the requests of a connection.
pub trait Answer: Send + Sync {
    /// The longest body that is taken at this address, or `None` if the request is not for a device.
    fn takes(&self, head: &Head) -> Option<usize>;

    /// Says no to a request whose body was not read, or not to its end, in the form that its address has. `begun` is
    /// what there is of the body.
    fn refuse(&self, caller: Caller, head: &Head, begun: &[u8], what: What) -> Reply;

    /// Says no to bytes that are no request.
    fn broken(&self, caller: Caller, bytes: &[u8], what: What) -> Reply;

    /// Hears the status of every answer that is sent.
    fn said(&self, status: StatusCode);

    /// Answers a request.
    fn answer(&self, request: Request) -> impl Future<Output = Reply> + Send;
}

/// The first byte of every TLS connection: a handshake record (RFC 8446, 5.1). No request begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// How a connection ended.
#[derive(Debug)]
pub enum End {
    /// It is over.
    Closed,
    /// Its last answer is sent, and our side of it has ended. It is to be kept until the answer has arrived.
    Said,
    /// It speaks TLS, and began with these bytes.
    Tls(Bytes),
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
    caller: Caller,
    stop: &CancellationToken,
) -> std::io::Result<End>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    A: Answer,
{
    let mut buffer = BytesMut::with_capacity(4096);
    let (timer, stopped) = (pin!(sleep_until(Instant::now() + IDLE)), pin!(stop.cancelled()));
    let mut clock = Clock { timer, stopped };
    loop {
        let head = match read_head(stream, &mut buffer, &mut clock).await? {
            Begin::Head(head) => head,
            Begin::Tls => return Ok(End::Tls(buffer.freeze())),
            Begin::Bad(what) => {
                // Who speaks MQTT, or has fallen silent, would not understand an answer.
                let silent = matches!(what, What::Mqtt | What::EndlessHead { hung_up: false });
                let reply = answers.broken(caller, &buffer, what);
                if silent {
                    return Ok(End::Closed);
                }
                return say_no(stream, answers, &reply, &mut buffer, &mut clock).await;
            }
            Begin::End => return Ok(End::Closed),
        };
        let Some(body_max) = answers.takes(&head).filter(|_| !head.unusual) else {
            return Ok(End::HandOver(buffer.freeze()));
        };
        buffer.advance(head.size);
        if head.length > body_max {
            let what = What::Refused(Refusal::TooLarge { max: body_max });
            let reply = answers.refuse(caller, &head, &buffer, what);
            return say_no(stream, answers, &reply, &mut buffer, &mut clock).await;
        }
        let body = if head.open_ended && !buffer.is_empty() {
            read_to_end(stream, &mut buffer, body_max, &mut clock).await?
        } else {
            read_body(stream, &mut buffer, &head, &mut clock).await?
        };
        let Some((body, exact)) = body else {
            let what = if head.open_ended {
                What::Refused(Refusal::TooLarge { max: body_max })
            } else {
                What::ShortBody { said: head.length, came: buffer.len() }
            };
            let reply = answers.refuse(caller, &head, &buffer, what);
            return say_no(stream, answers, &reply, &mut buffer, &mut clock).await;
        };
        let close = head.close || !exact || stop.is_cancelled();
        let head_only = head.method == Method::HEAD;
        let gone = (holds(&head.query) || holds(&body)).then(|| stop.child_token());
        let request = Request {
            method: if head_only { Method::GET } else { head.method },
            path: head.path,
            query: head.query,
            key: head.key,
            once: head.once,
            content_type: head.content_type,
            body,
            agent: head.agent,
            caller,
            gone: gone.clone(),
        };
        let reply = match gone {
            // What few requests need is no part of the state of every connection.
            Some(gone) => {
                let answer = Box::pin(answers.answer(request));
                answer_or_gone(stream, &mut buffer, answer, &gone).await
            }
            None => answers.answer(request).await,
        };
        answers.said(reply.status);
        send(stream, reply, head_only, close).await?;
        if close {
            // Inside of TLS there is more to a connection's end, and what came already has to be read.
            if exact && buffer.is_empty() && caller.door == Door::Http {
                stream.shutdown().await?;
                return Ok(End::Said);
            }
            return finish(stream, &mut buffer, &mut clock).await;
        }
    }
}

/// When a connection's patience ends. It has one timer for all that it waits for, and one place among those who hear of the end: to
/// enter and leave both for each read would cost more than the read.
struct Clock<'a, 'b> {
    timer: Pin<&'a mut Sleep>,
    stopped: Pin<&'a mut WaitForCancellationFuture<'b>>,
}

/// What came of waiting for bytes.
enum Heard {
    Bytes(usize),
    Late,
    Stopped,
}

impl Clock<'_, '_> {
    /// Reads some bytes, until a time; with `or_stop` also until the server stops.
    async fn read<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        buffer: &mut BytesMut,
        until: Instant,
        or_stop: bool,
    ) -> std::io::Result<Heard> {
        poll_fn(|cx| {
            if let Poll::Ready(read) = poll_read_buf(Pin::new(&mut *stream), cx, buffer) {
                return Poll::Ready(read.map(Heard::Bytes));
            }
            if or_stop && self.stopped.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(Heard::Stopped));
            }
            // A timer that is set too early is set again when it strikes.
            if until < self.timer.deadline() {
                self.timer.as_mut().reset(until);
            }
            loop {
                ready!(self.timer.as_mut().poll(cx));
                if Instant::now() >= until {
                    return Poll::Ready(Ok(Heard::Late));
                }
                self.timer.as_mut().reset(until);
            }
        })
        .await
    }
}

/// True if what these bytes ask for may be held back.
fn holds(bytes: &[u8]) -> bool {
    let begins = |(at, byte): (usize, &u8)| *byte == b'w' && bytes[at..].starts_with(b"wait");
    bytes.iter().enumerate().any(begins)
}

/// Sends an answer in one piece; a long body goes out as it is, behind its head.
async fn send<S: AsyncWrite + Unpin>(
    stream: &mut S,
    reply: Reply,
    head_only: bool,
    close: bool,
) -> std::io::Result<()> {
    if head_only || reply.body.len() <= COPIED {
        return stream.write_all(&reply.to_bytes(head_only, close)).await;
    }
    let head = reply.to_bytes(true, close);
    stream.write_all_buf(&mut Buf::chain(head.as_slice(), reply.body)).await
}

/// Waits for an answer that may be held back. If the client hangs up meanwhile, nobody is to be given what comes then.
async fn answer_or_gone<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    mut answer: Pin<Box<impl Future<Output = Reply>>>,
    gone: &CancellationToken,
) -> Reply {
    // Further requests may come in the meantime; a few are read, which shows that the client is there.
    while buffer.len() < HEAD_MAX && !gone.is_cancelled() {
        tokio::select! {
            biased;
            reply = &mut answer => return reply,
            read = stream.read_buf(buffer) => {
                if !matches!(read, Ok(1..)) {
                    gone.cancel();
                }
            }
        }
    }
    answer.await
}

/// Sends a last answer.
async fn say_no<S, A>(
    stream: &mut S,
    answers: &A,
    reply: &Reply,
    waste: &mut BytesMut,
    clock: &mut Clock<'_, '_>,
) -> std::io::Result<End>
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Answer,
{
    answers.said(reply.status);
    stream.write_all(&reply.to_bytes(false, true)).await?;
    finish(stream, waste, clock).await
}

/// What a request begins with.
enum Begin {
    Head(Head),
    Bad(What),
    Tls,
    /// The connection ended quietly.
    End,
}

/// Waits for a head.
async fn read_head<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    clock: &mut Clock<'_, '_>,
) -> std::io::Result<Begin> {
    let mut begun = None;
    loop {
        match buffer.first() {
            Some(&MQTT_CONNECT) => return Ok(Begin::Bad(What::Mqtt)),
            Some(&TLS_HANDSHAKE) => return Ok(Begin::Tls),
            _ => {}
        }
        match head::read(buffer) {
            Ok(head) => return Ok(Begin::Head(head)),
            Err(NoHead::Bad(why)) => return Ok(Begin::Bad(What::BrokenHead(why.into()))),
            Err(NoHead::TooLong) => return Ok(Begin::Bad(What::LongHead { max: HEAD_MAX })),
            Err(NoHead::Partial) => {}
        }
        let between = buffer.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
        // Counted from the first byte: who sends one byte at a time gets no more time than others.
        let until = if between {
            Instant::now() + IDLE
        } else {
            *begun.get_or_insert_with(|| Instant::now() + REST)
        };
        match clock.read(stream, buffer, until, between).await? {
            Heard::Stopped => return Ok(Begin::End),
            Heard::Bytes(0) | Heard::Late if between => return Ok(Begin::End),
            // A modem may end its only line by hanging up.
            Heard::Bytes(0) if !buffer.contains(&b'\n') => buffer.extend_from_slice(b"\n"),
            Heard::Bytes(0) => return Ok(Begin::Bad(What::EndlessHead { hung_up: true })),
            Heard::Bytes(_) => {}
            Heard::Late => return Ok(Begin::Bad(What::EndlessHead { hung_up: false })),
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
    clock: &mut Clock<'_, '_>,
) -> std::io::Result<Option<(Bytes, bool)>> {
    let mut whole = None;
    while buffer.len() < head.length {
        let nearly = buffer.len() + MISCOUNT >= head.length && !buffer.is_empty();
        let patience = if nearly { LAST_BYTES } else { REST };
        // As much as was announced, but not all at once for who announces much and sends nothing.
        buffer.reserve((head.length - buffer.len()).min(READ_MAX));
        let now = Instant::now();
        let allowed = REST + Duration::from_secs((head.length / SLOWEST) as u64);
        let until = (*whole.get_or_insert(now + allowed)).min(now + patience);
        let Heard::Bytes(1..) = clock.read(stream, buffer, until, false).await? else {
            return Ok(nearly.then(|| (buffer.split().freeze(), false)));
        };
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
    clock: &mut Clock<'_, '_>,
) -> std::io::Result<Option<(Bytes, bool)>> {
    while buffer.len() <= max {
        let until = Instant::now() + LAST_BYTES;
        let Heard::Bytes(1..) = clock.read(stream, buffer, until, false).await? else { break };
    }
    let whole = buffer.len() <= max;
    Ok(whole.then(|| (buffer.split().freeze(), false)))
}

/// Ends a connection so that the answer arrives: what the client still sends is read until the connection's patience ends, since
/// closing over unread bytes would make the network drop the answer. Some sketches send a line end behind their body, late.
async fn finish<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    waste: &mut BytesMut,
    clock: &mut Clock<'_, '_>,
) -> std::io::Result<End> {
    stream.flush().await?;
    let _ = stream.shutdown().await;
    // Not before the timer strikes as it is set: to set it anew for each connection costs more than to wait a little longer for a few.
    let until = clock.timer.deadline().max(Instant::now() + LAST_BYTES);
    let mut left = WASTE_MAX;
    while left > 0 {
        waste.clear();
        waste.reserve(4096);
        match clock.read(stream, waste, until, true).await {
            Ok(Heard::Bytes(got @ 1..)) => left = left.saturating_sub(got),
            _ => break,
        }
    }
    Ok(End::Closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say;
    use tokio::io::duplex;
    use tokio::time::timeout;

    struct Echo;

    impl Answer for Echo {
        fn takes(&self, _: &Head) -> Option<usize> {
            Some(1_000_000)
        }

        fn refuse(&self, _: Caller, _: &Head, _: &[u8], what: What) -> Reply {
            say::broken(&what.refusal())
        }

        fn broken(&self, _: Caller, _: &[u8], what: What) -> Reply {
            say::broken(&what.refusal())
        }

        fn said(&self, _: StatusCode) {}

        async fn answer(&self, request: Request) -> Reply {
            Reply::ok("text/plain", request.body)
        }
    }

    /// Sends `begin` and then a byte every three seconds; gives how long that was borne, in seconds, and what was answered.
    async fn drip(begin: &str, most: u64) -> (u64, String) {
        let (mut client, mut server) = duplex(4096);
        let stop = CancellationToken::new();
        let caller = Caller { peer: [127, 0, 0, 1].into(), door: Door::Http };
        let serving = tokio::spawn(async move { serve(&mut server, &Echo, caller, &stop).await });
        let began = Instant::now();
        client.write_all(begin.as_bytes()).await.unwrap();
        while began.elapsed().as_secs() < most && client.write_all(b"a").await.is_ok() {
            let mut answer = [0; 4096];
            if let Ok(Ok(got)) = timeout(Duration::from_secs(3), client.read(&mut answer)).await {
                let answer = String::from_utf8_lossy(&answer[..got]).into_owned();
                return (began.elapsed().as_secs(), answer);
            }
        }
        serving.abort();
        (most, String::new())
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_a_byte_now_and_then_does_not_keep_a_place() {
        let (seconds, answer) = drip("GET /update HTTP/1.1\r\nX: ", 300).await;
        assert!((18..=24).contains(&seconds) && answer.is_empty(), "{seconds} {answer}");
        let (seconds, answer) =
            drip("POST /update HTTP/1.1\r\nContent-Length: 1024\r\n\r\n", 300).await;
        assert!((18..=27).contains(&seconds), "{seconds} {answer}");
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        // A slow body that comes steadily enough is heard to its end.
        let whole =
            format!("POST /a HTTP/1.1\r\nContent-Length: 10240\r\n\r\n{}", "b".repeat(10_230));
        let (seconds, answer) = drip(&whole, 300).await;
        assert!(seconds > 20 && answer.starts_with("HTTP/1.1 200 OK\r\n"), "{seconds} {answer}");
    }
}
