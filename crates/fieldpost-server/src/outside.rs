//! The way out of the house, as the options say.

use std::sync::Arc;

use anyhow::Context as _;
use fieldpost_reach::{Post, Reach, Web};

use crate::options::ServerOptions;

/// The address of a mail server, with its password. It is never printed.
#[derive(Clone)]
pub(crate) struct SmtpUrl(pub(crate) String);

impl std::fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmtpUrl(…)")
    }
}

impl std::str::FromStr for SmtpUrl {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.into()))
    }
}

/// Opens it: web requests always, e-mail if a mail server is named. Nothing is sent yet.
pub(crate) fn open(options: &ServerOptions) -> anyhow::Result<Arc<Reach>> {
    let post = match (&options.smtp_url, &options.smtp_from) {
        (Some(url), Some(from)) => {
            Some(Post::new(&url.0, from).context("--smtp-url and --smtp-from")?)
        }
        _ => None,
    };
    Ok(Arc::new(Reach::new(Web::default(), post)))
}
