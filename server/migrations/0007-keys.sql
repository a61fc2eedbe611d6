-- Which instance IDs are there, in an index that is brought up to date by many at once: IDs come in no order, so that an
-- index that takes each with its response writes a page for each. See store/keys.rs.
CREATE TABLE response_key (
    instance BLOB NOT NULL,      -- the 16 bytes of the UUID
    survey_id INTEGER NOT NULL,
    response_id INTEGER NOT NULL,
    PRIMARY KEY (instance, survey_id)
) STRICT, WITHOUT ROWID;

-- Responses up to this row id are in the index; of those after it the server knows by reading them.
CREATE TABLE response_keyed (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
) STRICT;

-- In the order of the index, so that a million take seconds; from the former index, so that no answers are read.
INSERT INTO response_key (instance, survey_id, response_id)
SELECT CASE WHEN length(instance_id) = 36 AND length(unhex(instance_id, '-')) = 16 THEN unhex(instance_id, '-')
            ELSE CAST(instance_id AS BLOB) END, survey_id, id
FROM response ORDER BY 1, 2;
INSERT INTO response_keyed (id, last) SELECT 1, coalesce(max(id), 0) FROM response;

-- The constraint goes, and its index. SQLite has no word for that but a copy of the whole table, as large as the table
-- again on the disk. So the constraint is taken out of the table's text, and its index gets a name by which it can go.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, ',
    UNIQUE (survey_id, instance_id)
', '') WHERE type = 'table' AND name = 'response';
UPDATE sqlite_schema SET name = 'response_instance',
    sql = 'CREATE UNIQUE INDEX response_instance ON response (survey_id, instance_id)'
WHERE type = 'index' AND name = 'sqlite_autoindex_response_1';
PRAGMA writable_schema = RESET;
DROP INDEX response_instance;

-- What a survey has is counted in this one; its entries come in order.
CREATE INDEX response_of_survey ON response (survey_id);
