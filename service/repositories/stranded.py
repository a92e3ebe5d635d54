"""Work that nobody will do: it waits, and no job of the queue is about it.

A job is queued with what makes it necessary and ends after that is done, so there is nothing to wait for: whoever is
found here has lost their job, when a retry could not be queued or somebody emptied the queue by hand.
"""

from uuid import UUID

from service.database import Connection

AT_ONCE = 200
"""The next sweep takes the next ones."""


async def photos(connection: Connection) -> list[UUID]:
    """Photos whose renditions nobody makes."""
    rows = await connection.fetch(
        """SELECT p.id FROM photos p
           WHERE p.rendition_state = 'pending' AND NOT EXISTS (
               SELECT FROM pgqueuer q
               WHERE q.dedupe_key = 'photo.render:' || p.id AND q.status IN ('queued', 'picked'))
           LIMIT $1""",
        AT_ONCE,
    )
    return [row["id"] for row in rows]


async def pictures(connection: Connection) -> list[tuple[str, UUID, int, int, UUID]]:
    """Pictures of cases that nobody bakes, examines or checks: job, case, number, version and photo."""
    rows = await connection.fetch(
        """SELECT w.job, p.case_id, p.number, p.version, p.photo_id
           FROM case_pictures p, LATERAL (VALUES
               ('case.examine_picture', p.detection_state IN ('waiting', 'running'),
                'case.examine_picture:' || p.case_id || ':' || p.number || ':' || p.photo_id),
               ('case.bake_picture', p.state = 'pending',
                'case.bake_picture:' || p.case_id || ':' || p.number || ':' || p.version),
               ('case.check_picture', p.state = 'ready' AND p.gate_state IN ('waiting', 'running'),
                'case.check_picture:' || p.case_id || ':' || p.number || ':' || p.version)) AS w (job, is_due, key)
           WHERE w.is_due AND NOT EXISTS (
               SELECT FROM pgqueuer q WHERE q.dedupe_key = w.key AND q.status IN ('queued', 'picked'))
           LIMIT $1""",
        AT_ONCE,
    )
    return [(row["job"], row["case_id"], row["number"], row["version"], row["photo_id"]) for row in rows]
