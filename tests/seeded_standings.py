"""What statistics would know of seeded hazards, of which there are only rows and no events."""

import asyncpg


async def seed_standings(connection: asyncpg.Connection) -> None:
    """Fills the standings from the tables: reporting, assignment and end of each hazard.

    Takes about 40 seconds for a million hazards.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("SET LOCAL statement_timeout = 0")
        await connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
        await connection.execute(
            """DROP INDEX hazard_standings_organization_id, hazard_standings_past_holds_until;
               INSERT INTO hazard_standings (hazard_id, holds_from, organization_id, received_on, due_at, carried_yuan,
                   funds_yuan, tally, level, source, category, unit, supervised_by, is_running, is_fixed, is_on_time,
                   is_on_the_spot, is_shelved, is_arranged, round, rounds_assigned, rounds_extended, rounds_reviewed,
                   rounds_reworked, rounds_first_passed)
               SELECT h.id, coalesce(h.closed_at, r.assigned_at, h.received_at), h.organization_id,
                      (h.received_at AT TIME ZONE 'Asia/Shanghai')::date, CASE WHEN r.on_the_spot THEN r.closed_at ELSE
                      r.due_at END, 0, coalesce(a.cost_yuan, 0), CASE WHEN h.state IN ('invalid', 'duplicate') THEN
                      'none' WHEN h.state = 'transferred' THEN 'transferred' WHEN h.source = 'self_check' AND h.level =
                      'general' THEN 'self_check' ELSE 'found' END, h.level, h.source, h.category, coalesce(p.unit,
                      w.name), NULL, h.state IN ('assigned', 'rectifying'), h.state = 'closed', h.state = 'closed' AND
                      (r.on_the_spot OR a.submitted_at <= r.due_at), h.state = 'closed' AND r.on_the_spot,
                      h.shelved_at IS NOT NULL, false, h.round, h.round - 1 + (r.due_at IS NOT NULL)::int,
                      (x.hazard_id IS NOT NULL)::int, (a.reviewed > 0)::int, (a.failed > 0)::int,
                      (a.reviewed > 0 AND a.failed = 0)::int
               FROM hazards h JOIN hazard_rounds r ON r.hazard_id = h.id AND r.round = h.round
               LEFT JOIN premises p ON p.id = h.premises_id LEFT JOIN accounts w ON w.id = h.owner_id
               LEFT JOIN hazard_extensions x ON x.hazard_id = h.id AND x.round = h.round AND x.number = 1
               CROSS JOIN LATERAL (SELECT max(a.cost_yuan) AS cost_yuan, max(a.submitted_at) AS submitted_at,
                   count(a.outcome) AS reviewed, count(*) FILTER (WHERE a.outcome = 'failed') AS failed
                   FROM hazard_attempts a WHERE a.hazard_id = h.id AND a.round = h.round) AS a;
               INSERT INTO hazard_standings_past (hazard_id, holds_from, organization_id, received_on, due_at,
                   carried_yuan, funds_yuan, tally, level, source, category, unit, supervised_by, is_running, is_fixed,
                   is_on_time, is_on_the_spot, is_shelved, is_arranged, round, rounds_assigned, rounds_extended,
                   rounds_reviewed, rounds_reworked, rounds_first_passed, holds_until)
               SELECT s.hazard_id, era.since, s.organization_id, s.received_on, CASE WHEN era.is_running THEN s.due_at
                      END, 0, 0, 'found', 'general', s.source, s.category, s.unit, NULL, era.is_running, false, false,
                      false, false, false, 1, era.is_running::int, 0, 0, 0, 0, era.until
               FROM hazard_standings s JOIN hazards h ON h.id = s.hazard_id
               JOIN hazard_rounds r ON r.hazard_id = h.id AND r.round = h.round
               CROSS JOIN LATERAL (VALUES
                   (h.received_at, least(r.assigned_at, s.holds_from), false), (r.assigned_at, s.holds_from, true)
               ) AS era (since, until, is_running)
               WHERE era.since < era.until;
               CREATE INDEX hazard_standings_organization_id ON hazard_standings (organization_id, received_on);
               CREATE INDEX hazard_standings_past_holds_until ON hazard_standings_past (holds_until)"""
        )
    await connection.execute("VACUUM (ANALYZE) hazard_standings")
    await connection.execute("VACUUM (ANALYZE) hazard_standings_past")
