-- Cleared hazards told to the public. A case holds what may be published, built field by field; the way back to the
-- hazard (hazard_id, photo_id) stays inside and is in no public query.

CREATE TABLE cases (
    id uuid PRIMARY KEY,
    hazard_id uuid NOT NULL REFERENCES hazards (id),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[0-9]{4}-[0-9]{2}-[0-9a-z]{12}$'),
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'first_review', 'second_review', 'approved', 'published', 'retracted')),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    -- A month and no day: a date with a place leads back to a unit.
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    venue_type text,
    -- Names of the district and of the kind of hazard as they were when the case was drafted.
    area_chinese text NOT NULL,
    area_english text,
    category_chinese text NOT NULL,
    category_english text,
    drafter_id uuid NOT NULL REFERENCES accounts (id),
    first_reviewer_id uuid REFERENCES accounts (id),
    second_reviewer_id uuid REFERENCES accounts (id),
    reason text CHECK (length(reason) BETWEEN 1 AND 2000),
    created_at timestamptz NOT NULL,
    published_at timestamptz,
    retracted_at timestamptz,
    demo boolean NOT NULL DEFAULT false,
    -- Three people. The workflow says so in words, this says so for good.
    CHECK (first_reviewer_id <> drafter_id AND second_reviewer_id <> drafter_id AND second_reviewer_id <> first_reviewer_id),
    CHECK (state NOT IN ('second_review', 'approved', 'published', 'retracted') OR first_reviewer_id IS NOT NULL),
    CHECK (state NOT IN ('approved', 'published', 'retracted') OR second_reviewer_id IS NOT NULL),
    CHECK ((state IN ('published', 'retracted')) = (published_at IS NOT NULL)),
    CHECK ((state = 'retracted') = (retracted_at IS NOT NULL))
);
CREATE INDEX cases_organization_id ON cases (organization_id, id DESC);
CREATE INDEX cases_drafter_id ON cases (drafter_id);
CREATE INDEX cases_first_reviewer_id ON cases (first_reviewer_id);
CREATE INDEX cases_second_reviewer_id ON cases (second_reviewer_id);
CREATE INDEX cases_published ON cases (published_at DESC, slug DESC) WHERE state = 'published';
CREATE INDEX cases_hazard_id ON cases (hazard_id);
-- One live case a hazard; after a retraction a new one may be drafted.
CREATE UNIQUE INDEX cases_live_hazard_id ON cases (hazard_id) WHERE state <> 'retracted';
COMMENT ON COLUMN cases.reason IS 'Why it was last sent back or retracted; inside only.';

CREATE TABLE case_texts (
    case_id uuid NOT NULL REFERENCES cases (id),
    language text NOT NULL CHECK (language IN ('zh-CN', 'en')),
    title text NOT NULL,
    found text NOT NULL,
    handled text NOT NULL,
    legal_basis text NOT NULL,
    lesson text NOT NULL,
    PRIMARY KEY (case_id, language)
);

-- Everyone who wrote text or chose and masked pictures: none of them may review.
CREATE TABLE case_writers (
    case_id uuid NOT NULL REFERENCES cases (id),
    account_id uuid NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (case_id, account_id)
);
CREATE INDEX case_writers_account_id ON case_writers (account_id);

CREATE TABLE case_pictures (
    case_id uuid NOT NULL REFERENCES cases (id),
    number smallint NOT NULL CHECK (number BETWEEN 1 AND 6),
    photo_id uuid NOT NULL REFERENCES photos (id),
    role text NOT NULL CHECK (role IN ('before', 'after')),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    masks jsonb NOT NULL DEFAULT '[]',
    none_needed boolean NOT NULL DEFAULT false,
    masked_by uuid REFERENCES accounts (id),
    state text NOT NULL DEFAULT 'unmasked' CHECK (state IN ('unmasked', 'pending', 'ready', 'failed')),
    problem text,
    -- The last part of the public address and of the key in the store; drawn anew for every version.
    name text NOT NULL UNIQUE CHECK (name ~ '^[0-9a-f]{32}$'),
    sha256 bytea CHECK (length(sha256) = 32),
    size bigint CHECK (size > 0),
    width integer CHECK (width > 0),
    height integer CHECK (height > 0),
    card_sha256 bytea CHECK (length(card_sha256) = 32),
    card_size bigint CHECK (card_size > 0),
    PRIMARY KEY (case_id, number),
    -- Nothing is baked before a person has said where the masks go, or that none is needed.
    CHECK (state = 'unmasked' OR (masked_by IS NOT NULL AND (none_needed OR masks <> '[]'))),
    CHECK (num_nonnulls(sha256, size, width, height, card_sha256, card_size) = CASE state WHEN 'ready' THEN 6 ELSE 0 END)
);
CREATE INDEX case_pictures_photo_id ON case_pictures (photo_id);
CREATE INDEX case_pictures_masked_by ON case_pictures (masked_by);
COMMENT ON COLUMN case_pictures.card_sha256 IS 'Of the share card, the picture''s middle in the format of link previews.';
