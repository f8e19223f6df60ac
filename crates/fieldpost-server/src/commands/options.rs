//! Prints the options of `serve` from their declarations: as the documentation's table, or as a sample file.

use clap::{Arg, ArgAction, CommandFactory as _};

use crate::options::{Cli, OptionsCommand};

pub(crate) fn run(command: &OptionsCommand) -> anyhow::Result<()> {
    match command.format.as_str() {
        "markdown" => print!("{}", markdown()),
        "toml" => print!("{}", sample()),
        other => anyhow::bail!("{other}: the formats are markdown and toml"),
    }
    Ok(())
}

fn all() -> Vec<Arg> {
    let cli = Cli::command();
    let serve = cli
        .find_subcommand("serve")
        .map(|serve| serve.get_arguments().cloned().collect::<Vec<_>>())
        .unwrap_or_default();
    serve.into_iter().filter(|arg| !arg.is_hide_set() && arg.get_long().is_some()).collect()
}

fn default(arg: &Arg) -> String {
    arg.get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn markdown() -> String {
    let mut out = String::from(
        "# Options of the server\n\nEach can be given as a flag, as an environment variable, or as a key in `fieldpost.toml`. \
         A flag wins over a variable, that over the file, that over the default.\n\n\
         | flag | variable | key in the file | default | meaning |\n| --- | --- | --- | --- | --- |\n",
    );
    for arg in all() {
        let long = arg.get_long().unwrap_or_default();
        let value = if arg.get_action().takes_values() {
            arg.get_value_names().and_then(|names| names.first()).map(|name| format!(" {name}"))
        } else {
            None
        };
        let env = arg.get_env().map(|env| env.to_string_lossy().into_owned()).unwrap_or_default();
        let key = if long == "config" || long == "data" { "" } else { long };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
        out.push_str(&format!(
            "| `--{long}{}` | {} | {} | {} | {help} |\n",
            value.unwrap_or_default(),
            code(&env),
            code(key),
            code(&default(&arg))
        ));
    }
    out
}

fn sample() -> String {
    let mut out = String::from(
        "# Fieldpost's configuration. Put it as fieldpost.toml into the data folder; every line is optional.\n",
    );
    for arg in all() {
        let long = arg.get_long().unwrap_or_default();
        if long == "config" || long == "data" {
            continue;
        }
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let value = match (arg.get_action(), default(&arg)) {
            (ArgAction::SetTrue, _) => "false".into(),
            (_, value) if value.parse::<f64>().is_ok() => value,
            (_, value) => format!("{value:?}"),
        };
        out.push_str(&format!("\n# {help}\n#{long} = {value}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_documents_are_printed_from_the_declarations() {
        let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
        for (file, text) in
            [("options.md", super::markdown()), ("fieldpost.example.toml", super::sample())]
        {
            let path = format!("{docs}/{file}");
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(&path, &text).unwrap();
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                kept == text,
                "docs/{file} is stale; UPDATE=1 cargo test -p fieldpost-server writes it anew"
            );
        }
    }
}
