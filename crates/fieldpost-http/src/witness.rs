//! What this door tells the connection doctor: facts of what was refused or looks wrong, and what TLS said.
//!
//! It decides nothing. Raw keys pass through here on their way to the doctor, which masks them.

use fieldpost_engine::doctor::{Facts, Fine, Purpose, TlsTrouble, What, mask::LOOKED_AT};
use fieldpost_wire::{ChannelId, Params};
use http::Method;

use crate::device::head::Head;
use crate::device::{Caller, Request};
use crate::thingspeak::route::{Endpoint, route};

/// The facts of a request that was read whole.
pub(crate) fn of_request(
    request: &Request,
    params: Params,
    key: Option<&str>,
    what: What,
) -> Facts {
    let (purpose, channel) = meaning(&request.path, &request.method);
    Facts {
        agent: request.agent.clone(),
        method: Some(request.method.to_string()),
        path: Some(request.path.clone()),
        query: request.query.clone(),
        purpose,
        channel,
        key: key.map(Into::into),
        params,
        ..of_bytes(request.caller, &request.body, what)
    }
}

/// A device's reading of a channel; `None` for anything else, and for pages that read on and on.
pub(crate) fn of_reading<'a>(
    request: &'a Request,
    endpoint: &Endpoint,
    key: Option<&'a str>,
) -> Option<Fine<'a>> {
    let (Purpose::Read, Some(channel)) = purpose(endpoint, &request.method) else { return None };
    let agent = request.agent.as_deref();
    let fine = Fine {
        door: request.caller.door,
        peer: request.caller.peer,
        agent,
        method: request.method.as_str(),
        path: &request.path,
        key,
        channel,
        entry: None,
    };
    (!agent.is_some_and(|agent| agent.starts_with("Mozilla/"))).then_some(fine)
}

/// The facts of a request whose body was not read, or not to its end. `begun` is what there is of it.
pub(crate) fn of_head(caller: Caller, head: &Head, begun: &[u8], what: What) -> Facts {
    let (purpose, channel) = meaning(&head.path, &head.method);
    let mut params = Params::from_body(&head.content_type, begun).unwrap_or_default();
    params.overlay(Params::from_form(&head.query));
    let key = head.key.as_deref().filter(|key| !key.trim().is_empty()).or_else(|| params.key());
    Facts {
        agent: head.agent.clone(),
        method: Some(head.method.to_string()),
        path: Some(head.path.clone()),
        query: head.query.clone(),
        purpose,
        channel,
        key: key.map(Into::into),
        params,
        ..of_bytes(caller, begun, what)
    }
}

/// The facts of bytes that are no request.
pub(crate) fn of_bytes(caller: Caller, bytes: &[u8], what: What) -> Facts {
    // A packet of MQTT holds a password, and not under a name.
    let sent = if what == What::Mqtt { Vec::new() } else { begin(bytes) };
    Facts {
        door: caller.door,
        peer: caller.peer,
        agent: None,
        method: None,
        path: None,
        query: Vec::new(),
        purpose: Purpose::Nothing,
        channel: None,
        key: None,
        params: Params::default(),
        sent,
        what,
    }
}

/// What an address is for, and the channel that it names.
fn meaning(path: &str, method: &Method) -> (Purpose, Option<ChannelId>) {
    route(path).map_or((Purpose::Nothing, None), |(endpoint, _)| purpose(&endpoint, method))
}

fn purpose(endpoint: &Endpoint, method: &Method) -> (Purpose, Option<ChannelId>) {
    use Endpoint::*;
    match *endpoint {
        Update => (Purpose::Write, None),
        BulkJson(id) | BulkCsv(id) => (Purpose::Bulk, Some(id)),
        Feed(id, None) if *method == Method::DELETE => (Purpose::Manage, Some(id)),
        Feed(id, _)
        | Entry(id, ..)
        | Statuses(id)
        | Status(id, _)
        | RecentStatuses(id)
        | Age(id, _)
        | LastEntryId(id)
        | LastAggregate(id, _) => (Purpose::Read, Some(id)),
        Channel(id) | Clear(id) | Keys(id) | Key(id, _) => (Purpose::Manage, Some(id)),
        Channels | PublicChannels | User(_) | UserChannels(_) | SignIn => (Purpose::Manage, None),
        ThingHttp | ThingTweet | SendAlert | AlertHistory => (Purpose::Manage, None),
        Commands(_) | DestroyCommands(_) | Execute(_) | LastCommand(_) | Command(..)
        | Acknowledge(..) => (Purpose::TalkBack, None),
        CrossDomain | Nothing => (Purpose::Nothing, None),
    }
}

/// True for an address that a device may have meant: browsers look for other things too, which nobody needs to explain.
pub(crate) fn is_for_devices(head: &Head) -> bool {
    let path = head.path.to_ascii_lowercase();
    let file =
        [".ico", ".js", ".css", ".png", ".svg", ".map", ".webmanifest", ".woff2", "robots.txt"];
    let ours = ["/api/", "/assets/", "/boards", "/docs", "/.well-known", "/apple-touch"];
    !head.page
        && !file.iter().any(|end| path.ends_with(end))
        && !ours.iter().any(|begin| path.starts_with(begin))
}

/// Why a TLS handshake failed. `hello` is its beginning: a record's head of 5 bytes, a message's of 4, and the version, which is
/// 3.3 for TLS 1.2 and all that came after (RFC 8446, 4.1.2).
pub(crate) fn tls_trouble(error: &std::io::Error, hello: &[u8; 11]) -> TlsTrouble {
    use rustls::AlertDescription as Alert;
    use rustls::{Error, PeerIncompatible as Peer};
    let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<Error>()) else {
        return TlsTrouble::BrokeOff;
    };
    match error {
        Error::PeerIncompatible(_) if hello[5] == 1 && hello[9] == 3 && hello[10] < 3 => {
            TlsTrouble::OldVersion
        }
        Error::AlertReceived(
            Alert::UnknownCA
            | Alert::BadCertificate
            | Alert::CertificateUnknown
            | Alert::CertificateExpired
            | Alert::UnsupportedCertificate
            | Alert::AccessDenied,
        ) => TlsTrouble::CertificateRefused,
        Error::AlertReceived(Alert::ProtocolVersion) => TlsTrouble::OldVersion,
        Error::AlertReceived(Alert::HandshakeFailure | Alert::InsufficientSecurity) => {
            TlsTrouble::NoCommonCipher
        }
        Error::AlertReceived(Alert::CloseNotify | Alert::UserCanceled) => TlsTrouble::BrokeOff,
        Error::AlertReceived(_) => TlsTrouble::ClientRefused,
        Error::PeerIncompatible(
            Peer::ServerDoesNotSupportTls12Or13
            | Peer::Tls12NotOffered
            | Peer::Tls12NotOfferedOrEnabled
            | Peer::SupportedVersionsExtensionRequired
            | Peer::ServerTlsVersionIsDisabledByOurConfig,
        ) => TlsTrouble::OldVersion,
        Error::PeerIncompatible(_) => TlsTrouble::NoCommonCipher,
        _ => TlsTrouble::Garbled,
    }
}

fn begin(bytes: &[u8]) -> Vec<u8> {
    // One more than is looked at shows that there is more.
    bytes[..bytes.len().min(LOOKED_AT + 1)].to_vec()
}
