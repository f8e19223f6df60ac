//! All of a channel as one CSV file, a thousand entries at a time, so that its size does not matter. Who may have it is decided by
//! who calls.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use fieldpost_engine::{Engine, Refusal};
use fieldpost_wire::feed::{csv_head, row_csv};
use fieldpost_wire::{Channel, EntryId, Params, Query, Row};
use futures_util::stream;
use http::header;

/// Sends the file. Of the parameters the columns and the time zone count.
pub(crate) fn whole(engine: Engine, channel: &Channel, params: &Params) -> Response {
    let query = Query { group: None, ..Query::from_params(params) };
    let columns = fieldpost_engine::read::columns(channel, None, &query);
    let id = channel.id;
    let mut first = String::new();
    csv_head(&mut first, &columns);
    let pages = stream::unfold((Some(first), EntryId::new(0)), move |(first, after)| {
        let (engine, zone) = (engine.clone(), query.zone.clone());
        async move {
            if let Some(first) = first {
                return Some((Ok::<_, Refusal>(Bytes::from(first)), (None, after)));
            }
            let entries = match engine.after(id, after, 1_000).await {
                Ok(entries) => entries,
                // Breaking the body off tells the reader that it is not whole.
                Err(refusal) => return Some((Err(refusal), (None, EntryId::new(u64::MAX)))),
            };
            let last = entries.last()?.id;
            let mut text = String::with_capacity(entries.len() * 64);
            for entry in entries {
                row_csv(&mut text, &Row::from(entry), &columns, &zone);
            }
            Some((Ok(Bytes::from(text)), (None, last)))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=feeds.csv"),
    ];
    (headers, Body::from_stream(pages)).into_response()
}
