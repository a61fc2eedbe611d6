-- Whether a survey asks people at the moment. Each change is a row, so that it is known afterwards what held when a
-- response was begun; the last one counts. A survey without a row is open.
CREATE TABLE survey_state (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    state TEXT NOT NULL CHECK (state IN ('open', 'paused', 'closed')),
    areas TEXT NOT NULL,         -- JSON, codes of the areas that are paused; none is everywhere
    why TEXT NOT NULL,           -- shown to who wants to begin; blank where nobody says
    until TEXT NOT NULL,         -- a day, shown as well; nothing happens by itself on it
    since TEXT NOT NULL,
    by TEXT NOT NULL
) STRICT;
CREATE INDEX survey_state_of ON survey_state (survey_id, id);

-- Periods of collection. A response belongs to the one in which it was begun.
CREATE TABLE round (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    name TEXT NOT NULL,
    began_at TEXT NOT NULL,      -- blank: from the beginning of the survey
    ended_at TEXT
) STRICT;
CREATE UNIQUE INDEX round_name ON round (survey_id, name COLLATE NOCASE);
CREATE UNIQUE INDEX round_open ON round (survey_id) WHERE ended_at IS NULL;

-- What lets programs read in the name of an account.
CREATE TABLE api_token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE, -- SHA-256 of it
    account_id INTEGER NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    made_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    used_at TEXT,
    revoked_at TEXT
) STRICT;
CREATE INDEX api_token_of ON api_token (account_id);
