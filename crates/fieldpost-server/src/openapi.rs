//! The whole OpenAPI document: what the HTTP door has, and what this binary adds to it. The tests hold `docs/openapi.json`, which is
//! what the server answers, to it.

/// The document of everything below `/api/v1`.
fn document() -> utoipa::openapi::OpenApi {
    use utoipa::OpenApi as _;
    let mut document = fieldpost_http::dashboard::openapi::document();
    document.merge(crate::backups::door::Description::openapi());
    document.merge(crate::boards_door::Description::openapi());
    document
}

#[cfg(test)]
mod tests {
    use fieldpost_http::dashboard::schema;

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = serde_json::to_value(super::document()).unwrap();
        let paths = document["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|methods| methods.as_object().unwrap().values());
        let mut names: Vec<&str> =
            operations.filter_map(|operation| operation["operationId"].as_str()).collect();
        names.sort_unstable();
        assert!(names.len() > 20 && names.windows(2).all(|two| two[0] != two[1]), "{names:?}");
    }

    #[test]
    fn the_committed_document_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let mut text = super::document().to_pretty_json().unwrap();
        text.push('\n');
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == text,
            "docs/openapi.json is stale; UPDATE=1 cargo test -p fieldpost-server writes it anew"
        );
    }

    /// The boards' crate and the description of what they show know nothing of each other.
    #[test]
    fn what_boards_show_is_what_the_document_says() {
        use fieldpost_boards::{BenchConfig, ChannelAccess};
        let access = || ChannelAccess {
            id: fieldpost_wire::ChannelId::new(1).unwrap(),
            write_key: "W4K2QZ81TTP0XN7B".parse().unwrap(),
            read_key: None,
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let shown = runtime.block_on(async {
            let bench = fieldpost_boards::Bench::start(BenchConfig {
                server: "http://127.0.0.1:9".into(),
                readings: access(),
                command: access(),
                interval: std::time::Duration::from_secs(2),
            });
            let shown = serde_json::to_value(bench.snapshot()).unwrap();
            bench.stop().await;
            shown
        });
        let said: schema::Snapshot = serde_json::from_value(shown.clone()).unwrap();
        assert_eq!(serde_json::to_value(&said).unwrap(), shown);
    }
}
