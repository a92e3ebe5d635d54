"""The steps by which lateness is told, and the hazards that have crossed one."""

from collections.abc import Iterable
from datetime import timedelta

from service.database import Connection
from service.domain.escalations import Crossing, Step, Window
from service.domain.notifications import Audience


async def steps(connection: Connection) -> list[Step]:
    """All steps."""
    rows = await connection.fetch("SELECT clock, step, audience, level, offset_hours FROM escalation_steps")
    return [
        Step(row["clock"], row["step"], Audience(row["audience"]), row["level"], timedelta(hours=row["offset_hours"]))
        for row in rows
    ]


async def crossings(connection: Connection, windows: Iterable[Window], limit: int) -> list[Crossing]:
    """At most `limit` hazards within a step's window of which nobody was told.

    Each window is a walk along the partial index of its clock, and whether it was told is one look-up of a key: neither
    depends on how many hazards there are. A step before the deadline counts only if the owner had the hazard by then.
    """
    given = list(windows)
    rows = await connection.fetch(
        """SELECT found.*, w.clock, w.step, w.audience FROM
           unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::interval[], $6::timestamptz[], $7::timestamptz[])
               AS w (clock, step, audience, level, lead, after, until)
           CROSS JOIN LATERAL (
               SELECT c.*, concat_ws(':', c.hazard_id, c.round, w.clock, extract(epoch FROM c.due), w.step, w.audience)
                   AS dedupe_key
               FROM (
                   SELECT h.id AS hazard_id, h.organization_id, h.owner_id, h.attempt, h.round, h.demo, h.level,
                          h.due_at AS due
                   FROM hazards h
                   WHERE w.clock = 'rectification' AND h.state IN ('assigned', 'rectifying')
                     AND h.due_at > w.after AND h.due_at <= w.until
                     AND (w.lead >= interval '0' OR EXISTS (
                         SELECT 1 FROM hazard_rounds r WHERE r.hazard_id = h.id AND r.round = h.round
                           AND r.assigned_at < h.due_at + w.lead))
                   UNION ALL
                   SELECT h.id, h.organization_id, h.owner_id, h.attempt, h.round, h.demo, h.level, h.review_due_at
                   FROM hazards h
                   WHERE w.clock = 'review' AND h.state = 'pending_review'
                     AND h.review_due_at > w.after AND h.review_due_at <= w.until
                   UNION ALL
                   SELECT h.id, h.organization_id, h.owner_id, h.attempt, h.round, h.demo, h.level,
                          h.supervision_limit_at
                   FROM hazards h
                   WHERE w.clock = 'supervision' AND h.supervision_limit_at IS NOT NULL
                     AND h.state NOT IN ('closed', 'invalid', 'duplicate', 'transferred')
                     AND h.supervision_limit_at > w.after AND h.supervision_limit_at <= w.until
                   UNION ALL
                   SELECT h.id, h.organization_id, h.owner_id, h.attempt, h.round, h.demo, h.level, e.requested_at
                   FROM hazard_extensions e JOIN hazards h ON h.id = e.hazard_id AND h.round = e.round
                   WHERE w.clock = 'extension' AND e.decided_at IS NULL AND h.state IN ('assigned', 'rectifying')
                     AND e.requested_at > w.after AND e.requested_at <= w.until) AS c
               WHERE (w.level IS NULL OR c.level = w.level)
                 AND (w.audience <> 'owner' OR c.owner_id IS NOT NULL)) AS found
           -- The limit keeps this a look-up by key; as an anti-join it may become a scan of the whole outbox.
           LEFT JOIN LATERAL (
               SELECT true AS told FROM notifications n WHERE n.dedupe_key = found.dedupe_key LIMIT 1) AS n ON true
           WHERE n.told IS NULL LIMIT $8""",
        [window.step.clock for window in given],
        [window.step.step for window in given],
        [window.step.audience.value for window in given],
        [window.step.level for window in given],
        [window.step.offset for window in given],
        [window.after for window in given],
        [window.until for window in given],
        limit,
    )
    return [Crossing(**{name: row[name] for name in _FIELDS}, audience=Audience(row["audience"])) for row in rows]


_FIELDS = ("hazard_id", "organization_id", "owner_id", "attempt", "round", "clock", "step", "dedupe_key", "demo")
