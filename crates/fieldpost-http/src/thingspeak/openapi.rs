//! The OpenAPI 3.1 document of ThingSpeak's interface. Which addresses there are stands in `openapi/table.rs`; methods, types
//! and ways to say no are asked of the code that answers, so that the document can't say anything else.

mod table;
mod words;

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::{Method, header};
use serde_json::{Map, Value, json};

use self::table::{BESIDE, Beside, Body, Does, Path, Shape, paths};
use super::manner;
use super::route::{Format, methods, route};
use crate::device::reply::content_type;
use crate::say::{Manner, PROBLEM, object_type};

/// Answers the document, as it was made by this binary.
pub(crate) async fn show() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, TEXT.as_str()).into_response()
}

/// The whole document.
pub fn document() -> Value {
    let mut all = Map::new();
    for path in paths() {
        for suffix in path.suffixes {
            let address = format!("{}{suffix}", path.template);
            all.insert(address.clone(), operations(path, &address));
        }
    }
    for beside in BESIDE {
        all.insert(beside.template.into(), operation_beside(beside));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Fieldpost: ThingSpeak's API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": words::ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "This server" }],
        "tags": words::tags(),
        "paths": all,
        "components": {
            "parameters": words::parameters(),
            "schemas": words::schemas(),
            "securitySchemes": {
                "key": { "type": "apiKey", "in": "query", "name": "api_key", "description": "Also as `key` or `apikey`, in the query or the body." },
                "header": { "type": "apiKey", "in": "header", "name": "X-THINGSPEAKAPIKEY" },
                "alerts": { "type": "apiKey", "in": "header", "name": "ThingSpeak-Alerts-API-Key" },
            },
        },
    })
}

/// A path with every variable replaced by something of its kind.
fn sample(template: &str) -> String {
    [
        ("{channel_id}", "4711"),
        ("{field}", "1"),
        ("{entry_id}", "1"),
        ("{key}", "W4K2QZ81TTP0XN7B"),
        ("{login}", "anna"),
        ("{widget}", "gauge"),
        ("{talkback_id}", "55"),
        ("{command_id}", "90210"),
    ]
    .iter()
    .fold(template.to_string(), |path, (name, value)| path.replace(name, value))
}

/// All that can be done at an address. The methods are those that the address takes.
fn operations(path: &Path, address: &str) -> Value {
    let mut all = in_path(address);
    let Some((endpoint, format)) = route(&sample(address)) else { return Value::Object(all) };
    for method in methods(&endpoint) {
        let Some(does) = path.does.iter().find(|does| does.method == method.as_str()) else {
            continue;
        };
        let manner = manner(&endpoint, method);
        all.insert(
            method.as_str().to_ascii_lowercase(),
            operation(path, does, address, format, manner),
        );
    }
    Value::Object(all)
}

