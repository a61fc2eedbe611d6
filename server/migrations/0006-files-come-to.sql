-- What the files of a survey come to, so that nobody has to read them all before taking one more.
CREATE TABLE media_total (
    survey_id INTEGER PRIMARY KEY REFERENCES survey (id),
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT;
INSERT INTO media_total (survey_id, files, bytes) SELECT survey_id, count(*), sum(size) FROM media GROUP BY survey_id;

CREATE TRIGGER media_is_added AFTER INSERT ON media
BEGIN
    INSERT INTO media_total (survey_id, files, bytes) VALUES (new.survey_id, 1, new.size)
    ON CONFLICT (survey_id) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER media_is_removed AFTER DELETE ON media
BEGIN
    UPDATE media_total SET files = files - 1, bytes = bytes - old.size WHERE survey_id = old.survey_id;
END;

-- Files that no response names are looked for by the clock: without this, in the rows of all files.
CREATE INDEX media_by_age ON media (received_at, survey_id, name, size);
