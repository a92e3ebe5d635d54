"""What is not done yet, counted: jobs, schedules, unfinished uploads, photos that are awaited or have no thumbnail.

For whoever watches the service, every few seconds. So each statement walks a small index of its own and stops at
`MOST_COUNTED`: behind a figure that stands there may be more. Ages are by the database's clock.
"""

from dataclasses import dataclass
from typing import Final

from service.database import Connection

MOST_COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class JobBacklog:
    """Jobs of one kind. `oldest_seconds` is the age of the oldest that waits, whether or not it was tried before."""

    job: str
    queued: int
    running: int
    failed: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Resumable uploads that are open. `bytes` were acknowledged and are not part of an original yet."""

    uploads: int
    bytes: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Awaited:
    """Photos that hazards name and that have not come, by how long ago they were named."""

    under_hour: int
    under_day: int
    under_week: int
    over_week: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Unrendered:
    """Photos that cannot be shown yet (`pending`) or never will without somebody's help (`failed`)."""

    pending: int
    failed: int
    oldest_pending_seconds: float


async def jobs(connection: Connection) -> list[JobBacklog]:
    """The queue by kind of job. The kinds are found by leaps along the index, however long the queue is."""
    rows = await connection.fetch(
        """WITH RECURSIVE queued AS (
               (SELECT entrypoint FROM pgqueuer WHERE status = 'queued' ORDER BY entrypoint LIMIT 1)
               UNION ALL
               SELECT (SELECT q.entrypoint FROM pgqueuer q
                       WHERE q.status = 'queued' AND q.entrypoint > queued.entrypoint ORDER BY q.entrypoint LIMIT 1)
               FROM queued WHERE queued.entrypoint IS NOT NULL
           ), running AS (
               SELECT entrypoint, count(*) AS jobs
               FROM (SELECT entrypoint FROM pgqueuer WHERE status = 'picked' LIMIT $1) picked GROUP BY entrypoint
           ), failed AS (
               SELECT entrypoint, count(*) AS jobs
               FROM (SELECT entrypoint FROM pgqueuer WHERE status = 'failed' LIMIT $1) held GROUP BY entrypoint
           ), kinds AS (
               SELECT entrypoint FROM queued WHERE entrypoint IS NOT NULL
               UNION SELECT entrypoint FROM running UNION SELECT entrypoint FROM failed
           )
           SELECT k.entrypoint AS job,
                  (SELECT count(*) FROM (SELECT FROM pgqueuer q
                                         WHERE q.entrypoint = k.entrypoint AND q.status = 'queued' LIMIT $1) waiting)
                      AS queued,
                  coalesce((SELECT jobs FROM running r WHERE r.entrypoint = k.entrypoint), 0) AS running,
                  coalesce((SELECT jobs FROM failed f WHERE f.entrypoint = k.entrypoint), 0) AS failed,
                  coalesce((SELECT extract(epoch FROM clock_timestamp() - q.created) FROM pgqueuer q
                            WHERE q.entrypoint = k.entrypoint AND q.status = 'queued'
                            ORDER BY q.priority DESC, q.id LIMIT 1), 0)::float8 AS oldest_seconds
           FROM kinds k""",
        MOST_COUNTED,
    )
    return [JobBacklog(**row) for row in rows]


async def lateness(connection: Connection) -> dict[str, float]:
    """Schedule -> seconds by which its next run is overdue."""
    rows = await connection.fetch(
        """SELECT entrypoint, greatest(0, extract(epoch FROM clock_timestamp() - min(next_run)))::float8 AS seconds
           FROM pgqueuer_schedules GROUP BY entrypoint"""
    )
    return {row["entrypoint"]: row["seconds"] for row in rows}


async def unfinished(connection: Connection) -> Unfinished:
    """Resumable uploads that are open."""
    row = await connection.fetchrow(
        """SELECT count(*) AS uploads, coalesce(sum(confirmed_offset), 0)::bigint AS bytes,
                  coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS oldest_seconds
           FROM (SELECT created_at, confirmed_offset FROM uploads WHERE state = 'open'
                 ORDER BY created_at LIMIT $1) open""",
        MOST_COUNTED,
    )
    return Unfinished(**row)


async def awaited(connection: Connection) -> Awaited:
    """Photos that hazards name and that have not come."""
    row = await connection.fetchrow(
        """SELECT count(*) FILTER (WHERE age < interval '1 hour') AS under_hour,
                  count(*) FILTER (WHERE age >= interval '1 hour' AND age < interval '1 day') AS under_day,
                  count(*) FILTER (WHERE age >= interval '1 day' AND age < interval '7 days') AS under_week,
                  count(*) FILTER (WHERE age >= interval '7 days') AS over_week,
                  coalesce(extract(epoch FROM max(age)), 0)::float8 AS oldest_seconds
           FROM (SELECT clock_timestamp() - a.named_at AS age
                 FROM awaited_photos a JOIN hazard_photos n USING (hazard_id, round, attempt, ordinal)
                 WHERE NOT EXISTS (SELECT FROM photos p WHERE p.id = n.photo_id AND p.sha256 = n.sha256
                                                          AND (p.uploaded_by = n.named_by OR n.visible_when_named))
                 ORDER BY a.named_at LIMIT $1) missing""",
        MOST_COUNTED,
    )
    return Awaited(**row)


async def unrendered(connection: Connection) -> Unrendered:
    """Photos without a thumbnail."""
    row = await connection.fetchrow(
        """SELECT count(*) FILTER (WHERE rendition_state = 'pending') AS pending,
                  count(*) FILTER (WHERE rendition_state = 'failed') AS failed,
                  coalesce(extract(epoch FROM clock_timestamp()
                                              - min(received_at) FILTER (WHERE rendition_state = 'pending')), 0)::float8
                      AS oldest_pending_seconds
           FROM (SELECT rendition_state, received_at FROM photos WHERE rendition_state IN ('pending', 'failed')
                 ORDER BY received_at LIMIT $1) waiting""",
        MOST_COUNTED,
    )
    return Unrendered(**row)
