"""Cases made and moved through the front door, on closed hazards with real photos, and the jobs they wait for."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec

from schemas.cases import CaseAction, CaseState
from schemas.hazards import Action, State
from service.app import open_worker_context
from service.domain import publication
from service.protocols import digest_fields
from service.routes import case_examples
from service.settings import Settings
from service.workers.jobs import JOBS
from service.workflows.context import Examines, WorkerContext
from tests import hazard_factory, samples
from tests.hazard_factory import Json, answered
from tests.people import CITY, account_id, organization_id, signed_in

ROAD_TO: dict[CaseState, list[CaseAction]] = {
    CaseState.DRAFT: [],
    CaseState.FIRST_REVIEW: [CaseAction.SUBMIT],
    CaseState.SECOND_REVIEW: [CaseAction.SUBMIT, CaseAction.APPROVE],
    CaseState.APPROVED: [CaseAction.SUBMIT, CaseAction.APPROVE, CaseAction.APPROVE],
    CaseState.PUBLISHED: [CaseAction.SUBMIT, CaseAction.APPROVE, CaseAction.APPROVE, CaseAction.PUBLISH],
    CaseState.RETRACTED: [
        CaseAction.SUBMIT, CaseAction.APPROVE, CaseAction.APPROVE, CaseAction.PUBLISH, CaseAction.RETRACT,
    ],
}  # fmt: skip
"""The actions that bring a draft into each state."""

RIGHT_PERSON: dict[tuple[CaseAction, CaseState], str] = {
    (CaseAction.SUBMIT, CaseState.DRAFT): "editor",
    (CaseAction.APPROVE, CaseState.FIRST_REVIEW): "reviewer",
    (CaseAction.APPROVE, CaseState.SECOND_REVIEW): "approver",
    (CaseAction.SEND_BACK, CaseState.FIRST_REVIEW): "reviewer",
    (CaseAction.SEND_BACK, CaseState.SECOND_REVIEW): "approver",
    (CaseAction.SEND_BACK, CaseState.APPROVED): "publisher",
    (CaseAction.PUBLISH, CaseState.APPROVED): "publisher",
    (CaseAction.RETRACT, CaseState.PUBLISHED): "publisher",
    (CaseAction.SUSPEND, CaseState.PUBLISHED): "publisher",
    (CaseAction.AMEND, CaseState.PUBLISHED): "editor",
}


CONTENT: Json = case_examples.CONTENT | {"venue_type": "other", "place_level": "city"}
"""Complete texts that tell so little of the place that nobody has to count the units around it."""

PICTURE_JOBS = ("case.examine_picture", "case.bake_picture", "case.check_picture")
"""What a picture waits for, in this order."""


@dataclass(frozen=True, slots=True)
class Photographed:
    """A closed hazard with one photo of each role that has arrived."""

    hazard: Json
    before: Json
    after: Json


async def photographed_hazard(client: httpx.AsyncClient, seed: int = 0, *, photo: bytes | None = None) -> Photographed:
    """Reports, fixes and closes a hazard whose photos carry EXIF with a position; `photo` is that of the report."""
    shot = photo or samples.phone_photo(seed * 2 + 1, orientation=6)
    before = await send_photo(client, shot, by="inspector")
    after = await send_photo(client, samples.phone_photo(seed * 2 + 2), by="owner")
    hazard = answered(await hazard_factory.send_report(client, hazard_factory.report(photos=[before])))
    for action in hazard_factory.ROAD_TO[State.CLOSED]:
        body = hazard_factory.action_body(action)
        if action is Action.SUBMIT:
            body["photos"] = [after]
        hazard = answered(await hazard_factory.send_action(client, hazard, action, body=body))
    return Photographed(hazard, before, after)


async def send_photo(client: httpx.AsyncClient, data: bytes, *, by: str) -> Json:
    """Uploads a photo in one request; the reference by which a hazard names it."""
    photo_id, digest = uuid4(), hashlib.sha256(data).digest()
    headers = {**signed_in(by), "Content-Digest": digest_fields.format_sha256(digest)}
    answered(await client.put(f"/api/v1/photos/{photo_id}", content=data, headers=headers))
    return {"id": str(photo_id), "sha256": digest.hex()}


async def send_draft(client: httpx.AsyncClient, hazard: Json, *, by: str = "editor") -> httpx.Response:
    """Asks for a case of this hazard."""
    return await client.post("/api/v1/cases", json={"hazard_id": hazard["id"]}, headers=signed_in(by))


def seen(case: Json, by: str = "editor", *, version: int | None = None) -> dict[str, str]:
    """Headers of somebody who has read the case as it is in `case`, or at another version."""
    return {**signed_in(by), "If-Match": f'"{version or case["version"]}"'}


async def send_texts(
    client: httpx.AsyncClient,
    case: Json,
    content: Json | None = None,
    *,
    by: str = "editor",
    version: int | None = None,
) -> httpx.Response:
    """Writes the texts of a case; complete ones in both languages unless others are given."""
    return await client.put(
        f"/api/v1/cases/{case['id']}",
        json=content or CONTENT,
        headers=seen(case, by, version=version),
    )


async def send_assessment(
    client: httpx.AsyncClient, case: Json, body: Json | None = None, *, by: str = "editor"
) -> httpx.Response:
    """Assesses the impact: fit to publish, unless told otherwise."""
    return await client.put(
        f"/api/v1/cases/{case['id']}/assessment", json=body or case_examples.ASSESSMENT, headers=seen(case, by)
    )


async def written_case(client: httpx.AsyncClient, hazard: Json) -> Json:
    """A draft with complete texts and an assessment, without pictures."""
    case = answered(await send_texts(client, answered(await send_draft(client, hazard))))
    return answered(await send_assessment(client, case))


def content(**changes: str) -> Json:
    """Complete texts with some of the Chinese ones changed."""
    body = deepcopy(CONTENT)
    body["chinese"] |= changes
    return body


async def send_picture(
    client: httpx.AsyncClient, case: Json, number: int, photo: Json, role: str, *, by: str = "editor"
) -> httpx.Response:
    """Chooses a photo as picture `number`."""
    body = {"photo_id": photo["id"], "role": role}
    return await client.put(f"/api/v1/cases/{case['id']}/pictures/{number}", json=body, headers=seen(case, by))


async def send_masks(
    client: httpx.AsyncClient, case: Json, number: int, body: Json | None = None, *, by: str = "editor"
) -> httpx.Response:
    """Masks a picture: a face and a sign unless told otherwise."""
    address = f"/api/v1/cases/{case['id']}/pictures/{number}/masks"
    return await client.put(address, json=body or case_examples.MASKS, headers=seen(case, by))


async def send_action(
    client: httpx.AsyncClient,
    case: Json,
    action: CaseAction,
    *,
    by: str | None = None,
    body: Json | None = None,
    version: int | None = None,
) -> httpx.Response:
    """Takes an action on the case as it was read, by the right person unless another is named."""
    who = by or RIGHT_PERSON.get((action, CaseState(case["state"])), "editor")
    return await client.post(
        f"/api/v1/cases/{case['id']}/actions/{action}",
        json=body or action_body(action),
        headers=seen(case, who, version=version),
    )


def action_body(action: CaseAction) -> Json:
    """The body of an action that was never taken before, with a reason where one is asked for."""
    body: Json = {"action_id": str(uuid4())}
    return body | {"reason": "标题太长。"} if action in publication.REASON_REQUIRED else body


async def read(client: httpx.AsyncClient, case: Json, *, by: str = "editor") -> Json:
    """The case as this person sees it now."""
    return answered(await client.get(f"/api/v1/cases/{case['id']}", headers=signed_in(by)))


async def advance(client: httpx.AsyncClient, case: Json, state: CaseState) -> Json:
    """Brings a complete draft into a state by the right people."""
    for action in ROAD_TO[state]:
        case = answered(await send_action(client, case, action))
    assert case["state"] == state
    return case


async def case_in(client: httpx.AsyncClient, state: CaseState) -> Json:
    """A new case without pictures in a state."""
    hazard = await hazard_factory.hazard_in(client, State.CLOSED)
    return await advance(client, await written_case(client, hazard), state)


@asynccontextmanager
async def worker_of(settings: Settings) -> AsyncIterator[WorkerContext]:
    """A worker's parts on the test's database and store."""
    async with open_worker_context(settings) as context:
        yield context


def with_examiner(worker: WorkerContext, examiner: Examines) -> WorkerContext:
    """The worker with other detectors."""
    return replace(worker, examiner=examiner)


async def work_off(settings: Settings, worker: WorkerContext, *names: str) -> list[Json]:
    """Runs every waiting job of these names once, as a worker would; the payloads, in order."""
    connection = await asyncpg.connect(settings.database_url)
    done: list[Json] = []
    try:
        rows = await connection.fetch(
            "DELETE FROM pgqueuer WHERE entrypoint = ANY($1) RETURNING id, entrypoint, payload", list(names)
        )
    finally:
        await connection.close()
    for row in sorted(rows, key=lambda row: row["id"]):
        payload: Any = msgspec.json.decode(row["payload"])
        await JOBS[row["entrypoint"]].run(worker, payload)
        done.append(payload)
    return done


async def illustrated_case(
    client: httpx.AsyncClient, settings: Settings, worker: WorkerContext, seed: int = 0
) -> tuple[Photographed, Json]:
    """A complete draft with a masked picture of each role, ready to submit."""
    made = await photographed_hazard(client, seed)
    case = await written_case(client, made.hazard)
    for number, (photo, role) in enumerate(((made.before, "before"), (made.after, "after")), start=1):
        case = answered(await send_picture(client, case, number, photo, role))
        case = answered(await send_masks(client, case, number))
    for name in PICTURE_JOBS:
        await work_off(settings, worker, name)
    return made, await read(client, case)


async def execute(settings: Settings, statement: str, *values: object) -> None:
    """Changes the test's database behind the service's back."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


async def fetch_value(settings: Settings, query: str, *values: object) -> object:
    """Looks into the test's database."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        return await connection.fetchval(query, *values)
    finally:
        await connection.close()


async def give_role(settings: Settings, account: str, role: str, code: str = CITY) -> None:
    """Gives an account of `tests.people` another role, in the city unless another organization is named."""
    await execute(
        settings,
        "INSERT INTO memberships (account_id, role, organization_id) VALUES ($1, $2, $3)",
        account_id(account),
        role,
        organization_id(code),
    )
