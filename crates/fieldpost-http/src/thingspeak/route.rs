//! Which handler an address means. Pure: paths in, endpoints out.
//!
//! The service takes `feed` for `feeds`, `field` for `fields`, a slash at the end, and a suffix that names the format.

use fieldpost_wire::{ApiKey, ChannelId, EntryId, FieldNo};
use http::Method;

use crate::device::reply::content_type;

/// The form of an answer, taken from the path's suffix alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// No suffix, or `.html`.
    Plain,
    /// `.json`
    Json,
    /// `.xml`
    Xml,
    /// `.csv`
    Csv,
    /// `.txt` or `.text`
    Text,
}

impl Format {
    /// The type that an answer of this form is sent with.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Plain => content_type::HTML,
            Self::Json => content_type::JSON,
            Self::Xml => content_type::XML,
            Self::Csv => content_type::CSV,
            Self::Text => content_type::TEXT,
        }
    }

    /// The form that a path asks for.
    pub(crate) fn of(path: &str) -> Self {
        Self::split(path.trim_end_matches('/')).1
    }

    fn split(word: &str) -> (&str, Self) {
        match word.rsplit_once('.') {
            Some((rest, "json")) => (rest, Self::Json),
            Some((rest, "xml")) => (rest, Self::Xml),
            Some((rest, "csv")) => (rest, Self::Csv),
            Some((rest, "txt" | "text")) => (rest, Self::Text),
            Some((rest, "html" | "htm")) => (rest, Self::Plain),
            _ => (word, Self::Plain),
        }
    }
}

/// Something that can be asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// `/update`
    Update,
    /// `/channels/ID/bulk_update.json`
    BulkJson(ChannelId),
    /// `/channels/ID/bulk_update.csv`
    BulkCsv(ChannelId),
    /// `/channels/ID/feeds`, or one field of it.
    Feed(ChannelId, Option<FieldPath>),
    /// One entry of a channel, or of a field.
    Entry(ChannelId, Option<FieldPath>, Which),
    /// `/channels/ID/status`
    Statuses(ChannelId),
    /// One entry's status.
    Status(ChannelId, Which),
    /// `/channels/ID/status/recent`
    RecentStatuses(ChannelId),
    /// The age of the newest entry, or of the newest one with a field.
    Age(ChannelId, Option<FieldPath>),
    /// `/channels/ID/last_entry_id`
    LastEntryId(ChannelId),
    /// `/channels/ID/feeds/last_average` and the like.
    LastAggregate(ChannelId, fieldpost_wire::query::How),
    /// `/channels`
    Channels,
    /// `/channels/ID`
    Channel(ChannelId),
    /// `/channels/public`
    PublicChannels,
    /// `/channels/ID/clear`
    Clear(ChannelId),
    /// `/channels/ID/api_keys`
    Keys(ChannelId),
    /// `/channels/ID/api_keys/KEY`
    Key(ChannelId, ApiKey),
    /// `/users/LOGIN`
    User(String),
    /// `/users/LOGIN/channels`
    UserChannels(String),
    /// `/users/api_login`
    SignIn,
    /// `/apps/thinghttp/send_request`
    ThingHttp,
    /// `/apps/thingtweet/1/statuses/update`
    ThingTweet,
    /// `/alerts/send`
    SendAlert,
    /// `/alerts/history`
    AlertHistory,
    /// `/talkbacks/T/commands`
    Commands(u64),
    /// `/talkbacks/T/commands/destroy_all`
    DestroyCommands(u64),
    /// `/talkbacks/T/commands/execute`
    Execute(u64),
    /// `/talkbacks/T/commands/last`
    LastCommand(u64),
    /// `/talkbacks/T/commands/C`
    Command(u64, u64),
    /// `/talkbacks/T/commands/C/ack`
    Acknowledge(u64, u64),
    /// `/crossdomain.xml`
    CrossDomain,
    /// An address of this interface that means nothing: an unknown word, a channel whose id is no number.
    Nothing,
}

