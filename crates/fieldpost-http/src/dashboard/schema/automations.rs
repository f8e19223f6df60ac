//! Automations with their runs, ThingHTTP requests and alerts. When an automation acts and what it does is kept in the form in which it is
//! sent, so these words are the store's.

use fieldpost_store::automations::{Action, Call, RunState, When};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that is done when something is so.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Automation {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether it acts.
    pub enabled: bool,
    /// When it acts.
    pub when: When,
    /// What it does; `••••` stands for passwords and tokens.
    pub action: Action,
    /// What its condition last was; `null` before it was looked at.
    #[schema(required)]
    pub met: Option<bool>,
    /// When it is due next, if that is known.
    #[schema(required)]
    pub next_at: Option<i64>,
    /// The last time that it acted, or should have.
    #[schema(required)]
    pub last_run: Option<Run>,
    /// When it was made.
    pub created_at: i64,
}

/// An automation as it is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAutomation {
    /// Its name.
    pub name: String,
    /// Whether it acts.
    pub enabled: bool,
    /// When it acts.
    pub when: When,
    /// What it does; `••••` in place of a password or token means the one from before.
    pub action: Action,
}

/// One time that an automation acted, or should have.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Run {
    /// Its number.
    pub id: u64,
    /// The automation's number.
    pub automation: u64,
    /// When it was due.
    pub at: i64,
    /// Why, in words.
    #[schema(example = "field 1 is 31.2, above 30")]
    pub reason: String,
    /// Somebody pressed Test.
    pub test: bool,
    /// Whether it is over, and how.
    pub state: RunState,
    /// How many times it was begun.
    pub tries: u32,
    /// When it is tried once more.
    #[schema(required)]
    pub next_try_at: Option<i64>,
    /// What came of it, in words.
    #[schema(max_length = 500)]
    pub says: String,
}

/// A request that is kept ready and sent when its key is used.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ThingHttp {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The key that sends it.
    pub api_key: String,
    /// The request.
    #[serde(flatten)]
    pub call: Call,
    /// Which part of the answer is given back; `null` for all of it.
    #[schema(required)]
    pub parse: Option<String>,
    /// When it was made.
    pub created_at: i64,
}

/// A ThingHTTP request as it is to be.
#[derive(Deserialize, ToSchema)]
pub struct NewThingHttp {
    /// Its name.
    pub name: String,
    /// The request; `••••` in place of the password means the one from before.
    #[serde(flatten)]
    pub call: Call,
    /// Which part of the answer is given back: a path such as `//div[2]`, or a text that is looked for.
    #[serde(default)]
    #[schema(required)]
    pub parse: Option<String>,
}

/// What came back for a ThingHTTP request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ThingHttpTest {
    /// How it went, in words.
    pub says: String,
    /// What is given back, cut at 10,000 characters.
    pub body: String,
}

/// E-mails that programs may have sent to whoever is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Alerts {
    /// The key that sends them.
    pub key: String,
    /// Those of the last 7 days, newest first.
    pub sent: Vec<Alert>,
}

/// An e-mail that a program asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Alert {
    /// When.
    pub requested_at: i64,
    /// What it is about.
    pub subject: String,
    /// What came of it: `sent`, or why not.
    pub status: String,
}
