-- What detectors propose, the gate in front of the public, and the public's own copy of a case.

ALTER TABLE cases
    ADD COLUMN place_level text NOT NULL DEFAULT 'district' CHECK (place_level IN ('district', 'city')),
    ADD COLUMN amended_at timestamptz,
    ADD COLUMN suspended_at timestamptz,
    -- Once published it stays so while it is amended; and it can be retracted from any of those states.
    DROP CONSTRAINT cases_check1,
    DROP CONSTRAINT cases_check2,
    DROP CONSTRAINT cases_check3,
    ADD CONSTRAINT cases_first_reviewed
        CHECK (state NOT IN ('second_review', 'approved', 'published') OR first_reviewer_id IS NOT NULL),
    ADD CONSTRAINT cases_second_reviewed CHECK (state NOT IN ('approved', 'published') OR second_reviewer_id IS NOT NULL),
    ADD CONSTRAINT cases_published_at CHECK (state NOT IN ('published', 'retracted') OR published_at IS NOT NULL),
    ADD CONSTRAINT cases_suspended_at CHECK (suspended_at IS NULL OR published_at IS NOT NULL);
COMMENT ON COLUMN cases.place_level IS 'What is published of the place: its district, or where that would single out a unit only the city.';
COMMENT ON COLUMN cases.suspended_at IS 'Since when an objection keeps the public''s copy hidden.';

ALTER TABLE case_pictures
    ADD COLUMN detection_state text NOT NULL DEFAULT 'unavailable'
        CHECK (detection_state IN ('waiting', 'running', 'done', 'failed', 'unavailable')),
    ADD COLUMN detection_step smallint NOT NULL DEFAULT 0 CHECK (detection_step >= 0),
    ADD COLUMN detection_steps smallint NOT NULL DEFAULT 0 CHECK (detection_steps >= 0),
    ADD COLUMN proposals jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN gate_state text NOT NULL DEFAULT 'unavailable'
        CHECK (gate_state IN ('waiting', 'running', 'done', 'failed', 'unavailable')),
    ADD COLUMN gate_step smallint NOT NULL DEFAULT 0 CHECK (gate_step >= 0),
    ADD COLUMN gate_steps smallint NOT NULL DEFAULT 0 CHECK (gate_steps >= 0),
    ADD COLUMN gate_findings jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN overrules jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN files jsonb;
UPDATE case_pictures SET files = jsonb_build_object(
    '', jsonb_build_object('sha256', encode(sha256, 'hex'), 'size', size),
    'card', jsonb_build_object('sha256', encode(card_sha256, 'hex'), 'size', card_size))
WHERE state = 'ready';
ALTER TABLE case_pictures
    DROP CONSTRAINT case_pictures_check1,
    DROP COLUMN sha256, DROP COLUMN size, DROP COLUMN card_sha256, DROP COLUMN card_size,
    ADD CONSTRAINT case_pictures_ready CHECK (num_nonnulls(width, height, files) = CASE state WHEN 'ready' THEN 3 ELSE 0 END);
ALTER TABLE case_pictures
    ALTER COLUMN detection_state SET DEFAULT 'waiting', ALTER COLUMN gate_state SET DEFAULT 'waiting';
COMMENT ON COLUMN case_pictures.proposals IS 'What detectors found in the original, as the editor is shown it.';
COMMENT ON COLUMN case_pictures.gate_findings IS 'What detectors still find in the finished picture.';
COMMENT ON COLUMN case_pictures.overrules IS 'By id of such a finding: the reason for which a person lets it pass, who, and when.';
COMMENT ON COLUMN case_pictures.files IS
    'Size and SHA-256 of every file, by what follows the name in its key: "" is the picture, "card", "960.jpg", "960.webp".';

-- PIPL, articles 55 and 56: assessed before anything is published, and kept.
CREATE TABLE case_assessments (
    case_id uuid PRIMARY KEY REFERENCES cases (id),
    purpose text NOT NULL,
    personal_information text NOT NULL,
    necessity text NOT NULL,
    risks text NOT NULL,
    measures text NOT NULL,
    conclusion text NOT NULL CHECK (conclusion IN ('publish', 'do_not_publish')),
    assessed_by uuid NOT NULL REFERENCES accounts (id),
    assessed_at timestamptz NOT NULL
);
CREATE INDEX case_assessments_assessed_by ON case_assessments (assessed_by);

