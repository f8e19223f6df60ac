-- Who may look, and who may do what: sessions, shares, links, and write keys that are on their way out. Of secrets that a
-- person carries only the SHA-256 is kept.

ALTER TABLE users ADD COLUMN admin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN timezone TEXT;
ALTER TABLE channels ADD COLUMN timezone TEXT;

INSERT INTO counters VALUES ('session', 0), ('link', 0);

-- Keys that were replaced and still write until a time.
CREATE TABLE retiring_keys (
    key        TEXT PRIMARY KEY,
    channel_id INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    place      INTEGER NOT NULL, -- oldest first
    until      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX retiring_keys_by_channel ON retiring_keys (channel_id, place);

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token      BLOB NOT NULL UNIQUE, -- SHA-256
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    agent      TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_age ON sessions (seen_at);

CREATE TABLE shares (
    channel_id INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role       TEXT NOT NULL CHECK (role IN ('viewer', 'editor')),
    PRIMARY KEY (channel_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shares_by_user ON shares (user_id);

CREATE TABLE links (
    id         INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    token      BLOB NOT NULL UNIQUE, -- SHA-256
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
CREATE INDEX links_by_channel ON links (channel_id);
