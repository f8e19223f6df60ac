//! Sends readings every 15 seconds.

use std::error::Error;
use std::time::Duration;

use fieldpost_client::{ApiKey, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::new("{{url}}")?;
    let key: ApiKey = "{{write_key}}".parse()?;
    loop {
        // Put your own readings here.
        let update = client
            .update(&key)
            .field({{no1}}, 21.5) // {{name1}}
            .field({{no2}}, 63) // {{name2}}
            .send();
        match update.await {
            Ok(entry) => println!("entry {entry}"),
            Err(error) => eprintln!("not sent: {error}"),
        }
        tokio::time::sleep(Duration::from_secs(15)).await;
    }
}
