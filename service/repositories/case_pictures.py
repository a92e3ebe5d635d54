"""The pictures of cases: which photo, where the masks go, and what was baked from them."""

from typing import Any
from uuid import UUID

import msgspec

from schemas.base import Answer
from schemas.cases import Mask, PictureState
from schemas.hazards import PhotoRole
from service.database import Connection


class PictureRow(Answer, kw_only=True, frozen=True):
    """A picture's row. `name` is the last part of its public address and of its key in the store."""

    case_id: UUID
    number: int
    photo_id: UUID
    role: PhotoRole
    version: int
    masks: list[Mask]
    none_needed: bool
    masked_by: UUID | None
    state: PictureState
    problem: str | None
    name: str
    sha256: bytes | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    card_sha256: bytes | None = None
    card_size: int | None = None


class Baked(Answer, kw_only=True, frozen=True):
    """What a finished picture is: hashes and sizes in bytes of picture and share card, width and height in pixels."""

    sha256: bytes
    size: int
    width: int
    height: int
    card_sha256: bytes
    card_size: int


async def of_case(connection: Connection, case_id: UUID) -> list[PictureRow]:
    """The case's pictures by number."""
    rows = await connection.fetch(
        """SELECT case_id, number, photo_id, role, version, masks, none_needed, masked_by, state, problem, name, sha256,
                  size, width, height, card_sha256, card_size
           FROM case_pictures WHERE case_id = $1 ORDER BY number""",
        case_id,
    )
    return [_picture(row) for row in rows]


async def by_number(connection: Connection, case_id: UUID, number: int) -> PictureRow | None:
    """Picture `number` of the case."""
    row = await connection.fetchrow(
        """SELECT case_id, number, photo_id, role, version, masks, none_needed, masked_by, state, problem, name, sha256,
                  size, width, height, card_sha256, card_size
           FROM case_pictures WHERE case_id = $1 AND number = $2""",
        case_id,
        number,
    )
    return None if row is None else _picture(row)


def _picture(row: Any) -> PictureRow:
    values = dict(row)
    return PictureRow(masks=msgspec.convert(values.pop("masks"), list[Mask]), **values)


async def put(connection: Connection, picture: PictureRow) -> None:
    """Writes a picture as chosen and masked, with nothing baked yet."""
    await connection.execute(
        """INSERT INTO case_pictures (case_id, number, photo_id, role, version, masks, none_needed, masked_by, state,
                                      name)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT (case_id, number) DO UPDATE SET photo_id = excluded.photo_id, role = excluded.role,
               version = excluded.version, masks = excluded.masks, none_needed = excluded.none_needed,
               masked_by = excluded.masked_by, state = excluded.state, name = excluded.name, problem = NULL,
               sha256 = NULL, size = NULL, width = NULL, height = NULL, card_sha256 = NULL, card_size = NULL""",
        picture.case_id,
        picture.number,
        picture.photo_id,
        picture.role,
        picture.version,
        msgspec.to_builtins(picture.masks),
        picture.none_needed,
        picture.masked_by,
        picture.state,
        picture.name,
    )


async def remove(connection: Connection, case_id: UUID, number: int) -> None:
    """Takes a picture out of the case."""
    await connection.execute("DELETE FROM case_pictures WHERE case_id = $1 AND number = $2", case_id, number)


async def ready(connection: Connection, case_id: UUID, number: int, *, version: int, baked: Baked) -> bool:
    """Says that this version is baked. False when the picture has changed or gone meanwhile."""
    row = await connection.fetchrow(
        """UPDATE case_pictures SET state = 'ready', problem = NULL, sha256 = $4, size = $5, width = $6, height = $7,
                  card_sha256 = $8, card_size = $9
           WHERE case_id = $1 AND number = $2 AND version = $3 RETURNING number""",
        case_id,
        number,
        version,
        baked.sha256,
        baked.size,
        baked.width,
        baked.height,
        baked.card_sha256,
        baked.card_size,
    )
    return row is not None


async def failed(connection: Connection, case_id: UUID, number: int, *, version: int, problem: str) -> None:
    """Says that this version cannot be baked, and why."""
    await connection.execute(
        """UPDATE case_pictures SET state = 'failed', problem = $4
           WHERE case_id = $1 AND number = $2 AND version = $3 AND state = 'pending'""",
        case_id,
        number,
        version,
        problem,
    )
