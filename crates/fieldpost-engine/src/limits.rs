//! What the server allows: intervals, sizes and counts, all of them configuration.

/// The limits in force on a server. By default nothing is throttled and the bounds are there only so
/// that one client can't take the machine down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The least time between two accepted updates of a channel that has no interval of its own, in milliseconds; 0 for none.
    pub update_interval_ms: u64,
    /// The least time between two bulk updates of a channel, in milliseconds; 0 for none.
    pub bulk_interval_ms: u64,
    /// The most entries in a bulk update.
    pub bulk_max: usize,
    /// The longest body of a single update or of any other request, in bytes.
    pub body_max: usize,
    /// The longest body of a bulk update or an import, in bytes.
    pub bulk_body_max: usize,
    /// The most channels that a user may have.
    pub channels_max: usize,
    /// Whether a single update may name a time that the channel has already. The service says no.
    pub repeated_times: bool,
    /// Whether everybody, not only who looks after the server, may let automations and relays call addresses in private networks.
    pub private_targets: bool,
    /// The most alerts that a user is sent in half an hour.
    pub alerts_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            update_interval_ms: 0,
            bulk_interval_ms: 0,
            bulk_max: 14_400,
            body_max: 64 * 1024,
            bulk_body_max: 16 * 1024 * 1024,
            channels_max: usize::MAX,
            repeated_times: false,
            private_targets: false,
            alerts_max: 60,
        }
    }
}

impl Limits {
    /// The limits of a free account of the cloud service: for teaching, and for testing clients against them.
    pub fn thingspeak_free() -> Self {
        Self {
            update_interval_ms: 15_000,
            bulk_interval_ms: 15_000,
            bulk_max: 960,
            channels_max: 4,
            alerts_max: 2,
            ..Self::default()
        }
    }
}
