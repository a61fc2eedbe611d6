-- What was released of a survey's results. Its tables stay as long as the survey does: a later release is protected
-- beside all earlier ones, since whoever has an old table subtracts it from a new one.
CREATE TABLE release (
    id INTEGER PRIMARY KEY,
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    made_at TEXT NOT NULL,
    form TEXT NOT NULL,          -- SHA-256 of the version that it was made with
    last_response INTEGER NOT NULL, -- responses after this row id are not in it
    respondents INTEGER NOT NULL -- how many count
) STRICT;
CREATE INDEX release_of ON release (survey_id, id);

-- Its files, as they are given out. Of a release that is not the last only 'tidy.csv' is kept.
CREATE TABLE release_file (
    id INTEGER PRIMARY KEY,
    release_id INTEGER NOT NULL REFERENCES release (id),
    name TEXT NOT NULL,
    content BLOB NOT NULL,       -- gzip
    UNIQUE (release_id, name)
) STRICT;
