-- Automations, what came of them, ThingHTTP requests and alerts. What they are set to is JSON in the form in which it is sent.

INSERT INTO counters VALUES ('automation', 0), ('run', 0), ('thinghttp', 0);

CREATE TABLE automations (
    id         INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    channel_id INTEGER REFERENCES channels (id) ON DELETE CASCADE, -- the one it looks at
    name       TEXT NOT NULL,
    enabled    INTEGER NOT NULL,
    acts_when  TEXT NOT NULL,
    action     TEXT NOT NULL,
    progress   TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX automations_by_user ON automations (user_id);
CREATE INDEX automations_by_channel ON automations (channel_id);

CREATE TABLE runs (
    id            INTEGER PRIMARY KEY,
    automation_id INTEGER NOT NULL REFERENCES automations (id) ON DELETE CASCADE,
    at            INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    test          INTEGER NOT NULL,
    cause         TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed', 'skipped')),
    tries         INTEGER NOT NULL,
    next_try_at   INTEGER,
    says          TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_automation ON runs (automation_id, id);
CREATE INDEX runs_unsettled ON runs (id) WHERE state = 'waiting';

CREATE TABLE thinghttps (
    id         INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    api_key    TEXT NOT NULL UNIQUE,
    settings   TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX thinghttps_by_user ON thinghttps (user_id);

CREATE TABLE alert_keys (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    key     TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE alerts (
    id           INTEGER PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    requested_at INTEGER NOT NULL,
    subject      TEXT NOT NULL,
    status       TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_by_user ON alerts (user_id, requested_at);
