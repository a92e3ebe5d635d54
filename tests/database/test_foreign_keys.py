"""Every foreign key has an index: without one, each change of what it points to reads the whole table."""

from typing import Any

import asyncpg


async def bare_foreign_keys(connection: Any) -> list[str]:
    """The tables with a foreign key that no index begins with."""
    rows = await connection.fetch(
        """SELECT k.conrelid::regclass::text AS relation
           FROM pg_constraint k
           WHERE k.contype = 'f' AND NOT EXISTS (
               SELECT 1 FROM pg_index i
               WHERE i.indrelid = k.conrelid
                 AND (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey
                 -- A partial index serves only if what it leaves out cannot point anywhere.
                 AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$'))
           ORDER BY 1"""
    )
    return [row["relation"] for row in rows]


async def test_every_foreign_key_has_an_index_that_begins_with_its_columns(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        assert await bare_foreign_keys(connection) == []
        await connection.execute(
            """CREATE TABLE bare (hazard_id uuid REFERENCES hazards (id));
               CREATE TABLE misplaced (id int, hazard_id uuid REFERENCES hazards (id), UNIQUE (id, hazard_id));
               CREATE TABLE partly (hazard_id uuid REFERENCES hazards (id), open boolean);
               CREATE INDEX partly_open ON partly (hazard_id) WHERE open;
               CREATE TABLE served (hazard_id uuid REFERENCES hazards (id), at int, UNIQUE (hazard_id, at));"""
        )
        assert await bare_foreign_keys(connection) == ["bare", "misplaced", "partly"]
    finally:
        await connection.close()
