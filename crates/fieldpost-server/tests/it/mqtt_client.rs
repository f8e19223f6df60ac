//! An MQTT client in bytes, made by hand from the standard: it shares no code with the server, and can say what no client should.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Server, run};

/// Options with which a server speaks MQTT on ports of its own.
pub(crate) const MQTT: [&str; 4] =
    ["--mqtt-listen", "127.0.0.1:0", "--mqtts-listen", "127.0.0.1:0"];

/// Something that bytes go through in both directions.
pub(crate) trait Pipe: Read + Write + Send {}
impl<T: Read + Write + Send> Pipe for T {}

/// A client.
pub(crate) struct Client {
    pipe: Box<dyn Pipe>,
    pub(crate) v5: bool,
}

/// How a client introduces itself.
#[derive(Clone)]
pub(crate) struct Hello<'a> {
    pub(crate) v5: bool,
    pub(crate) id: &'a str,
    pub(crate) user: Option<&'a str>,
    pub(crate) password: Option<&'a str>,
    pub(crate) keep_alive: u16,
    /// Topic, payload, retained or not.
    pub(crate) will: Option<(&'a str, &'a str, bool)>,
}

impl Default for Hello<'_> {
    fn default() -> Self {
        Self { v5: false, id: "", user: None, password: None, keep_alive: 60, will: None }
    }
}

/// A message as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Got {
    pub(crate) topic: String,
    pub(crate) payload: String,
    pub(crate) retain: bool,
    pub(crate) id: Option<u16>,
}

/// Client id and password of a device that is made by command.
pub(crate) fn device(data: &Path, user: &str, rights: &[&str]) -> (String, String) {
    let mut args = vec!["device", "add", "board", "--user", user, "--json"];
    rights.iter().for_each(|right| args.extend(["--channel", right]));
    let made: Value = serde_json::from_str(&run(&args, data).unwrap()).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_string();
    (text("client_id"), text("password"))
}

/// A text with its length before it.
pub(crate) fn text(text: &[u8]) -> Vec<u8> {
    let mut bytes = u16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(text);
    bytes
}

/// A packet: its first byte, its length, the rest.
pub(crate) fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut length = rest.len();
    loop {
        let low = (length % 128) as u8;
        length /= 128;
        bytes.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    bytes.extend(rest);
    bytes
}

impl Hello<'_> {
    /// The CONNECT packet.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut flags = 0b10;
        let mut end = Vec::new();
        if let Some((topic, payload, retain)) = self.will {
            flags |= 0b100 | if retain { 0b10_0000 } else { 0 };
            if self.v5 {
                end.push(0);
            }
            end.extend(text(topic.as_bytes()));
            end.extend(text(payload.as_bytes()));
        }
        for (bit, word) in [(0x80, self.user), (0x40, self.password)] {
            if let Some(word) = word {
                flags |= bit;
                end.extend(text(word.as_bytes()));
            }
        }
        let mut rest = text(b"MQTT");
        rest.extend([if self.v5 { 5 } else { 4 }, flags]);
        rest.extend(self.keep_alive.to_be_bytes());
        if self.v5 {
            rest.push(0);
        }
        rest.extend(text(self.id.as_bytes()));
        rest.extend(end);
        packet(0x10, &rest)
    }
}

impl Client {
    /// Opens a connection and says nothing.
    pub(crate) fn open(server: &Server) -> Self {
        let stream = TcpStream::connect(server.listens("mqtt")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self::over(stream)
    }

    /// A client over something that is open.
    pub(crate) fn over(pipe: impl Pipe + 'static) -> Self {
        Self { pipe: Box::new(pipe), v5: false }
    }

    /// Introduces itself and gives the answer's code.
    pub(crate) fn hello(&mut self, hello: &Hello<'_>) -> u8 {
        self.v5 = hello.v5;
        self.send(&hello.bytes());
        let (first, rest) = self.receive();
        assert_eq!((first, rest[0]), (0x20, 0), "CONNACK without a session");
        rest[1]
    }

    /// Connects as a device.
    pub(crate) fn device(server: &Server, v5: bool, (id, password): &(String, String)) -> Self {
        let mut client = Self::open(server);
        let hello = Hello { v5, id, user: Some(id), password: Some(password), ..Hello::default() };
        assert_eq!(client.hello(&hello), 0);
        client
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.pipe.write_all(bytes).unwrap();
        self.pipe.flush().unwrap();
    }

    /// The next packet: its first byte, and what comes behind its length.
    pub(crate) fn receive(&mut self) -> (u8, Vec<u8>) {
        self.try_receive().expect("the connection was closed")
    }

    /// The next packet; `None` if the connection was closed.
    pub(crate) fn try_receive(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut byte = [0];
        match self.pipe.read(&mut byte) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return None,
            Err(error) => panic!("{error}"),
        }
        let first = byte[0];
        let (mut length, mut shift) = (0, 0);
        loop {
            self.pipe.read_exact(&mut byte).unwrap();
            length |= usize::from(byte[0] & 0x7f) << shift;
            shift += 7;
            if byte[0] < 0x80 {
                break;
            }
        }
        let mut rest = vec![0; length];
        self.pipe.read_exact(&mut rest).unwrap();
        Some((first, rest))
    }

