//! Sends one entry to a channel and prints the newest five.

use std::env;
use std::error::Error;

use fieldpost_client::{ApiKey, ChannelId, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [server, channel, write_key, values @ ..] = words.as_slice() else {
        return Err("say the server, the channel, its write key, and a value for each field".into());
    };
    let client = Client::new(server)?;
    let channel: ChannelId = channel.parse()?;
    let key: ApiKey = write_key.parse()?;

    let mut update = client.update(&key);
    for (number, value) in (1..).zip(values) {
        update = update.field(number, value);
    }
    println!("entry {}", update.send().await?);

    // A write key reads too.
    for entry in client.channel(channel).key(key).results(5).feed().await? {
        let fields: Vec<&str> = (1..=8).filter_map(|number| entry.field(number)).collect();
        println!("{}  {}  {}", entry.created_at, entry.id, fields.join("  "));
    }
    Ok(())
}