/// The variables of a path, as its operations share them.
fn in_path(address: &str) -> Map<String, Value> {
    let names = address.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let shared: Vec<Value> = names.map(reference).collect();
    let mut all = Map::new();
    if !shared.is_empty() {
        all.insert("parameters".into(), Value::Array(shared));
    }
    all
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

fn operation(path: &Path, does: &Does, address: &str, format: Format, manner: Manner) -> Value {
    let mut parameters: Vec<Value> = does.params.iter().map(|name| reference(name)).collect();
    parameters.push(reference("headers"));
    let mut operation = json!({
        "operationId": operation_id(does.method, address),
        // Managing is what a user key is for, wherever the address stands.
        "tags": [if does.key == "user" { "manage" } else { path.tag }],
        "summary": does.summary,
        "parameters": parameters,
        "security": security(does.key),
        "responses": responses(does, format, manner),
    });
    if let Some(body) = does.body {
        operation["requestBody"] = words::body(body);
    }
    operation
}

/// A name for a program's function: `get_channels_channel_id_feeds_json`.
fn operation_id(method: &str, address: &str) -> String {
    let words = address.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(method.to_ascii_lowercase(), |id, word| id + "_" + word)
}

fn security(key: &str) -> Value {
    match key {
        "" => json!([]),
        // Public channels are read without a key.
        "read" => json!([{}, { "key": [] }, { "header": [] }]),
        "alerts" => json!([{ "alerts": [] }]),
        _ => json!([{ "key": [] }, { "header": [] }]),
    }
}

fn responses(does: &Does, format: Format, manner: Manner) -> Value {
    let bulk = matches!(does.body, Some(Body::BulkJson | Body::BulkCsv));
    // A bulk is answered in JSON, except where the address names no channel.
    let nowhere = bare(object_type(format));
    let answered = if bulk { Some(Format::Json) } else { does.shape.format() };
    let format = answered.unwrap_or(format);
    let mut yes = Map::new();
    yes.insert(bare(format.content_type()), json!({ "schema": shape(does.shape, format) }));
    let calls = does.params.contains(&"callback") && !matches!(format, Format::Xml | Format::Csv);
    if calls {
        yes.insert(bare(content_type::SCRIPT), json!({ "schema": { "type": "string" } }));
    }
    let mut all = Map::new();
    let later = bulk || matches!(does.shape, Shape::Alert);
    let done = if later { "202" } else { "200" };
    all.insert(done.into(), json!({ "description": does.shape.says(), "content": yes }));
    let own = bare(format.content_type());
    let object = bare(if manner == Manner::Problem { PROBLEM } else { object_type(format) });
    let text = |says: &str| json!({ "schema": { "type": ["string", "integer"], "const": says } });
    let error = if format == Format::Json {
        json!({ "schema": { "$ref": "#/components/schemas/Error" } })
    } else {
        json!({ "schema": { "type": "string" } })
    };
    let any = json!({});
    let mut no = |status: &str, why: &str, kind: &String, what: &Value| {
        let response =
            all.entry(status).or_insert_with(|| json!({ "description": why, "content": {} }));
        let content = &mut response["content"][kind];
        if content.is_null() {
            *content = what.clone();
        } else if content != what {
            *content = json!({});
        }
    };
    match manner {
        Manner::Problem => {
            no("400", "A text that can't be, or no key came along.", &object, &json!({}));
            no("401", "The key is unknown.", &object, &json!({}));
            no("429", "Too many lately.", &object, &json!({}));
        }
        Manner::Write => no(
            "400",
            "The key is missing, unknown, or no write key: nothing is stored.",
            &own,
            &json!({}),
        ),
        Manner::Read => {
            no("400", "The channel is private and the key does not open it.", &own, &json!({}));
            no("404", "There is no such channel.", &object, &error);
        }
        Manner::Object => {
            no("400", "The request can't be read, or is not for this key.", &object, &error);
            no("400", "", &own, &text("-1"));
            no("401", "The key is missing or unknown.", &object, &error);
            no("404", "There is no such thing.", &object, &error);
        }
    }
    no(
        "default",
        "Any other no, with its reason in the header `X-Fieldpost-Reason`.",
        &object,
        if manner == Manner::Problem { &any } else { &error },
    );
    if bulk {
        no("404", "", &nowhere, &json!({}));
        no("default", "", &nowhere, &json!({}));
    }
    if manner == Manner::Write {
        no("default", "", &own, &json!({}));
    }
    Value::Object(all)
}

/// A `Content-Type` without its parameters.
fn bare(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().to_string()
}

fn shape(shape: Shape, format: Format) -> Value {
    match format {
        Format::Json => shape.schema(),
        _ => json!({ "type": "string" }),
    }
}

/// What is served beside this interface and belongs to channels all the same.
fn operation_beside(beside: &Beside) -> Value {
    let mut all = in_path(beside.template);
    let kind = if beside.content_type == "application/json" { "object" } else { "string" };
    let schema = json!({ "type": kind });
    let mut responses = Map::new();
    responses.insert("200".into(), json!({ "description": beside.says, "content": { beside.content_type: { "schema": schema } } }));
    responses.insert("default".into(), json!({ "description": "A no, with its reason in the body or in the header `X-Fieldpost-Reason`." }));
    let mut operation = json!({
        "operationId": operation_id(beside.method, beside.template),
        "tags": [beside.tag],
        "summary": beside.summary,
        "parameters": beside.params.iter().map(|name| reference(name)).collect::<Vec<_>>(),
        "security": security(beside.key),
        "responses": responses,
    });
    if beside.method == Method::POST.as_str() {
        operation["requestBody"] = json!({ "required": true, "content": { "text/csv": { "schema": { "type": "string" } } } });
    }
    all.insert(beside.method.to_ascii_lowercase(), operation);
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::route::Endpoint;
    use super::*;

    /// A number for each kind of endpoint. A new kind does not compile until it is here, and does not pass until it is
    /// in the table.
    fn kind(endpoint: &Endpoint) -> usize {
        match endpoint {
            Endpoint::Update => 0,
            Endpoint::BulkJson(_) => 1,
            Endpoint::BulkCsv(_) => 2,
            Endpoint::Feed(_, None) => 3,
            Endpoint::Feed(_, Some(_)) => 4,
            Endpoint::Entry(_, None, _) => 5,
            Endpoint::Entry(_, Some(_), _) => 6,
            Endpoint::Statuses(_) => 7,
            Endpoint::Status(..) => 8,
            Endpoint::RecentStatuses(_) => 9,
            Endpoint::Age(_, None) => 10,
            Endpoint::Age(_, Some(_)) => 11,
            Endpoint::LastEntryId(_) => 12,
            Endpoint::LastAggregate(..) => 13,
            Endpoint::Channels => 14,
            Endpoint::Channel(_) => 15,
            Endpoint::PublicChannels => 16,
            Endpoint::Clear(_) => 17,
            Endpoint::Keys(_) => 18,
            Endpoint::Key(..) => 19,
            Endpoint::User(_) => 20,
            Endpoint::UserChannels(_) => 21,
            Endpoint::SignIn => 22,
            Endpoint::CrossDomain => 23,
            Endpoint::ThingHttp => 24,
            Endpoint::ThingTweet => 25,
            Endpoint::SendAlert => 26,
            Endpoint::AlertHistory => 27,
            Endpoint::Commands(_) => 28,
            Endpoint::DestroyCommands(_) => 29,
            Endpoint::Execute(_) => 30,
            Endpoint::LastCommand(_) => 31,
            Endpoint::Command(..) => 32,
            Endpoint::Acknowledge(..) => 33,
            Endpoint::Nothing => 34,
        }
    }

    #[test]
    fn every_endpoint_with_every_method_is_in_the_document() {
        let document = document();
        let mut kinds = BTreeSet::new();
        for path in paths() {
            for suffix in path.suffixes {
                let address = format!("{}{suffix}", path.template);
                let (endpoint, _) = route(&sample(&address)).unwrap_or_else(|| panic!("{address}"));
                kinds.insert(kind(&endpoint));
                for method in methods(&endpoint) {
                    let operation =
                        &document["paths"][&address][method.as_str().to_ascii_lowercase()];
                    assert!(operation.is_object(), "{method} {address} is not described");
                }
                for does in path.does {
                    assert!(
                        methods(&endpoint).iter().any(|method| method == does.method),
                        "{} {address}",
                        does.method
                    );
                }
            }
        }
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), (0..34).collect::<Vec<_>>());
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_name_is_given_once() {
        let document = document();
        let text = document.to_string();
        for reference in
            text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next())
        {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
        let mut names = BTreeSet::new();
        for name in
            text.split("\"operationId\":\"").skip(1).filter_map(|rest| rest.split('"').next())
        {
            assert!(names.insert(name), "{name}");
        }
        assert!(names.len() > 80, "{}", names.len());
    }

    #[test]
    fn the_committed_document_of_the_interface_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi-thingspeak.json");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, format!("{:#}\n", document())).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            serde_json::from_str::<Value>(&kept).is_ok_and(|kept| kept == document()),
            "docs/openapi-thingspeak.json is stale; UPDATE=1 cargo test -p fieldpost-http writes it anew"
        );
    }
}
