"""What every change of a case begins and ends with: finding it for somebody who may change it, and recording it."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from schemas.cases import CaseState
from service.database import Connection
from service.domain.permissions import Actor, Permission
from service.problems import Problem
from service.repositories import cases, events, jobs
from service.repositories.cases import CaseRow
from service.workflows import versions


async def visible(connection: Connection, case_id: UUID, actor: Actor) -> CaseRow:
    """The case, for who holds case:read where its hazard was; 404 `case.not_found` for everybody else."""
    case = await cases.by_id(connection, case_id)
    if case is None or not actor.may(Permission.CASE_READ, case.organization_id):
        raise Problem("case.not_found")
    return case


async def editable(
    connection: Connection, case_id: UUID, actor: Actor, if_match: str | None, *, version_required: bool
) -> CaseRow:
    """The case, locked, when the person may change it now: 404, 403, 428 and 412, 409 `case.not_a_draft`."""
    await cases.lock(connection, case_id)
    case = await visible(connection, case_id, actor)
    if not actor.may(Permission.CASE_DRAFT, case.organization_id):
        raise Problem("permission.denied")
    if version_required or if_match is not None:
        versions.require("case", case.version, if_match)
    if case.state is not CaseState.DRAFT:
        raise Problem("case.not_a_draft", state=case.state.value)
    return case


async def changed_draft(
    connection: Connection, case: CaseRow, actor: Actor, kind: str, now: datetime, body: dict[str, object]
) -> CaseRow:
    """Counts a change of a draft, remembers who made it, and records it."""
    changed = replace(case, version=case.version + 1)
    await cases.save(connection, changed)
    await cases.add_writer(connection, case.id, actor.account_id)
    await append_event(connection, changed, kind, actor, now, body)
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
