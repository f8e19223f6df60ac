//! What the OpenAPI document says about parameters, bodies and objects, beyond where they occur.

use serde_json::{Map, Value, json};

use super::table::Body;

pub(super) const ABOUT: &str = "What devices and programs speak: the addresses, parameters and answers of ThingSpeak's API. A refusal explains \
    itself in the header `X-Fieldpost-Reason`.\n\nAddresses without a suffix are answered as the service does, which calls them `text/html`. `feed`, \
    `field` and `statuses` are taken for `feeds`, `fields` and `status`; `/s/update` for `/update`. Parameters may come in the query or in a body \
    (form, JSON, multipart). The web app speaks another API: `/openapi.json`.";

pub(super) fn tags() -> Value {
    json!([
        { "name": "write", "description": "Storing entries with a write key" },
        { "name": "read", "description": "Reading entries; private channels need a read key" },
        { "name": "live", "description": "Hearing of entries as they come" },
        { "name": "talkback", "description": "Commands that wait for devices, with the key of the TalkBack" },
        { "name": "manage", "description": "Channels, keys and users, with a user key" },
        { "name": "apps", "description": "What programs set off with keys of their own" },
        { "name": "frames", "description": "Pages for frames on other people's pages" },
    ])
}

/// Every parameter, by the name under which the document knows it.
pub(super) fn parameters() -> Value {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "number" });
    let count = json!({ "type": "integer", "minimum": 0 });
    let yes = json!({ "type": "string", "enum": ["true", "false"] });
    let span = json!({ "type": "string", "enum": ["10", "15", "20", "30", "60", "240", "720", "1440", "daily"] });
    let mut all = Map::new();
    let mut put = |known: &str, name: &str, place: &str, schema: &Value, says: &str| {
        let required = place == "path";
        all.insert(known.into(), json!({ "name": name, "in": place, "required": required, "schema": schema, "description": says }));
    };
    put(
        "channel_id",
        "channel_id",
        "path",
        &json!({ "type": "integer", "minimum": 1 }),
        "The channel's number.",
    );
    put(
        "field",
        "field",
        "path",
        &json!({ "type": "integer", "minimum": 1, "maximum": 8 }),
        "The field's number.",
    );
    put(
        "entry_id",
        "entry_id",
        "path",
        &json!({ "type": "integer", "minimum": 1 }),
        "The entry's number.",
    );
    put(
        "key",
        "key",
        "path",
        &json!({ "type": "string", "pattern": "^[0-9A-Z]{16}$" }),
        "The key that goes.",
    );
    for (name, says) in
        [("talkback_id", "The TalkBack's number."), ("command_id", "The command's number.")]
    {
        put(name, name, "path", &json!({ "type": "integer", "minimum": 1 }), says);
    }
    put("login", "login", "path", &text, "The user's name.");
    put(
        "widget",
        "widget",
        "path",
        &json!({ "type": "string", "pattern": "^(gauge|number|lamp|[0-9]+)$" }),
        "What is shown; a number is one of the service's website.",
    );
    for (name, schema, says) in [
        (
            "results",
            &count,
            "How many of the newest entries: 100 if nothing says how many, at most 8,000.",
        ),
        ("days", &number, "Entries of so many days until now."),
        ("minutes", &number, "Entries of so many minutes until now. Wins over `days`."),
        (
            "start",
            &text,
            "Entries from this time on, such as `2024-05-06 07:08:09`. Wins over `days` and `minutes`.",
        ),
        ("end", &text, "Entries until this time."),
        ("start_entry_id", &count, "Entries from this id on."),
        ("end_entry_id", &count, "Entries until this id."),
        (
            "timezone",
            &text,
            "The zone of times in the question and in the answer, such as `Europe/Berlin`; UTC by default.",
        ),
        ("offset", &number, "Hours from UTC, where no zone is named."),
        ("status", &yes, "`true` adds the status of entries."),
        ("location", &yes, "`true` adds latitude, longitude and elevation of entries."),
        ("metadata", &yes, "`true` adds the channel's metadata."),
        ("min", &number, "Leaves out entries with a lower value."),
        ("max", &number, "Leaves out entries with a higher value."),
        ("round", &count, "Rounds values to so many decimals."),
        ("timescale", &span, "The first value of every so many minutes."),
        ("sum", &span, "The sum of every so many minutes."),
        ("average", &span, "The mean of every so many minutes."),
        ("median", &span, "The median of every so many minutes."),
        ("callback", &text, "Wraps JSON in a call of this function."),
        ("prepend", &text, "Stands before a bare value."),
        ("append", &text, "Stands after a bare value."),
        ("after", &count, "The newest id that is known already."),
        (
            "wait",
            &json!({ "type": "integer", "minimum": 0, "maximum": 60 }),
            "Seconds for which the answer may be held back until there is something newer than `after`; at most 60.",
        ),
        ("field_id", &count, "The field whose value a bare answer holds."),
        ("headers", &yes, "`false` leaves out all headers that can be left out."),
        ("latitude", &number, "Degrees north."),
        ("longitude", &number, "Degrees east."),
        ("elevation", &text, "Metres above the sea."),
        ("created_at", &text, "The entry's time, if it is not now."),
        ("count", &count, "How many are listed: 10 if nothing says how many, at most 100."),
        ("before", &text, "Those from before this time, such as `2026-05-15T20:03:48Z`."),
        ("subject_contains", &text, "Those whose subject holds this."),
        (
            "talkback_key",
            &text,
            "Answers the next command of the TalkBack with this key in place of the entry's id.",
        ),
        ("ack", &count, "The number of a command that was handed out and is done."),
        (
            "command_string",
            &json!({ "type": "string", "maxLength": 255 }),
            "What the command says.",
        ),
        ("position", &count, "The place in the queue, from 1; absent for the end."),
        (
            "expire_s",
            &count,
            "Seconds after which the command expires if nobody fetches it; absent as the TalkBack has it, 0 for never.",
        ),
        (
            "once",
            &text,
            "A word that names the command: the same word again within a day is the same command. Also as the header `Idempotency-Key`.",
        ),
        ("page", &json!({ "type": "integer", "minimum": 1 }), "The page, from 1 on."),
        ("tag", &text, "Channels with this tag."),
        ("username", &text, "Channels of this user."),
        ("q", &text, "Channels whose name or description holds this."),
        ("channel_ids", &text, "Channels with these numbers, parted by commas."),
        ("distance", &number, "Kilometres around `latitude` and `longitude`."),
        ("password", &text, "The password. A body keeps it out of logs on the way."),
    ] {
        put(name, name, "query", schema, says);
    }
    for field in 1..=8 {
        let name = format!("field{field}");
        put(&name, &name, "query", &json!({ "type": "string", "maxLength": 255 }), "A value.");
    }
    put(
        "entry_status",
        "status",
        "query",
        &json!({ "type": "string", "maxLength": 255 }),
        "A word on how things are.",
    );
    put("after_time", "after", "query", &text, "Those from after this time.");
    put("alert_status", "status", "query", &text, "Those whose status holds this.");
    put(
        "wait_for_command",
        "wait",
        "query",
        &json!({ "type": "integer", "minimum": 0, "maximum": 60 }),
        "Seconds for which the answer may be held back until there is a command; at most 60.",
    );
    put("login_name", "login", "query", &text, "The user's name.");
    Value::Object(all)
}

