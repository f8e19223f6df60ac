-- The first layout. Times are milliseconds since 1970 in UTC; texts are kept exactly as they came.

PRAGMA application_id = 0x46506F73; -- "FPos": tells other programs, and us, whose file this is

-- `version` is bumped by every transaction that changes the catalogue. The others are the highest ids ever
-- given, since an id is not given twice.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('version', 0), ('channel', 0), ('user', 0);

CREATE TABLE users (
    id         INTEGER PRIMARY KEY,
    login      TEXT NOT NULL,
    login_fold TEXT NOT NULL UNIQUE, -- in lower case, as it is looked up
    api_key    TEXT NOT NULL UNIQUE,
    password   TEXT,                 -- argon2id
    email      TEXT,
    bio        TEXT,
    website    TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE channels (
    id          INTEGER PRIMARY KEY,
    owner       INTEGER NOT NULL REFERENCES users (id),
    write_key   TEXT NOT NULL UNIQUE,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    name        TEXT NOT NULL DEFAULT '',
    description TEXT,
    label1      TEXT,
    label2      TEXT,
    label3      TEXT,
    label4      TEXT,
    label5      TEXT,
    label6      TEXT,
    label7      TEXT,
    label8      TEXT,
    latitude    TEXT,
    longitude   TEXT,
    elevation   TEXT,
    metadata    TEXT,
    url         TEXT,
    github_url  TEXT,
    video_id    TEXT,
    video_type  TEXT,
    public      INTEGER NOT NULL DEFAULT 0,
    interval_ms INTEGER
) STRICT;
CREATE INDEX channels_by_owner ON channels (owner);

CREATE TABLE read_keys (
    channel_id INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    place      INTEGER NOT NULL, -- oldest first
    key        TEXT NOT NULL,
    note       TEXT NOT NULL,
    PRIMARY KEY (channel_id, place),
    UNIQUE (channel_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX read_keys_by_key ON read_keys (key);

-- Words outlive the channels that carried them: a word's number stays.
CREATE TABLE words (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    fold TEXT NOT NULL UNIQUE -- in lower case, as it is looked up
) STRICT;

CREATE TABLE tags (
    channel_id INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    place      INTEGER NOT NULL,
    word_id    INTEGER NOT NULL REFERENCES words (id),
    PRIMARY KEY (channel_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_word ON tags (word_id);

-- Where each channel stands: one row a channel, written once for each channel of a batch.
CREATE TABLE heads (
    channel_id    INTEGER PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
    last_entry_id INTEGER NOT NULL DEFAULT 0, -- 0 while the channel is empty
    last_write_at INTEGER
) STRICT;

-- No reference to channels: a commit has read the channel's head in the same transaction.
CREATE TABLE entries (
    channel_id INTEGER NOT NULL,
    entry_id   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    field1     TEXT,
    field2     TEXT,
    field3     TEXT,
    field4     TEXT,
    field5     TEXT,
    field6     TEXT,
    field7     TEXT,
    field8     TEXT,
    latitude   TEXT,
    longitude  TEXT,
    elevation  TEXT,
    status     TEXT,
    PRIMARY KEY (channel_id, entry_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_by_time ON entries (channel_id, created_at);
