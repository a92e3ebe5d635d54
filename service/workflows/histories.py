"""What happened to a hazard or a case, as those who may see it read it."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from schemas.base import Page
from schemas.hazard_answers import HistoryLine
from service.database import Connection
from service.repositories import events, people
from service.repositories.events import Subject


async def of(connection: Connection, subject: Subject, subject_id: UUID) -> Page[HistoryLine]:
    """Every event of one subject, oldest first, on one page. Whether the person may see it was asked before."""
    recorded = await events.of(connection, subject, subject_id)
    named = await people.by_id(connection, {event.actor_id for event in recorded if event.actor_id is not None})
    lines = [
        HistoryLine(
            kind=event.kind,
            at=event.at,
            actor=None if event.actor_id is None else named[event.actor_id],
            body=event.body,
        )
        for event in recorded
    ]
    return Page(items=lines)


def sealed(history: Page[HistoryLine]) -> Page[HistoryLine]:
    """The same without who informed, and what was found where they said: Work Safety Law, 73 to 76."""
    return Page(items=[_sealed(line) for line in history.items])


def for_owner(history: Page[HistoryLine], since: datetime) -> Page[HistoryLine]:
    """What the owner reads: that it was reported, and field by field what happened since it was given to them."""
    first, *later = history.items
    return Page(items=[_told_to_owner(line) for line in (first, *(line for line in later if line.at >= since))])


OWNERS_FIELDS: Final[dict[str, frozenset[str]]] = {
    "hazard.assigned": frozenset({"due_at", "catalogue_due_at", "due_reason", "clock", "notice", "notice_id"}),
    "hazard.close_approved": frozenset({"remarks"}),
    "hazard.close_refused": frozenset({"reason"}),
    "hazard.extension_decided": frozenset({"granted", "until", "remarks"}),
    "hazard.extension_requested": frozenset({"until", "reason"}),
    "hazard.failed": frozenset({"mode", "reason"}),
    "hazard.fix_filed": frozenset({"represented", "measures", "cost_yuan"}),
    "hazard.graded": frozenset({"level", "reason", "arrangements"}),
    "hazard.passed": frozenset({"mode", "remarks"}),
    "hazard.refusal_recorded": frozenset({"refused_at", "witnesses", "remarks"}),
    "hazard.service_recorded": frozenset({"mode", "served_at", "receiver", "due_at"}),
    "hazard.shelved": frozenset({"reason", "safeguards", "until"}),
    "hazard.submitted": frozenset({"measures", "photos", "cost_yuan"}),
    "hazard.supervised": frozenset({"authority", "document_number", "limit_at", "reason"}),
    "hazard.urged": frozenset({"remarks"}),
}
"""What an owner may read of each event; of all others only that they happened."""


def _told_to_owner(line: HistoryLine) -> HistoryLine:
    fields = OWNERS_FIELDS.get(line.kind, frozenset())
    body = {name: value for name, value in line.body.items() if name in fields}
    return msgspec.structs.replace(line, body=body, actor=None if line.kind == "hazard.reported" else line.actor)


def _sealed(line: HistoryLine) -> HistoryLine:
    match line.kind:
        case "hazard.reported":
            report = {name: value for name, value in line.body["report"].items() if name != "on_behalf_of"}
            return msgspec.structs.replace(line, body={**line.body, "report": report})
        case "hazard.registered":
            body = {name: value for name, value in line.body.items() if name != "verification"}
            return msgspec.structs.replace(line, body=body)
    return line
