-- Places: areas with boundaries, premises, and the checkpoints whose QR codes hang beside their exits.

CREATE TABLE areas (
    code text PRIMARY KEY CHECK (code ~ '^[A-Za-z0-9-]{1,32}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    precedence smallint NOT NULL DEFAULT 0,
    demo boolean NOT NULL DEFAULT false
);
CREATE INDEX areas_organization_id ON areas (organization_id);
COMMENT ON COLUMN areas.precedence IS 'Where areas overlap the highest answers: a development zone before the district it was cut from.';
COMMENT ON COLUMN areas.organization_id IS 'Who answers for what happens there.';

CREATE TABLE area_rings (
    area_code text NOT NULL REFERENCES areas (code),
    part smallint NOT NULL CHECK (part >= 0),
    ring smallint NOT NULL CHECK (ring >= 0),
    boundary polygon NOT NULL CHECK (npoints(boundary) >= 3),
    PRIMARY KEY (area_code, part, ring)
);
COMMENT ON TABLE area_rings IS 'Ring 0 of a part is its outer line, the others are holes in it. WGS-84, x = longitude, y = latitude.';

-- The area that answers for a point; a border belongs to both sides and the order of codes decides between equals.
-- An edge of a hole belongs to the hole. A city has tens of rings, so their boxes are compared and no index is needed.
CREATE FUNCTION area_at(place point) RETURNS text LANGUAGE sql STABLE STRICT AS $$
    SELECT a.code FROM areas a
    WHERE EXISTS (
        SELECT FROM area_rings o
        WHERE o.area_code = a.code AND o.ring = 0 AND box(o.boundary) @> place AND o.boundary @> place
          AND NOT EXISTS (
              SELECT FROM area_rings h
              WHERE h.area_code = o.area_code AND h.part = o.part AND h.ring > 0
                AND box(h.boundary) @> place AND h.boundary @> place))
    ORDER BY a.precedence DESC, a.code LIMIT 1
$$;

CREATE TABLE premises (
    id uuid PRIMARY KEY,
    code text UNIQUE CHECK (code ~ '^[A-Za-z0-9._-]{1,64}$'),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    venue_type text CHECK (length(venue_type) BETWEEN 1 AND 64),
    industry text CHECK (length(industry) BETWEEN 1 AND 64),
    unit text CHECK (length(unit) BETWEEN 1 AND 200),
    address text CHECK (length(address) BETWEEN 1 AND 200),
    position point,
    owner_id uuid REFERENCES accounts (id),
    contact text CHECK (length(contact) BETWEEN 1 AND 200),
    retired_at timestamptz,
    demo boolean NOT NULL DEFAULT false,
    CHECK (position IS NULL OR (position[0] BETWEEN -180 AND 180 AND position[1] BETWEEN -90 AND 90))
);
-- A page of one organization is a walk along this index.
CREATE INDEX premises_organization_id ON premises (organization_id, id);
CREATE INDEX premises_owner_id ON premises (owner_id);
CREATE INDEX premises_position ON premises USING gist (position);
COMMENT ON COLUMN premises.organization_id IS 'Who answers for the place: its desk takes in what is found there.';
COMMENT ON COLUMN premises.code IS 'The number by which the bureau''s tables know it; an import finds it again by this.';
COMMENT ON COLUMN premises.unit IS 'The legal unit that runs the place.';
COMMENT ON COLUMN premises.owner_id IS 'Whom the desk is offered as rectification owner.';

CREATE TABLE checkpoints (
    id uuid PRIMARY KEY,
    premises_id uuid NOT NULL REFERENCES premises (id),
    code text CHECK (code ~ '^[A-Za-z0-9._-]{1,64}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    building text CHECK (length(building) BETWEEN 1 AND 200),
    floor text CHECK (length(floor) BETWEEN 1 AND 20),
    place text CHECK (length(place) BETWEEN 1 AND 200),
    position point,
    token_version integer NOT NULL DEFAULT 1 CHECK (token_version BETWEEN 1 AND 1000000),
    revoked_at timestamptz,
    demo boolean NOT NULL DEFAULT false,
    UNIQUE (premises_id, code),
    CHECK (position IS NULL OR (position[0] BETWEEN -180 AND 180 AND position[1] BETWEEN -90 AND 90))
);
CREATE INDEX checkpoints_premises_id ON checkpoints (premises_id, id);
COMMENT ON COLUMN checkpoints.token_version IS 'The version on the printed code. A code with an older one was replaced and still tells where it once hung.';
COMMENT ON COLUMN checkpoints.revoked_at IS 'The code of this version was withdrawn; the next version is good again.';

-- Made by chance when first needed, so that every replica signs alike and no setting can be forgotten.
CREATE TABLE signing_keys (
    purpose text PRIMARY KEY,
    key bytea NOT NULL CHECK (length(key) >= 32)
);