/// The field that a path names. A number without a field behind it shows entries without values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FieldPath(pub Option<FieldNo>);

/// Which entry a path names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Which {
    /// The one with the highest id.
    Last,
    /// This one.
    Id(EntryId),
}

/// More words than an address has.
const WORDS_MAX: usize = 8;

/// Finds what a path means. `None` if it does not belong to this interface at all.
pub fn route(path: &str) -> Option<(Endpoint, Format)> {
    // No address has as many words; of one that has, the last stands for all that follow.
    let (mut words, mut count) = ([""; WORDS_MAX], 0);
    for word in path.split('/').filter(|word| !word.is_empty()) {
        words[count.min(WORDS_MAX - 1)] = word;
        count = (count + 1).min(WORDS_MAX);
    }
    let (words, last) = (&mut words[..count], count.checked_sub(1)?);
    let format;
    (words[last], format) = Format::split(words[last]);
    let endpoint = match &*words {
        // Any other suffix is answered as text too.
        [word] | ["s", word] if *word == "update" || word.starts_with("update.") => {
            Endpoint::Update
        }
        ["apps", "thinghttp", "send_request"] => Endpoint::ThingHttp,
        ["apps", "thingtweet", "1", "statuses", "update"] => Endpoint::ThingTweet,
        ["alerts", "send"] => Endpoint::SendAlert,
        ["alerts", "history"] => Endpoint::AlertHistory,
        ["crossdomain"] if format == Format::Xml => Endpoint::CrossDomain,
        ["channels", rest @ ..] => {
            return channels(rest, format).map(|endpoint| (endpoint, format));
        }
        ["talkbacks", id, "commands", rest @ ..] => talkback(id, rest),
        ["users", "api_login"] => Endpoint::SignIn,
        ["users", login] => {
            // A login may hold dots; only these suffixes are taken off it.
            let keeps = matches!(format, Format::Csv | Format::Text);
            let whole = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            Endpoint::User(decoded(if keeps { whole } else { login }))
        }
        ["users", login, "channels"] => Endpoint::UserChannels(decoded(login)),
        _ => return None,
    };
    Some((endpoint, format))
}

fn channels(words: &[&str], format: Format) -> Option<Endpoint> {
    let (id, rest) = match words {
        [] => return Some(Endpoint::Channels),
        ["public"] => return Some(Endpoint::PublicChannels),
        [id, rest @ ..] => (id, rest),
    };
    // The live stream and pages of the web app live below channels too.
    if matches!(rest, ["live" | "import"] | ["charts" | "widgets" | "maps", ..]) {
        return None;
    }
    let Ok(id) = id.parse::<ChannelId>() else { return Some(Endpoint::Nothing) };
    Some(match rest {
        [] => Endpoint::Channel(id),
        ["bulk_update"] if format == Format::Csv => Endpoint::BulkCsv(id),
        ["bulk_update"] => Endpoint::BulkJson(id),
        ["clear"] => Endpoint::Clear(id),
        ["api_keys"] => Endpoint::Keys(id),
        ["api_keys", key] => key.parse().map_or(Endpoint::Nothing, |key| Endpoint::Key(id, key)),
        ["last_entry_id"] => Endpoint::LastEntryId(id),
        ["feed" | "feeds"] => Endpoint::Feed(id, None),
        ["feed" | "feeds", rest @ ..] => below_feed(id, rest),
        ["field" | "fields", field] => Endpoint::Feed(id, Some(field_path(field))),
        ["field" | "fields", field, rest @ ..] => below_field(id, field_path(field), rest),
        ["status" | "statuses"] => Endpoint::Statuses(id),
        ["status" | "statuses", "recent"] => Endpoint::RecentStatuses(id),
        ["status" | "statuses", which] => {
            which_entry(which).map_or(Endpoint::Nothing, |which| Endpoint::Status(id, which))
        }
        _ => Endpoint::Nothing,
    })
}

