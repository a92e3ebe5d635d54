"""The catalogue of hazard kinds."""

from schemas.hazards import Category
from service.database import Connection


async def by_code(connection: Connection, code: str) -> Category | None:
    """The category with that code."""
    row = await connection.fetchrow(
        "SELECT code, name_zh, name_en, priority, major_candidate, basis, days FROM categories WHERE code = $1", code
    )
    return None if row is None else Category(**row)


async def all_categories(connection: Connection) -> list[Category]:
    """The whole catalogue, by code."""
    rows = await connection.fetch(
        "SELECT code, name_zh, name_en, priority, major_candidate, basis, days FROM categories ORDER BY code"
    )
    return [Category(**row) for row in rows]
