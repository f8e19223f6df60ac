-- MQTT devices. Of a password only a digest is kept; rights and maps are JSON in the form in which they are sent.

CREATE TABLE devices (
    id         INTEGER PRIMARY KEY,  -- the order in which they were made; nobody sees it
    client_id  TEXT NOT NULL UNIQUE,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    password   TEXT NOT NULL,
    rights     TEXT NOT NULL,
    maps       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX devices_by_user ON devices (user_id);
