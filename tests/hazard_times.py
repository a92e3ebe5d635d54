"""Hazards reported, moved and read at a given instant, which no one can set at the front door."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from schemas.hazards import Action, HazardReport, State
from service.domain.lifecycle import TRANSITIONS
from service.domain.permissions import Actor
from service.workflows import accounts, hazards
from service.workflows.context import Context
from service.workflows.repeatable import Reply
from tests.hazard_factory import RIGHT_PERSON, ROAD_TO, Json, action_body, report
from tests.people import token


def china(text: str) -> datetime:
    """An instant written on China's clock: `2026-06-05 09:30`."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


async def signed_in_actor(context: Context, account: str) -> Actor:
    """One of `tests.people` with what their roles grant."""
    return await accounts.actor_of(context, token(account), datetime.now(UTC))


async def report_at(context: Context, now: datetime, *, by: str = "inspector", **changes: Any) -> Json:
    """A hazard reported at `now`."""
    reply = await hazards.report(
        context,
        await signed_in_actor(context, by),
        hazard_id=uuid4(),
        report=msgspec.convert(report(**changes), HazardReport),
        now=now,
        language="en",
    )
    return _told(reply)


async def act_at(
    context: Context, hazard: Json, action: Action, now: datetime, *, by: str | None = None, **changes: Any
) -> Json:
    """The hazard after an action taken at `now` by the right person unless another is named."""
    body = {name: value for name, value in action_body(action, **changes).items() if value is not None}
    reply = await hazards.act(
        context,
        await signed_in_actor(context, by or RIGHT_PERSON[action]),
        hazard_id=UUID(hazard["id"]),
        action=action,
        body=msgspec.convert(body, TRANSITIONS[action].body),
        if_match=f'"{hazard["version"]}"',
        now=now,
        language="en",
    )
    return _told(reply)


async def brought_to(context: Context, state: State, now: datetime, **changes: Any) -> Json:
    """A new hazard brought into a state by the right people, all at `now`."""
    hazard = await report_at(context, now, **changes)
    for action in ROAD_TO[state]:
        hazard = await act_at(context, hazard, action, now)
    return hazard


async def read_at(context: Context, hazard: Json, now: datetime, *, by: str = "desk") -> Json:
    """The hazard as this person sees it at `now`."""
    actor = await signed_in_actor(context, by)
    answer = await hazards.read(context, actor, UUID(hazard["id"]), now=now, language="en")
    told: Json = msgspec.to_builtins(answer)
    return told


def _told(reply: Reply) -> Json:
    told: Json = msgspec.json.decode(reply.body)
    return told
