"""The outbox: what people are told, read by them here and sent by a channel where there is one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from service.database import Connection
from service.domain.identifiers import uuid7
from service.domain.notifications import Message
from service.domain.permissions import Permission

Subject = Literal["hazard", "notice"]
Right = tuple[UUID, Permission]
"""A permission held in an organization."""


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the outbox."""

    id: UUID
    kind: str
    subject: Subject
    subject_id: UUID
    account_id: UUID | None
    organization_id: UUID | None
    permission: Permission | None
    parameters: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


async def insert(connection: Connection, messages: Iterable[Message]) -> int:
    """Adds what was not told before, by its key, and returns how many that were.

    In the order of the keys, so that two that tell the same at once wait for one another and do not deadlock.
    """
    new = sorted(messages, key=lambda message: message.dedupe_key)
    if not new:
        return 0
    rows = await connection.fetch(
        """INSERT INTO notifications (id, kind, subject, subject_id, account_id, organization_id, permission,
               parameters, dedupe_key, created_at, demo)
           SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[],
               $8::jsonb[], $9::text[], $10::timestamptz[], $11::boolean[])
           ON CONFLICT (dedupe_key) DO NOTHING RETURNING id""",
        [uuid7(message.created_at) for message in new],
        [message.kind for message in new],
        [message.subject for message in new],
        [message.subject_id for message in new],
        [message.account_id for message in new],
        [message.organization_id for message in new],
        [message.permission for message in new],
        [message.parameters for message in new],
        [message.dedupe_key for message in new],
        [message.created_at for message in new],
        [message.demo for message in new],
    )
    return len(rows)


async def page(
    connection: Connection,
    *,
    account_id: UUID,
    rights: Iterable[Right],
    unread: bool,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[Told]:
    """The newest after a place that are addressed to the account or to one of its rights.

    Each way of being addressed is one walk along an index that ends after `limit` rows.
    """
    held = list(dict.fromkeys(rights))
    arguments = (account_id, [right[0] for right in held], [right[1].value for right in held], *after, limit)
    rows = await (_unread(connection, *arguments) if unread else _all(connection, *arguments))
    return [_told(row) for row in rows]


async def by_id(connection: Connection, notification_id: UUID) -> Told | None:
    """One row of the outbox."""
    row = await connection.fetchrow(
        """SELECT id, kind, subject, subject_id, account_id, organization_id, permission, parameters, created_at,
                  read_at
           FROM notifications WHERE id = $1""",
        notification_id,
    )
    return None if row is None else _told(row)


async def mark_read(connection: Connection, notification_id: UUID, account_id: UUID, now: datetime) -> datetime:
    """Remembers who read it first and when; returns when that was."""
    read_at: datetime = await connection.fetchval(
        """UPDATE notifications SET read_at = coalesce(read_at, $3), read_by = coalesce(read_by, $2)
           WHERE id = $1 RETURNING read_at""",
        notification_id,
        account_id,
        now,
    )
    return read_at


async def _all(connection: Connection, *arguments: object) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        """SELECT * FROM (
               (SELECT id, kind, subject, subject_id, account_id, organization_id, permission, parameters, created_at,
                       read_at
                FROM notifications WHERE account_id = $1 AND (created_at, id) < ($4, $5)
                ORDER BY created_at DESC, id DESC LIMIT $6)
               UNION ALL
               SELECT n.* FROM unnest($2::uuid[], $3::text[]) AS r (organization_id, permission)
               CROSS JOIN LATERAL (
                   SELECT id, kind, subject, subject_id, account_id, organization_id, permission, parameters,
                          created_at, read_at
                   FROM notifications WHERE organization_id = r.organization_id AND permission = r.permission
                     AND (created_at, id) < ($4, $5)
                   ORDER BY created_at DESC, id DESC LIMIT $6) AS n) AS told
           ORDER BY created_at DESC, id DESC LIMIT $6""",
        *arguments,
    )
    return rows


async def _unread(connection: Connection, *arguments: object) -> list[asyncpg.Record]:
    # A statement of its own: only text that says so lets the index of the unread serve under any plan.
    rows: list[asyncpg.Record] = await connection.fetch(
        """SELECT * FROM (
               (SELECT id, kind, subject, subject_id, account_id, organization_id, permission, parameters, created_at,
                       read_at
                FROM notifications WHERE account_id = $1 AND read_at IS NULL AND (created_at, id) < ($4, $5)
                ORDER BY created_at DESC, id DESC LIMIT $6)
               UNION ALL
               SELECT n.* FROM unnest($2::uuid[], $3::text[]) AS r (organization_id, permission)
               CROSS JOIN LATERAL (
                   SELECT id, kind, subject, subject_id, account_id, organization_id, permission, parameters,
                          created_at, read_at
                   FROM notifications WHERE organization_id = r.organization_id AND permission = r.permission
                     AND read_at IS NULL AND (created_at, id) < ($4, $5)
                   ORDER BY created_at DESC, id DESC LIMIT $6) AS n) AS told
           ORDER BY created_at DESC, id DESC LIMIT $6""",
        *arguments,
    )
    return rows


def _told(row: asyncpg.Record) -> Told:
    permission = row["permission"]
    return Told(**{**row, "permission": None if permission is None else Permission(permission)})
