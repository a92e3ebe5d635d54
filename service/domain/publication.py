"""How a cleared hazard becomes a published case: the states, the actions, who may take them, and what they demand.

    draft -> first_review -> second_review -> approved -> published -> retracted
      ^------------------------- amend ----------------------'

One table says action x from x to x permission; the workflow, the API's documentation and the tests read it.
Drafter, first reviewer and second reviewer are three people. Text and masks change in `draft` only: whoever wants to
change them later sends the case back, and both reviews start again.

Publishing makes a copy for the public. It stays while the case is amended, until the next edition replaces it; an
objection hides it in one action from whatever state the case is in (`suspend`), and so does its retraction, for good.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from uuid import UUID

from schemas.cases import CaseAction, CaseState
from service.domain.permissions import Actor, Permission
from service.problems import Problem

MAX_PICTURES: Final = 6
_SLUG_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_SLUG_CHARACTERS: Final = 12
SLUG: Final = re.compile(rf"\d{{4}}-\d{{2}}-[{_SLUG_ALPHABET}]{{{_SLUG_CHARACTERS}}}", re.ASCII)
"""What `make_slug` makes; nothing else is looked up."""


Showing = Literal["live", "suspended"]
"""What the public has of a case: its page, or the notice that it is being looked into."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. `showing`: it needs a copy that the public has, in one of these ways."""

    action: CaseAction
    origin: CaseState
    target: CaseState
    permission: Permission
    showing: frozenset[Showing] | None = None


_LIVE: Final[frozenset[Showing]] = frozenset({"live"})
_SUSPENDED: Final[frozenset[Showing]] = frozenset({"suspended"})
_AMENDING: Final = (CaseState.DRAFT, CaseState.FIRST_REVIEW, CaseState.SECOND_REVIEW, CaseState.APPROVED)


TRANSITIONS: Final[tuple[Transition, ...]] = (
    Transition(CaseAction.SUBMIT, CaseState.DRAFT, CaseState.FIRST_REVIEW, Permission.CASE_DRAFT),
    Transition(CaseAction.APPROVE, CaseState.FIRST_REVIEW, CaseState.SECOND_REVIEW, Permission.CASE_REVIEW),
    Transition(CaseAction.APPROVE, CaseState.SECOND_REVIEW, CaseState.APPROVED, Permission.CASE_REVIEW),
    Transition(CaseAction.SEND_BACK, CaseState.FIRST_REVIEW, CaseState.DRAFT, Permission.CASE_REVIEW),
    Transition(CaseAction.SEND_BACK, CaseState.SECOND_REVIEW, CaseState.DRAFT, Permission.CASE_REVIEW),
    Transition(CaseAction.SEND_BACK, CaseState.APPROVED, CaseState.DRAFT, Permission.CASE_PUBLISH),
    Transition(CaseAction.PUBLISH, CaseState.APPROVED, CaseState.PUBLISHED, Permission.CASE_PUBLISH),
    Transition(CaseAction.AMEND, CaseState.PUBLISHED, CaseState.DRAFT, Permission.CASE_DRAFT),
    Transition(CaseAction.RETRACT, CaseState.PUBLISHED, CaseState.RETRACTED, Permission.CASE_RETRACT),
    *(
        Transition(CaseAction.RETRACT, state, CaseState.RETRACTED, Permission.CASE_RETRACT, _LIVE | _SUSPENDED)
        for state in _AMENDING
    ),
    *(
        Transition(CaseAction.SUSPEND, state, state, Permission.CASE_RETRACT, _LIVE)
        for state in (*_AMENDING, CaseState.PUBLISHED)
    ),
    *(
        Transition(CaseAction.RESUME, state, state, Permission.CASE_PUBLISH, _SUSPENDED)
        for state in (*_AMENDING, CaseState.PUBLISHED)
    ),
)

REASON_REQUIRED: Final = frozenset(
    {CaseAction.AMEND, CaseAction.RESUME, CaseAction.RETRACT, CaseAction.SEND_BACK, CaseAction.SUSPEND}
)

HAZARD_CLOSED_REQUIRED: Final = frozenset(
    {CaseAction.SUBMIT, CaseAction.APPROVE, CaseAction.PUBLISH, CaseAction.RESUME}
)
"""What brings a case nearer to the public: a hazard that was opened again is no lesson in how one was cleared."""


EVENTS: Final = {
    CaseAction.SUBMIT: "case.submitted",
    CaseAction.APPROVE: "case.approved",
    CaseAction.SEND_BACK: "case.sent_back",
    CaseAction.PUBLISH: "case.published",
    CaseAction.RETRACT: "case.retracted",
    CaseAction.AMEND: "case.amended",
    CaseAction.SUSPEND: "case.suspended",
    CaseAction.RESUME: "case.resumed",
}


def find_transition(action: CaseAction, origin: CaseState) -> Transition | None:
    """The row for this action from this state, None when the table has none."""
    for transition in TRANSITIONS:
        if transition.action is action and transition.origin is origin:
            return transition
    return None


def permissions_for(action: CaseAction) -> frozenset[Permission]:
    """Every permission that some row of this action asks for."""
    return frozenset(row.permission for row in TRANSITIONS if row.action is action)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a decision about a case needs to know of it."""

    state: CaseState
    organization_id: UUID
    writers: frozenset[UUID]
    """Everyone who wrote text or chose and masked pictures: nobody reviews their own work, however small their part."""
    first_reviewer_id: UUID | None
    showing: Showing | None = None


def permit(case: Standing, action: CaseAction, actor: Actor) -> None:
    """Raises Problem (403) when this person may take this action in no state of the case."""
    if not any(actor.may(permission, case.organization_id) for permission in permissions_for(action)):
        raise Problem("permission.denied")


def decide(case: Standing, action: CaseAction, actor: Actor) -> Transition:
    """The row of the table by which the action goes ahead.

    Raises Problem: 403 for who may never take it, 409 when the state forbids it, 403 when this row asks for another
    permission or when one person would be two of drafter, first reviewer and second reviewer.
    """
    permit(case, action, actor)
    row = find_transition(action, case.state)
    if row is None or (row.showing is not None and case.showing not in row.showing):
        raise Problem("case.action_not_allowed_now", action=action.value, state=case.state.value)
    if not actor.may(row.permission, case.organization_id):
        raise Problem("permission.denied")
    if action is CaseAction.APPROVE and actor.account_id in {*case.writers, case.first_reviewer_id}:
        raise Problem("case.separation_of_duties")
    return row


def offered(case: Standing, actor: Actor) -> list[CaseAction]:
    """The actions that this person may take now, in the table's order."""
    return [action for action in CaseAction if _may_take(case, action, actor)]


def _may_take(case: Standing, action: CaseAction, actor: Actor) -> bool:
    try:
        decide(case, action, actor)
    except Problem:
        return False
    return True


def make_slug(month: date) -> str:
    """The last part of a public address: the published month and 59 random bits, nothing of the hazard."""
    return f"{month:%Y-%m}-{''.join(secrets.choice(_SLUG_ALPHABET) for _ in range(_SLUG_CHARACTERS))}"


def make_picture_name() -> str:
    """The last part of a picture's public address and of its key in the store: 128 random bits."""
    return secrets.token_hex(16)