-- The copy that the public reads. Publishing writes it, field by field, and nothing else of a case is ever read for the
-- public; so a case can be amended while its copy stays as it is.
CREATE TABLE public_cases (
    case_id uuid PRIMARY KEY REFERENCES cases (id),
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[0-9]{4}-[0-9]{2}-[0-9a-z]{12}$'),
    status text NOT NULL CHECK (status IN ('live', 'suspended', 'retracted')),
    edition integer NOT NULL DEFAULT 1 CHECK (edition > 0),
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    venue_type text NOT NULL,
    area_code text NOT NULL,
    area_chinese text NOT NULL,
    area_english text,
    category_code text NOT NULL,
    category_chinese text NOT NULL,
    category_english text,
    published_at timestamptz NOT NULL,
    amended_at timestamptz,
    demo boolean NOT NULL DEFAULT false
);
CREATE INDEX public_cases_newest ON public_cases (published_at DESC, slug DESC) WHERE status = 'live';
CREATE INDEX public_cases_category ON public_cases (category_code, published_at DESC, slug DESC) WHERE status = 'live';
CREATE INDEX public_cases_area ON public_cases (area_code, published_at DESC, slug DESC) WHERE status = 'live';
CREATE INDEX public_cases_month ON public_cases (month, published_at DESC, slug DESC) WHERE status = 'live';
COMMENT ON COLUMN public_cases.edition IS 'Counts publications: 1, then one more with each amendment.';

CREATE TABLE public_case_texts (
    case_id uuid NOT NULL REFERENCES public_cases (case_id),
    language text NOT NULL CHECK (language IN ('zh-CN', 'en')),
    title text NOT NULL,
    found text NOT NULL,
    handled text NOT NULL,
    legal_basis text NOT NULL,
    lesson text NOT NULL,
    PRIMARY KEY (case_id, language)
);

-- Pictures of earlier editions stay listed: their addresses answer that they are gone.
CREATE TABLE public_case_pictures (
    name text PRIMARY KEY CHECK (name ~ '^[0-9a-f]{32}$'),
    case_id uuid NOT NULL REFERENCES public_cases (case_id),
    edition integer NOT NULL CHECK (edition > 0),
    number smallint NOT NULL CHECK (number BETWEEN 1 AND 6),
    role text NOT NULL CHECK (role IN ('before', 'after')),
    width integer NOT NULL CHECK (width > 0),
    height integer NOT NULL CHECK (height > 0),
    files jsonb NOT NULL
);
CREATE INDEX public_case_pictures_case_id ON public_case_pictures (case_id, edition, number);

INSERT INTO public_cases (case_id, slug, status, month, venue_type, area_code, area_chinese, area_english, category_code,
                          category_chinese, category_english, published_at, demo)
SELECT c.id, c.slug, CASE c.state WHEN 'published' THEN 'live' ELSE 'retracted' END, c.month,
       coalesce(c.venue_type, 'other'), o.code, c.area_chinese, c.area_english, h.category, c.category_chinese,
       c.category_english, c.published_at, c.demo
FROM cases c JOIN organizations o ON o.id = c.organization_id JOIN hazards h ON h.id = c.hazard_id
WHERE c.state IN ('published', 'retracted');
INSERT INTO public_case_texts (case_id, language, title, found, handled, legal_basis, lesson)
SELECT t.case_id, t.language, t.title, t.found, t.handled, t.legal_basis, t.lesson
FROM case_texts t JOIN public_cases p ON p.case_id = t.case_id WHERE p.status = 'live';
INSERT INTO public_case_pictures (name, case_id, edition, number, role, width, height, files)
SELECT i.name, i.case_id, 1, i.number, i.role, i.width, i.height, i.files
FROM case_pictures i JOIN public_cases p ON p.case_id = i.case_id WHERE i.state = 'ready';
DROP INDEX cases_published;
