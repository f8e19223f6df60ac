//! MQTT over WebSockets, as browsers speak it: binary messages hold the stream of packets, cut anywhere (MQTT 3.1.1 and 5, 6).

use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, Request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use bytes::{Buf as _, Bytes};
use fieldpost_engine::doctor::Door;
use futures_util::{Sink as _, Stream as _};
use http::StatusCode;
use http::request::Parts;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::Mqtt;
use crate::codec::PACKET_MAX;
use crate::connection::serve;
use crate::handle::Line;

/// How much is read from a WebSocket at once. The library's own choice would take 140 KiB for each connection.
const READ: usize = 1024;

impl Mqtt {
    /// The route `/mqtt` for a web port. `peer_of` finds out who asks.
    pub fn router(&self, peer_of: fn(&Parts) -> Option<IpAddr>) -> Router {
        let mqtt = self.clone();
        Router::new().route(
            "/mqtt",
            any(async move |request: Request| {
                let (mut parts, _) = request.into_parts();
                let peer = peer_of(&parts).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
                match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
                    Ok(ask) => mqtt.upgrade(ask, peer),
                    Err(_) => (
                        StatusCode::UPGRADE_REQUIRED,
                        "MQTT over WebSockets is spoken here; use an MQTT client, with the path /mqtt.\n",
                    )
                        .into_response(),
                }
            }),
        )
    }

    fn upgrade(&self, ask: WebSocketUpgrade, peer: IpAddr) -> Response {
        let Ok(place) = Arc::clone(&self.house.room).try_acquire_owned() else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        let house = Arc::clone(&self.house);
        let tasks = self.sockets.clone();
        let line = Line { peer, door: Door::Mqtt };
        ask.protocols(["mqtt", "mqttv3.1"])
            .read_buffer_size(READ)
            .write_buffer_size(0)
            .max_write_buffer_size(2 * PACKET_MAX as usize)
            .max_message_size(2 * PACKET_MAX as usize)
            .max_frame_size(2 * PACKET_MAX as usize)
            .on_upgrade(move |socket| {
                tasks.track_future(async move {
                    house.meters.opened.add(1);
                    let socket = Socket { socket, rest: Bytes::new() };
                    serve(socket, Arc::clone(&house), line).await;
                    house.meters.closed.add(1);
                    drop(place);
                })
            })
    }
}

/// A WebSocket as a stream of bytes.
struct Socket {
    socket: WebSocket,
    /// What was received and not read.
    rest: Bytes,
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => self.rest = bytes,
                // The library answers pings by itself.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Text(_))) => {
                    let why = "a message of text, where MQTT takes binary ones only";
                    return Poll::Ready(Err(Error::new(ErrorKind::InvalidData, why)));
                }
                Some(Ok(Message::Close(_))) | None => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(Err(Error::other(error))),
            }
        }
        let length = self.rest.len().min(room.remaining());
        room.put_slice(&self.rest[..length]);
        self.rest.advance(length);
        if self.rest.is_empty() {
            self.rest = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        ready!(Pin::new(&mut self.socket).poll_ready(cx)).map_err(Error::other)?;
        let message = Message::Binary(Bytes::copy_from_slice(bytes));
        Pin::new(&mut self.socket).start_send(message).map_err(Error::other)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx).map_err(Error::other)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.socket).poll_close(cx).map_err(Error::other)
    }
}
