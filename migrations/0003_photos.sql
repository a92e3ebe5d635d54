-- Originals and the resumable uploads that become originals.

CREATE TABLE photos (
    id uuid PRIMARY KEY,
    uploaded_by uuid NOT NULL REFERENCES accounts (id),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    size bigint NOT NULL CHECK (size > 0),
    media_type text NOT NULL,
    object_key text NOT NULL,
    filename text CHECK (length(filename) <= 255),
    received_at timestamptz NOT NULL,
    rendition_state text NOT NULL DEFAULT 'pending' CHECK (rendition_state IN ('pending', 'ready', 'undecodable', 'failed')),
    rendition_problem text,
    preview_key text,
    thumbnail_key text,
    facts jsonb,
    CHECK (rendition_state <> 'ready' OR (preview_key IS NOT NULL AND thumbnail_key IS NOT NULL))
);
CREATE INDEX photos_uploaded_by ON photos (uploaded_by);
-- What waits or failed is few among millions and must be found at a glance.
CREATE INDEX photos_not_rendered ON photos (received_at) WHERE rendition_state IN ('pending', 'failed');
COMMENT ON COLUMN photos.object_key IS 'Derived from the content, so two photos of equal bytes share one object.';

CREATE TABLE uploads (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (id),
    photo_id uuid NOT NULL,
    length bigint NOT NULL CHECK (length > 0),
    confirmed_offset bigint NOT NULL DEFAULT 0 CHECK (confirmed_offset BETWEEN 0 AND length),
    promised_sha256 bytea CHECK (length(promised_sha256) = 32),
    filename text CHECK (length(filename) <= 255),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'finished', 'rejected')),
    problem_code text,
    metadata text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- A finished upload is a photo already; one that is open has not told its phone that all has arrived.
    CHECK (state <> 'finished' OR confirmed_offset = length)
);
CREATE INDEX uploads_account_id ON uploads (account_id);
CREATE INDEX uploads_expires_at ON uploads (expires_at);
COMMENT ON COLUMN uploads.confirmed_offset IS 'Bytes that are durable. The only source of Upload-Offset: never a file''s size.';
COMMENT ON COLUMN uploads.photo_id IS 'No foreign key: the photo exists only once the upload has finished.';

CREATE TABLE upload_segments (
    upload_id uuid NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    start bigint NOT NULL CHECK (start >= 0),
    size bigint NOT NULL CHECK (size > 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    object_key text NOT NULL,
    PRIMARY KEY (upload_id, start)
);
-- The sweeper asks of a stored segment whether any upload still names it.
CREATE INDEX upload_segments_object_key ON upload_segments (object_key);
