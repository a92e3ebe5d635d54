"""Hazards made and moved through the front door, as phones and desks do it."""

import re
from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec

from schemas.hazards import Action, State
from service.app import build_app
from service.routes import hazard_examples
from service.settings import Settings
from tests.people import signed_in

ROAD_TO: dict[State, list[Action]] = {
    State.REPORTED: [],
    State.REGISTERED: [Action.REGISTER],
    State.ASSIGNED: [Action.REGISTER, Action.ASSIGN],
    State.RECTIFYING: [Action.REGISTER, Action.ASSIGN, Action.ACCEPT],
    State.PENDING_REVIEW: [Action.REGISTER, Action.ASSIGN, Action.SUBMIT],
    State.PENDING_CLOSE: [Action.REGISTER, Action.GRADE, Action.ASSIGN, Action.SUBMIT, Action.PASS],
    State.CLOSED: [Action.REGISTER, Action.ASSIGN, Action.SUBMIT, Action.PASS],
    State.INVALID: [Action.INVALIDATE],
    State.DUPLICATE: [Action.MERGE],
    State.TRANSFERRED: [Action.TRANSFER],
}
"""The actions that bring a reported hazard into each state."""

RIGHT_PERSON: dict[Action, str] = {
    Action.REGISTER: "desk",
    Action.INVALIDATE: "desk",
    Action.MERGE: "desk",
    Action.TRANSFER: "desk",
    Action.RECORD_TRANSFER_RECEIPT: "desk",
    Action.FIX_ON_THE_SPOT: "inspector",
    Action.GRADE: "desk",
    Action.ASSIGN: "desk",
    Action.ACCEPT: "owner",
    Action.HAND_BACK: "owner",
    Action.SUBMIT: "owner",
    Action.FILE_FIX: "desk",
    Action.PASS: "reviewer",
    Action.FAIL: "reviewer",
    Action.APPROVE_CLOSE: "approver",
    Action.REFUSE_CLOSE: "approver",
    Action.REOPEN: "desk",
    Action.REQUEST_EXTENSION: "owner",
    Action.DECIDE_EXTENSION: "desk",
    Action.SUPERVISE: "approver",
    Action.URGE: "desk",
    Action.RECORD_SERVICE: "desk",
    Action.RECORD_REFUSAL: "inspector",
    Action.SHELVE: "desk",
}
"""Who, of `tests.people`, may take an action on a hazard in 城区 that is assigned to `owner`."""

Json = dict[str, Any]


def report(**changes: Any) -> Json:
    """The body of a report with photos of its own. A change to None leaves the field out."""
    body = deepcopy(hazard_examples.REPORT) | {"photos": [photo()]} | changes
    return {name: value for name, value in body.items() if value is not None}


def photo(**changes: Any) -> Json:
    """A photo that nobody has sent yet."""
    return {"id": str(uuid4()), "sha256": uuid4().hex * 2} | changes


def paper(**changes: Any) -> Json:
    """A paper that nobody has sent yet."""
    return {"id": str(uuid4()), "sha256": uuid4().hex * 2} | changes


INSTANT: dict[Action, str] = {
    Action.RECORD_SERVICE: "served_at",
    Action.RECORD_REFUSAL: "refused_at",
    Action.RECORD_TRANSFER_RECEIPT: "received_at",
}
"""What a body says of the moment in which it is sent."""


def action_body(action: Action, **changes: Any) -> Json:
    """The body of an action that was never taken before."""
    body = deepcopy(hazard_examples.ACTIONS[action]) | {"action_id": str(uuid4())}
    if action in (Action.SUBMIT, Action.FIX_ON_THE_SPOT):
        body["photos"] = [photo()]
    if "attachments" in body:
        body["attachments"] = [paper()]
    if action is Action.SUPERVISE:
        body["limit_at"] = (datetime.now(UTC) + timedelta(days=90)).isoformat()
    if action in INSTANT:
        body[INSTANT[action]] = datetime.now(UTC).isoformat()
    return body | changes


async def send_report(
    client: httpx.AsyncClient, body: Json | None = None, *, by: str = "inspector", hazard_id: UUID | str | None = None
) -> httpx.Response:
    """Reports a hazard; under a new id unless one is given."""
    return await client.put(f"/api/v1/hazards/{hazard_id or uuid4()}", json=body or report(), headers=signed_in(by))


async def send_action(
    client: httpx.AsyncClient,
    hazard: Json,
    action: Action | str,
    *,
    by: str | None = None,
    body: Json | None = None,
    version: int | str | None = None,
) -> httpx.Response:
    """Takes an action on the hazard as it was read, by the right person unless another is named."""
    known = Action(action)
    return await client.post(
        f"/api/v1/hazards/{hazard['id']}/actions/{known.value}",
        json=body or action_body(known),
        headers={**signed_in(by or RIGHT_PERSON[known]), "If-Match": f'"{version or hazard["version"]}"'},
    )


async def read(client: httpx.AsyncClient, hazard: Json, *, by: str = "desk") -> Json:
    """The hazard as this person sees it now."""
    return answered(await client.get(f"/api/v1/hazards/{hazard['id']}", headers=signed_in(by)))


async def hazard_in(client: httpx.AsyncClient, state: State, **changes: Any) -> Json:
    """A new hazard in 城区, brought into a state by the right people."""
    hazard = await taken(client, ROAD_TO[state], **changes)
    assert hazard["state"] == state
    return hazard


async def taken(client: httpx.AsyncClient, actions: Iterable[Action], **changes: Any) -> Json:
    """A new hazard in 城区 on which the right people have taken these actions."""
    hazard = answered(await send_report(client, report(**changes)))
    for action in actions:
        hazard = answered(await send_action(client, hazard, action, body=await fitting_body(client, action)))
    return hazard


async def fitting_body(client: httpx.AsyncClient, action: Action) -> Json:
    """The body of an action; where it names another hazard, that one is there."""
    body = action_body(action)
    if action is Action.MERGE:
        body["original_id"] = answered(await send_report(client))["id"]
    return body


def answered(response: httpx.Response) -> Json:
    """The body of an answer that was no refusal."""
    assert response.is_success, response.text
    body: Json = response.json()
    return body


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, which the API's description must name for this call."""
    assert response.headers["content-type"].startswith("application/problem+json"), response.text
    code: str = response.json()["code"]
    described = described_problems(response.request.method, response.request.url.path)
    assert (response.status_code, code) in described, f"{code} is not in the description of this call"
    return response.status_code, code


def described_problems(method: str, path: str) -> set[tuple[int, str]]:
    """Status and code of every problem that the API's description names for a call."""
    for template, item in description()["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path) and method.lower() in item:
            return {
                (int(status), code)
                for status, answer in item[method.lower()]["responses"].items()
                for code in answer.get("content", {}).get("application/problem+json", {}).get("examples", {})
            }
    return set()


@cache
def description() -> Json:
    """The API's description as /schema serves it."""
    schema: Json = msgspec.json.decode(msgspec.json.encode(build_app(Settings()).openapi_schema.to_schema()))
    return schema
