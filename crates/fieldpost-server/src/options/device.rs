//! What can be said to `fieldpost device`.

use std::str::FromStr;

use clap::Subcommand;
use fieldpost_store::Right;
use fieldpost_wire::ChannelId;

use super::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// Make an MQTT device and print its password, which is shown only now
    Add {
        /// What it is called
        name: String,
        /// The user whose device it is
        #[arg(long, value_name = "LOGIN")]
        user: String,
        /// A channel and what the device may do there: r to subscribe, w to publish; all for every channel of the user. May be given
        /// several times
        #[arg(long = "channel", value_name = "ID:rw")]
        rights: Vec<RightArg>,
        /// Client id and user name, such as the one a sketch has in it
        #[arg(long, value_name = "ID")]
        client_id: Option<String>,
        /// Read a password from the first line of standard input; without it one is made, which is better
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        place: Place,
    },
    /// List MQTT devices
    List {
        /// Only the devices of this user
        #[arg(long, value_name = "LOGIN")]
        user: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Give an MQTT device a new password; its connection ends
    Password {
        /// The device
        client_id: String,
        /// Read the password from the first line of standard input; without it one is made, which is better
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Remove an MQTT device; its connection ends
    Remove {
        /// The device
        client_id: String,
        #[command(flatten)]
        place: Place,
    },
}

/// A right as it is written on the command line: `7:rw`, `all:r`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RightArg(pub(crate) Right);

impl FromStr for RightArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || {
            format!(
                "{text:?} says not what may be done: write 7:r, 7:w or 7:rw, or all in place of the number"
            )
        };
        let (channel, what) = text.split_once(':').ok_or_else(form)?;
        let channel = match channel {
            "all" => None,
            id => Some(id.parse::<ChannelId>().map_err(|error| error.to_string())?.get()),
        };
        let (publish, subscribe) = match what {
            "r" => (false, true),
            "w" => (true, false),
            "rw" | "wr" => (true, true),
            _ => return Err(form()),
        };
        Ok(Self(Right { channel, publish, subscribe }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_a_channel_or_all_and_what_may_be_done() {
        let read = |text: &str| text.parse::<RightArg>().map(|right| right.0);
        let right = |channel, publish, subscribe| Ok(Right { channel, publish, subscribe });
        assert_eq!(read("7:rw"), right(Some(7), true, true));
        assert_eq!(read("all:r"), right(None, false, true));
        assert_eq!(read("12:w"), right(Some(12), true, false));
        for bad in ["7", "7:", "7:x", "x:rw", "0:rw", ":rw", ""] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
