-- Who interviews. Names come back after a revocation, ids never.
CREATE TABLE enumerator (
    id INTEGER PRIMARY KEY,
    public TEXT NOT NULL UNIQUE, -- UUID, by which phones know themselves
    name TEXT NOT NULL,
    made_at TEXT NOT NULL,
    seen_at TEXT,                -- last sign-in or visit to the list of surveys
    revoked_at TEXT
) STRICT;
CREATE UNIQUE INDEX enumerator_name ON enumerator (name COLLATE NOCASE) WHERE revoked_at IS NULL;

-- The surveys that an enumerator is for; none means all.
CREATE TABLE enumerator_survey (
    enumerator_id INTEGER NOT NULL REFERENCES enumerator (id),
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    PRIMARY KEY (enumerator_id, survey_id)
) STRICT, WITHOUT ROWID;

-- Links that sign an enumerator in. A void one is kept, so that it can be told from one that never was.
CREATE TABLE sign_in_link (
    id INTEGER PRIMARY KEY,
    enumerator_id INTEGER NOT NULL REFERENCES enumerator (id),
    digest BLOB NOT NULL UNIQUE, -- SHA-256 of its token
    made_at TEXT NOT NULL,
    void_at TEXT
) STRICT;
CREATE INDEX sign_in_link_of ON sign_in_link (enumerator_id);

-- A phone that is signed in. It is void with the link that began it.
CREATE TABLE session (
    digest BLOB PRIMARY KEY,     -- SHA-256 of the cookie
    link_id INTEGER NOT NULL REFERENCES sign_in_link (id),
    began_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE response ADD COLUMN enumerator_id INTEGER REFERENCES enumerator (id);
CREATE INDEX response_by_enumerator ON response (enumerator_id, survey_id, received_at) WHERE enumerator_id IS NOT NULL;
ALTER TABLE response_conflict ADD COLUMN enumerator_id INTEGER REFERENCES enumerator (id);

-- How many people of a kind are to be interviewed. Ids are not used again: what was counted hangs on them.
CREATE TABLE quota (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    wanted TEXT NOT NULL,        -- JSON, answers by key: see quotas.rs
    target INTEGER NOT NULL CHECK (target > 0)
) STRICT;
