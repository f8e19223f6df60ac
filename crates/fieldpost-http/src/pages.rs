//! Which addresses are pages of the web app, and how a browser that wants a page is told from a client.
//!
//! Some addresses are both: `/channels/7` is a page to a person and an object to a program. Pure: nothing here opens a file.

use fieldpost_wire::ChannelId;

/// The pages of a channel, behind its id. The first two are the service's own names for it.
const CHANNEL_PAGES: [&str; 8] =
    ["private_show", "edit", "table", "connect", "doctor", "keys", "share", "settings"];

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
        | ["boards" | "sign-in" | "account" | "users" | "new" | "import" | "channels"]
        | ["setup", _]
        | ["channels", "public"] => true,
        ["channels", id] => channel(id),
        ["channels", id, page] => channel(id) && CHANNEL_PAGES.contains(page),
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
    fn pages_are_few_and_known_by_name() {
        for page in
            ["/", "/channels", "/channels/7", "/channels/7/table/", "/setup/7KQ2-9XMD", "/users"]
        {
            assert!(is_page(page), "{page}");
        }
        for other in [
            "/channels/7.json",
            "/channels/7/feeds",
            "/channels/x",
            "/users/anna",
            "/update",
            "/assets/a.js",
        ] {
            assert!(!is_page(other), "{other}");
        }
    }
}
