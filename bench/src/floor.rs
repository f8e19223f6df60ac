//! The floors: what a request costs when nothing is done for it, and when all that is done is a line behind a file.
//!
//! Run as processes of their own, so that what they use can be told from what the load generator uses.

use std::convert::Infallible;
use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::process::Beside;

/// What the floor is made of.
#[derive(Clone, Debug)]
pub enum Floor {
    /// A constant body, from memory.
    Constant,
    /// As [`Floor::Constant`], after the request's body was appended to this file and is on disk; as many at once as are ready.
    Append(PathBuf),
}

/// Below this a constant body has as many bytes as the address says; elsewhere it has four.
pub const LONG: &str = "/long/";
static DIGITS: [u8; 16_384] = [b'1'; 16_384];

/// Who waits for a line to be on disk.
type Waiting = (Bytes, oneshot::Sender<()>);

/// Starts a floor as a process of its own: this program, told so by its first words. See [`run`].
///
/// # Errors
/// If it can't be started.
pub fn start(floor: &Floor) -> anyhow::Result<(Beside, SocketAddr)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("floor").stdout(Stdio::piped());
    if let Floor::Append(file) = floor {
        command.arg(file);
    }
    let mut child = Beside(command.spawn()?);
    let line = crate::server::first_line(&mut child)?;
    Ok((child, line.trim().parse().context("the floor did not get ready")?))
}

/// Serves a floor until the process is ended, and says on which address.
///
/// # Errors
/// If the port or the file can't be had.
pub fn run(floor: Floor) -> anyhow::Result<()> {
    let queue = match floor {
        Floor::Constant => None,
        Floor::Append(file) => Some(appender(&file)?),
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let queue = queue.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| answer(request, queue.clone()));
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}

async fn answer(
    request: Request<Incoming>,
    queue: Option<mpsc::Sender<Waiting>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let size = request.uri().path().strip_prefix(LONG).and_then(|size| size.parse().ok());
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if let Some(queue) = queue {
        let (written, wait) = oneshot::channel();
        let _ = queue.send((body, written));
        let _ = wait.await;
    }
    let size = size.unwrap_or(4).min(DIGITS.len());
    Ok(Response::new(Full::new(Bytes::from_static(&DIGITS[..size]))))
}

/// Appends what is ready, has it on disk, tells who waits.
fn appender(file: &Path) -> anyhow::Result<mpsc::Sender<Waiting>> {
    let mut file = File::create(file)?;
    let (queue, jobs) = mpsc::channel::<Waiting>();
    std::thread::spawn(move || {
        while let Ok(first) = jobs.recv() {
            let batch: Vec<Waiting> =
                std::iter::once(first).chain(jobs.try_iter().take(1023)).collect();
            let lines: Vec<u8> =
                batch.iter().flat_map(|(line, _)| line.iter().chain(b"\n")).copied().collect();
            if file.write_all(&lines).and_then(|()| file.sync_data()).is_err() {
                return;
            }
            for (_, written) in batch {
                let _ = written.send(());
            }
        }
    });
    Ok(queue)
}

/// How long it takes to append 4 KiB to a file and have it on disk: the median of many, in milliseconds.
///
/// # Errors
/// If the file can't be written.
pub fn append_ms(folder: &Path, times: usize) -> anyhow::Result<f64> {
    let path = folder.join("append");
    let mut file = File::create(&path)?;
    let page = [7; 4096];
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let began = std::time::Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(path)?;
    Ok(crate::machine::median(took))
}
