-- Files that responses name. They come before the response, or after it, or never.
CREATE TABLE media (
    id INTEGER PRIMARY KEY,
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    name TEXT NOT NULL,          -- SHA-256 of the bytes, a point, an ending
    size INTEGER NOT NULL,       -- bytes
    received_at TEXT NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (survey_id, name)
) STRICT;

-- Which responses name which files, whether these have come or not.
CREATE TABLE media_use (
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    name TEXT NOT NULL,
    response_id INTEGER NOT NULL REFERENCES response (id),
    PRIMARY KEY (survey_id, name, response_id)
) STRICT, WITHOUT ROWID;

-- Files that go with labels, once each whatever they are called.
CREATE TABLE label_file (
    digest TEXT PRIMARY KEY,     -- SHA-256 of the bytes
    kind TEXT NOT NULL,          -- content type
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE survey_file (
    version_id INTEGER NOT NULL REFERENCES survey_version (id),
    name TEXT NOT NULL,          -- as the form names it
    digest TEXT NOT NULL REFERENCES label_file (digest),
    PRIMARY KEY (version_id, name)
) STRICT, WITHOUT ROWID;

-- JSON, questions whose change of meaning was accepted when the version was published.
ALTER TABLE survey_version ADD COLUMN accepted TEXT NOT NULL DEFAULT '[]';
-- Whether the version asks for photos, sounds or other files.
ALTER TABLE survey_version ADD COLUMN takes_files INTEGER NOT NULL DEFAULT 0 CHECK (takes_files IN (0, 1));
