//! Whether an automation can be as somebody wants it. What can't is said in words: which value, and what it may be.

use std::collections::BTreeMap;

use fieldpost_store::User;
use fieldpost_store::automations::{Action, At, Call, Check, Condition, Op, When};
use fieldpost_wire::{ChannelId, FieldNo, Zone};

use super::decimal::LARGEST;
use super::schedule::{gap_minutes, time_of_day};
use crate::refusal::Refusal;

/// The longest text in an action, in bytes.
const TEXT_MAX: usize = 10_000;
/// The longest value that a text is compared with, in characters: no field holds a longer one.
const VALUE_MAX: usize = 255;
/// The longest time of silence, in minutes: 30 days.
const SILENCE_MAX: u32 = 30 * 24 * 60;
/// The most headers of a request.
const HEADERS_MAX: usize = 20;

/// A name that is there and not too long.
pub(super) fn name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > VALUE_MAX {
        return no(format!("a name has 1 to {VALUE_MAX} characters"));
    }
    Ok(name.to_string())
}

/// When it acts.
pub(super) fn when(when: &When) -> Result<(), Refusal> {
    match when {
        When::React { channel, condition, check, .. } => {
            if ChannelId::new(*channel).is_none() {
                return no("a channel's number is 1 or higher");
            }
            if matches!(check, Check::Minutes(minutes) if ![10, 30, 60].contains(minutes)) {
                return no("a condition is looked at on insert, or every 10, 30 or 60 minutes");
            }
            self::condition(condition)
        }
        When::Time { zone, at, fuzz_minutes } => {
            if Zone::named(zone).is_none() {
                return no(format!(
                    "there is no time zone {zone:?}; names are such as Europe/Zurich"
                ));
            }
            times(at)?;
            let room = gap_minutes(at).map_or(u32::MAX, |gap| gap.saturating_sub(2) / 2);
            let most = room.min(240);
            if *fuzz_minutes > most {
                return no(format!(
                    "with these times the fuzz is at most {most} minutes, so that two of them never meet"
                ));
            }
            Ok(())
        }
    }
}

fn condition(condition: &Condition) -> Result<(), Refusal> {
    match condition {
        Condition::Number { field: no_, op, value, hysteresis } => {
            field(*no_)?;
            number(*value, "the value")?;
            let Some(back) = hysteresis else { return Ok(()) };
            number(*back, "the hysteresis")?;
            if *back < 0.0 {
                return no("the hysteresis is 0 or more");
            }
            if matches!(op, Op::Equal | Op::Differs) && *back > 0.0 {
                return no("a hysteresis goes with >, >=, < and <= only");
            }
            Ok(())
        }
        Condition::Text { field: no_, value, .. } => {
            field(*no_)?;
            short(value)
        }
        Condition::Status { value, .. } => short(value),
        Condition::Place { latitude, longitude, metres, .. } => {
            if !(-90.0..=90.0).contains(latitude) || !(-180.0..=180.0).contains(longitude) {
                return no("a place is −90 to 90 degrees north and −180 to 180 degrees east");
            }
            if !(*metres > 0.0 && *metres <= 20_100_000.0) {
                return no(
                    "the distance is more than 0 metres and at most half way round the Earth",
                );
            }
            Ok(())
        }
        Condition::Silence { minutes, back_minutes } => {
            if !(1..=SILENCE_MAX).contains(minutes)
                || back_minutes.is_some_and(|back| back > SILENCE_MAX)
            {
                return no(format!("silence lasts 1 to {SILENCE_MAX} minutes"));
            }
            Ok(())
        }
    }
}

fn times(at: &At) -> Result<(), Refusal> {
    let of_day = |time: &str| match time_of_day(time) {
        Some(_) => Ok(()),
        None => no(format!("{time:?} is no time of day; it is such as 07:30")),
    };
    match at {
        At::Once { .. } => Ok(()),
        At::Week { days, time } => {
            if days.is_empty() || !days.iter().all(|day| (1..=7).contains(day)) {
                return no(
                    "the days of a week are numbers from 1, Monday, to 7, Sunday; at least one",
                );
            }
            of_day(time)
        }
        At::Day { time } => of_day(time),
        At::Hours { every } if (1..=8_760).contains(every) => Ok(()),
        At::Hours { .. } => no("every 1 to 8760 hours"),
        At::Minutes { every } if (1..=525_600).contains(every) => Ok(()),
        At::Minutes { .. } => no("every 1 to 525600 minutes"),
    }
}

