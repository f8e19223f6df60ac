-- Relays: channels that go on to another server or come from one. What they are set to and how far they are is JSON.

INSERT INTO counters VALUES ('relay', 0);

CREATE TABLE relays (
    id         INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    direction  TEXT NOT NULL CHECK (direction IN ('forward', 'mirror')),
    settings   TEXT NOT NULL,
    progress   TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX relays_by_channel ON relays (channel_id);
