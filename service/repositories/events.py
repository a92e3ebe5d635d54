"""The append-only record of what happened."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from schemas.base import Answer
from service.database import Connection

Subject = Literal[
    "account",
    "area",
    "attachment",
    "calendar",
    "case",
    "category",
    "checkpoint",
    "hazard",
    "notice",
    "organization",
    "photo",
    "premises",
    "visit",
]


class Event(Answer, frozen=True):
    """One thing that happened, as recorded. `kind` is `subject.past_participle`."""

    id: int
    subject: str
    subject_id: UUID
    kind: str
    at: datetime
    recorded_at: datetime
    actor_id: UUID | None
    actor: str | None
    body: dict[str, Any]
    demo: bool


async def append(
    connection: Connection,
    *,
    subject: Subject,
    subject_id: UUID,
    kind: str,
    at: datetime,
    actor_id: UUID | None,
    body: dict[str, Any],
    demo: bool = False,
) -> None:
    """Adds an event, in the transaction of the change that it tells of."""
    await connection.execute(
        """INSERT INTO events (subject, subject_id, kind, at, actor_id, body, demo)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        subject,
        subject_id,
        kind,
        at,
        actor_id,
        body,
        demo,
    )


async def newest_of(
    connection: Connection, subject: Subject, subject_id: UUID
) -> tuple[str, UUID | None, dict[str, Any]]:
    """Kind, actor and body of what happened last to a subject that was made."""
    row = await connection.fetchrow(
        "SELECT kind, actor_id, body FROM events WHERE subject = $1 AND subject_id = $2 ORDER BY id DESC LIMIT 1",
        subject,
        subject_id,
    )
    assert row is not None
    return row["kind"], row["actor_id"], row["body"]


async def of(connection: Connection, subject: Subject, subject_id: UUID) -> list[Event]:
    """Everything that happened to one subject, in order."""
    rows = await connection.fetch(
        """SELECT e.id, e.subject, e.subject_id, e.kind, e.at, e.recorded_at, e.actor_id, a.account AS actor,
                  e.body, e.demo
           FROM events e LEFT JOIN accounts a ON a.id = e.actor_id
           WHERE e.subject = $1 AND e.subject_id = $2 ORDER BY e.id""",
        subject,
        subject_id,
    )
    return [Event(**row) for row in rows]
