-- What happened, in order, for good. The event log is the record; it is never the job queue.

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject text NOT NULL CHECK (subject IN ('account', 'case', 'hazard', 'photo')),
    subject_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind ~ '^[a-z]+\.[a-z_]+$'),
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_id uuid REFERENCES accounts (id),
    body jsonb NOT NULL,
    demo boolean NOT NULL DEFAULT false
);
CREATE INDEX events_subject ON events (subject, subject_id, id);
CREATE INDEX events_actor_id ON events (actor_id);
COMMENT ON COLUMN events.recorded_at IS 'The database''s own clock, beside the workflow''s `at`: history written later stays recognizable.';

CREATE FUNCTION refuse_change_of_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_record();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record();
-- A replication role or a careless session setting must not switch the guard off.
ALTER TABLE events ENABLE ALWAYS TRIGGER events_append_only;
ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_truncate;

-- The answer that was given to a repeatable request, so that a repeat gets the same one.
CREATE TABLE replays (
    key uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    kind text NOT NULL,
    request_digest bytea NOT NULL CHECK (length(request_digest) = 32),
    status smallint NOT NULL,
    etag text,
    answer bytea NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX replays_account_id ON replays (account_id);
