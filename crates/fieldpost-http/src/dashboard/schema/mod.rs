//! The words of the dashboard's API: what is sent and what is answered, as plain values.
//!
//! The OpenAPI document and the web app's types are made of these declarations. Times are milliseconds since 1970 in UTC;
//! values of fields are texts exactly as they were sent. Nothing here asks the engine.

mod accounts;
mod attempts;
mod automations;
mod backups;
mod boards;
mod channels;
mod devices;
mod history;
mod imports;
mod relays;
mod storage;
mod talkbacks;

pub use accounts::{
    Changes, KeyChange, Me, MqttPorts, NewLink, NewUser, Problem, Server, Session, Setup, Share,
    SignIn, User,
};
pub use attempts::{Attempt, Doorway};
pub use automations::{
    Alert, Alerts, Automation, NewAutomation, NewThingHttp, Run, ThingHttp, ThingHttpTest,
};
pub use backups::{BackupFailure, BackupFile, Backups};
pub use boards::{
    Board, BoardChannels, BoardId, Button, ChannelName, Climate, DisplayBoard, Oled, ReadingText,
    SensorBoard, Snapshot, Wifi,
};
pub use channels::{
    Card, ChannelChanges, Channels, Detail, Entry, Field, Keys, Link, NewChannel, NewReadKey,
    PublicChannels, ReadKey, Retiring, Role, SharedWith, Told, Valid,
};
pub use devices::{Device, DeviceChanges, DevicePassword, MadeDevice, NewDevice, SeenTopic};
pub use history::{
    Aggregates, Column, Correction, Deleted, Entries, Extent, Made, Old, PutBack, Said, Series,
};
pub use imports::{Import, ImportChanges, ImportFound, ImportSource, ImportState, NewImport};
pub use relays::{NewRelay, Relay, RelayChanges};
pub use storage::{Keep, Storage, Tier};
pub use talkbacks::{Command, NewCommand, NewTalkBack, TalkBack, TalkBackChanges};

/// Tells a member that is there and `null` from one that is not there at all.
fn there<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}
