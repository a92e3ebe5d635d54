"""What the editions of categories and clauses are bound to, for whoever wants to begin a new one."""

from datetime import date, datetime

import msgspec

from schemas.catalogue import LegalClause
from service.database import Connection


async def take_turn(connection: Connection) -> None:
    """Waits for any other import to end: what this transaction finds missing stays missing."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('clearway import', 0))")


async def newest(connection: Connection, code: str) -> date | None:
    """The first day of the newest edition of a category."""
    day: date | None = await connection.fetchval("SELECT max(valid_from) FROM category_editions WHERE code = $1", code)
    return day


async def is_used(connection: Connection, code: str, valid_from: date, since: datetime | None = None) -> bool:
    """Whether a hazard that was captured since then (None: ever) is of this edition."""
    return bool(
        await connection.fetchval(
            """SELECT EXISTS (SELECT FROM hazards WHERE category = $1 AND category_edition = $2
                              AND ($3::timestamptz IS NULL OR captured_at >= $3))""",
            code,
            valid_from,
            since,
        )
    )


async def citing(connection: Connection, key: str, day: date) -> list[tuple[str, date]]:
    """Code and first day of every edition that cites the clause and holds on that day or later."""
    rows = await connection.fetch(
        """SELECT e.code, e.valid_from FROM category_bases b JOIN category_editions e USING (code, valid_from)
           WHERE b.clause_key = $1 AND (e.valid_until IS NULL OR e.valid_until > $2) ORDER BY e.code, e.valid_from""",
        key,
        day,
    )
    return [(row["code"], row["valid_from"]) for row in rows]


async def clauses(connection: Connection) -> list[LegalClause]:
    """Every edition of every clause, by key and first day."""
    rows = await connection.fetch(
        """SELECT key, valid_from, valid_until, title_zh, title_en, summary_zh, summary_en, penalty_authority
           FROM legal_clauses ORDER BY key, valid_from"""
    )
    return [msgspec.convert(dict(row), LegalClause) for row in rows]