    /// Publishes, and gives the answer's code; 0 with quality 0 and before version 5.
    pub(crate) fn publish(&mut self, topic: &str, payload: &str, qos: u8, retain: bool) -> u8 {
        self.send(&self.message(topic, payload.as_bytes(), qos, retain));
        let wanted = match qos {
            0 => return 0,
            1 => 0x40,
            _ => 0x50,
        };
        let (first, rest) = self.receive();
        assert_eq!((first, &rest[..2]), (wanted, &[0, 7][..]), "{rest:?}");
        rest.get(2).copied().unwrap_or(0)
    }

    /// A PUBLISH packet, number 7.
    pub(crate) fn message(&self, topic: &str, payload: &[u8], qos: u8, retain: bool) -> Vec<u8> {
        let mut rest = text(topic.as_bytes());
        if qos > 0 {
            rest.extend([0, 7]);
        }
        if self.v5 {
            rest.push(0);
        }
        rest.extend(payload);
        packet(0x30 | qos << 1 | u8::from(retain), &rest)
    }

    /// Subscribes, and gives what was granted.
    pub(crate) fn subscribe(&mut self, filter: &str, qos: u8) -> u8 {
        let mut rest = vec![0, 9];
        if self.v5 {
            rest.push(0);
        }
        rest.extend(text(filter.as_bytes()));
        rest.push(qos);
        self.send(&packet(0x82, &rest));
        let (first, rest) = self.receive();
        assert_eq!((first, &rest[..2]), (0x90, &[0, 9][..]));
        rest[rest.len() - 1]
    }

    /// Ends a subscription.
    pub(crate) fn unsubscribe(&mut self, filter: &str) {
        let mut rest = vec![0, 11];
        if self.v5 {
            rest.push(0);
        }
        rest.extend(text(filter.as_bytes()));
        self.send(&packet(0xa2, &rest));
        let (first, rest) = self.receive();
        assert_eq!((first, &rest[..2]), (0xb0, &[0, 11][..]));
    }

    /// The next message.
    pub(crate) fn next(&mut self) -> Got {
        let (first, rest) = self.receive();
        assert_eq!(first >> 4, 3, "a message, not {first:#x} {rest:?}");
        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        let topic = String::from_utf8(rest[2..2 + length].to_vec()).unwrap();
        let mut at = 2 + length;
        let id = (first & 0b110 != 0).then(|| {
            at += 2;
            u16::from_be_bytes([rest[at - 2], rest[at - 1]])
        });
        if self.v5 {
            at += 1 + usize::from(rest[at]);
        }
        let payload = String::from_utf8(rest[at..].to_vec()).unwrap();
        Got { topic, payload, retain: first & 1 == 1, id }
    }

    /// The next message's topic and payload.
    pub(crate) fn says(&mut self) -> (String, String) {
        let got = self.next();
        (got.topic, got.payload)
    }

    /// True if nothing came before the answer to a ping: everything that was sent before was worked off, and brought nothing.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.send(&[0xc0, 0]);
        self.receive().0 == 0xd0
    }

    /// Waits until the connection is closed, and gives the reason if one was said.
    pub(crate) fn closed(&mut self) -> Option<u8> {
        let mut reason = None;
        while let Some((first, rest)) = self.try_receive() {
            if first == 0xe0 {
                reason = rest.first().copied().or(Some(0));
            }
        }
        reason
    }
}
