//! Advice about bodies and heads that can't be read.

use crate::doctor::facts::{Facts, Purpose};
use crate::doctor::mask;
use fieldpost_wire::params::clean_utf8;

/// The advice for a body that is not what it must be.
pub(super) fn bad(facts: &Facts, why: &str) -> (String, String) {
    let text = clean_utf8(&facts.sent);
    let text = text.trim_start();
    let says = |why: &str| {
        let why = mask::masked(why);
        format!("The body can't be used: {}. Nothing was stored.", why.trim_end_matches('.'))
    };
    if facts.purpose == Purpose::Bulk && !text.starts_with(['{', '[']) {
        return (
            says(why),
            "Send JSON to bulk_update.json: {\"write_api_key\":\"…\",\"updates\":[{\"created_at\":\"…\",\"field1\":1}]}. The CSV form goes to \
             bulk_update.csv."
                .into(),
        );
    }
    if why.contains("list called updates") {
        return (
            says(why),
            "Put the entries into a list: {\"write_api_key\":\"…\",\"updates\":[{\"delta_t\":1,\"field1\":1}]}. A single update goes to /update."
                .into(),
        );
    }
    if !text.starts_with(['{', '[']) {
        return (
            says(why),
            "The Content-Type says JSON and the body is none. Send {\"api_key\":\"…\",\"field1\":21.5}, or send field1=21.5 with Content-Type: \
             application/x-www-form-urlencoded."
                .into(),
        );
    }
    (says(why), json(text).into())
}

/// What is wrong with JSON, by its looks.
fn json(text: &str) -> &'static str {
    let tight: String = text.chars().filter(|c| !c.is_whitespace()).take(mask::LOOKED_AT).collect();
    let lower = tight.to_ascii_lowercase();
    if text.starts_with('[') {
        "Send one object, not a list: {\"api_key\":\"…\",\"field1\":21.5}. A list goes to /channels/ID/bulk_update.json."
    } else if tight.starts_with("{'") || tight.contains(":'") {
        "JSON takes double quotes, not single ones: {\"field1\": 21.5}. In Python send json.dumps(data), not str(data)."
    } else if lower.contains(":nan")
        || lower.contains(":none")
        || lower.contains(":inf")
        || lower.contains(":-inf")
    {
        "JSON has no NaN and no None: the sensor gave no reading. Leave the value out, or send null."
    } else if tight.contains(",}") || tight.contains(",]") {
        "There is a comma too many before the closing bracket."
    } else if !tight.starts_with("{\"") && tight != "{}" {
        "Names stand in double quotes: {\"field1\": 21.5}."
    } else if !tight.contains('}') && text.len() < 200 {
        "The closing bracket } is missing. If the body is put together in a buffer, the buffer may be too small."
    } else if tight.contains(":,") || tight.contains(":}") {
        "There is a name without a value. See that the variable behind it is not empty."
    } else {
        "Send one flat object of texts and numbers: {\"api_key\":\"…\",\"field1\":21.5}. A checker for JSON shows the place of the fault."
    }
}

/// The advice for a head that can't be read.
pub(super) fn broken_head(facts: &Facts, why: &str) -> (String, String) {
    let text = clean_utf8(&facts.sent);
    let first = text.trim_start().split(' ').next().unwrap_or_default().to_string();
    let fix = if why.contains("space") {
        "Write a space in the address as %20 or +, or send values with spaces in the body of a POST."
    } else if why.contains("HTTP/1.1") {
        "Let the client speak HTTP/1.1 without changing over from HTTP/2."
    } else if why.contains("Content-Length") {
        "Send Content-Length once, as a plain number: the number of bytes in the body."
    } else if why.contains("header") {
        "Write each header as Name: value on a line of its own, and end them with an empty line."
    } else if !first.is_empty() && first.bytes().all(|c| c.is_ascii_lowercase()) && first.len() < 8
    {
        "Write the method in capital letters: GET or POST."
    } else {
        "A request begins with a line such as GET /update?api_key=YOUR_WRITE_KEY&field1=21.5 HTTP/1.1. If something else is meant to be \
         spoken, this is not its port."
    };
    (format!("What came is no request that can be read: {why}."), fix.into())
}
