//! What a node sends: one HTTP request, printed straight from the node's memory.
//!
//! Path and body are [`core::fmt::Display`]: a shell prints them into whatever it sends from, after
//! asking for the length. Nothing here knows what a reply means.

use crate::outbox::{Kept, Taken};
use core::fmt::{self, Display, Formatter, Write};
use core::time::Duration;
use fieldpost_wire::small::{Value, When, write_update};
use fieldpost_wire::{ApiKey, ChannelId, EntryId, FieldNo};

/// A channel to read from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reader {
    /// The channel.
    pub channel: ChannelId,
    /// Its read key; not needed for a public channel.
    pub key: Option<ApiKey>,
}

/// A channel to write to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Writer {
    /// The channel.
    pub channel: ChannelId,
    /// Its write key.
    pub key: ApiKey,
    /// Its read key; not needed for a public channel. A node reads its own channel to find out whether
    /// an update arrived whose answer was lost.
    pub read_key: Option<ApiKey>,
}

impl Writer {
    /// The same channel, to read from.
    pub const fn reader(self) -> Reader {
        Reader { channel: self.channel, key: self.read_key }
    }
}

/// The method of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// Reads.
    Get,
    /// Writes.
    Post,
}

impl Method {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One HTTP request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub(crate) what: What<'a>,
    pub(crate) timeout: Duration,
}

/// The kinds of request that nodes make.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What<'a> {
    /// The newest entry of a channel, one field of it.
    NewestOfField(Reader, FieldNo),
    /// The newest entry of a channel, all fields.
    Newest(Reader),
    /// The newest entry in which field 1 has a value, as soon as there is one after this one.
    Held { from: Reader, after: EntryId, wait: Duration },
    /// One update with one field of text.
    State(Writer, &'a str),
    /// One reading; its time is given if it is known.
    Reading(Writer, &'a Kept),
    /// Several readings with their times.
    Readings(Writer, &'a [Kept]),
}

impl<'a> Request<'a> {
    /// The method.
    pub const fn method(&self) -> Method {
        match self.what {
            What::NewestOfField(..) | What::Newest(_) | What::Held { .. } => Method::Get,
            What::State(..) | What::Reading(..) | What::Readings(..) => Method::Post,
        }
    }

    /// How long to wait for the whole answer before giving up.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The path with its query. Contains a key: not for logs.
    pub fn path(&self) -> impl Display + use<'a> {
        Path { what: self.what, full: true }
    }

    /// The path without its query, for logs.
    pub fn label(&self) -> impl Display + use<'a> {
        Path { what: self.what, full: false }
    }

    /// The body, always JSON; `None` for a GET. May contain a key: not for logs.
    pub fn body(&self) -> Option<Body<'a>> {
        (self.method() == Method::Post).then_some(Body { what: self.what })
    }
}

struct Path<'a> {
    what: What<'a>,
    full: bool,
}

impl Path<'_> {
    fn query(
        &self,
        f: &mut Formatter<'_>,
        query: fmt::Arguments<'_>,
        key: Option<ApiKey>,
    ) -> fmt::Result {
        if !self.full {
            return Ok(());
        }
        write!(f, "?{query}")?;
        key.map_or(Ok(()), |key| write!(f, "&api_key={}", key.reveal()))
    }
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.what {
            What::NewestOfField(from, field) => {
                write!(f, "/channels/{}/fields/{field}.json", from.channel)?;
                self.query(f, format_args!("results=1"), from.key)
            }
            What::Newest(from) => {
                write!(f, "/channels/{}/feeds.json", from.channel)?;
                self.query(f, format_args!("results=1"), from.key)
            }
            What::Held { from, after, wait } => {
                write!(f, "/channels/{}/fields/1/last.json", from.channel)?;
                let wait = wait.as_secs();
                self.query(f, format_args!("after={after}&wait={wait}"), from.key)
            }
            What::State(to, _) | What::Reading(to, _) => {
                f.write_str("/update")?;
                if self.full { write!(f, "?api_key={}", to.key.reveal()) } else { Ok(()) }
            }
            What::Readings(to, _) => write!(f, "/channels/{}/bulk_update.json", to.channel),
        }
    }
}

/// The JSON body of a request.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    what: What<'a>,
}

impl Body<'_> {
    /// The `Content-Length`.
    pub fn length(&self) -> usize {
        struct Count(usize);
        impl Write for Count {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                self.0 += text.len();
                Ok(())
            }
        }
        let mut count = Count(0);
        // Counting cannot fail.
        let _ = write!(count, "{self}");
        count.0
    }
}

