"""What every change of a case begins and ends with: finding it for somebody who may change it, and recording it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from schemas.cases import CaseState
from service.database import Connection
from service.domain.permissions import Actor, Permission
from service.problems import Problem
from service.protocols import preconditions
from service.repositories import cases, events, jobs
from service.repositories.cases import CaseRow
from service.workflows import versions


async def visible(connection: Connection, case_id: UUID, actor: Actor) -> CaseRow:
    """The case, for who holds case:read where its hazard was; 404 `case.not_found` for everybody else."""
    case = await cases.by_id(connection, case_id)
    if case is None or not actor.may(Permission.CASE_READ, case.organization_id):
        raise Problem("case.not_found")
    return case


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a draft: what was asked for, as the history will tell it, and the version that was seen."""

    kind: str
    body: dict[str, object]
    if_match: str | None


async def editable(connection: Connection, case_id: UUID, actor: Actor, change: Change) -> tuple[CaseRow, bool]:
    """The case, locked, and whether the person may make this change now or has just made it and lost the answer.

    404, 403, 428 and 412, 409 `case.not_a_draft`. What has been applied already is answered as done (RFC 9110,
    13.1.1: a state-changing request "that appears to have already been applied"): the version that was seen is the one
    before, and what happened last is this change by this person.
    """
    await cases.lock(connection, case_id)
    case = await visible(connection, case_id, actor)
    if not actor.may(Permission.CASE_DRAFT, case.organization_id):
        raise Problem("permission.denied")
    if preconditions.strongly_matches(change.if_match, str(case.version - 1)):
        kind, by, body = await events.newest_of(connection, "case", case_id)
        asked = msgspec.json.decode(msgspec.json.encode(change.body))
        if (kind, by) == (change.kind, actor.account_id) and body | asked == body:
            return case, True
    versions.require("case", case.version, change.if_match)
    if case.state is not CaseState.DRAFT:
        raise Problem("case.not_a_draft", state=case.state.value)
    return case, False


async def changed_draft(
    connection: Connection,
    case: CaseRow,
    actor: Actor,
    change: Change,
    now: datetime,
    about: dict[str, object] | None = None,
) -> CaseRow:
    """Counts a change of a draft, remembers who made it, and records it, with what else is to be known `about` it."""
    changed = replace(case, version=case.version + 1)
    await cases.save(connection, changed)
    await cases.add_writer(connection, case.id, actor.account_id)
    await append_event(connection, changed, change.kind, actor, now, change.body | (about or {}))
    return changed


async def append_event(
    connection: Connection, case: CaseRow, kind: str, actor: Actor, now: datetime, body: dict[str, object]
) -> None:
    """Records what happened to the case."""
    await events.append(
        connection,
        subject="case",
        subject_id=case.id,
        kind=kind,
        at=now,
        actor_id=actor.account_id,
        body=body,
        demo=case.demo,
    )


async def discard_later(connection: Connection, name: str) -> None:
    """Has a picture that nothing shows any more removed from the store."""
    await jobs.enqueue(connection, "case.discard_picture", {"name": name}, dedupe_key=f"case.discard_picture:{name}")
