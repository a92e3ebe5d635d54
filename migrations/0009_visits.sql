-- What comes before and after a hazard on paper: the visit that found it, the notice that orders it fixed, and signed
-- or stamped papers beside the photos.

CREATE TABLE visits (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    jurisdiction text NOT NULL CHECK (jurisdiction IN ('named', 'checkpoint', 'premises', 'area', 'reporter')),
    premises_id uuid REFERENCES premises (id),
    checkpoint_id uuid REFERENCES checkpoints (id),
    checkpoint_token text CHECK (checkpoint_token IN ('valid', 'superseded', 'revoked')),
    result text NOT NULL CHECK (result IN ('clear', 'hazards_found')),
    place text NOT NULL,
    recorded_by uuid NOT NULL REFERENCES accounts (id),
    second_officer_id uuid REFERENCES accounts (id),
    certificate text,
    second_certificate text,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    device_time timestamptz NOT NULL,
    offline boolean NOT NULL,
    given_position jsonb,
    position point,
    remarks text,
    received_at timestamptz NOT NULL,
    demo boolean NOT NULL DEFAULT false,
    CHECK ((given_position IS NULL) = (position IS NULL)),
    -- Two officers are two people, each with a certificate of their own.
    CHECK (second_officer_id <> recorded_by),
    CHECK (second_certificate IS NULL OR second_officer_id IS NOT NULL),
    CHECK (second_certificate <> certificate)
);
COMMENT ON TABLE visits IS 'Most are clear, and "no problem" is a record too. Hazards name their visit in hazards.visit_id, before or after it arrives.';
COMMENT ON COLUMN visits.started_at IS 'Like ended_at and device_time the phone''s claim; received_at is the server''s clock.';
COMMENT ON COLUMN visits.position IS 'WGS-84, x = longitude, y = latitude; given_position is what the phone sent in its own datum.';
CREATE INDEX visits_organization_id ON visits (organization_id, started_at DESC, id DESC);
CREATE INDEX visits_recorded_by ON visits (recorded_by, started_at DESC, id DESC);
CREATE INDEX visits_second_officer_id ON visits (second_officer_id, started_at DESC, id DESC)
    WHERE second_officer_id IS NOT NULL;
CREATE INDEX visits_premises_id ON visits (premises_id, started_at DESC, id DESC) WHERE premises_id IS NOT NULL;
CREATE INDEX visits_checkpoint_id ON visits (checkpoint_id) WHERE checkpoint_id IS NOT NULL;

-- Numbers come from number_series under the key TZ-<organization code>, so that they are never given twice either.
CREATE TABLE notices (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE CHECK (number ~ '^TZ-[A-Za-z0-9-]{1,32}-[0-9]{4}-[0-9]{6,}$'),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    owner_id uuid NOT NULL REFERENCES accounts (id),
    kind text NOT NULL CHECK (kind IN ('order', 'information')),
    version integer NOT NULL CHECK (version > 0),
    issued_at timestamptz NOT NULL,
    issued_by uuid NOT NULL REFERENCES accounts (id),
    due_at timestamptz,
    due_reason text,
    requirements text,
    read_at timestamptz,
    service jsonb,
    refusal jsonb,
    demo boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN notices.version IS 'Counts the notice''s events and is the ETag.';
COMMENT ON COLUMN notices.read_at IS 'The owner opened it, which is not service.';
COMMENT ON COLUMN notices.service IS 'Mode, time, receiver and who recorded it; from then an order''s clock runs.';
COMMENT ON COLUMN notices.refusal IS 'A refusal to sign with its witnesses (Work Safety Law, 68).';
CREATE INDEX notices_organization_id ON notices (organization_id, issued_at DESC, id DESC);
CREATE INDEX notices_owner_id ON notices (owner_id, issued_at DESC, id DESC);
CREATE INDEX notices_issued_by ON notices (issued_by, issued_at DESC, id DESC);

CREATE TABLE notice_officers (
    notice_id uuid NOT NULL REFERENCES notices (id),
    ordinal smallint NOT NULL CHECK (ordinal >= 0),
    account_id uuid NOT NULL REFERENCES accounts (id),
    certificate text,
    PRIMARY KEY (notice_id, ordinal),
    UNIQUE (notice_id, account_id),
    UNIQUE (notice_id, certificate)
);
CREATE INDEX notice_officers_account_id ON notice_officers (account_id);

-- The round of the hazard that the notice is about: a hazard that comes back gets a notice of its own.
CREATE TABLE notice_hazards (
    notice_id uuid NOT NULL REFERENCES notices (id),
    ordinal smallint NOT NULL CHECK (ordinal >= 0),
    hazard_id uuid NOT NULL,
    round smallint NOT NULL,
    PRIMARY KEY (notice_id, ordinal),
    UNIQUE (notice_id, hazard_id),
    FOREIGN KEY (hazard_id, round) REFERENCES hazard_rounds (hazard_id, round)
);
CREATE INDEX notice_hazards_hazard_id_round ON notice_hazards (hazard_id, round);

CREATE TABLE attachments (
    id uuid PRIMARY KEY,
    uploaded_by uuid NOT NULL REFERENCES accounts (id),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    size bigint NOT NULL CHECK (size > 0),
    media_type text NOT NULL CHECK (media_type IN ('application/pdf', 'image/heic', 'image/jpeg', 'image/png')),
    object_key text NOT NULL,
    received_at timestamptz NOT NULL
);
COMMENT ON TABLE attachments IS 'Signed and stamped papers, never decoded: their type is told by their first bytes.';
CREATE INDEX attachments_uploaded_by ON attachments (uploaded_by);

-- Papers that a visit, a notice or a hazard names. As with photos the bytes may come later, so attachment_id is no
-- foreign key, and until they are here the id belongs to whoever named it first.
CREATE TABLE attachment_namings (
    naming bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attachment_id uuid NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    named_by uuid NOT NULL REFERENCES accounts (id),
    visible_when_named boolean NOT NULL,
    purpose text NOT NULL,
    hazard_id uuid REFERENCES hazards (id),
    notice_id uuid REFERENCES notices (id),
    visit_id uuid REFERENCES visits (id),
    CHECK (num_nonnulls(hazard_id, notice_id, visit_id) = 1)
);
COMMENT ON COLUMN attachment_namings.naming IS 'Counts namings as they are written. Not a time: see hazard_photos.naming.';
COMMENT ON COLUMN attachment_namings.visible_when_named IS 'As in hazard_photos: naming an id and a hash grants nothing.';
COMMENT ON COLUMN attachment_namings.purpose IS 'The event that named it, e.g. service_recorded.';
CREATE INDEX attachment_namings_attachment_id ON attachment_namings (attachment_id, naming);
CREATE INDEX attachment_namings_named_by ON attachment_namings (named_by);
CREATE INDEX attachment_namings_hazard_id ON attachment_namings (hazard_id) WHERE hazard_id IS NOT NULL;
CREATE INDEX attachment_namings_notice_id ON attachment_namings (notice_id) WHERE notice_id IS NOT NULL;
CREATE INDEX attachment_namings_visit_id ON attachment_namings (visit_id) WHERE visit_id IS NOT NULL;
