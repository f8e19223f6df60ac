//! The model behind a real socket, for boards that speak over TCP.

use crate::model::Model;
use fieldpost_wire::Timestamp;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A running model; ends when it is dropped.
pub(crate) struct Door {
    pub(crate) url: String,
    pub(crate) model: Arc<Mutex<Model>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) async fn open(model: Model) -> Door {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let model = Arc::new(Mutex::new(model));
    let behind = model.clone();
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, behind.clone()));
        }
    });
    Door { url, model, task }
}

async fn serve(stream: TcpStream, model: Arc<Mutex<Model>>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.unwrap();
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let body = String::from_utf8(body).unwrap();
    let wait = path.split(['?', '&']).find_map(|pair| pair.strip_prefix("wait=")?.parse().ok());
    let give_up = tokio::time::Instant::now() + Duration::from_secs(wait.unwrap_or(0));
    let (status, text) = loop {
        let answer = model.lock().unwrap().answer(now(), &path, &body);
        if answer.1 != "\"-1\"" || tokio::time::Instant::now() >= give_up {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    let answer = format!(
        "HTTP/1.1 {status} X\r\nDate: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        date(now()),
        text.len(),
    );
    let _ = stream.get_mut().write_all(answer.as_bytes()).await;
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
}

fn date(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let civil = at.civil(0);
    let month = MONTHS[usize::from(civil.month) - 1];
    format!(
        "Mon, {:02} {month} {:04} {:02}:{:02}:{:02} GMT",
        civil.day, civil.year, civil.hour, civil.minute, civil.second
    )
}
