//! What was said is understood, and what can't be is refused in words.

use super::*;

#[test]
fn the_declarations_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
    let table: toml::Table =
        "listen = \"127.0.0.1:1\"\nupdate-interval = 1.5\nrepeated-times = true".parse().unwrap();
    let read = |args: &[&str]| {
        let matches = with_defaults(Cli::command(), table.clone())
            .unwrap()
            .try_get_matches_from(args)
            .unwrap();
        match Cli::from_arg_matches(&matches).unwrap().command {
            Command::Serve(options) => options.server,
            other => panic!("{other:?}"),
        }
    };
    let options = read(&["fieldpost", "serve"]);
    assert_eq!(options.listen.port(), 1);
    assert_eq!(options.limits().update_interval_ms, 1_500);
    assert!(options.limits().repeated_times);
    assert_eq!(read(&["fieldpost", "serve", "--listen", "127.0.0.1:2"]).listen.port(), 2);
}

#[test]
fn an_unknown_key_in_the_file_is_named() {
    let error =
        with_defaults(Cli::command(), "lisen = 1".parse().unwrap()).unwrap_err().to_string();
    assert!(error.contains("lisen"), "{error}");
}

#[test]
fn a_mail_servers_password_is_never_shown() {
    let args = ["fieldpost", "serve", "--smtp-url", "smtps://a:hunter2@h"];
    let error = Cli::try_parse_from(args).unwrap_err().to_string();
    assert!(error.contains("--smtp-from") && !error.contains("hunter2"), "{error}");
    let cli = Cli::parse_from(args.iter().chain(&["--smtp-from", "f@example.org"]));
    assert!(!format!("{cli:?}").contains("hunter2"));
}

#[test]
fn a_profile_is_where_limits_begin() {
    let cli =
        Cli::parse_from(["fieldpost", "serve", "--profile", "thingspeak-free", "--bulk-max", "10"]);
    let Command::Serve(options) = cli.command else { panic!() };
    let limits = options.server.limits();
    assert_eq!((limits.update_interval_ms, limits.bulk_max), (15_000, 10));
}
