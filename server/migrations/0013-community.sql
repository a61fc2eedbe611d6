-- Pages that go back to communities: one for each area of a survey that has any, and one for all of it.
CREATE TABLE community (
    id INTEGER PRIMARY KEY,
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    place TEXT NOT NULL,         -- names it in addresses: 'all', or the area's code
    draft TEXT NOT NULL,         -- JSON: the page as it is being made
    UNIQUE (survey_id, place)
) STRICT;

-- The page as it was released, with its figures. Nothing in it changes afterwards, whatever results say later.
CREATE TABLE community_release (
    id INTEGER PRIMARY KEY,
    community_id INTEGER NOT NULL REFERENCES community (id),
    number INTEGER NOT NULL,     -- from 1; the highest is the page that is shown
    made_at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    results INTEGER NOT NULL REFERENCES release (id), -- where its figures come from
    content TEXT NOT NULL,       -- JSON
    digest TEXT NOT NULL,        -- SHA-256 of the content
    checks TEXT NOT NULL,        -- JSON: what was confirmed before, and why sensitive figures are shown
    withdrawn_at TEXT,
    withdrawn_by TEXT,
    UNIQUE (community_id, number)
) STRICT;

-- Meetings at which results were given back.
CREATE TABLE meeting (
    id INTEGER PRIMARY KEY,
    community_id INTEGER NOT NULL REFERENCES community (id),
    content TEXT NOT NULL,       -- JSON: when, where, how many came, what was corrected and agreed
    made_at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;
CREATE INDEX meeting_of ON meeting (community_id);

-- What was agreed: what, who, until when.
CREATE TABLE agreement (
    id INTEGER PRIMARY KEY,
    community_id INTEGER NOT NULL REFERENCES community (id),
    content TEXT NOT NULL,       -- JSON
    made_at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;
CREATE INDEX agreement_of ON agreement (community_id);

-- How far it is, each time that this changed; the last counts.
CREATE TABLE agreement_state (
    id INTEGER PRIMARY KEY,
    agreement_id INTEGER NOT NULL REFERENCES agreement (id),
    state TEXT NOT NULL CHECK (state IN ('planned', 'under_way', 'done', 'not_done')),
    at TEXT NOT NULL,
    by TEXT NOT NULL
) STRICT;
CREATE INDEX agreement_state_of ON agreement_state (agreement_id, id);
