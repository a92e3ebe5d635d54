"""Hazards moved by the rules alone: no database, no catalogue, no calendar."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from schemas.hazard_actions import ActionBody
from schemas.hazards import Action, HazardReport, State
from service.domain import decisions, hazard_reports, lifecycle
from service.domain.decisions import Circumstances
from service.domain.hazards import Hazard, HazardEvent, Routing
from service.domain.lifecycle import TRANSITIONS
from service.domain.permissions import Actor, Grant, Permission
from service.problems import Problem
from service.routes import hazard_examples
from tests import hazard_factory
from tests.handbook import ROLES

NOW = datetime(2026, 6, 5, 1, 31, 13, tzinfo=UTC)
HERE, ELSEWHERE = uuid4(), uuid4()


def person(role: str, organization: UUID = HERE) -> Actor:
    """Somebody new who holds a role in an organization."""
    permissions = frozenset(Permission(permission) for permission in ROLES[role])
    return Actor(uuid4(), role, role, (Grant(role, permissions, frozenset({organization})),))


def holding(actor: Actor, *others: Actor) -> Actor:
    """The same person, with the roles of these others as well."""
    grants = tuple(grant for other in others for grant in other.grants)
    return Actor(actor.account_id, actor.account, actor.name, (*actor.grants, *grants))


PEOPLE = {role: person(role) for role in ("inspector", "owner", "desk", "reviewer", "approver")}
INSPECTOR, OWNER, DESK, REVIEWER, APPROVER = PEOPLE.values()
RIGHT_PERSON = {action: PEOPLE[account] for action, account in hazard_factory.RIGHT_PERSON.items()}


def report(**changes: Any) -> HazardReport:
    """What somebody reports."""
    return msgspec.convert(hazard_examples.REPORT | changes, HazardReport)


def report_event(content: HazardReport | None = None, now: datetime = NOW, by: Actor = INSPECTOR) -> HazardEvent:
    """The first event of a hazard."""
    return hazard_reports.report_event(
        content or report(),
        Routing(),
        number="140302-2026-000001",
        organization_id=HERE,
        category_edition=hazard_reports.FIRST_EDITION,
        second_inspector_id=None,
        actor_id=by.account_id,
        now=now,
        demo=False,
    )


def body(action: Action, now: datetime = NOW, **changes: Any) -> ActionBody:
    """The body of an action taken at `now`. A change to None leaves the field out."""
    content = hazard_examples.ACTIONS[action] | {"action_id": str(uuid4())}
    if action in hazard_factory.INSTANT:
        content[hazard_factory.INSTANT[action]] = now.isoformat()
    wanted = {name: value for name, value in (content | changes).items() if value is not None}
    return msgspec.convert(wanted, TRANSITIONS[action].body)


def known(**changes: Any) -> Circumstances:
    """What a decision finds: an owner, pictures, a calendar and, to merge into, an open hazard of somebody else."""
    circumstances: dict[str, Any] = {
        "owner_id": OWNER.account_id,
        "fix_photos_arrived": 1,
        "catalogue_due_at": NOW + timedelta(days=7),
        "review_due_at": NOW + timedelta(days=3),
        "original": hazard_reports.reported(uuid4(), report_event()),
    }
    return Circumstances(**circumstances | changes)


def decide(
    hazard: Hazard,
    action: Action,
    actor: Actor | None = None,
    now: datetime = NOW,
    facts: Circumstances | None = None,
    **changes: Any,
) -> HazardEvent:
    """The event of an action by the right person unless another is named."""
    by = actor or RIGHT_PERSON[action]
    return decisions.decide(hazard, body(action, now, **changes), action, by, now, facts or known())


def take(
    hazard: Hazard,
    action: Action,
    actor: Actor | None = None,
    now: datetime = NOW,
    facts: Circumstances | None = None,
    **changes: Any,
) -> Hazard:
    """The hazard after an action."""
    return lifecycle.evolve(hazard, decide(hazard, action, actor, now, facts, **changes))


def refused(
    hazard: Hazard,
    action: Action,
    actor: Actor | None = None,
    now: datetime = NOW,
    facts: Circumstances | None = None,
    **changes: Any,
) -> str:
    """The code of the problem for which an action is refused. AssertionError when it is not."""
    try:
        event = decide(hazard, action, actor, now, facts, **changes)
    except Problem as problem:
        return problem.code
    raise AssertionError(f"{event.kind} was not refused")


def after(*actions: Action, content: HazardReport | None = None) -> Hazard:
    """A new hazard on which the right people have taken these actions."""
    hazard = hazard_reports.reported(uuid4(), report_event(content))
    for action in actions:
        hazard = take(hazard, action)
    return hazard


def hazard_in(state: State, *, time_asked_for: bool = False) -> Hazard:
    """A hazard brought into a state by the right people; perhaps with a request for time that nobody has decided."""
    road = list(hazard_factory.ROAD_TO[state])
    if time_asked_for:
        road.insert(road.index(Action.ASSIGN) + 1, Action.REQUEST_EXTENSION)
    hazard = after(*road)
    assert hazard.state is state
    return hazard


def history_of(hazard_id: UUID, wishes: Iterable[tuple[Action, dict[str, Any]]]) -> tuple[Hazard, list[HazardEvent]]:
    """A life in which the right people try one thing after another; what is refused does not happen."""
    told = [report_event()]
    hazard = hazard_reports.reported(hazard_id, told[0])
    for step, (action, changes) in enumerate(wishes):
        try:
            event = decide(hazard, action, now=NOW + timedelta(minutes=step), **changes)
        except Problem:
            continue
        told.append(event)
        hazard = lifecycle.evolve(hazard, event)
    return hazard, told
