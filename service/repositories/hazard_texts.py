"""What was written about hazards, in terms of two characters."""

from service.database import Connection


async def common_terms(connection: Connection) -> dict[str, float]:
    """Which share of all texts holds each of the most common terms, as the last ANALYZE found it."""
    rows = await connection.fetch(
        """SELECT unnest(most_common_elems::text::text[]) AS term, unnest(most_common_elem_freqs) AS share
           FROM pg_stats WHERE schemaname = current_schema AND tablename = 'hazard_texts_terms'"""
    )
    return {row["term"]: row["share"] for row in rows}