fn talkback(id: &str, words: &[&str]) -> Endpoint {
    let Ok(id) = id.parse() else { return Endpoint::Nothing };
    let command = |word: &str| word.parse().ok();
    match words {
        [] => Endpoint::Commands(id),
        ["execute"] => Endpoint::Execute(id),
        ["last"] => Endpoint::LastCommand(id),
        ["destroy_all"] => Endpoint::DestroyCommands(id),
        [which] => command(which).map_or(Endpoint::Nothing, |c| Endpoint::Command(id, c)),
        [which, "ack"] => {
            command(which).map_or(Endpoint::Nothing, |c| Endpoint::Acknowledge(id, c))
        }
        _ => Endpoint::Nothing,
    }
}

fn below_feed(id: ChannelId, words: &[&str]) -> Endpoint {
    use fieldpost_wire::query::How;
    match words {
        ["last_data_age"] => Endpoint::Age(id, None),
        ["last_average"] => Endpoint::LastAggregate(id, How::Average),
        ["last_median"] => Endpoint::LastAggregate(id, How::Median),
        ["last_sum"] => Endpoint::LastAggregate(id, How::Sum),
        [which] | ["entry", which] => {
            which_entry(which).map_or(Endpoint::Nothing, |which| Endpoint::Entry(id, None, which))
        }
        _ => Endpoint::Nothing,
    }
}

fn below_field(id: ChannelId, field: FieldPath, words: &[&str]) -> Endpoint {
    match words {
        ["last_data_age"] => Endpoint::Age(id, Some(field)),
        [which] => which_entry(which)
            .map_or(Endpoint::Nothing, |which| Endpoint::Entry(id, Some(field), which)),
        _ => Endpoint::Nothing,
    }
}

fn field_path(word: &str) -> FieldPath {
    FieldPath(word.parse().ok())
}

fn which_entry(word: &str) -> Option<Which> {
    if word == "last" { Some(Which::Last) } else { word.parse().ok().map(Which::Id) }
}

fn decoded(word: &str) -> String {
    let params = fieldpost_wire::Params::from_form(
        format!("x={}", word.replace('+', "%2B").replace('&', "%26")).as_bytes(),
    );
    params.get("x").unwrap_or_default().to_string()
}

