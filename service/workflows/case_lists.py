"""Cases in lists: by state, which wait for a person, and which hazards have a case already."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from schemas.base import Answer, Page
from schemas.cases import CaseAction, CaseState, CaseSummary
from service.domain import publication
from service.domain.permissions import Actor, Permission
from service.i18n import Language
from service.repositories import case_standings, cases
from service.workflows import case_answers
from service.workflows import cases as case_pages
from service.workflows.context import Context

ONWARD = (CaseAction.SUBMIT, CaseAction.APPROVE, CaseAction.PUBLISH)
"""What brings a case nearer to the public: it waits for somebody to do this."""
MOST_WAITING = 100
"""Of one state."""

Shelf = CaseState | Literal["suspended"]
"""Where the desk looks for a case. What is suspended has a shelf of its own and is not among what is published."""
SHELVES: tuple[Shelf, ...] = (*(state for state in CaseState if state is not CaseState.RETRACTED), "suspended",
                              CaseState.RETRACTED)  # fmt: skip


class WaitingCase(Answer, kw_only=True, frozen=True):
    """A case with what it waits for the person to do."""

    case: CaseSummary
    action: CaseAction


@dataclass(frozen=True, slots=True)
class Shelved:
    """How many cases stand on each shelf, and how many there are."""

    by_shelf: dict[str, int]
    total: int


def shelf_of(name: str) -> Shelf | None:
    """The shelf of that name."""
    return next((shelf for shelf in SHELVES if shelf == name), None)


async def page(
    context: Context, actor: Actor, *, shelf: Shelf | None, cursor: str | None, limit: int, language: Language
) -> Page[CaseSummary]:
    """The newest cases on a shelf, or of all, after `cursor`. 400 `page.cursor_invalid`."""
    return await case_pages.page(
        context,
        actor,
        state=shelf if isinstance(shelf, CaseState) else None,
        suspended={"suspended": True, CaseState.PUBLISHED: False}.get(shelf or ""),
        cursor=cursor,
        limit=limit,
        language=language,
    )


async def shelved(context: Context, actor: Actor) -> Shelved:
    """How many cases the person may see, by shelf."""
    async with context.database.connection() as connection:
        tally = await cases.tally(connection, actor.organizations_with(Permission.CASE_READ))
    by_shelf: dict[str, int] = dict.fromkeys(SHELVES, 0)
    for (state, suspended), number in tally.items():
        if suspended:
            by_shelf["suspended"] += number
        if not (suspended and state is CaseState.PUBLISHED):
            by_shelf[state] += number
    return Shelved(by_shelf, sum(tally.values()))


async def waiting(context: Context, actor: Actor, *, language: Language) -> list[WaitingCase]:
    """What this person can bring nearer to the public now and what somebody objected to, the oldest first: nobody
    waits forever."""
    organizations = actor.organizations_with(Permission.CASE_READ)
    async with context.database.snapshot() as connection:
        lines = {}
        for state, suspended in _asked_for(actor):
            for line in await cases.page(
                connection,
                organizations,
                state=state,
                hazard_id=None,
                before=None,
                limit=MOST_WAITING,
                suspended=suspended,
            ):
                lines[line.id] = line
        standings = await case_standings.of_cases(connection, list(lines))
    found = []
    for case_id in sorted(lines):
        possible = [
            action
            for action in publication.offered(standings[case_id], actor)
            if action in (*ONWARD, CaseAction.RESUME)
        ]
        if possible:
            found.append(WaitingCase(case=case_answers.summary(lines[case_id], language), action=possible[0]))
    return found


def _asked_for(actor: Actor) -> list[tuple[CaseState | None, bool | None]]:
    """The states in which something may wait for the person, and whether it is what was suspended."""
    onward = {
        row.origin for row in publication.TRANSITIONS if row.action in ONWARD and actor.may_anywhere(row.permission)
    }
    objections = any(actor.may_anywhere(permission) for permission in publication.permissions_for(CaseAction.RESUME))
    return [*((state, None) for state in CaseState if state in onward), *([(None, True)] if objections else [])]


async def with_cases(context: Context, hazard_ids: list[UUID]) -> set[UUID]:
    """Those of the hazards that have a case which is not retracted."""
    async with context.database.connection() as connection:
        return await case_standings.hazards_with_cases(connection, hazard_ids)
