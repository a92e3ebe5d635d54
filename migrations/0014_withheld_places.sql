-- Where a sealed report was made tells who informed: its owner may not learn it from a list, a box or a map either.

CREATE FUNCTION place_is_told(h hazards, seer uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT h.owner_id IS DISTINCT FROM seer OR (h.source <> 'resident' AND h.represented_name IS NULL)
        OR h.reported_by = seer OR h.second_inspector_id = seer
$$;
COMMENT ON FUNCTION place_is_told IS 'For whoever may see the hazard. An owner does not see where a resident or a represented person stood (Work Safety Law, 73 to 76), whatever else they are, unless they reported it themselves.';

ALTER TYPE hazard_filter ADD ATTRIBUTE seer uuid;
ALTER TYPE hazard_filter ADD ATTRIBUTE visit_officer_ids uuid[];

CREATE OR REPLACE FUNCTION hazard_matches(h hazards, wanted hazard_filter) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
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
       AND (wanted.visit_officer_ids IS NULL OR h.reported_by = ANY (wanted.visit_officer_ids))
       AND (wanted.box IS NULL OR h.position <@ wanted.box)
       AND (wanted.wide_box IS NULL
            OR (h.position[0] BETWEEN ((wanted.wide_box)[1])[0] AND ((wanted.wide_box)[0])[0]
                AND h.position[1] BETWEEN ((wanted.wide_box)[1])[1] AND ((wanted.wide_box)[0])[1]))
       AND (wanted.seer IS NULL OR place_is_told(h, wanted.seer))
$$;
COMMENT ON TYPE hazard_filter IS 'Which hazards are wanted; null is any. `seer` is set where a place is asked for: what is withheld from them is not found by it.';

CREATE OR REPLACE VIEW hazard_lines AS
    SELECT h.id, h.number, h.state, h.version, h.round, h.attempt, h.level, h.source, h.shelved_at,
           o.code AS organization_code, o.name AS organization_name, h.category, c.name_zh AS category_zh,
           c.name_en AS category_en, c.priority, h.description, h.place, h.position, h.captured_at, h.received_at,
           h.due_at, a.account AS owner_account, a.name AS owner_name, h.owner_id, h.reported_by, h.second_inspector_id,
           h.source = 'resident' OR h.represented_name IS NOT NULL AS is_sealed
    FROM hazards h
    JOIN organizations o ON o.id = h.organization_id
    JOIN category_editions c ON (c.code, c.valid_from) = (h.category, h.category_edition)
    LEFT JOIN accounts a ON a.id = h.owner_id;
