"""Checkpoints: where the QR codes hang."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from service.database import Connection
from service.domain.geodesy import Coordinate
from service.problems import Problem
from service.repositories.categories import Outcome
from service.repositories.hazards import coordinate


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One exit or stair with a code of its own. `token_version` is the one on the newest printed code,
    `code` the bureau's own number within the premises.
    """

    id: UUID
    premises_id: UUID
    name: str
    building: str | None = None
    floor: str | None = None
    place: str | None = None
    position: Coordinate | None = None
    code: str | None = None
    token_version: int = 1
    revoked_at: datetime | None = None
    demo: bool = False


async def by_id(connection: Connection, checkpoint_id: UUID) -> Checkpoint | None:
    """The checkpoint with that id."""
    row = await connection.fetchrow(
        """SELECT id, premises_id, name, building, floor, place, position, code, token_version, revoked_at, demo
           FROM checkpoints WHERE id = $1""",
        checkpoint_id,
    )
    return None if row is None else _checkpoint(row)


async def locked(connection: Connection, checkpoint_id: UUID) -> Checkpoint | None:
    """The same, held until the transaction ends."""
    row = await connection.fetchrow(
        """SELECT id, premises_id, name, building, floor, place, position, code, token_version, revoked_at, demo
           FROM checkpoints WHERE id = $1 FOR UPDATE""",
        checkpoint_id,
    )
    return None if row is None else _checkpoint(row)


async def of_premises(connection: Connection, premises_id: UUID, *, after: UUID | None, limit: int) -> list[Checkpoint]:
    """Checkpoints of one place, by id, after the one with the id `after`."""
    rows = await connection.fetch(
        """SELECT id, premises_id, name, building, floor, place, position, code, token_version, revoked_at, demo
           FROM checkpoints WHERE premises_id = $1 AND id > $2 ORDER BY id LIMIT $3""",
        premises_id,
        after or UUID(int=0),
        limit,
    )
    return [_checkpoint(row) for row in rows]


async def page(
    connection: Connection, organization_ids: Iterable[UUID], *, after: UUID | None, limit: int
) -> list[Checkpoint]:
    """Checkpoints of premises in use of these organizations, by id."""
    rows = await connection.fetch(
        """SELECT c.id, c.premises_id, c.name, c.building, c.floor, c.place, c.position, c.code, c.token_version,
                  c.revoked_at, c.demo
           FROM checkpoints c JOIN premises p ON p.id = c.premises_id
           WHERE c.id > $2 AND p.organization_id = ANY($1) AND p.retired_at IS NULL
           ORDER BY c.id LIMIT $3""",
        list(organization_ids),
        after or UUID(int=0),
        limit,
    )
    return [_checkpoint(row) for row in rows]


async def set_token(connection: Connection, checkpoint_id: UUID, *, version: int, revoked_at: datetime | None) -> None:
    """Which printed code counts from now on, and whether it was withdrawn."""
    await connection.execute(
        "UPDATE checkpoints SET token_version = $2, revoked_at = $3 WHERE id = $1", checkpoint_id, version, revoked_at
    )


async def upsert(connection: Connection, checkpoint: Checkpoint) -> Outcome:
    """Brings in a checkpoint under its id; its token's version and its withdrawal stay as they are.

    422 `checkpoint.invalid` for values that do not fit.
    """
    try:
        added: bool | None = await connection.fetchval(
            """INSERT INTO checkpoints AS c (id, premises_id, name, building, floor, place, position, code, demo)
               VALUES ($1, $2, $3, $4, $5, $6, point($7, $8), $9, $10)
               ON CONFLICT (id) DO UPDATE SET
                   premises_id = excluded.premises_id, name = excluded.name, building = excluded.building,
                   floor = excluded.floor, place = excluded.place, position = excluded.position, code = excluded.code,
                   demo = excluded.demo
               WHERE (c.premises_id, c.name, c.building, c.floor, c.place, c.position::text, c.code, c.demo)
                   IS DISTINCT FROM (excluded.premises_id, excluded.name, excluded.building, excluded.floor,
                                     excluded.place, excluded.position::text, excluded.code, excluded.demo)
               RETURNING xmax = 0""",
            checkpoint.id,
            checkpoint.premises_id,
            checkpoint.name,
            checkpoint.building,
            checkpoint.floor,
            checkpoint.place,
            None if checkpoint.position is None else checkpoint.position.longitude,
            None if checkpoint.position is None else checkpoint.position.latitude,
            checkpoint.code,
            checkpoint.demo,
        )
    except (asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError, asyncpg.UniqueViolationError) as error:
        raise Problem("checkpoint.invalid", checkpoint=checkpoint.name) from error
    return "unchanged" if added is None else "added" if added else "changed"


def _checkpoint(row: asyncpg.Record) -> Checkpoint:
    return Checkpoint(**{**row, "position": coordinate(row["position"])})
