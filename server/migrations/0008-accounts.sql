-- Who works at the desk: the pages of coordinators. A name is what signs in, and is never given to another.
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('administrator', 'coordinator', 'analyst')),
    raw INTEGER NOT NULL CHECK (raw IN (0, 1)),                     -- an analyst who may see single responses
    every_survey INTEGER NOT NULL CHECK (every_survey IN (0, 1)),   -- otherwise those of account_survey
    hash TEXT,                   -- Argon2id with its salt and costs; null until a link was used
    factor BLOB,                 -- the secret of the second factor, where it is on
    factor_step INTEGER,         -- the last step of time whose code was used: none counts twice
    made_at TEXT NOT NULL,
    disabled_at TEXT
) STRICT;
CREATE UNIQUE INDEX account_name ON account (name COLLATE NOCASE);

CREATE TABLE account_survey (
    account_id INTEGER NOT NULL REFERENCES account (id),
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    PRIMARY KEY (account_id, survey_id)
) STRICT, WITHOUT ROWID;

-- What lets in whose second factor is lost, each once.
CREATE TABLE recovery_code (
    digest BLOB PRIMARY KEY,     -- SHA-256
    account_id INTEGER NOT NULL REFERENCES account (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_code_of ON recovery_code (account_id);

-- Links by which a password is chosen, each once. One without an account makes the first administrator.
CREATE TABLE account_link (
    digest BLOB PRIMARY KEY,     -- SHA-256 of its token
    account_id INTEGER REFERENCES account (id),
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_link_of ON account_link (account_id);

-- A browser that is signed in.
CREATE TABLE desk_session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE, -- SHA-256 of the cookie
    account_id INTEGER NOT NULL REFERENCES account (id),
    browser TEXT NOT NULL,       -- its kind and system, never an address
    began_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
) STRICT;
CREATE INDEX desk_session_of ON desk_session (account_id);
