-- What statistics know of each hazard, and since when: figures as of an instant are one look at the rows that held then.

CREATE TABLE hazard_standings (
    hazard_id uuid PRIMARY KEY REFERENCES hazards (id),
    holds_from timestamptz NOT NULL,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    received_on date NOT NULL,
    due_at timestamptz,
    carried_yuan bigint NOT NULL CHECK (carried_yuan >= 0),
    funds_yuan bigint NOT NULL CHECK (funds_yuan >= carried_yuan),
    tally text NOT NULL CHECK (tally IN ('found', 'self_check', 'transferred', 'none')),
    level text NOT NULL CHECK (level IN ('general', 'major')),
    source text NOT NULL CHECK (source IN ('inspection', 'self_check', 'resident', 'transferred')),
    category text NOT NULL,
    unit text,
    supervised_by text CHECK (supervised_by IN ('district', 'city', 'province')),
    is_running boolean NOT NULL,
    is_fixed boolean NOT NULL,
    is_on_time boolean NOT NULL,
    is_on_the_spot boolean NOT NULL,
    is_shelved boolean NOT NULL,
    is_arranged boolean NOT NULL,
    round smallint NOT NULL CHECK (round > 0),
    rounds_assigned smallint NOT NULL CHECK (rounds_assigned >= 0),
    rounds_extended smallint NOT NULL CHECK (rounds_extended BETWEEN 0 AND rounds_assigned),
    rounds_reviewed smallint NOT NULL CHECK (rounds_reviewed >= 0),
    rounds_reworked smallint NOT NULL CHECK (rounds_reworked BETWEEN 0 AND rounds_reviewed),
    rounds_first_passed smallint NOT NULL CHECK (rounds_first_passed BETWEEN 0 AND rounds_reviewed),
    CHECK (is_fixed OR NOT (is_on_time OR is_on_the_spot))
) WITH (fillfactor = 80);
-- Nothing that is indexed ever changes, so that a new standing stays on its page.
CREATE INDEX hazard_standings_organization_id ON hazard_standings (organization_id, received_on);
COMMENT ON TABLE hazard_standings IS 'One row a hazard: what its events up to now say of it in figures. Derived from them and nothing else.';
COMMENT ON COLUMN hazard_standings.received_on IS 'The day on the clock of China.';
COMMENT ON COLUMN hazard_standings.is_running IS 'The owner''s time runs; waiting for a review is not theirs.';
COMMENT ON COLUMN hazard_standings.unit IS 'Who must put it right, by the name of then: of the premises, else of the owner.';

CREATE TABLE hazard_standings_past (
    LIKE hazard_standings INCLUDING COMMENTS,
    holds_until timestamptz NOT NULL,
    PRIMARY KEY (hazard_id, holds_from),
    FOREIGN KEY (hazard_id) REFERENCES hazards (id),
    CHECK (holds_from < holds_until)
);
-- A cut-off of yesterday reads what has changed since then, not everything that ever was.
CREATE INDEX hazard_standings_past_holds_until ON hazard_standings_past (holds_until);
COMMENT ON TABLE hazard_standings_past IS 'What held before: from holds_from to before holds_until.';

CREATE VIEW hazard_standings_ever AS
    SELECT hazard_id, holds_from, timestamptz 'infinity' AS holds_until, organization_id, received_on, due_at, funds_yuan,
           tally, level, source, category, unit, supervised_by, is_running, is_fixed, is_on_time, is_on_the_spot,
           is_shelved, is_arranged, rounds_assigned, rounds_extended, rounds_reviewed, rounds_reworked,
           rounds_first_passed
    FROM hazard_standings
    UNION ALL
    SELECT hazard_id, holds_from, holds_until, organization_id, received_on, due_at, funds_yuan,
           tally, level, source, category, unit, supervised_by, is_running, is_fixed, is_on_time, is_on_the_spot,
           is_shelved, is_arranged, rounds_assigned, rounds_extended, rounds_reviewed, rounds_reworked,
           rounds_first_passed
    FROM hazard_standings_past;
COMMENT ON VIEW hazard_standings_ever IS 'Of each hazard exactly one row held at any instant since it was received.';

-- Places visited in a period are counted along these, without a look at the visits themselves.
CREATE INDEX visits_registered ON visits (organization_id, received_at) INCLUDE (premises_id)
    WHERE premises_id IS NOT NULL;
CREATE INDEX visits_unregistered ON visits (organization_id, received_at) INCLUDE (place) WHERE premises_id IS NULL;

