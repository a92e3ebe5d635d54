"""Places of the tests: areas drawn as squares, premises and checkpoints, put in by the repositories."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from service.database import Connection, prepare_connection
from service.domain.boundaries import Boundary, Ring
from service.domain.geodesy import Coordinate
from service.domain.permissions import Actor
from service.repositories import areas, checkpoints, premises, sessions
from service.repositories.areas import Area
from service.repositories.checkpoints import Checkpoint
from service.repositories.premises import Premises
from service.workflows import checkpoint_tokens
from service.workflows.accounts import token_digest
from tests.people import CHENGQU, KUANGQU, organization_id, token

HIGH_TECH = "GXQ"


def square(west: float, south: float, side: float) -> Ring:
    """A closed ring, counterclockwise."""
    corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side), (0.0, 0.0)]
    return tuple(Coordinate(west + x, south + y) for x, y in corners)


def box(west: float, south: float, side: float, *holes: Ring) -> Boundary:
    """A square with holes as the only part of a boundary."""
    return ((square(west, south, side), *holes),)


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[Connection]:
    """A connection as the service has them."""
    connection = await asyncpg.connect(database_url)
    try:
        await prepare_connection(connection)
        yield connection
    finally:
        await connection.close()


async def draw(
    connection: Connection, code: str, boundary: Boundary, *, organization: str, precedence: int = 0
) -> None:
    """An area that an organization answers for."""
    area = Area(code, f"area {code}", organization_id(organization), precedence)
    await areas.upsert(connection, area, boundary)


async def draw_districts(connection: Connection) -> None:
    """城区 from 10 to 14 degrees with a hole from 11 to 12, 矿区 beside it, and a zone of 矿区's on both that wins."""
    await draw(connection, CHENGQU, box(10, 10, 4, square(11, 11, 1)), organization=CHENGQU)
    await draw(connection, KUANGQU, box(14, 10, 4), organization=KUANGQU)
    await draw(connection, HIGH_TECH, box(13, 12, 2), organization=KUANGQU, precedence=10)


async def open_premises(connection: Connection, organization: str = CHENGQU, **values: Any) -> Premises:
    """Premises in an organization."""
    premises_id = uuid4()
    fields: dict[str, Any] = {
        "id": premises_id,
        "organization_id": organization_id(organization),
        "name": f"place {premises_id}",
    }
    place = Premises(**fields | values)
    await premises.upsert(connection, place)
    return place


async def post_checkpoint(connection: Connection, at: Premises, **values: Any) -> Checkpoint:
    """A checkpoint of premises; its code's version is 1."""
    fields: dict[str, Any] = {"id": uuid4(), "premises_id": at.id, "name": "东侧楼梯"}
    checkpoint = Checkpoint(**fields | values)
    await checkpoints.upsert(connection, checkpoint)
    return checkpoint


async def token_of(connection: Connection, checkpoint_id: UUID) -> str:
    """The token on the newest code of a checkpoint."""
    checkpoint = await checkpoints.by_id(connection, checkpoint_id)
    assert checkpoint is not None
    return await checkpoint_tokens.written(connection, checkpoint)


async def actor(connection: Connection, account: str) -> Actor:
    """One of `tests.people` with what their roles grant now."""
    now = datetime.now(UTC)
    session = await sessions.find_live(
        connection, token_sha256=token_digest(token(account)), now=now, idle_since=now - timedelta(days=1)
    )
    assert session is not None
    return session.actor
