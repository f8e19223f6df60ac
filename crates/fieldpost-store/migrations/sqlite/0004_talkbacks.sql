-- TalkBacks and their commands. What the commands page offers to press is JSON in the form in which it is sent.

INSERT INTO counters VALUES ('talkback', 0), ('command', 0);

CREATE TABLE talkbacks (
    id         INTEGER PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    api_key    TEXT NOT NULL UNIQUE,
    channel_id INTEGER REFERENCES channels (id) ON DELETE SET NULL,
    log        INTEGER NOT NULL,
    expire_s   INTEGER,
    controls   TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX talkbacks_by_user ON talkbacks (user_id);
CREATE INDEX talkbacks_by_channel ON talkbacks (channel_id);

CREATE TABLE commands (
    id              INTEGER PRIMARY KEY,
    talkback_id     INTEGER NOT NULL REFERENCES talkbacks (id) ON DELETE CASCADE,
    text            TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('queued', 'delivered', 'acknowledged', 'expired')),
    place           INTEGER NOT NULL, -- queued: the order in which they go out, with gaps; else the order in which they finished
    once            TEXT, -- a word that names this command
    created_at      INTEGER NOT NULL,
    delivered_at    INTEGER,
    acknowledged_at INTEGER,
    expires_at      INTEGER
) STRICT;
CREATE INDEX commands_queued ON commands (talkback_id, place, expires_at) WHERE state = 'queued';
CREATE INDEX commands_finished ON commands (talkback_id, place) WHERE state <> 'queued';
CREATE INDEX commands_by_talkback ON commands (talkback_id, id);
CREATE INDEX commands_due ON commands (expires_at) WHERE state = 'queued' AND expires_at IS NOT NULL;
CREATE INDEX commands_once ON commands (talkback_id, once) WHERE once IS NOT NULL;
