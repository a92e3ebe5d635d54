"""Keeping what statistics know of a hazard up with its events."""

from datetime import datetime

from service.database import Connection
from service.domain.hazards import Hazard
from service.domain.statistics import standing_of
from service.repositories import standings


async def follow(connection: Connection, hazard: Hazard, at: datetime) -> None:
    """Writes down the standing of a hazard after its event of `at`, in the transaction of that event."""
    before = await standings.by_hazard(connection, hazard.id)
    standing = standing_of(hazard, before)
    if standing != before:
        await standings.save(connection, hazard, standing, at)
