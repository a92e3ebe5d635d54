"""What every import has at hand, and how a change of reference data is told."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from schemas.imports import ImportCounts
from service.database import Connection
from service.domain.boundaries import Boundary
from service.domain.imports import Reading
from service.problems import Problem
from service.repositories import events
from service.repositories.events import Subject

_SPACE: Final = UUID("b0c7f0d5-5f0e-4c4b-8a4e-2f6d0a9c7e11")


@dataclass(slots=True)
class Change:
    """One import under way: its transaction, the rows that could be read, and what became of them."""

    connection: Connection
    reading: Reading
    now: datetime
    password_hashes: dict[str, str] = field(default_factory=dict)
    boundaries: dict[int, Boundary] = field(default_factory=dict)
    became: Counter[str] = field(default_factory=Counter)

    def count(self, outcome: Literal["added", "changed", "unchanged", "removed"]) -> None:
        """One row more that became this."""
        self.became[outcome] += 1

    def unknown(self, number: int, column: str, value: str) -> None:
        """The row names something that is not there."""
        self.reading.refuse(number, column, Problem("import.reference_unknown", value=value))

    def counts(self) -> ImportCounts:
        """The figures of the summary."""
        return ImportCounts(**self.became)

    async def tell(self, subject: Subject, subject_id: UUID, what: str, body: dict[str, Any]) -> None:
        """Appends the event of a change."""
        await events.append(
            self.connection,
            subject=subject,
            subject_id=subject_id,
            kind=f"{subject}.{what}",
            at=self.now,
            actor_id=None,
            body=body,
        )


def named_id(subject: Subject, name: str) -> UUID:
    """The id under which the events of something are kept that has a code and no id (RFC 9562, 5.5)."""
    return uuid5(_SPACE, f"{subject}:{name}")