impl Display for Body<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.what {
            What::NewestOfField(..) | What::Newest(_) | What::Held { .. } => Ok(()),
            What::State(_, text) => {
                write_update(f, When::OnReceipt, [(FieldNo::ALL[0], Value::Text(text))])
            }
            What::Reading(_, kept) => {
                let when = match kept.taken {
                    Taken::Uptime(_) => When::OnReceipt,
                    Taken::Instant(instant) => When::At(instant),
                };
                write_update(f, when, values(kept))
            }
            What::Readings(to, batch) => {
                write!(f, r#"{{"write_api_key":"{}","updates":["#, to.key.reveal())?;
                let mut before = None;
                for kept in batch {
                    if before.is_some() {
                        f.write_char(',')?;
                    }
                    write_update(f, moment(kept, before), values(kept))?;
                    before = Some(kept);
                }
                f.write_str("]}")
            }
        }
    }
}

/// When a reading of a batch was taken: its instant, or its distance from the one before it.
fn moment(kept: &Kept, before: Option<&Kept>) -> When {
    match (kept.taken, before.map(|before| before.taken)) {
        (Taken::Instant(instant), _) => When::At(instant),
        (Taken::Uptime(at), Some(Taken::Uptime(before))) => {
            let seconds = (at.millis() / 1000).saturating_sub(before.millis() / 1000);
            When::SecondsLater(u32::try_from(seconds).unwrap_or(u32::MAX).max(1))
        }
        (Taken::Uptime(_), _) => When::SecondsLater(0),
    }
}

fn values(kept: &Kept) -> [(FieldNo, Value<'static>); 2] {
    [
        (FieldNo::ALL[0], Value::Tenths(kept.reading.temperature().0)),
        (FieldNo::ALL[1], Value::Tenths(kept.reading.humidity().0)),
    ]
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::clock::Uptime;
    use crate::reading::Reading;
    use fieldpost_wire::Timestamp;
    use std::string::{String, ToString};
    use std::{format, vec::Vec};

    fn writer() -> Writer {
        let key = |text: &str| text.parse().unwrap();
        Writer {
            channel: ChannelId::new(4711).unwrap(),
            key: key("W4K2QZ81TTP0XN7B"),
            read_key: Some(key("R9M5C3JH60VYD2EA")),
        }
    }

    fn show(what: What<'_>) -> String {
        let request = Request { what, timeout: Duration::from_secs(10) };
        let (path, body) = (request.path(), request.body());
        if let Some(body) = &body {
            assert_eq!(body.length(), body.to_string().len());
        }
        let label = request.label().to_string();
        assert!(!label.contains("W4K2") && !label.contains("R9M5"), "{label}");
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        format!("{} {path} {body}", request.method().name())
    }

    fn kept(taken: Taken) -> Kept {
        Kept { reading: Reading::from_tenths(215, 550).unwrap(), taken }
    }

    #[test]
    fn the_tutorials_four_requests_are_made() {
        let reader = writer().reader();
        assert_eq!(
            show(What::NewestOfField(reader, FieldNo::ALL[0])),
            "GET /channels/4711/fields/1.json?results=1&api_key=R9M5C3JH60VYD2EA "
        );
        assert_eq!(
            show(What::Newest(Reader { key: None, ..reader })),
            "GET /channels/4711/feeds.json?results=1 "
        );
        assert_eq!(
            show(What::State(writer(), "1")),
            r#"POST /update?api_key=W4K2QZ81TTP0XN7B {"field1":"1"}"#
        );
        assert_eq!(
            show(What::Reading(writer(), &kept(Taken::Uptime(Uptime::from_millis(9))))),
            r#"POST /update?api_key=W4K2QZ81TTP0XN7B {"field1":21.5,"field2":55.0}"#
        );
    }

    #[test]
    fn a_held_question_says_what_is_known_and_how_long_to_wait() {
        let held =
            |from| What::Held { from, after: EntryId::new(1289), wait: Duration::from_secs(25) };
        assert_eq!(
            show(held(writer().reader())),
            "GET /channels/4711/fields/1/last.json?after=1289&wait=25&api_key=R9M5C3JH60VYD2EA "
        );
    }

    #[test]
    fn a_dated_reading_carries_its_time() {
        let taken = Taken::Instant(Timestamp::from_seconds(1_714_979_289));
        assert_eq!(
            show(What::Reading(writer(), &kept(taken))),
            concat!(
                "POST /update?api_key=W4K2QZ81TTP0XN7B ",
                r#"{"created_at":"2024-05-06T07:08:09Z","field1":21.5,"field2":55.0}"#
            )
        );
    }

    #[test]
    fn undated_readings_carry_their_distances_without_adding_up_errors() {
        let batch: Vec<Kept> = [1_900, 4_950, 8_000, 8_100]
            .map(|millis| kept(Taken::Uptime(Uptime::from_millis(millis))))
            .into();
        let sent = show(What::Readings(writer(), &batch));
        assert!(sent.starts_with(
            r#"POST /channels/4711/bulk_update.json {"write_api_key":"W4K2QZ81TTP0XN7B","updates":[{"#
        ));
        let distances: Vec<&str> =
            sent.split("\"delta_t\":").skip(1).map(|rest| &rest[..1]).collect();
        assert_eq!(distances, ["0", "3", "4", "1"], "{sent}");
    }
}
