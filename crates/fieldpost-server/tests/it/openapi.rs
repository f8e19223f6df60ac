//! The OpenAPI document of ThingSpeak's interface, walked against a real server: every address in every form, with each of
//! its methods, answers as it says.

use serde_json::Value;

use crate::harness::{Answer, CHANNEL, READ, Server, WRITE};
use crate::talkback::{TALKBACK, talkback};

/// One call that the document describes.
struct Call<'a> {
    path: &'a str,
    method: String,
    operation: &'a Value,
    /// A command that was handed out, and one that waits.
    commands: (u64, u64),
}

fn calls(document: &Value) -> Vec<Call<'_>> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if method != "parameters" {
                all.push(Call {
                    path,
                    method: method.to_ascii_uppercase(),
                    operation,
                    commands: (0, 0),
                });
            }
        }
    }
    // A key that is taken away opens nothing afterwards.
    all.sort_by_key(|call: &Call<'_>| call.path.contains("{key}"));
    all
}

impl Call<'_> {
    /// The address, of this channel.
    fn target(&self, channel: u64) -> String {
        let (delivered, queued) = self.commands;
        let command = if self.path.contains("/ack") { delivered } else { queued };
        self.path
            .replace("{channel_id}", &channel.to_string())
            .replace("{field}", "1")
            .replace("{entry_id}", "1")
            .replace("{key}", READ)
            .replace("{login}", "anna")
            .replace("{widget}", "gauge")
            .replace("{talkback_id}", "55")
            .replace("{command_id}", &command.to_string())
    }

    /// Sends the call as the document has it; with the keys that it wants, or without any.
    fn send(&self, server: &Server, channel: u64, allowed: bool) -> Answer {
        let key = match self.operation["tags"][0].as_str() {
            _ if !allowed => "",
            Some("talkback") => TALKBACK,
            Some("write") => WRITE,
            Some("manage") => server.user_key(),
            _ => READ,
        };
        let target = self.target(channel);
        let bulk = |key: &str| match target.rsplit('.').next() {
            Some("json") => format!(
                r#"{{"write_api_key":"{key}","updates":[{{"created_at":"2024-05-06 07:08:09","field1":1}}]}}"#
            ),
            _ => format!("write_api_key={key}&time_format=absolute&updates=2024-05-06 07:08:10,1"),
        };
        let body = match target.as_str() {
            _ if self.path.contains("bulk_update") => bulk(key),
            _ if self.path.contains("api_login") && allowed => {
                "login=anna&password=a long password".into()
            }
            _ if self.path.contains("import.csv") => {
                "created_at,entry_id,field1\n2024-05-06 07:08:11 UTC,1,5\n".into()
            }
            _ if self.method == "GET" || self.method == "DELETE" => String::new(),
            _ => "field1=1&name=Greenhouse&note=A page&command_string=ON".into(),
        };
        let kinds = self.operation["requestBody"]["content"].as_object();
        let kind = kinds.and_then(|kinds| {
            kinds.keys().find(|kind| !kind.contains("json")).or(kinds.keys().next())
        });
        let login = if self.path.contains("api_login") && allowed && self.method == "GET" {
            "login=anna&password=a+long+password&"
        } else {
            ""
        };
        if target.starts_with("/stream/") {
            // An export's length is not known beforehand, so it ends with the connection.
            return server.raw(format!("GET {target}?api_key={key} HTTP/1.0\r\n\r\n"));
        }
        server.send(
            &self.method,
            &format!("{target}?{login}api_key={key}"),
            kind.map_or("", String::as_str),
            &body,
        )
    }

    /// Complains if an answer is none that the document promises.
    fn check(&self, answer: &Answer, what: &str) {
        let responses = &self.operation["responses"];
        let known = &responses[answer.status.to_string()];
        let said = if known.is_null() { &responses["default"] } else { known };
        let kind =
            answer.header("Content-Type").unwrap_or_default().split(';').next().unwrap_or_default();
        let Some(kinds) = said["content"].as_object() else { return };
        assert!(
            kinds.contains_key(kind),
            "{} {} {what}: {} {kind} is not promised, but {:?}\n{}",
            self.method,
            self.path,
            answer.status,
            kinds.keys().collect::<Vec<_>>(),
            answer.body
        );
    }
}

/// A command of TalkBack 55 that was handed out, and one that waits.
fn commands(server: &Server) -> (u64, u64) {
    let below = |path: &str| format!("/talkbacks/55/commands{path}?api_key={TALKBACK}");
    let add = || server.form(&below(""), "command_string=ON").body.parse::<u64>().unwrap();
    let (_, queued) = (add(), add());
    (server.form(&below("/execute.json"), "").json()["id"].as_u64().unwrap(), queued)
}

/// Another channel of anna's, for calls after which it is no longer what it was.
fn another(server: &Server) -> u64 {
    let made = server
        .form("/channels.json", &format!("api_key={}&name=Another&field1=One", server.user_key()));
    let made = made.json();
    let id = made["id"].as_u64().unwrap();
    // Its entry and its read key are what the call finds.
    let key = made["api_keys"][0]["api_key"].as_str().unwrap();
    assert_eq!(server.form("/update", &format!("api_key={key}&field1=1")).body, "1");
    id
}

#[test]
fn every_address_answers_as_the_document_says() {
    let server = Server::with_channel(&[]);
    let set = server.get("/openapi/thingspeak.json");
    assert_eq!(
        (set.status, set.header("Content-Type")),
        (200, Some("application/json; charset=utf-8"))
    );
    let document = set.json();
    assert_eq!(document["openapi"], "3.1.0");
    server.store("field1=21.5&status=All+is+well");
    let mut done = 0;
    talkback(&server, &[]);
    for mut call in calls(&document) {
        if call.path.ends_with("/live") {
            // A stream has no end to wait for; its own tests read it.
            continue;
        }
        let destroys = call.method == "DELETE" || call.path.contains("/clear");
        let takes_a_key = call.path.contains("{key}");
        let channel = if destroys && !takes_a_key { another(&server) } else { CHANNEL };
        if call.path.contains("{talkback_id}") {
            call.commands = commands(&server);
        }
        let stranger = call.send(&server, channel, false);
        call.check(&stranger, "without a key");
        if call.path.contains("{channel_id}") {
            call.check(&call.send(&server, 999, true), "of no channel");
        }
        if takes_a_key {
            // The read key goes with the first call; its other forms find none, and say so.
            call.check(&call.send(&server, channel, true), "with its key");
            continue;
        }
        let answer = call.send(&server, channel, true);
        call.check(&answer, "with its key");
        let signs_in = call.path.contains("api_login");
        // These go by keys of their own; their own tests have some.
        let apart = call.operation["tags"][0] == "apps";
        assert!(
            answer.status < 300 || signs_in || apart,
            "{} {}: {answer:?}",
            call.method,
            call.path
        );
        done += 1;
    }
    assert!(done > 100, "{done}");
}

#[test]
fn what_is_not_there_is_said_however_one_asks() {
    let server = Server::with_channel(&[]);
    for method in ["GET", "POST", "PUT", "DELETE"] {
        let answer = server.send(method, "/channels/none/bulk_update.json", "", "");
        assert_eq!((answer.status, answer.header("Allow")), (404, None), "{method}");
    }
}