/// The methods that an endpoint takes. HEAD is taken wherever GET is.
pub fn methods(endpoint: &Endpoint) -> &'static [Method] {
    const READ: &[Method] = &[Method::GET];
    const POST: &[Method] = &[Method::POST];
    const BOTH: &[Method] = &[Method::GET, Method::POST];
    match endpoint {
        Endpoint::Update
        | Endpoint::Channels
        | Endpoint::Keys(_)
        | Endpoint::SignIn
        | Endpoint::Execute(_)
        | Endpoint::Acknowledge(..) => BOTH,
        Endpoint::Commands(_) => &[Method::GET, Method::POST, Method::DELETE],
        Endpoint::DestroyCommands(_) => &[Method::POST, Method::DELETE],
        Endpoint::ThingHttp | Endpoint::ThingTweet => BOTH,
        Endpoint::BulkJson(_) | Endpoint::BulkCsv(_) | Endpoint::Clear(_) | Endpoint::SendAlert => {
            POST
        }
        Endpoint::Channel(_) | Endpoint::Command(..) => {
            &[Method::GET, Method::PUT, Method::PATCH, Method::POST, Method::DELETE]
        }
        Endpoint::Feed(_, None) => &[Method::GET, Method::DELETE],
        Endpoint::Key(..) => &[Method::DELETE],
        // What is not there is said to whoever asks, however they ask.
        Endpoint::Nothing => {
            &[Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE]
        }
        _ => READ,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> ChannelId {
        ChannelId::new(7).unwrap()
    }

    fn field(n: u8) -> Option<FieldPath> {
        Some(FieldPath(FieldNo::new(n)))
    }

    #[test]
    fn every_spelling_of_an_address_means_the_same() {
        for path in [
            "/channels/7/feeds.json",
            "/channels/7/feed.json",
            "/channels/7/feeds.json/",
            "//channels//7/feeds.json",
        ] {
            assert_eq!(route(path), Some((Endpoint::Feed(id(), None), Format::Json)), "{path}");
        }
        for path in [
            "/channels/7/fields/2",
            "/channels/7/field/2",
            "/channels/7/fields/field2",
            "/channels/7/fields/2.html",
        ] {
            assert_eq!(
                route(path),
                Some((Endpoint::Feed(id(), field(2)), Format::Plain)),
                "{path}"
            );
        }
        for path in ["/channels/7/feeds/12.xml", "/channels/7/feed/entry/12.xml"] {
            assert_eq!(
                route(path),
                Some((Endpoint::Entry(id(), None, Which::Id(EntryId::new(12))), Format::Xml)),
                "{path}"
            );
        }
        assert_eq!(
            route("/channels/7/fields/1/last.text"),
            Some((Endpoint::Entry(id(), field(1), Which::Last), Format::Text))
        );
        assert_eq!(
            route("/channels/7/fields/12"),
            Some((Endpoint::Feed(id(), Some(FieldPath(None))), Format::Plain))
        );
        assert_eq!(
            route("/channels/7/statuses/last.txt"),
            Some((Endpoint::Status(id(), Which::Last), Format::Text))
        );
        assert_eq!(route("/s/update.json"), Some((Endpoint::Update, Format::Json)));
        assert_eq!(route("/update.php"), Some((Endpoint::Update, Format::Plain)));
        assert_eq!(route("/updates"), None);
    }

    #[test]
    fn words_win_over_ids_and_logins_keep_their_dots() {
        assert_eq!(route("/channels/public.json"), Some((Endpoint::PublicChannels, Format::Json)));
        assert_eq!(
            route("/channels/7/feeds/last_data_age.txt"),
            Some((Endpoint::Age(id(), None), Format::Text))
        );
        assert_eq!(
            route("/users/anna.b.json"),
            Some((Endpoint::User("anna.b".into()), Format::Json))
        );
        assert_eq!(
            route("/users/anna.csv"),
            Some((Endpoint::User("anna.csv".into()), Format::Csv))
        );
        assert_eq!(
            route("/users/an%20na/channels.xml"),
            Some((Endpoint::UserChannels("an na".into()), Format::Xml))
        );
    }

    #[test]
    fn words_below_a_talkback_win_over_ids() {
        for (path, endpoint, format) in [
            ("/talkbacks/55/commands", Endpoint::Commands(55), Format::Plain),
            ("/talkbacks/55/commands/execute.json", Endpoint::Execute(55), Format::Json),
            ("/talkbacks/55/commands/last.xml", Endpoint::LastCommand(55), Format::Xml),
            ("/talkbacks/55/commands/7/", Endpoint::Command(55, 7), Format::Plain),
            ("/talkbacks/55/commands/7/ack.json", Endpoint::Acknowledge(55, 7), Format::Json),
            ("/talkbacks/55/commands/destroy_all", Endpoint::DestroyCommands(55), Format::Plain),
            ("/talkbacks/x/commands", Endpoint::Nothing, Format::Plain),
            ("/talkbacks/55/commands/x", Endpoint::Nothing, Format::Plain),
        ] {
            assert_eq!(route(path), Some((endpoint, format)), "{path}");
        }
    }

    #[test]
    fn what_is_not_of_this_interface_is_left_to_the_web_app() {
        for path in [
            "/",
            "",
            "/assets/app.js",
            "/boards",
            "/channels/7/live",
            "/channels/7/charts/1",
            "/healthz",
        ] {
            assert_eq!(route(path), None, "{path}");
        }
        for path in [
            "/channels/abc/feeds.json",
            "/channels/0",
            "/channels/7/nonsense",
            "/channels/7/feeds/x",
            "/channels/7/api_keys/x",
        ] {
            assert_eq!(
                route(path).map(|(endpoint, _)| endpoint),
                Some(Endpoint::Nothing),
                "{path}"
            );
        }
    }
}
