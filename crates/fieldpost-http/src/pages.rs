//! Which addresses are pages of the web app, and how a browser that wants a page is told from a client.
//!
//! Some addresses are both: `/channels/7` is a page to a person and an object to a program. Pure: nothing here opens a file.

use fieldpost_wire::ChannelId;

/// The pages of a channel, behind its id. The first two are the service's own names for it.
const CHANNEL_PAGES: [&str; 9] =
    ["private_show", "edit", "table", "commands", "connect", "doctor", "keys", "share", "settings"];

/// True if an `Accept` header is that of a browser that opens a page. Clients written in Java send `text/html` too, among
/// pictures.
pub(crate) fn wants_page(accept: &str) -> bool {
    accept.trim_start().starts_with("text/html") && !accept.contains("image/gif")
}

/// True if the web app has a page at this address. What it shows is the web app's business.
pub(crate) fn is_page(path: &str) -> bool {
    let words: Vec<&str> = path.split('/').filter(|word| !word.is_empty()).collect();
    let channel = |id: &str| id.parse::<ChannelId>().is_ok();
    match words.as_slice() {
        []
        | [
            "backups" | "boards" | "sign-in" | "account" | "users" | "new" | "import" | "channels"
            | "devices" | "automations",
        ]
        | ["setup", _]
        | ["automations", "new"]
        | ["channels", "public"] => true,
        ["channels", id] => channel(id),
        ["automations", id] => id.parse::<u64>().is_ok(),
        ["channels", id, page] => channel(id) && CHANNEL_PAGES.contains(page),
        _ => false,
    }
}

/// True if a frame for other people's pages lives at this address: a chart, a widget, the map, the list of statuses. The
/// last one is an address for programs as well.
pub(crate) fn is_frame(path: &str) -> bool {
    let words: Vec<&str> = path.split('/').filter(|word| !word.is_empty()).collect();
    let plain = |word: &str| !word.contains('.') || word.ends_with(".html");
    match words.as_slice() {
        ["channels", id, rest @ ..] if id.parse::<ChannelId>().is_ok() => match rest {
            ["charts" | "widgets", which] => plain(which),
            ["maps", which] => plain(which) && which.starts_with("channel_show"),
            ["status" | "statuses", "recent" | "recent.html"] => true,
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_by_what_it_accepts() {
        assert!(wants_page("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        for other in
            ["", "*/*", "application/json", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"]
        {
            assert!(!wants_page(other), "{other}");
        }
    }

    #[test]
    fn frames_are_known_by_the_services_addresses() {
        for frame in [
            "/channels/7/charts/1",
            "/channels/7/charts/12/",
            "/channels/7/widgets/1024026",
            "/channels/7/widgets/gauge",
            "/channels/7/maps/channel_show",
            "/channels/7/status/recent",
        ] {
            assert!(is_frame(frame), "{frame}");
        }
        for other in [
            "/channels/x/charts/1",
            "/channels/7/charts",
            "/channels/7/charts/1.json",
            "/channels/7/charts/1/edit",
            "/channels/7/status/recent.json",
            "/channels/7/status",
            "/charts/1",
        ] {
            assert!(!is_frame(other), "{other}");
        }
    }

    #[test]
    fn pages_are_few_and_known_by_name() {
        for page in [
            "/",
            "/channels",
            "/channels/7",
            "/channels/7/table/",
            "/channels/7/commands",
            "/setup/7KQ2-9XMD",
            "/users",
            "/devices",
            "/automations",
            "/automations/new",
            "/automations/12",
        ] {
            assert!(is_page(page), "{page}");
        }
        for other in [
            "/channels/7.json",
            "/channels/7/feeds",
            "/channels/x",
            "/users/anna",
            "/automations/x",
            "/update",
            "/assets/a.js",
        ] {
            assert!(!is_page(other), "{other}");
        }
    }
}
