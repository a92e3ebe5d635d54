"""Areas, their boundaries, and which of them a point lies in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from service.database import Connection
from service.domain.boundaries import Boundary
from service.domain.geodesy import Coordinate
from service.problems import Problem
from service.repositories.categories import Outcome


@dataclass(frozen=True, slots=True)
class Area:
    """A piece of the map and who answers for it. Where areas overlap, the highest precedence wins."""

    code: str
    name: str
    organization_id: UUID
    precedence: int = 0
    demo: bool = False


async def at(connection: Connection, place: Coordinate) -> Area | None:
    """The area that answers for a place in WGS-84."""
    row = await connection.fetchrow(
        """SELECT code, name, organization_id, precedence, demo FROM areas WHERE code = area_at(point($1, $2))""",
        place.longitude,
        place.latitude,
    )
    return None if row is None else Area(**row)


async def all_areas(connection: Connection) -> list[Area]:
    """Every area, by code."""
    rows = await connection.fetch("SELECT code, name, organization_id, precedence, demo FROM areas ORDER BY code")
    return [Area(**row) for row in rows]


async def boundaries(connection: Connection) -> dict[str, Boundary]:
    """The boundary of every area that has one, by code."""
    rows = await connection.fetch(
        "SELECT area_code, part, ring, boundary FROM area_rings ORDER BY area_code, part, ring"
    )
    found: dict[str, dict[int, list[tuple[Coordinate, ...]]]] = {}
    for row in rows:
        found.setdefault(row["area_code"], {}).setdefault(row["part"], []).append(_ring(row["boundary"]))
    return {code: tuple(tuple(rings) for rings in parts.values()) for code, parts in found.items()}


async def upsert(connection: Connection, area: Area, boundary: Boundary | None) -> Outcome:
    """Brings in an area under its code; None leaves the boundary that it has. 422 `area.invalid` for a misfit."""
    try:
        added: bool | None = await connection.fetchval(
            """INSERT INTO areas AS a (code, name, organization_id, precedence, demo) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (code) DO UPDATE SET name = excluded.name, organization_id = excluded.organization_id,
                   precedence = excluded.precedence, demo = excluded.demo
               WHERE a IS DISTINCT FROM excluded
               RETURNING xmax = 0""",
            area.code,
            area.name,
            area.organization_id,
            area.precedence,
            area.demo,
        )
    except (asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError, asyncpg.DataError) as error:
        raise Problem("area.invalid", area=area.code) from error
    redrawn = boundary is not None and await replace_boundary(connection, area.code, boundary)
    if added:
        return "added"
    return "unchanged" if added is None and not redrawn else "changed"


async def replace_boundary(connection: Connection, code: str, boundary: Boundary) -> bool:
    """Draws an area anew. False when it is drawn so already."""
    rows = await connection.fetch(
        "SELECT part, ring, boundary FROM area_rings WHERE area_code = $1 ORDER BY part, ring", code
    )
    wanted = [
        (part_number, ring_number, ring)
        for part_number, part in enumerate(boundary)
        for ring_number, ring in enumerate(part)
    ]
    if [(row["part"], row["ring"], _ring(row["boundary"])) for row in rows] == wanted:
        return False
    await connection.execute("DELETE FROM area_rings WHERE area_code = $1", code)
    await connection.executemany(
        "INSERT INTO area_rings (area_code, part, ring, boundary) VALUES ($1, $2, $3, $4)",
        [
            # A polygon of the database closes itself.
            (code, part, number, asyncpg.Polygon(*((place.longitude, place.latitude) for place in ring[:-1])))
            for part, number, ring in wanted
        ],
    )
    return True


def _ring(polygon: Any) -> tuple[Coordinate, ...]:
    places = [Coordinate(point.x, point.y) for point in polygon.points]
    return (*places, places[0])
