//! All of a channel as one file, sent piece by piece. Who may have it is decided by who calls.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use fieldpost_engine::export::{Export, Form};
use fieldpost_engine::{Engine, Refusal};
use fieldpost_wire::{Channel, Params};
use futures_util::stream;
use http::header;

/// Sends the file that the parameters ask for.
///
/// # Errors
/// As [`Export::begin`].
pub(crate) fn whole(
    engine: Engine,
    channel: &Channel,
    form: Form,
    params: &Params,
) -> Result<Response, Refusal> {
    let (kind, name) = match form {
        Form::Csv => ("text/csv; charset=utf-8", "attachment; filename=feeds.csv"),
        Form::JsonLines => ("application/x-ndjson", "attachment; filename=feeds.jsonl"),
    };
    let begun = Export::begin(channel, form, params)?;
    let pieces = stream::unfold(Some(begun), move |export| {
        let engine = engine.clone();
        async move {
            let mut export = export?;
            match export.next(&engine).await {
                Ok(piece) => {
                    piece.map(|(text, _)| (Ok::<_, Refusal>(Bytes::from(text)), Some(export)))
                }
                // Breaking the body off tells the reader that it is not whole.
                Err(refusal) => Some((Err(refusal), None)),
            }
        }
    });
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