/// A body, in the forms that are taken.
pub(super) fn body(body: Body) -> Value {
    let form = "application/x-www-form-urlencoded";
    let value = json!({ "type": ["string", "number", "boolean", "null"] });
    let (known, kinds): (Value, &[&str]) = match body {
        Body::Update => {
            (json!({ "$ref": "#/components/schemas/Update" }), &[form, "application/json"])
        }
        Body::Channel => {
            (json!({ "$ref": "#/components/schemas/Settings" }), &[form, "application/json"])
        }
        Body::BulkJson => (
            json!({
                "type": "object",
                "required": ["write_api_key", "updates"],
                "properties": { "write_api_key": { "type": "string" }, "updates": { "type": "array", "items": { "$ref": "#/components/schemas/BulkUpdate" } } },
            }),
            &["application/json"],
        ),
        Body::BulkCsv => (
            json!({
                "type": "object",
                "required": ["write_api_key", "time_format", "updates"],
                "properties": {
                    "write_api_key": { "type": "string" },
                    "time_format": { "enum": ["absolute", "relative"] },
                    "updates": { "type": "string", "description": "time,field1,…,field8,latitude,longitude,elevation,status; entries are parted by |" },
                },
            }),
            &[form],
        ),
        Body::ReadKey => (
            json!({ "type": "object", "properties": { "note": { "type": "string" }, "write_flag": { "enum": ["true", "false"], "description": "`true` makes a new write key in place of the old one" } } }),
            &[form],
        ),
        Body::Command => (
            json!({ "type": "object", "properties": { "command_string": { "type": "string", "maxLength": 255 }, "position": value, "expire_s": value, "once": { "type": "string" } } }),
            &[form, "application/json"],
        ),
        Body::Alert => (
            json!({
                "type": "object",
                "required": ["body"],
                "properties": { "subject": { "type": "string", "maxLength": 60 }, "body": { "type": "string", "maxLength": 500 } },
            }),
            &[form, "application/json"],
        ),
        Body::Login => (
            json!({ "type": "object", "required": ["login", "password"], "properties": { "login": { "type": "string" }, "password": value } }),
            &[form, "application/json"],
        ),
    };
    let content: Map<String, Value> =
        kinds.iter().map(|kind| ((*kind).to_string(), json!({ "schema": known }))).collect();
    json!({ "content": content })
}

