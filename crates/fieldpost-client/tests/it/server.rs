//! A server that takes one request and gives one answer, both byte by byte.

use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What a server does with its one request.
pub(crate) enum Says {
    /// Status and body.
    Reply(u16, &'static str),
    /// These bytes, and then the end.
    Bytes(&'static [u8]),
    /// Nothing, for longer than anybody waits.
    Nothing,
}

pub(crate) struct Server {
    pub(crate) url: String,
    task: JoinHandle<String>,
}

impl Server {
    pub(crate) async fn that(says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            converse(stream, says).await
        });
        Self { url, task }
    }

    /// What was asked: the request line, and the body after a blank.
    pub(crate) async fn heard(self) -> String {
        self.task.await.unwrap()
    }
}

pub(crate) async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    says: Says,
) -> String {
    let mut request = Vec::new();
    let heard = loop {
        let mut some = [0; 4096];
        let count = stream.read(&mut some).await.unwrap();
        request.extend_from_slice(&some[..count]);
        if let Some(heard) = whole(&request) {
            break heard;
        }
        assert!(count > 0, "the request was cut: {:?}", String::from_utf8_lossy(&request));
    };
    match says {
        Says::Reply(status, body) => {
            let length = body.len();
            let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
            let answer =
                format!("HTTP/1.1 {status} X\r\n{date}\r\nContent-Length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        Says::Bytes(bytes) => stream.write_all(bytes).await.unwrap(),
        Says::Nothing => tokio::time::sleep(Duration::from_secs(600)).await,
    }
    let _ = stream.shutdown().await;
    heard
}

/// The request line and the body, once all of it is there.
fn whole(request: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(request).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let lengths = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
    });
    let line = head.lines().next()?;
    (body.len() >= lengths.sum()).then(|| format!("{line} {body}"))
}
