"""Premises: the places that are inspected, and who answers for each."""

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
class Premises:
    """One place. `owner_id` is whom the desk is offered as rectification owner; `code` is the bureau's own number."""

    id: UUID
    organization_id: UUID
    name: str
    venue_type: str | None = None
    industry: str | None = None
    unit: str | None = None
    address: str | None = None
    position: Coordinate | None = None
    owner_id: UUID | None = None
    contact: str | None = None
    code: str | None = None
    retired_at: datetime | None = None
    demo: bool = False


async def by_id(connection: Connection, premises_id: UUID) -> Premises | None:
    """The premises with that id, retired ones too."""
    row = await connection.fetchrow(
        """SELECT id, organization_id, name, venue_type, industry, unit, address, position, owner_id, contact,
                  code, retired_at, demo
           FROM premises WHERE id = $1""",
        premises_id,
    )
    return None if row is None else _premises(row)


async def by_ids(connection: Connection, premises_ids: Iterable[UUID]) -> dict[UUID, Premises]:
    """The premises with these ids."""
    rows = await connection.fetch(
        """SELECT id, organization_id, name, venue_type, industry, unit, address, position, owner_id, contact,
                  code, retired_at, demo
           FROM premises WHERE id = ANY($1)""",
        list(premises_ids),
    )
    return {row["id"]: _premises(row) for row in rows}


async def page(
    connection: Connection,
    organization_ids: Iterable[UUID],
    *,
    area: str | None,
    text: str | None,
    after: UUID | None,
    limit: int,
) -> list[Premises]:
    """Premises of these organizations by id, after the one with the id `after`; retired ones are left out.

    `area`: only those whose position that area answers for. `text` must occur in name, unit or address. Each
    organization is one walk along an index that ends after `limit` rows.
    """
    rows = await connection.fetch(
        """SELECT p.id, p.organization_id, p.name, p.venue_type, p.industry, p.unit, p.address, p.position, p.owner_id,
                  p.contact, p.code, p.retired_at, p.demo
           FROM unnest($1::uuid[]) AS o (id) CROSS JOIN LATERAL (
               SELECT p.* FROM premises p
               WHERE p.organization_id = o.id AND p.retired_at IS NULL AND p.id > $2
                 AND ($3::text IS NULL OR strpos(p.name, $3) > 0 OR strpos(p.unit, $3) > 0
                      OR strpos(p.address, $3) > 0)
                 AND ($4::text IS NULL OR area_at(p.position) = $4)
               ORDER BY p.id LIMIT $5) AS p
           ORDER BY p.id LIMIT $5""",
        list(organization_ids),
        after or UUID(int=0),
        text,
        area,
        limit,
    )
    return [_premises(row) for row in rows]


async def upsert(connection: Connection, premises: Premises) -> Outcome:
    """Brings in premises under their id. 422 `premises.invalid` for values that do not fit."""
    try:
        added: bool | None = await connection.fetchval(
            """INSERT INTO premises AS p (id, organization_id, name, venue_type, industry, unit, address, position,
                                          owner_id, contact, code, retired_at, demo)
               VALUES ($1, $2, $3, $4, $5, $6, $7, point($8, $9), $10, $11, $12, $13, $14)
               ON CONFLICT (id) DO UPDATE SET
                   organization_id = excluded.organization_id, name = excluded.name, venue_type = excluded.venue_type,
                   industry = excluded.industry, unit = excluded.unit, address = excluded.address,
                   position = excluded.position, owner_id = excluded.owner_id, contact = excluded.contact,
                   code = excluded.code, retired_at = excluded.retired_at, demo = excluded.demo
               WHERE (p.organization_id, p.name, p.venue_type, p.industry, p.unit, p.address, p.position::text,
                      p.owner_id, p.contact, p.code, p.retired_at, p.demo)
                   IS DISTINCT FROM
                     (excluded.organization_id, excluded.name, excluded.venue_type, excluded.industry, excluded.unit,
                      excluded.address, excluded.position::text, excluded.owner_id, excluded.contact, excluded.code,
                      excluded.retired_at, excluded.demo)
               RETURNING xmax = 0""",
            premises.id,
            premises.organization_id,
            premises.name,
            premises.venue_type,
            premises.industry,
            premises.unit,
            premises.address,
            None if premises.position is None else premises.position.longitude,
            None if premises.position is None else premises.position.latitude,
            premises.owner_id,
            premises.contact,
            premises.code,
            premises.retired_at,
            premises.demo,
        )
    except (asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError, asyncpg.UniqueViolationError) as error:
        raise Problem("premises.invalid", premises=premises.name) from error
    return "unchanged" if added is None else "added" if added else "changed"


def _premises(row: asyncpg.Record) -> Premises:
    return Premises(**{**row, "position": coordinate(row["position"])})
