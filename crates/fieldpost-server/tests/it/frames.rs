//! Charts, widgets, maps and statuses for frames on other people's pages. What they draw is seen in `e2e/tests/embed.test.mjs`.

use crate::harness::{Answer, CHANNEL, READ, Server};

const BROWSER: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

fn look(server: &Server, path: &str, accept: &str) -> Answer {
    server.raw(format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
    ))
}

#[test]
fn a_frame_may_stand_on_any_page_and_the_app_on_none_but_its_own() {
    let server = Server::with_channel(&[]);
    for below in [
        "charts/1?bgcolor=%23ffffff&color=%23d62020&dynamic=true&results=60&type=line&update=15",
        "widgets/1024026",
        "widgets/gauge?field=1&min=0&max=40",
        "maps/channel_show?width=450&height=260",
        "status/recent",
    ] {
        let answer = look(&server, &format!("/channels/{CHANNEL}/{below}"), BROWSER);
        assert_eq!(answer.status, 200, "{below}");
        assert_eq!(answer.header("Content-Type"), Some("text/html; charset=utf-8"), "{below}");
        assert_eq!(answer.header("X-Frame-Options"), None, "{below}");
        assert_eq!(answer.header("Set-Cookie"), None, "{below}");
        let policy = answer.header("Content-Security-Policy").unwrap_or_default();
        assert!(policy.contains("default-src 'self'"), "{below}: {policy}");
        assert!(!policy.contains("frame-ancestors"), "{below}: {policy}");
    }
    for page in ["/", &format!("/channels/{CHANNEL}"), "/sign-in"] {
        let answer = look(&server, page, BROWSER);
        let policy = answer.header("Content-Security-Policy").unwrap_or_default();
        assert!(policy.contains("frame-ancestors 'self'"), "{page}: {policy}");
    }
}

#[test]
fn a_chart_is_a_page_to_everybody_and_the_statuses_only_to_a_browser() {
    let server = Server::with_channel(&[]);
    server.store("field1=1&status=All+is+well");
    let chart = look(&server, &format!("/channels/{CHANNEL}/charts/1"), "*/*");
    assert_eq!(
        (chart.status, chart.header("Content-Type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let statuses = format!("/channels/{CHANNEL}/status/recent");
    let list = look(&server, &format!("{statuses}?api_key={READ}"), "*/*");
    assert!(list.body.starts_with("<ul>\n  <li>All is well "), "{}", list.body);
    let json = look(&server, &format!("{statuses}.json?api_key={READ}"), BROWSER);
    assert_eq!(json.json()[0]["status"], "All is well");
    let page = look(&server, &statuses, BROWSER);
    assert!(!page.body.contains("All is well"), "{}", page.body);
}

#[test]
fn what_is_no_frame_is_not_there() {
    let server = Server::with_channel(&[]);
    for path in [
        "/channels/4711/charts",
        "/channels/x/charts/1",
        "/channels/4711/charts/1.json",
        "/channels/4711/windows/1/iframe",
        "/plugins/1",
    ] {
        let answer = look(&server, path, "*/*");
        assert_eq!(answer.status, 404, "{path}");
    }
}
