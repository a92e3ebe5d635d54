"""What time it is to the database, as a second opinion."""

from datetime import datetime

from service.database import Connection


async def now(connection: Connection) -> datetime:
    """The database's clock, this instant."""
    told: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return told
