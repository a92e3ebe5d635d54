"""Serial numbers that are never given twice."""

from service.database import Connection


async def next_serial(connection: Connection, organization_code: str, year: int) -> int:
    """The next serial of an organization's year. Others wait for it until the transaction ends: take it last."""
    serial: int = await connection.fetchval(
        """INSERT INTO number_series (organization_code, year, last_serial) VALUES ($1, $2, 1)
           ON CONFLICT (organization_code, year) DO UPDATE SET last_serial = number_series.last_serial + 1
           RETURNING last_serial""",
        organization_code,
        year,
    )
    return serial
