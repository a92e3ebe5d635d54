"""Which words many hazards have in common: remembered, because to ask costs as much as to search."""

from collections.abc import Mapping
from time import monotonic

from service.database import Connection
from service.repositories import hazard_texts

REMEMBERED_SECONDS = 60.0
"""The database itself learns of it with each ANALYZE only; and it decides the way to a page, never what is on it."""


class CommonTerms:
    """The memory of this process."""

    def __init__(self) -> None:
        self._shares: Mapping[str, float] = {}
        self._until = 0.0

    async def shares(self, connection: Connection) -> Mapping[str, float]:
        """The share of all texts that hold each of the most common terms."""
        if monotonic() >= self._until:
            self._shares = await hazard_texts.common_terms(connection)
            self._until = monotonic() + REMEMBERED_SECONDS
        return self._shares
