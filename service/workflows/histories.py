"""What happened to a hazard or a case, as those who may see it read it."""

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
    """The same without who informed: Work Safety Law, 73 to 76."""
    return Page(items=[_sealed(line) for line in history.items])


def _sealed(line: HistoryLine) -> HistoryLine:
    if line.kind != "hazard.reported":
        return line
    report = {name: value for name, value in line.body["report"].items() if name != "on_behalf_of"}
    return msgspec.structs.replace(line, body={**line.body, "report": report})
