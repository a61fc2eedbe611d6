-- What was done and by whom, each entry hashed together with the one before. No answers in it.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,      -- 1, 2, 3 …: a gap is a loss
    at TEXT NOT NULL,
    by TEXT NOT NULL,            -- the name that was given, or 'server'
    action TEXT NOT NULL,        -- see audit.rs
    survey TEXT NOT NULL,        -- slug; blank where it concerns none or all
    detail TEXT NOT NULL,        -- JSON
    hash BLOB NOT NULL           -- SHA-256 of the hash before and of the above
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;

-- What people changed in responses. What was received stays in 'response'; the highest number counts.
CREATE TABLE correction (
    id INTEGER PRIMARY KEY,
    response_id INTEGER NOT NULL REFERENCES response (id),
    number INTEGER NOT NULL CHECK (number > 0),
    outcome TEXT NOT NULL CHECK (outcome IN ('complete', 'refused', 'ineligible')),
    answers TEXT NOT NULL,       -- JSON, all answers by key
    flags TEXT NOT NULL,         -- JSON, what the form does not allow
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    why TEXT NOT NULL,
    UNIQUE (response_id, number)
) STRICT;

-- What people think of responses. The last state counts; without any it is 'flagged' where the response, as it is now,
-- or its second content raises doubts, and 'received' otherwise. A row by 'server' takes the states before it back: the
-- answers that they were said of have been corrected.
CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    response_id INTEGER NOT NULL REFERENCES response (id),
    state TEXT CHECK (state IN ('received', 'flagged', 'approved', 'rejected')), -- null: a comment alone
    comment TEXT NOT NULL,
    at TEXT NOT NULL,
    by TEXT NOT NULL
) STRICT;
CREATE INDEX review_of ON review (response_id, id);

-- Whether a survey holds synthetic responses is asked at each start and for each page: without this, of every row.
CREATE INDEX response_synthetic ON response (survey_id) WHERE synthetic = 1;
