"""Places by the numbers that the bureau's own tables give them."""

from collections.abc import Iterable
from uuid import UUID

from service.database import Connection


async def premises_ids(connection: Connection, codes: Iterable[str]) -> dict[str, UUID]:
    """The ids of the premises with these numbers."""
    rows = await connection.fetch("SELECT code, id FROM premises WHERE code = ANY($1)", list(codes))
    return {row["code"]: row["id"] for row in rows}


async def number_premises(connection: Connection, premises_id: UUID, code: str) -> None:
    """Gives premises their number."""
    await connection.execute("UPDATE premises SET code = $2 WHERE id = $1", premises_id, code)


async def checkpoint_ids(connection: Connection, premises_ids: Iterable[UUID]) -> dict[tuple[UUID, str], UUID]:
    """The ids of all numbered checkpoints of these premises, by premises and number."""
    rows = await connection.fetch(
        "SELECT premises_id, code, id FROM checkpoints WHERE premises_id = ANY($1) AND code IS NOT NULL",
        list(premises_ids),
    )
    return {(row["premises_id"], row["code"]): row["id"] for row in rows}


async def number_checkpoint(connection: Connection, checkpoint_id: UUID, code: str) -> None:
    """Gives a checkpoint its number."""
    await connection.execute("UPDATE checkpoints SET code = $2 WHERE id = $1", checkpoint_id, code)
