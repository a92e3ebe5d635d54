-- What an operator must see at a glance: photos that are not safe yet. Few among millions, so each gets an index of its own.

CREATE INDEX uploads_open ON uploads (created_at) WHERE state = 'open';

-- The trace in which an upload began, for those who collect traces: whichever replica goes on with it adds to that one.
ALTER TABLE uploads ADD COLUMN traceparent text CHECK (length(traceparent) <= 64);
COMMENT ON COLUMN uploads.traceparent IS 'W3C Trace Context of the request that began the upload; null when nobody collects traces.';

-- Photos that had not arrived when they were named, until the sweeper finds that they have. A superset: whoever counts
-- looks again at what has arrived. Intake does not know of this table, so that accepting a photo costs nothing more.
CREATE TABLE awaited_photos (
    hazard_id uuid NOT NULL,
    round smallint NOT NULL,
    attempt smallint NOT NULL,
    ordinal smallint NOT NULL,
    named_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (hazard_id, round, attempt, ordinal),
    FOREIGN KEY (hazard_id, round, attempt, ordinal)
        REFERENCES hazard_photos (hazard_id, round, attempt, ordinal) ON DELETE CASCADE
);
CREATE INDEX awaited_photos_named_at ON awaited_photos (named_at);
COMMENT ON COLUMN awaited_photos.named_at IS 'The database''s clock, as is the age that is counted from it.';

INSERT INTO awaited_photos (hazard_id, round, attempt, ordinal, named_at)
SELECT n.hazard_id, n.round, n.attempt, n.ordinal, coalesce(a.submitted_at, h.received_at)
FROM hazard_photos n
JOIN hazards h ON h.id = n.hazard_id
LEFT JOIN hazard_attempts a ON a.hazard_id = n.hazard_id AND a.round = n.round AND a.attempt = n.attempt
WHERE NOT EXISTS (SELECT FROM photos p WHERE p.id = n.photo_id AND p.sha256 = n.sha256
                                         AND (p.uploaded_by = n.named_by OR n.visible_when_named));
