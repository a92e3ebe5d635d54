"""Which cases wait for a person, and which hazards have a case already."""

from uuid import UUID

from schemas.base import Answer
from schemas.cases import CaseAction, CaseState, CaseSummary
from service.domain import publication
from service.domain.permissions import Actor, Permission
from service.i18n import Language
from service.repositories import case_standings, cases
from service.workflows import case_answers
from service.workflows.context import Context

ONWARD = (CaseAction.SUBMIT, CaseAction.APPROVE, CaseAction.PUBLISH)
"""What brings a case nearer to the public: it waits for somebody to do this."""
MOST_WAITING = 100
"""Of one state."""


class WaitingCase(Answer, kw_only=True, frozen=True):
    """A case with what it waits for the person to do."""

    case: CaseSummary
    action: CaseAction


async def waiting(context: Context, actor: Actor, *, language: Language) -> list[WaitingCase]:
    """The cases that this person can bring nearer to the public now, the oldest first: nobody waits forever."""
    organizations = actor.organizations_with(Permission.CASE_READ)
    states = [row.origin for row in publication.TRANSITIONS if row.action in ONWARD]
    async with context.database.snapshot() as connection:
        lines = [
            line
            for state in states
            if any(actor.may_anywhere(row.permission) for row in _onward_from(state))
            for line in await cases.page(
                connection, organizations, state=state, hazard_id=None, before=None, limit=MOST_WAITING
            )
        ]
        standings = await case_standings.of_cases(connection, [line.id for line in lines])
    found = []
    for line in sorted(lines, key=lambda line: line.id):
        onward = [action for action in publication.offered(standings[line.id], actor) if action in ONWARD]
        if onward:
            found.append(WaitingCase(case=case_answers.summary(line, language), action=onward[0]))
    return found


def _onward_from(state: CaseState) -> list[publication.Transition]:
    return [row for row in publication.TRANSITIONS if row.origin is state and row.action in ONWARD]


async def with_cases(context: Context, hazard_ids: list[UUID]) -> set[UUID]:
    """Those of the hazards that have a case which is not retracted."""
    async with context.database.connection() as connection:
        return await case_standings.hazards_with_cases(connection, hazard_ids)
