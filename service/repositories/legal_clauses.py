"""The clauses of law that categories rest on."""

import asyncpg

from schemas.catalogue import LegalClause
from service.database import Connection
from service.problems import Problem
from service.repositories.categories import Outcome


async def upsert(connection: Connection, clause: LegalClause) -> Outcome:
    """Brings in a clause under its key and first day; one of that key that is open until then ends there.

    422 `clause.invalid` for values that do not fit.
    """
    try:
        async with connection.transaction():
            await connection.execute(
                """UPDATE legal_clauses SET valid_until = $2
                   WHERE key = $1 AND valid_from < $2 AND valid_until IS NULL""",
                clause.key,
                clause.valid_from,
            )
            added: bool | None = await connection.fetchval(
                """INSERT INTO legal_clauses AS c (key, valid_from, valid_until, title_zh, title_en, summary_zh,
                                                   summary_en, penalty_authority)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                   ON CONFLICT (key, valid_from) DO UPDATE SET
                       valid_until = excluded.valid_until, title_zh = excluded.title_zh, title_en = excluded.title_en,
                       summary_zh = excluded.summary_zh, summary_en = excluded.summary_en,
                       penalty_authority = excluded.penalty_authority
                   WHERE c IS DISTINCT FROM excluded
                   RETURNING xmax = 0""",
                clause.key,
                clause.valid_from,
                clause.valid_until,
                clause.title_zh,
                clause.title_en,
                clause.summary_zh,
                clause.summary_en,
                clause.penalty_authority,
            )
    except asyncpg.CheckViolationError as error:
        raise Problem("clause.invalid", clause=clause.key) from error
    if added is None:
        return "unchanged"
    return "added" if added else "changed"
