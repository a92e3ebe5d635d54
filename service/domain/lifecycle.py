"""The closed loop as a table: action x from-states -> to-state x permission x party x body x event.

The one place that says what may happen to a hazard. The routes (one address an action), their documentation, the
`actions` that a hazard offers to the person asking, the fold over the event log and the tests all read `TRANSITIONS`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from schemas import hazards as bodies
from schemas.hazards import Action, ActionBody, HazardReport, PhotoReference, State
from service.domain import hazards as changes
from service.domain.hazards import EARLIEST, LATEST, Hazard, HazardEvent
from service.domain.permissions import Actor, Permission
from service.problems import Problem


class Party(StrEnum):
    """Who, among those with the permission, may take an action."""

    ANYONE = "anyone"
    OWNER = "owner"
    """Only the account to which the hazard is assigned."""
    INDEPENDENT = "independent"
    """Neither the owner nor whoever filed a fix in this round: the finder may review, the fixer may not."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    action: Action
    sources: frozenset[State]
    target: State
    permission: Permission
    party: Party
    body: type[ActionBody]
    event: str
    change: Callable[[Hazard, HazardEvent], Hazard]
    problems: tuple[str, ...]
    """What this body may be refused for, beside what every action may."""


def _row(
    action: Action,
    sources: Iterable[State],
    target: State,
    permission: Permission,
    body: type[ActionBody],
    change: Callable[[Hazard, HazardEvent], Hazard],
    party: Party = Party.ANYONE,
    problems: tuple[str, ...] = (),
) -> Transition:
    # The event of an action is named like the change it makes: one word to follow through log, fold and table.
    event = f"hazard.{change.__name__}"
    return Transition(action, frozenset(sources), target, permission, party, body, event, change, problems)


_OPEN_WITH_OWNER = (State.ASSIGNED, State.RECTIFYING)

TRANSITIONS: Final[dict[Action, Transition]] = {
    row.action: row
    for row in (
        _row(
            Action.REGISTER, [State.REPORTED], State.REGISTERED,
            Permission.HAZARD_REGISTER, bodies.Register, changes.registered,
        ),
        _row(
            Action.ASSIGN, [State.REGISTERED], State.ASSIGNED,
            Permission.HAZARD_ASSIGN, bodies.Assign, changes.assigned,
            problems=("hazard.owner_unsuitable", "hazard.due_at_past", "hazard.time_out_of_range"),
        ),
        _row(
            Action.ACCEPT, [State.ASSIGNED], State.RECTIFYING,
            Permission.HAZARD_RECTIFY, bodies.Accept, changes.accepted, Party.OWNER,
        ),
        _row(
            Action.HAND_BACK, _OPEN_WITH_OWNER, State.REGISTERED,
            Permission.HAZARD_RECTIFY, bodies.HandBack, changes.handed_back, Party.OWNER,
        ),
        _row(
            Action.SUBMIT, _OPEN_WITH_OWNER, State.PENDING_REVIEW,
            Permission.HAZARD_RECTIFY, bodies.Submit, changes.submitted, Party.OWNER,
            problems=("hazard.photo_named_twice", "hazard.photo_shows_before", "hazard.time_out_of_range"),
        ),
        _row(
            Action.PASS, [State.PENDING_REVIEW], State.CLOSED,
            Permission.HAZARD_REVIEW, bodies.Pass, changes.passed, Party.INDEPENDENT,
            problems=("hazard.photos_not_arrived",),
        ),
        _row(
            Action.FAIL, [State.PENDING_REVIEW], State.RECTIFYING,
            Permission.HAZARD_REVIEW, bodies.Fail, changes.failed, Party.INDEPENDENT,
        ),
        _row(
            Action.REOPEN, [State.CLOSED], State.REGISTERED,
            Permission.HAZARD_REOPEN, bodies.Reopen, changes.reopened,
        ),
    )
}  # fmt: skip

_BY_EVENT: Final = {row.event: row for row in TRANSITIONS.values()}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision needs to know beyond the hazard itself, looked up by the workflow."""

    owner_id: UUID | None = None
    """For `assign`: the named account, None where there is no such account or it may not rectify here."""
    fix_photos_arrived: int = 0
    """How many photos of the attempt under review are here."""


def may_see(hazard: Hazard, actor: Actor) -> bool:
    """Whether the hazard exists for this person: by reading rights, by owing the fix, or by having reported it."""
    return reads_all(hazard, actor) or hazard.owner_id == actor.account_id


def reads_all(hazard: Hazard, actor: Actor) -> bool:
    """Whether they see it whole. An owner sees of the photos only the reporter's and their own."""
    return actor.may(Permission.HAZARD_READ, hazard.organization_id) or hazard.reported_by == actor.account_id


