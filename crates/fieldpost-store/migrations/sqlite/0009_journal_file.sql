-- The journal is a file beside this one; `docs/storage.md` draws its bytes. What the table holds is put into blocks by the program
-- (`old_journal.rs`), in the same transaction; then the table goes.

-- 'journal': which journal belongs to this database, 0 if none does and all entries are in blocks. 'journal_free': up to which of its rows
-- everything is in blocks.
INSERT INTO counters VALUES ('journal', 0), ('journal_free', 0);
