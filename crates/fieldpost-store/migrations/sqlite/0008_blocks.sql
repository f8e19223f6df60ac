-- Entries go through a journal into blocks of columns; `docs/storage.md` draws their bytes. What the old rows hold is
-- put into blocks by the program (`migrate.rs`), in the same transaction; then their table goes.

-- What each group commit stored, in one row. Rows whose entries are all in blocks are deleted, but never the last row:
-- a number is not given twice.
CREATE TABLE journal (
    seq  INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

-- Up to where in the journal a channel's entries are in blocks, and the state of `moves` in which that, or anything else
-- than an append, was written down.
ALTER TABLE heads ADD COLUMN moved_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN moved_at INTEGER NOT NULL DEFAULT 0;

-- Is bumped by every transaction that writes blocks or deletes a channel.
INSERT INTO counters VALUES ('moves', 0);

-- Blocks of a channel do not overlap: each begins behind the end of the one before, by time and then id.
CREATE TABLE blocks (
    channel_id INTEGER NOT NULL,
    first_time INTEGER NOT NULL,
    first_id   INTEGER NOT NULL,
    last_time  INTEGER NOT NULL,
    last_id    INTEGER NOT NULL, -- that of the last entry, which need not be the highest
    min_id     INTEGER NOT NULL,
    max_id     INTEGER NOT NULL,
    entries    INTEGER NOT NULL,
    bytes      INTEGER NOT NULL, -- of header and body
    body_id    INTEGER NOT NULL,
    header     BLOB NOT NULL,
    PRIMARY KEY (channel_id, first_time, first_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_by_id ON blocks (channel_id, max_id, min_id);

-- Apart from their headers, so that reading headers alone stays cheap.
CREATE TABLE bodies (
    id   INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
