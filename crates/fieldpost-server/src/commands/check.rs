//! `fieldpost check`: reads everything that a data folder holds, and says what it looked at and what is wrong.

use std::path::Path;

use fieldpost_engine::retention::words::count;
use fieldpost_http::tls;
use fieldpost_store::history::Checked;
use fieldpost_store::sqlite::check_file;
use serde_json::json;

use crate::folder;
use crate::options::Place;

/// How many sentences about damage are printed.
const SHOWN: usize = 20;

pub(crate) fn run(place: &Place) -> anyhow::Result<()> {
    let data = &place.data;
    let (mut looked, mut problems) = (Vec::new(), Vec::new());
    match database(data) {
        Ok(Checked { channels, entries, problems: found }) => {
            let channels = count(channels, "channel", "channels");
            looked
                .push(format!("the database: {channels}, {}", count(entries, "entry", "entries")));
            problems.extend(found.into_iter().map(|found| format!("the database: {found}")));
        }
        Err(error) => {
            looked.push("the database".into());
            problems.push(format!("{error:#}"));
        }
    }
    let damaged = !problems.is_empty();
    let (cert, key) = (folder::tls(data).join("cert.pem"), folder::tls(data).join("key.pem"));
    if cert.exists() || key.exists() {
        looked.push("the certificate for https".into());
        problems.extend(tls::load(&cert, &key).err().map(|error| {
            format!("the certificate can't be used: {error}; delete the folder tls, and the next start makes another")
        }));
    }
    let settings = data.join("fieldpost.toml");
    if settings.exists() {
        looked.push("fieldpost.toml".into());
        let read = std::fs::read_to_string(&settings).map_err(|error| error.to_string());
        let table =
            read.and_then(|text| text.parse::<toml::Table>().map_err(|error| error.to_string()));
        problems.extend(table.err().map(|error| format!("fieldpost.toml can't be read: {error}")));
    }
    if place.json {
        println!(
            "{}",
            json!({ "data": data.display().to_string(), "ok": problems.is_empty(), "looked_at": looked, "problems": problems })
        );
    } else {
        println!("Looked at {}.", data.display());
        looked.iter().for_each(|what| println!("  {what}"));
        problems.iter().take(SHOWN).for_each(|problem| println!("  ✗ {problem}"));
        if problems.len() > SHOWN {
            println!("  … and {} more", problems.len() - SHOWN);
        }
        match (problems.is_empty(), damaged) {
            (true, _) => println!("All is well."),
            (false, true) => println!("{}", what_to_do(data)),
            (false, false) => {}
        }
    }
    let wrong = count(problems.len() as u64, "thing is", "things are");
    anyhow::ensure!(problems.is_empty(), "{wrong} wrong with {}", data.display());
    Ok(())
}

/// Nothing is changed, and nothing made: who only wants to know must not bring an old file up to date.
fn database(data: &Path) -> anyhow::Result<Checked> {
    let path = folder::database(data);
    anyhow::ensure!(
        path.exists(),
        "there is no {}; --data names the folder of the data",
        path.display()
    );
    check_file(&path).map_err(|error| {
        anyhow::anyhow!("{} can't be read: {}", path.display(), folder::cause(&error))
    })
}

fn what_to_do(data: &Path) -> String {
    let data = data.display();
    format!(
        "What to do: stop the server, copy {data} to another disk as it is, and restore the newest backup with \
         `fieldpost restore FILE --data {data} --force`, which keeps the damaged files. Without a backup, what can still be read can be exported, \
         channel by channel. A damaged file often means a disk or an SD card that wears out: replace it."
    )
}