-- What was recorded so far, by events of the kinds that there were until now: no grades, extensions or other ends.
WITH told AS (
    SELECT e.subject_id AS hazard_id, e.id, e.kind, e.at,
           1 + count(*) FILTER (WHERE e.kind = 'hazard.reopened') OVER so_far AS round,
           lead(e.at, 1, 'infinity') OVER (PARTITION BY e.subject_id ORDER BY e.id) AS until
    FROM events e WHERE e.subject = 'hazard'
    WINDOW so_far AS (PARTITION BY e.subject_id ORDER BY e.id)
), lived AS (
    SELECT t.*, a.due_at, a.owner_id, f.filed_at,
           t.kind NOT IN ('hazard.reported', 'hazard.registered', 'hazard.handed_back', 'hazard.reopened') AS is_owned,
           count(*) FILTER (WHERE t.kind IN ('hazard.passed', 'hazard.failed')) OVER in_round > 0 AS is_reviewed,
           count(*) FILTER (WHERE t.kind = 'hazard.failed') OVER in_round > 0 AS is_reworked,
           t.kind = 'hazard.failed'
               AND count(*) FILTER (WHERE t.kind = 'hazard.failed') OVER in_round = 1 AS is_first_failure
    FROM told t
    LEFT JOIN LATERAL (SELECT (e.body ->> 'due_at')::timestamptz AS due_at, (e.body ->> 'owner_id')::uuid AS owner_id
        FROM events e WHERE e.subject = 'hazard' AND e.subject_id = t.hazard_id AND e.kind = 'hazard.assigned'
            AND e.id <= t.id ORDER BY e.id DESC LIMIT 1) AS a ON true
    LEFT JOIN LATERAL (SELECT e.at AS filed_at
        FROM events e WHERE e.subject = 'hazard' AND e.subject_id = t.hazard_id AND e.kind = 'hazard.submitted'
            AND e.id <= t.id ORDER BY e.id DESC LIMIT 1) AS f ON true
    WINDOW in_round AS (PARTITION BY t.hazard_id, t.round ORDER BY t.id)
), standing AS (
    SELECT l.*, l.round - 1 + l.is_reviewed::int AS reviewed,
           count(*) FILTER (WHERE l.is_first_failure) OVER (PARTITION BY l.hazard_id ORDER BY l.id) AS reworked
    FROM lived l
), ever AS (
    SELECT s.until, h.id AS hazard_id, s.at AS holds_from, h.organization_id,
           (h.received_at AT TIME ZONE 'Asia/Shanghai')::date AS received_on,
           CASE WHEN s.is_owned THEN s.due_at END AS due_at, 0 AS carried_yuan, 0 AS funds_yuan,
           'found' AS tally, 'general' AS level, h.source, h.category,
           CASE WHEN s.is_owned THEN w.name END AS unit, NULL AS supervised_by,
           s.kind IN ('hazard.assigned', 'hazard.accepted', 'hazard.failed') AS is_running,
           s.kind = 'hazard.passed' AS is_fixed, s.kind = 'hazard.passed' AND s.filed_at <= s.due_at AS is_on_time,
           false AS is_on_the_spot, false AS is_shelved, false AS is_arranged, s.round,
           s.round - 1 + s.is_owned::int AS rounds_assigned, 0 AS rounds_extended, s.reviewed AS rounds_reviewed,
           s.reworked AS rounds_reworked, s.reviewed - s.reworked AS rounds_first_passed
    FROM standing s JOIN hazards h ON h.id = s.hazard_id LEFT JOIN accounts w ON w.id = s.owner_id
    WHERE s.at < s.until
), past AS (
    INSERT INTO hazard_standings_past (hazard_id, holds_from, organization_id, received_on, due_at, carried_yuan,
        funds_yuan, tally, level, source, category, unit, supervised_by, is_running, is_fixed, is_on_time,
        is_on_the_spot, is_shelved, is_arranged, round, rounds_assigned, rounds_extended, rounds_reviewed,
        rounds_reworked, rounds_first_passed, holds_until)
    SELECT hazard_id, holds_from, organization_id, received_on, due_at, carried_yuan, funds_yuan, tally, level, source,
        category, unit, supervised_by, is_running, is_fixed, is_on_time, is_on_the_spot, is_shelved, is_arranged,
        round, rounds_assigned, rounds_extended, rounds_reviewed, rounds_reworked, rounds_first_passed, until
    FROM ever WHERE until < 'infinity'
)
INSERT INTO hazard_standings (hazard_id, holds_from, organization_id, received_on, due_at, carried_yuan, funds_yuan,
    tally, level, source, category, unit, supervised_by, is_running, is_fixed, is_on_time, is_on_the_spot, is_shelved,
    is_arranged, round, rounds_assigned, rounds_extended, rounds_reviewed, rounds_reworked, rounds_first_passed)
SELECT hazard_id, holds_from, organization_id, received_on, due_at, carried_yuan, funds_yuan, tally, level, source,
    category, unit, supervised_by, is_running, is_fixed, is_on_time, is_on_the_spot, is_shelved, is_arranged, round,
    rounds_assigned, rounds_extended, rounds_reviewed, rounds_reworked, rounds_first_passed
FROM ever WHERE until = 'infinity';
