"""Who is told what when something has happened to a hazard.

What is told carries a kind, the hazard's id and counts. Texts may be pushed to a lock screen, so there is no name, no
address and no description in them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from schemas.hazards import Holder, State
from service.domain.hazards import Hazard, HazardEvent
from service.domain.permissions import Permission

Parameters = dict[str, int]


class Audience(StrEnum):
    """Who is told."""

    OWNER = "owner"
    """Who must fix it, or had to until just now."""
    REPORTER = "reporter"
    DESK = "desk"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    HOLDER = "holder"
    """Whoever must act next."""


GROUPS: Final[dict[Audience, Permission]] = {
    Audience.DESK: Permission.HAZARD_ASSIGN,
    Audience.REVIEWER: Permission.HAZARD_REVIEW,
    Audience.APPROVER: Permission.HAZARD_APPROVE,
}
"""Audiences that are no one person: whoever holds the permission in the hazard's organization."""

_HOLDING: Final[dict[Holder, Audience]] = {
    "desk": Audience.DESK,
    "street_office": Audience.DESK,
    "owner": Audience.OWNER,
    "reviewer": Audience.REVIEWER,
    "approver": Audience.APPROVER,
}


@dataclass(frozen=True, slots=True)
class Message:
    """One row of the outbox: to one account, or to whoever holds a permission in an organization."""

    kind: str
    subject: Literal["hazard", "notice"]
    subject_id: UUID
    account_id: UUID | None
    organization_id: UUID | None
    permission: Permission | None
    parameters: Parameters
    dedupe_key: str
    """Two messages with the same key are one."""
    created_at: datetime
    demo: bool


def _always(_hazard: Hazard, _event: HazardEvent) -> bool:
    return True


def _in(state: State) -> Callable[[Hazard, HazardEvent], bool]:
    return lambda hazard, _event: hazard.state is state


def _granted(_hazard: Hazard, event: HazardEvent) -> bool:
    return bool(event.body["granted"])


def _refused(_hazard: Hazard, event: HazardEvent) -> bool:
    return not event.body["granted"]


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told to whom when something has happened."""

    kind: str
    audiences: tuple[Audience, ...]
    when: Callable[[Hazard, HazardEvent], bool] = _always


_O, _D, _R, _A, _REPORTER = Audience.OWNER, Audience.DESK, Audience.REVIEWER, Audience.APPROVER, Audience.REPORTER

TELLINGS: Final[dict[str, tuple[Telling, ...]]] = {
    "hazard.reported": (Telling("hazard.reported", (_D,), _in(State.REPORTED)),),
    "hazard.registered": (),
    "hazard.invalidated": (Telling("hazard.invalidated", (_REPORTER,)),),
    "hazard.merged": (Telling("hazard.merged", (_REPORTER,)),),
    "hazard.transferred": (Telling("hazard.transferred", (_REPORTER,)),),
    "hazard.transfer_receipt_recorded": (Telling("hazard.transfer_received", (_REPORTER,)),),
    "hazard.fixed_on_the_spot": (),
    "hazard.graded": (Telling("hazard.graded", (_O,)),),
    "hazard.assigned": (Telling("hazard.assigned", (_O,)),),
    "hazard.accepted": (),
    "hazard.handed_back": (Telling("hazard.handed_back", (_D,)),),
    "hazard.submitted": (Telling("hazard.submitted", (_R,)),),
    "hazard.fix_filed": (Telling("hazard.submitted", (_R,)), Telling("hazard.fix_filed", (_O,))),
    "hazard.passed": (
        Telling("hazard.close_pending", (_A,), _in(State.PENDING_CLOSE)),
        Telling("hazard.closed", (_O, _REPORTER), _in(State.CLOSED)),
    ),
    "hazard.failed": (Telling("hazard.failed", (_O,)),),
    "hazard.close_approved": (Telling("hazard.closed", (_O, _REPORTER)),),
    "hazard.close_refused": (Telling("hazard.close_refused", (_O,)),),
    "hazard.reopened": (Telling("hazard.reopened", (_O, _REPORTER)),),
    "hazard.extension_requested": (Telling("hazard.extension_requested", (_D,)),),
    "hazard.extension_decided": (
        Telling("hazard.extension_granted", (_O,), _granted),
        Telling("hazard.extension_refused", (_O,), _refused),
    ),
    "hazard.supervised": (Telling("hazard.supervised", (_O, _D)),),
    "hazard.urged": (Telling("hazard.urged", (Audience.HOLDER,)),),
    "hazard.service_recorded": (Telling("hazard.served", (_O,)),),
    "hazard.refusal_recorded": (Telling("hazard.refusal_recorded", (_D,)),),
    "hazard.shelved": (Telling("hazard.shelved", (_O,)),),
}
"""By event. An event that tells nobody anything is here too, so that a new one is not forgotten."""


def messages(before: Hazard | None, hazard: Hazard, event: HazardEvent) -> list[Message]:
    """What is told when `event` has made `hazard` of `before` (None: a report). Nobody is told of what they did."""
    told: dict[str, Message] = {}
    for telling in TELLINGS[event.kind]:
        if telling.when(hazard, event):
            for audience in telling.audiences:
                message = _to(audience, telling.kind, before, hazard, event)
                if message is not None and message.account_id != event.actor_id:
                    told.setdefault(message.dedupe_key, message)
    return list(told.values())


def _to(audience: Audience, kind: str, before: Hazard | None, hazard: Hazard, event: HazardEvent) -> Message | None:
    if audience is Audience.HOLDER:
        if hazard.holder is None:
            return None
        audience = _HOLDING[hazard.holder]
    permission = GROUPS.get(audience)
    account_id = None if permission else _person(audience, before, hazard)
    if permission is None and account_id is None:
        return None
    recipient = permission.value if permission else str(account_id)
    return Message(
        kind=kind,
        subject="hazard",
        subject_id=hazard.id,
        account_id=account_id,
        organization_id=hazard.organization_id if permission else None,
        permission=permission,
        parameters={"attempt": hazard.attempt, "round": hazard.round.number, "urged": hazard.round.urged},
        dedupe_key=f"{hazard.id}:{hazard.version}:{kind}:{recipient}",
        created_at=event.at,
        demo=hazard.demo,
    )


def _person(audience: Audience, before: Hazard | None, hazard: Hazard) -> UUID | None:
    match audience:
        case Audience.OWNER:
            return hazard.owner_id or (None if before is None else before.owner_id)
        case Audience.REPORTER:
            return hazard.reported_by
    raise ValueError(f"{audience} is no person")
