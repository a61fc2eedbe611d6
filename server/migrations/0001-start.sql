-- Surveys, their versions, and the responses to them.
CREATE TABLE survey (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE survey_version (
    id INTEGER PRIMARY KEY,
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    version TEXT NOT NULL,
    form TEXT NOT NULL,          -- JSON of the form
    digest TEXT NOT NULL,        -- SHA-256 of that JSON
    published_at TEXT NOT NULL,
    UNIQUE (survey_id, version)
) STRICT;

CREATE TABLE response (
    id INTEGER PRIMARY KEY,
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    instance_id TEXT NOT NULL,   -- UUID made on the phone
    version TEXT NOT NULL,       -- as the phone sent it
    received_at TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT NOT NULL,
    language TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('complete', 'refused', 'ineligible')),
    answers TEXT NOT NULL,       -- JSON, answers by key
    flags TEXT NOT NULL,         -- JSON, what the form does not allow
    digest BLOB NOT NULL,        -- SHA-256 of what the phone sent
    synthetic INTEGER NOT NULL DEFAULT 0 CHECK (synthetic IN (0, 1)),
    UNIQUE (survey_id, instance_id)
) STRICT;

-- The same instance ID with other content: both are kept, and people decide.
CREATE TABLE response_conflict (
    id INTEGER PRIMARY KEY,
    response_id INTEGER NOT NULL REFERENCES response (id),
    version TEXT NOT NULL,
    received_at TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT NOT NULL,
    language TEXT NOT NULL,
    answers TEXT NOT NULL,
    flags TEXT NOT NULL,
    digest BLOB NOT NULL,
    UNIQUE (response_id, digest)
) STRICT;
