-- What a channel's owner says of its history: which values of a field are believed, and how long entries are kept.
-- JSON; absent for the defaults.

ALTER TABLE channels ADD COLUMN valid TEXT;
ALTER TABLE channels ADD COLUMN keep TEXT;
