"""Which hazards are wanted, as the database's type `hazard_filter` takes it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.hazards import Level, Source, State
from service.database import Connection
from service.domain.map_cells import Box
from service.domain.text_search import Search


@dataclass(frozen=True, slots=True)
class Seer:
    """Who looks: they see hazards in organizations that they may read, and those that they own or reported."""

    account_id: UUID
    organization_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class HazardFilter:
    """Which hazards are wanted; None is any. Received from `received_from` on and before `received_until`.

    Due before an instant, or overdue `at` one, is what somebody still has to fix.
    """

    states: tuple[State, ...] | None = None
    organization_ids: frozenset[UUID] | None = None
    category: str | None = None
    level: Level | None = None
    source: Source | None = None
    owner_id: UUID | None = None
    is_overdue: bool | None = None
    at: datetime | None = None
    due_before: datetime | None = None
    received_from: datetime | None = None
    received_until: datetime | None = None
    is_shelved: bool | None = None
    premises_id: UUID | None = None
    checkpoint_id: UUID | None = None
    visit_id: UUID | None = None
    visit_officer_ids: frozenset[UUID] | None = None
    """Whose reports are the visit's own; None while it has not arrived, and nobody knows."""
    box: Box | None = None
    search: Search | None = None

    @property
    def is_plain(self) -> bool:
        """Whether only organization, state, category and times are asked for: ordered walks serve that."""
        return self.is_overdue is not False and self == HazardFilter(
            states=self.states,
            organization_ids=self.organization_ids,
            category=self.category,
            is_overdue=self.is_overdue,
            at=self.at,
            due_before=self.due_before,
            received_from=self.received_from,
            received_until=self.received_until,
        )

    @property
    def due_by(self) -> datetime | None:
        """Before when the fix must have been due, for overdue ones and due ones alike."""
        bounds = [bound for bound in (self.at if self.is_overdue else None, self.due_before) if bound is not None]
        return min(bounds, default=None)

    @property
    def is_of_one_place(self) -> bool:
        """Whether it asks for one place or visit, of which there are never many hazards."""
        return not (self.premises_id is None and self.checkpoint_id is None and self.visit_id is None)

    @property
    def has_an_ordered_mark(self) -> bool:
        """Whether it asks for something rare of which an index holds the hazards in the order of the list."""
        return bool(
            self.level == "major"
            or self.source not in (None, "inspection")
            or self.owner_id is not None
            or self.is_shelved
        )

    @property
    def has_a_rare_mark(self) -> bool:
        """Whether something besides the box has an index that finds few."""
        return (
            self.is_of_one_place
            or self.has_an_ordered_mark
            or self.search is not None
            or self.category is not None
            or self.due_by is not None
            or self.received_from is not None
        )

    @property
    def is_counted_ahead(self) -> bool:
        """Whether nothing but organizations and states is asked for."""
        return self == HazardFilter(states=self.states, organization_ids=self.organization_ids, at=self.at)

    def within(self, box: Box | None) -> "HazardFilter":
        """The same in another box; None: wherever it is."""
        return replace(self, box=box)


def composed(
    wanted: HazardFilter, seer: Seer, *, is_box_wide: bool = False, with_terms: bool = True
) -> tuple[Any, ...]:
    """The value of `hazard_filter`, field by field in its order.

    A box finds no hazard whose place is withheld from the person: asked for smaller and smaller boxes it would tell.

    Without terms the words are looked for in each text itself, which is right where few texts are looked at.
    """
    box = None if wanted.box is None else ((wanted.box.east, wanted.box.north), (wanted.box.west, wanted.box.south))
    search = wanted.search
    words: tuple[Any, ...] = (None,) * 5
    if search is not None:
        words = (
            search.terms if with_terms else None,
            search.patterns,
            search.number_terms if with_terms else None,
            search.number_patterns,
            search.number_pattern,
        )
    return (
        _values(wanted.states),
        _values(wanted.organization_ids),
        wanted.category,
        wanted.level,
        wanted.source,
        wanted.owner_id,
        wanted.is_overdue,
        wanted.at,
        wanted.due_before,
        wanted.received_from,
        wanted.received_until,
        wanted.is_shelved,
        wanted.premises_id,
        wanted.checkpoint_id,
        wanted.visit_id,
        None if is_box_wide else box,
        box if is_box_wide else None,
        *words,
        None if box is None else seer.account_id,
        _values(wanted.visit_officer_ids),
    )


def _values(wanted: Iterable[Any] | None) -> list[Any] | None:
    return None if wanted is None else list(wanted)


async def plan_for_values(connection: Connection) -> None:
    """Statements with a `hazard_filter` are planned with its values until the transaction ends.

    A plan for any filter at all could use no index of what this one asks for.
    """
    await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
