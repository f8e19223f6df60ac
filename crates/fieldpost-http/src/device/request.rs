//! A request, whichever way it came in.

use std::borrow::Cow;
use std::net::IpAddr;

use bytes::Bytes;
use fieldpost_engine::doctor::Door;
use fieldpost_wire::params::{BadJson, Params};
use http::Method;
use tokio_util::sync::CancellationToken;

/// What a handler sees of a request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method; HEAD is answered as GET without the body.
    pub method: Method,
    /// The path, still percent-encoded, without the query.
    pub path: String,
    /// The query as it was sent; empty if there was none.
    pub query: Vec<u8>,
    /// The value of the header that carries a key, if there was one.
    pub key: Option<String>,
    /// The value of `Idempotency-Key`: a word that names what is asked for.
    pub once: Option<String>,
    /// All values of `Content-Type`, joined: some clients send two.
    pub content_type: Cow<'static, str>,
    /// The body, whole.
    pub body: Bytes,
    /// The program that the client says it is.
    pub agent: Option<String>,
    /// Who sent it, and on which way.
    pub caller: Caller,
    /// Cancelled when nobody waits for the answer any more, or the server stops: for answers that may be held back.
    pub gone: Option<CancellationToken>,
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Its address.
    pub peer: IpAddr,
    /// The way on which it came in.
    pub door: Door,
}

impl Caller {
    /// True if it came by https.
    pub fn is_secure(&self) -> bool {
        self.door == Door::Https
    }
}

impl Request {
    /// All parameters: those of the body with those of the query laid over them.
    ///
    /// # Errors
    /// If the body is JSON that can't be read.
    pub fn params(&self) -> Result<Params, BadJson> {
        let mut params = Params::from_body(&self.content_type, &self.body)?;
        params.overlay(Params::from_form(&self.query));
        Ok(params)
    }

    /// The parameters of the query alone.
    pub fn query_params(&self) -> Params {
        Params::from_form(&self.query)
    }

    /// The key of the request: the header first, then the parameters `key`, `api_key` and `apikey`.
    pub fn key_of<'a>(&'a self, params: &'a Params) -> Option<&'a str> {
        let header = self.key.as_deref().filter(|key| !key.trim().is_empty());
        header.or_else(|| params.key())
    }
}

/// True for a header whose value is a key: any whose name contains `THINGSPEAKAPIKEY`, as the service has it, and that of alerts.
pub fn is_key_header(name: &str) -> bool {
    let wanted = b"THINGSPEAKAPIKEY";
    name.eq_ignore_ascii_case("ThingSpeak-Alerts-API-Key")
        || name.as_bytes().windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted))
}
