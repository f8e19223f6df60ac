//! The web app and the docs, as they were packed into the binary.

use std::io::Read as _;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};

/// A file of the web app, or of the docs.
struct Asset {
    path: &'static str,
    bytes: &'static [u8],
    /// How many bytes it has unpacked, if `bytes` is packed with gzip.
    unpacked: Option<usize>,
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// What a page may load: its own files and nothing from anywhere else. Charts set styles on their elements.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/// The same for frames: any page may hold one, also one from a disk or inside an app, for which there is no word but silence
/// (`frame-ancestors *` would only name the network's pages). A frame shows what its address opens to anybody and has nothing to click that
/// changes anything, so a page around it can't trick its visitors.
const FRAME_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
                            base-uri 'none'; form-action 'none'";

/// Said in place of the web app by a binary that was built without it.
const WITHOUT: &str = "<!doctype html><meta charset=utf-8><title>Fieldpost</title><h1>Fieldpost is running</h1>\
    <p>This binary was built without its web app. Build it with <code>cargo xtask web</code>, then build the server again.</p>";

/// Answers the web app's page, which finds out by its address what to show.
pub(crate) fn page(headers: &HeaderMap) -> Response {
    serve("/index.html", headers).unwrap_or_else(|| {
        (page_headers("text/html; charset=utf-8", "no-store"), WITHOUT).into_response()
    })
}

/// Answers the page for frames on other people's pages, which finds out by its address what to show.
pub(crate) fn frame(headers: &HeaderMap) -> Response {
    let mut page = serve("/embed.html", headers).unwrap_or_else(|| page(headers));
    let policy = http::HeaderValue::from_static(FRAME_POLICY);
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    page
}

/// Answers a file of the web app; `None` if there is none of that name.
pub(crate) fn serve(path: &str, headers: &HeaderMap) -> Option<Response> {
    let path = if path.starts_with("/docs/") { path.trim_end_matches('/') } else { path };
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    // Names of built files hold a hash of their content, so they may be kept for ever; the page may not.
    let immutable = path.starts_with("/assets/");
    let cache = if immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut all = page_headers(content_type(path), cache);
    if immutable {
        // A frame in a sandbox has no origin of its own and may load only what is for everybody.
        let everybody = http::HeaderValue::from_static("*");
        all.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, everybody);
    }
    let mut encodings = headers.get_all(header::ACCEPT_ENCODING).iter();
    let takes = encodings.any(|value| value.to_str().is_ok_and(|value| value.contains("gzip")));
    Some(match asset.unpacked {
        None => (all, asset.bytes).into_response(),
        Some(_) if takes => {
            all.insert(header::CONTENT_ENCODING, http::HeaderValue::from_static("gzip"));
            (all, asset.bytes).into_response()
        }
        Some(size) => (all, unpack(asset.bytes, size)).into_response(),
    })
}

/// The file as it was, for the few clients that take nothing packed: keeping it twice would make the binary larger by megabytes.
fn unpack(packed: &[u8], size: usize) -> Vec<u8> {
    let mut plain = Vec::with_capacity(size);
    if let Err(error) = flate2::read::GzDecoder::new(packed).read_to_end(&mut plain) {
        // It was packed when the binary was built, and a test unpacks all.
        tracing::error!(%error, "a file of the web app can't be unpacked");
    }
    plain
}

fn page_headers(content_type: &'static str, cache: &'static str) -> HeaderMap {
    let values = [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::VARY, "Accept-Encoding"),
    ];
    values.into_iter().map(|(name, value)| (name, http::HeaderValue::from_static(value))).collect()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        // Pages of the docs have no ending in their addresses.
        page if page.starts_with("/docs") => "text/html; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "webmanifest" => "application/json",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "toml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_unpacks_to_its_size() {
        for asset in ASSETS {
            if let Some(size) = asset.unpacked {
                assert_eq!(unpack(asset.bytes, size).len(), size, "{}", asset.path);
                assert!(asset.bytes.len() < size, "{} is worth packing", asset.path);
            }
        }
        assert!(ASSETS.iter().any(|asset| asset.path == "/docs" && asset.unpacked.is_some()));
    }
}
