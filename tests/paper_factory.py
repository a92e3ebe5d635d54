"""Visits, notices and papers made through the front door, as inspectors and desks make them."""

import hashlib
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from schemas.hazards import State
from schemas.notices import NoticeAction
from service.routes import paper_examples
from tests.api.photo_client import digest_of
from tests.hazard_factory import Json, answered, hazard_in
from tests.people import signed_in

RIGHT_PERSON: dict[NoticeAction, str] = {
    NoticeAction.ACKNOWLEDGE: "owner",
    NoticeAction.RECORD_SERVICE: "desk",
    NoticeAction.RECORD_REFUSAL: "inspector",
}
"""Who may act on a notice that went to `owner` in 城区."""


def pdf(seed: int = 0) -> bytes:
    """Bytes that begin as a PDF does."""
    return b"%PDF-1.7\n% stamped paper " + str(seed).encode() + b"\n%%EOF\n"


def paper(content: bytes) -> Json:
    """A paper as it is named."""
    return {"id": str(uuid4()), "sha256": hashlib.sha256(content).hexdigest()}


async def send_paper(
    client: httpx.AsyncClient,
    content: bytes,
    *,
    named: Json | None = None,
    by: str = "inspector",
    digest: str | None = None,
) -> httpx.Response:
    """Uploads an attachment, with the right digest unless another is given."""
    attachment_id = named["id"] if named else uuid4()
    headers = signed_in(by) | {"Content-Digest": digest if digest is not None else digest_of(content)}
    return await client.put(f"/api/v1/attachments/{attachment_id}", content=content, headers=headers)


async def reads_paper(client: httpx.AsyncClient, named: Json, *, by: str) -> bool:
    """Whether this person gets the bytes; whoever does not is told what everybody else is told."""
    answer = await client.get(f"/api/v1/attachments/{named['id']}/content", headers=signed_in(by))
    known = await client.get(f"/api/v1/attachments/{named['id']}", headers=signed_in(by))
    assert answer.status_code == known.status_code
    assert answer.status_code in (200, 404)
    return answer.status_code == 200


def visit(**changes: Any) -> Json:
    """The body of a visit that ended just now. A change to None leaves the field out."""
    now = datetime.now(UTC)
    times = {"started_at": now - timedelta(minutes=20), "ended_at": now, "device_time": now}
    body = deepcopy(paper_examples.VISIT) | {name: at.isoformat() for name, at in times.items()} | changes
    return {name: value for name, value in body.items() if value is not None}


async def send_visit(
    client: httpx.AsyncClient, body: Json | None = None, *, by: str = "inspector", visit_id: UUID | str | None = None
) -> httpx.Response:
    """Records a visit; under a new id unless one is given."""
    return await client.put(f"/api/v1/visits/{visit_id or uuid4()}", json=body or visit(), headers=signed_in(by))


async def read_visit(client: httpx.AsyncClient, visit_id: UUID | str, *, by: str = "desk") -> Json:
    """The visit as this person sees it now."""
    return answered(await client.get(f"/api/v1/visits/{visit_id}", headers=signed_in(by)))


def notice(*hazards: Json, **changes: Any) -> Json:
    """The body of a notice about these hazards. A change to None leaves the field out."""
    body = deepcopy(paper_examples.NOTICE) | {"hazards": [hazard["id"] for hazard in hazards]} | changes
    return {name: value for name, value in body.items() if value is not None}


async def send_notice(
    client: httpx.AsyncClient, body: Json, *, by: str = "desk", notice_id: UUID | str | None = None
) -> httpx.Response:
    """Issues a notice; under a new id unless one is given."""
    return await client.put(f"/api/v1/notices/{notice_id or uuid4()}", json=body, headers=signed_in(by))


async def issued(client: httpx.AsyncClient, count: int = 1, **changes: Any) -> Json:
    """A notice to `owner` about new hazards in 城区."""
    hazards = [await hazard_in(client, State.REGISTERED) for _ in range(count)]
    return answered(await send_notice(client, notice(*hazards, **changes)))


async def read_notice(client: httpx.AsyncClient, notice_id: UUID | str, *, by: str = "desk") -> Json:
    """The notice as this person sees it now."""
    return answered(await client.get(f"/api/v1/notices/{notice_id}", headers=signed_in(by)))


def notice_action_body(action: NoticeAction, **changes: Any) -> Json:
    """The body of an action that was never taken before, of something that happened just now."""
    body = deepcopy(paper_examples.ACTIONS[action]) | {"action_id": str(uuid4())}
    for field in ("served_at", "refused_at"):
        if field in body:
            body[field] = datetime.now(UTC).isoformat()
    return {name: value for name, value in (body | changes).items() if value is not None}


async def act_on_notice(
    client: httpx.AsyncClient,
    known: Json,
    action: NoticeAction | str,
    *,
    by: str | None = None,
    body: Json | None = None,
    version: int | None = None,
) -> httpx.Response:
    """Takes an action on the notice as it was read, by the right person unless another is named."""
    action = NoticeAction(action)
    return await client.post(
        f"/api/v1/notices/{known['id']}/actions/{action.value}",
        json=body or notice_action_body(action),
        headers={**signed_in(by or RIGHT_PERSON[action]), "If-Match": f'"{version or known["version"]}"'},
    )
