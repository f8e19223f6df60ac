//! The way out of the house, as the options say.

use std::sync::Arc;

use anyhow::Context as _;
use fieldpost_reach::{Post, Reach, Web};

use crate::options::ServerOptions;

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
