-- Finding hazards: by their words, by every mark they bear, and how many there are where.

-- Words. Most Chinese words have two characters, so what is indexed is every two neighboring characters.

CREATE FUNCTION normalized_text(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(lower(normalize(written, NFKC) COLLATE "C"),
                     U&'\0009\000A\000B\000C\000D\0085\1680\2028\2029', '         ');
COMMENT ON FUNCTION normalized_text IS 'Compatible forms as one (full width is half width), a-z for A-Z, every space a plain one; service/domain/text_search.py does the same to what is looked for.';

CREATE FUNCTION hazard_terms(number text, content text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(term) FROM (
        SELECT DISTINCT (one || next) COLLATE "C" AS term
        FROM unnest(string_to_array(content, NULL), (string_to_array(content, NULL))[2:]) AS pairs (one, next)
        WHERE one <> ' ' AND next <> ' '
        UNION ALL
        SELECT '#' || array_to_string((string_to_array(number, '-'))[part:], '-')
        FROM generate_subscripts(string_to_array(number, '-'), 1) AS part) AS terms
$$;
COMMENT ON FUNCTION hazard_terms IS 'What the index of words holds: two neighboring characters, none of them a space, and after # the number from its beginning or from behind one of its hyphens.';

-- Beside the hazards, because a row of theirs is written anew at each step of the loop and its words never are.
CREATE TABLE hazard_texts (
    hazard_id uuid PRIMARY KEY REFERENCES hazards (id) ON DELETE CASCADE,
    number text NOT NULL,
    content text NOT NULL
);
COMMENT ON TABLE hazard_texts IS 'What is looked through for words, normalized. Triggers keep it, whoever writes hazards.';

CREATE FUNCTION keep_hazard_texts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO hazard_texts (hazard_id, number, content)
        SELECT id, normalized_text(number),
               normalized_text(concat_ws(E'\n', description, place, premises, building, floor))
        FROM new_hazards
        ON CONFLICT (hazard_id) DO UPDATE SET number = excluded.number, content = excluded.content
            WHERE (hazard_texts.number, hazard_texts.content) IS DISTINCT FROM (excluded.number, excluded.content);
    RETURN NULL;
END $$;
CREATE TRIGGER hazards_texts_inserted AFTER INSERT ON hazards REFERENCING NEW TABLE AS new_hazards
    FOR EACH STATEMENT EXECUTE FUNCTION keep_hazard_texts();

CREATE FUNCTION keep_hazard_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE hazard_texts SET number = normalized_text(NEW.number),
        content = normalized_text(concat_ws(E'\n', NEW.description, NEW.place, NEW.premises, NEW.building, NEW.floor))
        WHERE hazard_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER hazards_texts_updated AFTER UPDATE OF number, description, place, premises, building, floor ON hazards
    FOR EACH ROW EXECUTE FUNCTION keep_hazard_text();
ALTER TABLE hazards ENABLE ALWAYS TRIGGER hazards_texts_inserted;
ALTER TABLE hazards ENABLE ALWAYS TRIGGER hazards_texts_updated;

INSERT INTO hazard_texts (hazard_id, number, content)
    SELECT id, normalized_text(number), normalized_text(concat_ws(E'\n', description, place, premises, building, floor))
    FROM hazards;
CREATE INDEX hazard_texts_terms ON hazard_texts USING gin (hazard_terms(number, content));

-- Marks. In the order of the list where many match; of the rest only what is rare is indexed.

DROP INDEX hazards_category, hazards_premises_id, hazards_checkpoint_id;
CREATE INDEX hazards_premises_id ON hazards (premises_id, closed_at) WHERE premises_id IS NOT NULL;
CREATE INDEX hazards_checkpoint_id ON hazards (checkpoint_id, closed_at) WHERE checkpoint_id IS NOT NULL;
CREATE INDEX hazards_reopened ON hazards (premises_id, checkpoint_id) WHERE round > 1;
CREATE INDEX hazards_received_at ON hazards (received_at DESC, id DESC);
CREATE INDEX hazards_organization_id_state_category
    ON hazards (organization_id, state, category, received_at DESC, id DESC);
CREATE INDEX hazards_level ON hazards (received_at DESC, id DESC) WHERE level = 'major';
CREATE INDEX hazards_source ON hazards (source, received_at DESC, id DESC) WHERE source <> 'inspection';
CREATE INDEX hazards_shelved ON hazards (received_at DESC, id DESC) WHERE shelved_at IS NOT NULL;

CREATE TYPE hazard_filter AS (
    states text[],
    organization_ids uuid[],
    category text,
    level text,
    source text,
    owner_id uuid,
    is_overdue boolean,
    overdue_at timestamptz,
    due_before timestamptz,
    received_from timestamptz,
    received_until timestamptz,
    is_shelved boolean,
    premises_id uuid,
    checkpoint_id uuid,
    visit_id uuid,
    box box,
    wide_box box,
    terms text[],
    patterns text[],
    number_terms text[],
    number_patterns text[],
    number_pattern text
);
COMMENT ON TYPE hazard_filter IS 'Which hazards are wanted; null is any.';

-- Both functions melt into the statement that calls them: with the filter a constant of the plan, what is null is gone
-- and what is left can use an index. They hold no subquery, which would prevent that.
CREATE FUNCTION hazard_matches(h hazards, wanted hazard_filter) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (wanted.states IS NULL OR h.state = ANY (wanted.states))
       AND (wanted.organization_ids IS NULL OR h.organization_id = ANY (wanted.organization_ids))
       AND (wanted.category IS NULL OR h.category = wanted.category)
       AND (wanted.level IS NULL OR h.level = wanted.level)
       AND (wanted.source IS NULL OR h.source = wanted.source)
       AND (wanted.owner_id IS NULL OR h.owner_id = wanted.owner_id)
       AND (wanted.is_overdue IS NOT TRUE
            OR (h.state IN ('assigned', 'rectifying') AND h.due_at < wanted.overdue_at))
       AND (wanted.is_overdue IS NOT FALSE
            OR (h.state IN ('assigned', 'rectifying') AND h.due_at < wanted.overdue_at) IS NOT TRUE)
       AND (wanted.due_before IS NULL
            OR (h.state IN ('assigned', 'rectifying') AND h.due_at < wanted.due_before))
       AND (wanted.received_from IS NULL OR h.received_at >= wanted.received_from)
       AND (wanted.received_until IS NULL OR h.received_at < wanted.received_until)
       AND (wanted.is_shelved IS NOT TRUE OR h.shelved_at IS NOT NULL)
       AND (wanted.is_shelved IS NOT FALSE OR h.shelved_at IS NULL)
       AND (wanted.premises_id IS NULL OR h.premises_id = wanted.premises_id)
       AND (wanted.checkpoint_id IS NULL OR h.checkpoint_id = wanted.checkpoint_id)
       AND (wanted.visit_id IS NULL OR h.visit_id = wanted.visit_id)
       AND (wanted.box IS NULL OR h.position <@ wanted.box)
       AND (wanted.wide_box IS NULL
            OR (h.position[0] BETWEEN ((wanted.wide_box)[1])[0] AND ((wanted.wide_box)[0])[0]
                AND h.position[1] BETWEEN ((wanted.wide_box)[1])[1] AND ((wanted.wide_box)[0])[1]))
$$;
COMMENT ON FUNCTION hazard_matches IS 'A box of which much lies within is told as wide_box, in a form that no index answers: the planner believes that any box holds a thousandth of all.';

CREATE FUNCTION text_matches(t hazard_texts, wanted hazard_filter) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ((wanted.terms IS NULL OR hazard_terms(t.number, t.content) @> wanted.terms)
            AND (wanted.patterns IS NULL OR t.content LIKE ALL (wanted.patterns)))
        OR ((wanted.number_terms IS NOT NULL OR wanted.number_pattern IS NOT NULL)
            AND (wanted.number_terms IS NULL OR hazard_terms(t.number, t.content) @> wanted.number_terms)
            AND (wanted.number_patterns IS NULL OR t.content LIKE ALL (wanted.number_patterns))
            AND (wanted.number_pattern IS NULL OR '-' || t.number LIKE wanted.number_pattern))
$$;
COMMENT ON FUNCTION text_matches IS 'The terms find through the index, the patterns say whether the words really stand there: two neighbors each do not make a word.';

CREATE VIEW hazard_lines AS
    SELECT h.id, h.number, h.state, h.version, h.round, h.attempt, h.level, h.source, h.shelved_at,
           o.code AS organization_code, o.name AS organization_name, h.category, c.name_zh AS category_zh,
           c.name_en AS category_en, c.priority, h.description, h.place, h.position, h.captured_at, h.received_at,
           h.due_at, a.account AS owner_account, a.name AS owner_name
    FROM hazards h
    JOIN organizations o ON o.id = h.organization_id
    JOIN category_editions c ON (c.code, c.valid_from) = (h.category, h.category_edition)
    LEFT JOIN accounts a ON a.id = h.owner_id;
COMMENT ON VIEW hazard_lines IS 'A hazard as lists show it.';

-- Counts by cell of the map and state. A cell is a tile of the web Mercator grid: at level L the world is 2^L wide.

-- Not STRICT, and least and greatest take no null for an answer: so they melt into the statement that calls them.
CREATE FUNCTION map_column(place point) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN place IS NOT NULL
           THEN least(8388607, greatest(0, floor((place[0] + 180) / 360 * 8388608)))::integer END
$$;
CREATE FUNCTION map_row(place point) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN place IS NOT NULL
           THEN least(8388607, greatest(0, floor((0.5 - asinh(tan(radians(place[1]))) / (2 * pi())) * 8388608)))::integer
           END
$$;
COMMENT ON FUNCTION map_column IS 'Of the finest level, 23; a coarser one is this shifted right. WGS-84, x = longitude.';

CREATE TABLE hazard_tallies (
    level smallint NOT NULL CHECK (level IN (0, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22)),
    x integer NOT NULL,
    y integer NOT NULL,
    organization_id uuid NOT NULL,
    state text NOT NULL,
    hazards integer NOT NULL,
    PRIMARY KEY (level, x, y, organization_id, state)
);
COMMENT ON TABLE hazard_tallies IS 'How many hazards lie in a cell, as far as it was folded: what is in hazard_tally_changes comes on top.';
COMMENT ON COLUMN hazard_tallies.level IS '0 counts the hazards without a position too.';

-- Appended to with every change and folded by a schedule, so that two people who act in one district never wait for
-- each other's count. The sum of both tables in one snapshot is exact at every moment.
CREATE TABLE hazard_tally_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid NOT NULL,
    state text NOT NULL,
    x integer,
    y integer,
    hazards integer NOT NULL,
    CHECK ((x IS NULL) = (y IS NULL))
);

CREATE FUNCTION tally_hazards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO hazard_tally_changes (organization_id, state, x, y, hazards)
            SELECT organization_id, state, map_column(position), map_row(position), count(*)
            FROM new_hazards GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO hazard_tally_changes (organization_id, state, x, y, hazards)
            SELECT organization_id, state, map_column(position), map_row(position), -count(*)
            FROM old_hazards GROUP BY 1, 2, 3, 4;
    ELSE
        INSERT INTO hazard_tally_changes (organization_id, state, x, y, hazards)
            SELECT organization_id, state, map_column(position), map_row(position), sum(hazards)
            FROM (SELECT organization_id, state, position, -1 AS hazards FROM old_hazards
                  UNION ALL SELECT organization_id, state, position, 1 FROM new_hazards) AS changes
            GROUP BY 1, 2, 3, 4 HAVING sum(hazards) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER hazards_tally_inserted AFTER INSERT ON hazards REFERENCING NEW TABLE AS new_hazards
    FOR EACH STATEMENT EXECUTE FUNCTION tally_hazards();
CREATE TRIGGER hazards_tally_updated AFTER UPDATE ON hazards
    REFERENCING OLD TABLE AS old_hazards NEW TABLE AS new_hazards
    FOR EACH STATEMENT EXECUTE FUNCTION tally_hazards();
CREATE TRIGGER hazards_tally_deleted AFTER DELETE ON hazards REFERENCING OLD TABLE AS old_hazards
    FOR EACH STATEMENT EXECUTE FUNCTION tally_hazards();
ALTER TABLE hazards ENABLE ALWAYS TRIGGER hazards_tally_inserted;
ALTER TABLE hazards ENABLE ALWAYS TRIGGER hazards_tally_updated;
ALTER TABLE hazards ENABLE ALWAYS TRIGGER hazards_tally_deleted;

INSERT INTO hazard_tally_changes (organization_id, state, x, y, hazards)
    SELECT organization_id, state, map_column(position), map_row(position), count(*) FROM hazards GROUP BY 1, 2, 3, 4;
