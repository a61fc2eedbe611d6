-- Forms that were uploaded at the desk and are not published: one for each survey. Phones never see them.
CREATE TABLE draft (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    public TEXT NOT NULL UNIQUE, -- names it in addresses; another for each upload
    slug TEXT NOT NULL UNIQUE,   -- the form's id: of a survey, or of one to be
    form TEXT NOT NULL,          -- JSON, as in survey_version
    findings TEXT NOT NULL,      -- what there is to know of it, JSON
    by TEXT NOT NULL,            -- who uploaded it
    made_at TEXT NOT NULL
) STRICT;