/// What it does. Whether a user may let it call into private networks is `private_ok`.
pub(super) fn action(action: &Action, private_ok: bool) -> Result<(), Refusal> {
    match action {
        Action::Webhook(call) => self::call(call, private_ok),
        Action::Thinghttp { .. } => Ok(()),
        Action::Email { to, subject, body } => {
            mail_address(to)?;
            if subject.trim().is_empty() {
                return no("an e-mail has a subject");
            }
            texts([to, subject, body])
        }
        Action::Ntfy { server, topic, title, body, private, .. } => {
            target(server, *private, private_ok)?;
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            if topic.is_empty() || topic.len() > 64 || !topic.chars().all(plain) {
                return no("an ntfy topic has 1 to 64 letters, digits, _ and -");
            }
            texts([title, body])
        }
        Action::Telegram { token, chat, text } => {
            let (bot, secret) = token.0.split_once(':').unwrap_or_default();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            if bot.is_empty()
                || !bot.bytes().all(|c| c.is_ascii_digit())
                || secret.is_empty()
                || !secret.chars().all(plain)
            {
                return no("a Telegram bot's token is such as 123456:ABC-DEF; @BotFather gives it");
            }
            if chat.trim().is_empty() || text.trim().is_empty() {
                return no("a Telegram message needs a chat and a text");
            }
            texts([chat, text])
        }
        Action::Talkback { command, .. } => {
            if command.is_empty() || command.chars().count() > VALUE_MAX {
                return no(format!("a command has 1 to {VALUE_MAX} characters"));
            }
            Ok(())
        }
        Action::Write { channel, fields, status } => write(*channel, fields, status.as_deref()),
        Action::Mqtt { topic, payload, .. } => {
            if topic.is_empty() || topic.len() > 1_024 || topic.contains(['+', '#', '\0']) {
                return no("an MQTT topic to publish on is 1 to 1024 bytes without + and #");
            }
            if topic == "channels" || topic.starts_with("channels/") || topic.starts_with('$') {
                return no(
                    "topics below channels/ write to channels; for that there is the action that writes an entry",
                );
            }
            texts([payload])
        }
    }
}

/// A request to an address in the web.
pub(super) fn call(call: &Call, private_ok: bool) -> Result<(), Refusal> {
    if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&call.method.as_str()) {
        return no("the method is GET, POST, PUT, PATCH or DELETE");
    }
    target(&call.url, call.private, private_ok)?;
    if call.headers.len() > HEADERS_MAX {
        return no(format!("a request has at most {HEADERS_MAX} headers"));
    }
    for (name, value) in &call.headers {
        let token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
        if name.is_empty() || !name.bytes().all(token) {
            return no(format!("{name:?} is no name of a header"));
        }
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return no(format!("the header {name} has a line break or another control character"));
        }
        texts([name, value])?;
    }
    texts([&call.body])
}

fn target(url: &str, private: bool, private_ok: bool) -> Result<(), Refusal> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let Some(host) = host.filter(|host| !host.is_empty()) else {
        return no("an address begins with http:// or https:// and the name of a server");
    };
    if host.contains('@') {
        return no("name and password go into their own places, not into the address");
    }
    if url.contains(char::is_whitespace) || url.len() > 2_000 {
        return no("an address has no spaces and at most 2000 characters");
    }
    if private && !private_ok {
        return Err(Refusal::Forbidden(
            "only who looks after this server may agree to calls into private networks; --private-targets lets everybody"
                .into(),
        ));
    }
    Ok(())
}

fn write(
    channel: u64,
    fields: &BTreeMap<String, String>,
    status: Option<&str>,
) -> Result<(), Refusal> {
    if ChannelId::new(channel).is_none() {
        return no("a channel's number is 1 or higher");
    }
    for (field, value) in fields {
        if field.parse::<FieldNo>().is_err() {
            return no("a field is a number from 1 to 8");
        }
        short(value)?;
    }
    if fields.is_empty() && status.is_none_or(str::is_empty) {
        return no("an entry needs a field or a status");
    }
    short(status.unwrap_or_default())
}

fn field(number: u8) -> Result<(), Refusal> {
    if FieldNo::new(number).is_some() { Ok(()) } else { no("a field is a number from 1 to 8") }
}

fn number(number: f64, what: &str) -> Result<(), Refusal> {
    if number.abs() <= LARGEST {
        Ok(())
    } else {
        no(format!("{what} is a number, at most {LARGEST:e} from zero"))
    }
}

fn short(value: &str) -> Result<(), Refusal> {
    if value.chars().count() <= VALUE_MAX {
        Ok(())
    } else {
        no(format!("a text to compare or write has at most {VALUE_MAX} characters"))
    }
}

fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> Result<(), Refusal> {
    if texts.into_iter().all(|text| text.len() <= TEXT_MAX) {
        Ok(())
    } else {
        no(format!("a text of an action has at most {TEXT_MAX} bytes"))
    }
}

/// Somebody's address: enough that a slip is seen, no more.
pub(crate) fn mail_address(address: &str) -> Result<(), Refusal> {
    let parts = address.trim().split_once('@');
    let fine =
        parts.is_some_and(|(who, host)| !who.is_empty() && host.len() > 1 && !host.contains('@'));
    if fine
        && !address
            .trim()
            .contains(|c: char| c.is_whitespace() || c.is_control() || ",;<>".contains(c))
    {
        Ok(())
    } else {
        no(format!("{address:?} is no e-mail address; one at a time, such as anna@example.org"))
    }
}

/// Whether a user may agree to calls into private networks.
pub(super) fn may_private(user: &User, everybody: bool) -> bool {
    user.admin || everybody
}

fn no<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::BadValue(why.into()))
}
