"""What time tells: steps before and after the instant at which something is due. Nothing about a hazard is marked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from service.domain.deadlines import Clock
from service.domain.notifications import GROUPS, Audience, Message

StepName = Literal["due_soon", "overdue", "long_overdue", "waiting", "long_waiting"]

OLDEST_NEWS: Final = timedelta(days=30)
"""A step that was crossed longer ago is told to nobody any more: the lists show what is late."""


@dataclass(frozen=True, slots=True)
class Step:
    """Who is told how long after something is due (negative: before). No level means both."""

    clock: Clock
    step: StepName
    audience: Audience
    level: str | None
    offset: timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """What is due after `after` and up to `until` stands between this step and the next one to the same people."""

    step: Step
    after: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Crossing:
    """A hazard that has passed a step of which nobody was told yet."""

    hazard_id: UUID
    organization_id: UUID
    owner_id: UUID | None
    attempt: int
    round: int
    clock: Clock
    step: StepName
    audience: Audience
    dedupe_key: str
    demo: bool


def windows(steps: Iterable[Step], now: datetime) -> list[Window]:
    """For each step the stretch of due instants for which it is the latest news at `now`.

    So whoever was away for days is told once that it is overdue, and not first that it soon will be.
    """
    known = list(steps)
    found = []
    for step in known:
        later = [other.offset for other in known if _supersedes(other, step)]
        longest = min(min(later, default=timedelta.max), step.offset + OLDEST_NEWS)
        found.append(Window(step, after=now - longest, until=now - step.offset))
    return found


def _supersedes(other: Step, step: Step) -> bool:
    return (
        (other.clock, other.audience) == (step.clock, step.audience)
        and other.offset > step.offset
        and other.level in (None, step.level)
    )


def message(crossing: Crossing, now: datetime) -> Message:
    """What is told of a crossing at `now`. Kinds are `hazard.` clock `_` step."""
    permission = GROUPS.get(crossing.audience)
    return Message(
        kind=f"hazard.{crossing.clock}_{crossing.step}",
        subject="hazard",
        subject_id=crossing.hazard_id,
        account_id=None if permission else crossing.owner_id,
        organization_id=crossing.organization_id if permission else None,
        permission=permission,
        parameters={"attempt": crossing.attempt, "round": crossing.round},
        dedupe_key=crossing.dedupe_key,
        created_at=now,
        demo=crossing.demo,
    )
