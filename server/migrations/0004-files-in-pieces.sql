-- Files that have come in part: the connection broke, or the phone is still sending.
CREATE TABLE media_part (
    id INTEGER PRIMARY KEY,
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    name TEXT NOT NULL,          -- what the file will be called
    size INTEGER NOT NULL,       -- bytes that it will have
    received INTEGER NOT NULL,   -- bytes that have come, from its beginning
    touched_at TEXT NOT NULL,    -- when the last piece came
    UNIQUE (survey_id, name)
) STRICT;

CREATE TABLE media_piece (
    id INTEGER PRIMARY KEY,
    part_id INTEGER NOT NULL REFERENCES media_part (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,      -- its place in the file
    bytes BLOB NOT NULL,
    UNIQUE (part_id, start)
) STRICT;