/// `field1` to `field8`, each with this schema.
fn fields(schema: &Value) -> Map<String, Value> {
    (1..=8).map(|field| (format!("field{field}"), schema.clone())).collect()
}

fn object(required: &[&str], properties: Value, more: Option<&Value>) -> Value {
    let mut all = properties;
    if let (Value::Object(all), Some(schema)) = (&mut all, more) {
        all.extend(fields(schema));
    }
    json!({ "type": "object", "required": required, "properties": all })
}

pub(super) fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let maybe = json!({ "type": ["string", "null"] });
    let id = json!({ "type": "integer", "minimum": 1 });
    let time = json!({ "type": "string", "format": "date-time" });
    let value = json!({ "type": ["string", "number", "boolean", "null"] });
    let keys = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Key" } });
    json!({
        "Written": object(
            &["channel_id", "created_at", "entry_id"],
            json!({ "channel_id": id, "created_at": time, "entry_id": id, "latitude": maybe, "longitude": maybe, "elevation": maybe, "status": maybe }),
            Some(&value),
        ),
        "Entry": object(
            &["created_at"],
            json!({ "created_at": time, "entry_id": id, "latitude": maybe, "longitude": maybe, "elevation": maybe, "status": maybe }),
            Some(&maybe),
        ),
        "Feed": object(
            &["channel", "feeds"],
            json!({
                "channel": object(
                    &["name"],
                    json!({ "id": id, "name": text, "description": text, "latitude": text, "longitude": text, "elevation": text, "created_at": time, "updated_at": time, "last_entry_id": { "type": ["integer", "null"] }, "metadata": maybe }),
                    Some(&text),
                ),
                "feeds": { "type": "array", "items": { "$ref": "#/components/schemas/Entry" } },
            }),
            None,
        ),
        "Status": object(&["status", "created_at", "entry_id"], json!({ "status": text, "created_at": time, "entry_id": id }), None),
        "Age": object(&["last_data_age", "last_data_age_units"], json!({ "last_data_age": { "type": "string", "pattern": "^[0-9]+$" }, "last_data_age_units": { "const": "s" } }), None),
        "Channel": object(
            &["id", "name"],
            json!({
                "id": id, "name": text, "description": maybe, "latitude": maybe, "longitude": maybe, "created_at": time, "elevation": maybe,
                "last_entry_id": { "type": ["integer", "null"] }, "public_flag": { "type": "boolean" }, "url": maybe, "ranking": { "type": "integer" },
                "metadata": maybe, "license_id": { "type": "integer" }, "github_url": maybe, "username": text, "tags": { "type": "array", "items": { "$ref": "#/components/schemas/Tag" } }, "api_keys": keys,
            }),
            None,
        ),
        "Tag": object(&["name"], json!({ "id": { "type": "integer" }, "name": text }), None),
        "Key": object(&["api_key", "write_flag"], json!({ "api_key": text, "write_flag": { "type": "boolean" }, "note": maybe }), None),
        "Page": object(
            &["pagination", "channels"],
            json!({
                "pagination": object(&["current_page", "per_page", "total_entries"], json!({ "current_page": { "type": "integer" }, "per_page": { "type": "integer" }, "total_entries": { "type": "integer" } }), None),
                "channels": { "type": "array", "items": { "$ref": "#/components/schemas/Channel" } },
            }),
            None,
        ),
        "User": object(&["id", "login", "created_at"], json!({ "id": id, "login": text, "email": maybe, "created_at": time, "bio": maybe, "website": maybe, "authentication_token": text }), None),
        "Alert": object(&["requested_at", "subject", "status"], json!({ "requested_at": time, "subject": text, "status": text }), None),
        "Update": object(
            &[],
            json!({ "api_key": text, "latitude": value, "longitude": value, "elevation": value, "status": value, "created_at": text, "timezone": text }),
            Some(&value),
        ),
        "BulkUpdate": object(
            &[],
            json!({ "created_at": { "type": ["string", "integer"] }, "delta_t": { "type": ["string", "integer"] }, "latitude": value, "longitude": value, "elevation": value, "status": value }),
            Some(&value),
        ),
        "Settings": object(
            &[],
            json!({ "name": text, "description": text, "latitude": value, "longitude": value, "elevation": value, "metadata": text, "public_flag": value, "tags": text, "url": text, "update_interval": value }),
            Some(&text),
        ),
        "Command": object(
            &["id", "command_string", "position", "executed_at", "created_at"],
            json!({ "id": id, "command_string": text, "position": { "type": ["integer", "null"] }, "executed_at": { "type": ["string", "null"], "format": "date-time" }, "created_at": time }),
            None,
        ),
        "Error": object(
            &["status", "error"],
            json!({ "status": { "type": "string" }, "error": object(&["error_code", "message", "details"], json!({ "error_code": text, "message": text, "details": text }), None) }),
            None,
        ),
    })
}