def offered(hazard: Hazard, actor: Actor) -> list[Action]:
    """The actions that this person may take now, in the table's order."""
    return [action for action in TRANSITIONS if _may_take(hazard, action, actor)]


def permit(hazard: Hazard, action: Action, actor: Actor) -> None:
    """Raises Problem (403) when this person may never take this action on this hazard, whatever its state."""
    row = TRANSITIONS[action]
    if not actor.may(row.permission, hazard.organization_id):
        raise Problem("permission.denied")
    if row.party is Party.OWNER and hazard.owner_id != actor.account_id:
        raise Problem("hazard.not_the_owner")


def permit_now(hazard: Hazard, action: Action, actor: Actor) -> None:
    """Like `permit`, and 409 when the state forbids it, 403 when the fixer would review.

    Role before state: a person learns first what they may never do, and last what only this moment forbids.
    """
    permit(hazard, action, actor)
    row = TRANSITIONS[action]
    if hazard.state not in row.sources:
        raise Problem("hazard.action_not_allowed_now", action=action.value, state=hazard.state.value)
    if row.party is Party.INDEPENDENT and actor.account_id in hazard.fixers:
        raise Problem("hazard.fixer_may_not_review")


def decide(
    hazard: Hazard, body: ActionBody, action: Action, actor: Actor, now: datetime, circumstances: Circumstances
) -> HazardEvent:
    """The event that `action` with `body` by `actor` at `now` makes.

    Raises Problem: 403 when the role or the party forbids it, 409 when the state does, 422 when the body does not fit.
    """
    permit_now(hazard, action, actor)
    content: dict[str, Any] = msgspec.to_builtins(body)
    match body:
        case bodies.Assign():
            content |= _assignment(body, now, circumstances)
        case bodies.Submit():
            _check_fix_photos(hazard, body.photos)
        case bodies.Pass(mode="by_picture") if circumstances.fix_photos_arrived == 0:
            raise Problem("hazard.photos_not_arrived")
    return HazardEvent(TRANSITIONS[action].event, now, actor.account_id, content, hazard.demo)


def evolve(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The hazard after `event`. ValueError for an event that no row of the table makes in this state."""
    row = _BY_EVENT.get(event.kind)
    if row is None or hazard.state not in row.sources:
        raise ValueError(f"{event.kind} cannot follow {hazard.state}")
    return replace(row.change(hazard, event), state=row.target, version=hazard.version + 1)


def replay(hazard_id: UUID, events: Iterable[HazardEvent]) -> Hazard:
    """The hazard that its events, oldest first, tell of. ValueError when they tell no possible life."""
    history = iter(events)
    first = next(history, None)
    if first is None or first.kind != "hazard.reported":
        raise ValueError("a hazard's life begins with its report")
    hazard = changes.reported(hazard_id, first)
    for event in history:
        hazard = evolve(hazard, event)
    return hazard


def check_report(report: HazardReport) -> None:
    """What the fields of a report must satisfy together. Raises Problem (422)."""
    _check_instants(
        captured_at=report.captured_at,
        device_time=report.device_time,
        fixed_at=None if report.position is None else report.position.fixed_at,
    )
    _check_photos(report.photos)


def _may_take(hazard: Hazard, action: Action, actor: Actor) -> bool:
    try:
        permit_now(hazard, action, actor)
    except Problem:
        return False
    return True


def _assignment(body: bodies.Assign, now: datetime, circumstances: Circumstances) -> dict[str, Any]:
    if circumstances.owner_id is None:
        raise Problem("hazard.owner_unsuitable", owner=body.owner)
    _check_instants(due_at=body.due_at)
    if body.due_at <= now:
        raise Problem("hazard.due_at_past")
    return {"owner_id": str(circumstances.owner_id)}


def _check_fix_photos(hazard: Hazard, photos: list[PhotoReference]) -> None:
    """A fix is shown by new pictures: the picture of the hazard proves nothing about the fix."""
    _check_photos(photos)
    before = {photo.id for photo in hazard.finding.photos}
    contents = {photo.sha256 for photo in hazard.finding.photos}
    for photo in photos:
        if photo.id in before or photo.sha256.lower() in contents:
            raise Problem("hazard.photo_shows_before", photo_id=str(photo.id))


def _check_photos(photos: list[PhotoReference]) -> None:
    seen: set[UUID] = set()
    for photo in photos:
        if photo.id in seen:
            raise Problem("hazard.photo_named_twice", photo_id=str(photo.id))
        seen.add(photo.id)
        _check_instants(taken_at=photo.taken_at)


def _check_instants(**instants: datetime | None) -> None:
    for field, instant in instants.items():
        if instant is not None and not EARLIEST <= instant < LATEST:
            raise Problem("hazard.time_out_of_range", field=field)
