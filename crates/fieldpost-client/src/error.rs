//! Everything that can go wrong, sorted by what a caller can do about it.

use fieldpost_wire::IdError;
use std::{fmt, io};

/// Why something was not done.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The caller gave something that cannot be sent; nothing was.
    Input(&'static str),
    /// No connection could be made; nothing was sent.
    Unreachable(io::Error),
    /// The server was reached but did not answer in time. It may have done what was asked.
    Silent,
    /// The connection broke, or spoke something other than HTTP. The server may have done what was asked.
    Broken(Box<dyn std::error::Error + Send + Sync>),
    /// The server took the update's form but did not store it: too soon after the one before, or the
    /// channel has an entry of that time already.
    NotStored,
    /// The server said no: the HTTP status and the beginning of what it said.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        said: String,
    },
    /// The answer is not what was asked for: the beginning of it.
    Unexpected(String),
}

impl Error {
    /// True if the server may have carried out the request although there is no answer.
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Silent | Self::Broken(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(why) => f.write_str(why),
            Self::Unreachable(cause) => write!(f, "the server could not be reached: {cause}"),
            Self::Silent => f.write_str("the server did not answer in time"),
            Self::Broken(cause) => write!(f, "the connection broke: {cause}"),
            Self::NotStored => f.write_str("the server did not store the update"),
            Self::Refused { status, said } => write!(f, "the server refused with {status}: {said}"),
            Self::Unexpected(said) => write!(f, "the server's answer makes no sense here: {said}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreachable(cause) => Some(cause),
            Self::Broken(cause) => Some(cause.as_ref()),
            _ => None,
        }
    }
}

impl From<IdError> for Error {
    fn from(error: IdError) -> Self {
        Self::Input(match error {
            IdError::Number => "an id is a positive whole number",
            IdError::Field => "a field is a number from 1 to 8",
            IdError::Key => "a key has exactly 16 characters, each a digit or a capital letter",
        })
    }
}
