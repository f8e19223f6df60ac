//! One table that turns refusals into answers, each in the form that its address has for a "no".
//!
//! Bodies are the service's. What more there is to say stands in the header `X-Fieldpost-Reason`, where it can't
//! disturb a client.

use fieldpost_engine::Refusal;
use fieldpost_wire::feed::missing_row_xml;
use fieldpost_wire::reply::ErrorCode;
use serde_json::json;

use crate::device::Reply;
use crate::device::reply::content_type;
use crate::thingspeak::route::Format;

/// The header in which the reason for a "no" is told.
pub(crate) const REASON: &str = "X-Fieldpost-Reason";

/// The type of what is wrong in words.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// The ways in which addresses say no.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Manner {
    /// `0`: nothing was stored.
    Write,
    /// `-1`: nothing to read.
    Read,
    /// The error object.
    Object,
    /// What is wrong in words (RFC 9457).
    Problem,
}

/// The code in the error table that a refusal falls under.
pub(crate) fn error_code(refusal: &Refusal) -> ErrorCode {
    match refusal {
        Refusal::KeyMissing
        | Refusal::WriteKeyUnknown
        | Refusal::ReadKeyUnknown
        | Refusal::UserKeyUnknown
        | Refusal::AppKeyUnknown(_)
        | Refusal::TalkBackKeyUnknown
        | Refusal::SignIn
        | Refusal::SignInFailed
        | Refusal::Forbidden(_)
        | Refusal::DevicePassword
        | Refusal::SetupToken => ErrorCode::AuthRequired,
        Refusal::NoChannel
        | Refusal::NoEntry
        | Refusal::NoUser
        | Refusal::NoDevice
        | Refusal::NoTalkBack
        | Refusal::NoCommand
        | Refusal::NoRoute
        | Refusal::Gone
        | Refusal::SetupOver => ErrorCode::NotFound,
        Refusal::TooSoon { .. } | Refusal::TooMany { .. } | Refusal::QueueFull { .. } => {
            ErrorCode::TooManyRequests
        }
        Refusal::TimeTaken(_)
        | Refusal::BulkTime { .. }
        | Refusal::OutOfRange { .. }
        | Refusal::BadBody(_)
        | Refusal::BadValue(_) => ErrorCode::BadRequest,
        Refusal::BulkTooMany { .. } | Refusal::TooLarge { .. } => ErrorCode::TooLarge,
        Refusal::Taken(_) | Refusal::InUse(_) => ErrorCode::Conflict,
        Refusal::ChannelQuota { .. } => ErrorCode::PaymentRequired,
        Refusal::Method => ErrorCode::MethodInvalid,
        Refusal::Busy | Refusal::Outside(_) => ErrorCode::Busy,
        Refusal::Failed => ErrorCode::Internal,
    }
}

/// Says no.
pub(crate) fn no(refusal: &Refusal, manner: Manner, format: Format) -> Reply {
    let code = error_code(refusal);
    let reply = match (manner, refusal) {
        (Manner::Problem, refusal) => {
            let title = sentence(&refusal.to_string());
            let body = json!({ "status": code.status(), "code": code.word(), "title": title });
            Reply::new(code.status(), PROBLEM, body.to_string())
        }
        (_, Refusal::Method | Refusal::NoRoute) => object(code, format),
        (Manner::Write, _) => {
            let status = match refusal {
                // The service answers these with success and stores nothing; clients count on it.
                Refusal::TooSoon { .. } | Refusal::TimeTaken(_) => 200,
                Refusal::TooLarge { .. } | Refusal::Busy | Refusal::Failed => code.status(),
                _ => 400,
            };
            Reply::new(status, format.content_type(), "0")
        }
        (Manner::Read, Refusal::NoEntry) => match format {
            Format::Json => Reply::ok(format.content_type(), "\"-1\""),
            Format::Xml => Reply::ok(format.content_type(), missing_row_xml()),
            _ => Reply::ok(format.content_type(), "-1"),
        },
        (Manner::Read, Refusal::KeyMissing | Refusal::ReadKeyUnknown | Refusal::UserKeyUnknown) => {
            Reply::new(400, format.content_type(), "-1")
        }
        _ => object(code, format),
    };
    explained(reply, refusal)
}

/// Adds the reason to an answer.
pub(crate) fn explained(reply: Reply, refusal: &Refusal) -> Reply {
    reply.with(REASON, format!("{}; {refusal}", refusal.code()))
}

/// The answer to bytes that are no request.
pub(crate) fn broken(refusal: &Refusal) -> Reply {
    let code = error_code(refusal);
    let status = if code == ErrorCode::TooLarge { 431 } else { code.status() };
    explained(Reply::new(status, content_type::TEXT, format!("{refusal}\n")), refusal)
}

/// The words of a refusal as a sentence that stands alone.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let mut sentence: String = first.chain(letters).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// The error object in the format of the request.
fn object(code: ErrorCode, format: Format) -> Reply {
    let kind = object_type(format);
    match format {
        Format::Json => Reply::new(code.status(), kind, code.to_json()),
        Format::Xml => Reply::new(code.status(), kind, code.to_xml()),
        _ => Reply::new(code.status(), kind, code.word()),
    }
}

/// The type with which the error object is sent.
pub(crate) const fn object_type(format: Format) -> &'static str {
    match format {
        Format::Json => content_type::JSON,
        Format::Xml => content_type::XML,
        _ => content_type::TEXT,
    }
}
