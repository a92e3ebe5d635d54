"""A world in which every call of the API has something to succeed with, and who makes which call."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

import httpx

from schemas.cases import CaseAction, CaseState
from schemas.hazards import Action, State
from schemas.notices import NoticeAction
from service.settings import Settings
from tests import case_factory, hazard_factory, paper_factory, place_factory
from tests.api.photo_client import digest_of
from tests.hazard_factory import answered
from tests.people import PASSWORD, SPACE, signed_in

ASSIGNED = hazard_factory.ROAD_TO[State.ASSIGNED]
ROADS: dict[Action, list[Action]] = {
    Action.REGISTER: [],
    Action.INVALIDATE: [],
    Action.MERGE: [],
    Action.TRANSFER: [],
    Action.RECORD_TRANSFER_RECEIPT: [Action.TRANSFER],
    Action.FIX_ON_THE_SPOT: [],
    Action.GRADE: [Action.REGISTER],
    Action.ASSIGN: [Action.REGISTER],
    Action.ACCEPT: ASSIGNED,
    Action.HAND_BACK: ASSIGNED,
    Action.SUBMIT: ASSIGNED,
    Action.FILE_FIX: ASSIGNED,
    Action.PASS: hazard_factory.ROAD_TO[State.PENDING_REVIEW],
    Action.FAIL: hazard_factory.ROAD_TO[State.PENDING_REVIEW],
    Action.APPROVE_CLOSE: hazard_factory.ROAD_TO[State.PENDING_CLOSE],
    Action.REFUSE_CLOSE: hazard_factory.ROAD_TO[State.PENDING_CLOSE],
    Action.REOPEN: hazard_factory.ROAD_TO[State.CLOSED],
    Action.REQUEST_EXTENSION: ASSIGNED,
    Action.DECIDE_EXTENSION: [*ASSIGNED, Action.REQUEST_EXTENSION],
    Action.SUPERVISE: [Action.REGISTER, Action.GRADE, Action.ASSIGN],
    Action.URGE: ASSIGNED,
    Action.RECORD_SERVICE: ASSIGNED,
    Action.RECORD_REFUSAL: ASSIGNED,
    Action.SHELVE: ASSIGNED,
}
"""What happens to a hazard before an action can be taken on it."""

SOURCES: dict[CaseAction, CaseState] = {
    CaseAction.SUBMIT: CaseState.DRAFT,
    CaseAction.APPROVE: CaseState.FIRST_REVIEW,
    CaseAction.SEND_BACK: CaseState.FIRST_REVIEW,
    CaseAction.PUBLISH: CaseState.APPROVED,
    CaseAction.RETRACT: CaseState.PUBLISHED,
    CaseAction.AMEND: CaseState.PUBLISHED,
    CaseAction.SUSPEND: CaseState.PUBLISHED,
}


@dataclass
class Call:
    """Who makes a call, and values with which it can succeed, by `path.`, `query.`, `header.` or `body.` and name."""

    method: str
    path: str
    account: str
    values: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class World:
    """What was seeded: values that fit any call, and calls that want their own."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def add(self, method: str, path: str, account: str, /, **values: list[Any]) -> None:
        """A call; underscores part the place from the name: `path_hazard_id`."""
        named = {name.replace("_", ".", 1): each for name, each in values.items()}
        if "/actions/" in path and not path.startswith("/notifications"):
            # The description's examples share one id, and an id belongs to one action.
            named["body.action_id"] = [str(uuid5(SPACE, f"{path} {number}")) for number in range(100)]
        self.calls.append(Call(method, f"/api/v1{path}", account, named))


async def seeded(url: str, settings: Settings, *, copies: int) -> World:
    """The world behind a server, with `copies` of everything that a call can use up."""
    world = World()
    async with httpx.AsyncClient(base_url=url) as client:
        await _hazards(client, world, copies)
        await _places(settings, world)
        await _papers(client, world, copies)
        await _cases(client, settings, world, copies)
        await _uploads(client, world, copies)
        told = answered(await client.get("/api/v1/notifications", headers=signed_in("owner")))["items"]
    world.add("GET", "/notifications", "owner")
    for method, path in (
        ("GET", "/cases"),
        ("GET", "/cases/{case_id}"),
        ("GET", "/cases/{case_id}/events"),
    ):
        world.add(method, path, "editor")
    world.add("POST", "/notifications/{notification_id}/actions/read", "owner")
    world.values["path.notification_id"] = [each["id"] for each in told]
    world.add("POST", "/sessions", "", body_account=["auditor"], body_password=[PASSWORD])
    return world


async def _hazards(client: httpx.AsyncClient, world: World, copies: int) -> None:
    known: list[str] = []
    for action, road in ROADS.items():
        ready = [await hazard_factory.taken(client, road) for _ in range(copies)]
        ids = [hazard["id"] for hazard in ready]
        values = {"path_hazard_id": ids, "header_If-Match": [f'"{hazard["version"]}"' for hazard in ready[:1]]}
        if action is Action.MERGE:
            values["body_original_id"] = [answered(await hazard_factory.send_report(client))["id"]]
        if action is Action.ASSIGN:
            values["body_owner"] = ["owner"]
        if action in hazard_factory.INSTANT:
            values[f"body_{hazard_factory.INSTANT[action]}"] = [datetime.now(UTC).isoformat()]
        person = hazard_factory.RIGHT_PERSON[action]
        world.add("POST", f"/hazards/{{hazard_id}}/actions/{action}", person, **values)
        known += ids[:1]
    world.values["path.hazard_id"] = known
    now = [datetime.now(UTC).isoformat()]
    world.add("PUT", "/hazards/{hazard_id}", "inspector", body_captured_at=now, body_device_time=now)


async def _places(settings: Settings, world: World) -> None:
    async with place_factory.connected(settings.database_url) as connection:
        await place_factory.draw_districts(connection)
        premises = await place_factory.open_premises(connection, owner_id=None)
        posts = [await place_factory.post_checkpoint(connection, premises) for _ in range(6)]
        token = await place_factory.token_of(connection, posts[0].id)
    ids = [str(post.id) for post in posts]
    world.values |= {"path.premises_id": [str(premises.id)], "path.checkpoint_id": ids[:2]}
    world.add("GET", "/checkpoints", "desk", query_premises=[str(premises.id)])
    world.add("POST", "/checkpoints/scan", "inspector", body_token=[token])
    for action, own in (("reissue", ids[2:4]), ("revoke", ids[4:])):
        path = f"/checkpoints/{{checkpoint_id}}/actions/{action}"
        world.add("POST", path, "desk", path_checkpoint_id=own, **{"header_If-Match": ['"1"']})


async def _papers(client: httpx.AsyncClient, world: World, copies: int) -> None:
    content = paper_factory.pdf()
    paper = paper_factory.paper(content)
    answered(await paper_factory.send_paper(client, content, named=paper))
    world.values["path.attachment_id"] = [paper["id"]]
    for path in ("/attachments/{attachment_id}", "/attachments/{attachment_id}/content"):
        world.add("GET", path, "inspector")
    visit = answered(await paper_factory.send_visit(client))
    world.values["path.visit_id"] = [visit["id"]]
    world.add("PUT", "/visits/{visit_id}", "inspector")
    hazard = await hazard_factory.hazard_in(client, State.REGISTERED)
    world.add("PUT", "/notices/{notice_id}", "desk", body_owner=["owner"], body_hazards=[hazard["id"]])
    for action in NoticeAction:
        notices = [await paper_factory.issued(client) for _ in range(copies)]
        world.values.setdefault("path.notice_id", []).append(notices[0]["id"])
        path = f"/notices/{{notice_id}}/actions/{action}"
        ids = [notice["id"] for notice in notices]
        person = paper_factory.RIGHT_PERSON[action]
        now = [datetime.now(UTC).isoformat()]
        values = {"path_notice_id": ids, "header_If-Match": [f'"{notices[0]["version"]}"']}
        if action is not NoticeAction.ACKNOWLEDGE:
            values["body_served_at" if action is NoticeAction.RECORD_SERVICE else "body_refused_at"] = now
        world.add("POST", path, person, **values)


async def _cases(client: httpx.AsyncClient, settings: Settings, world: World, copies: int) -> None:
    hazards = [await hazard_factory.hazard_in(client, State.CLOSED) for _ in range(copies)]
    world.add("POST", "/cases", "editor", body_hazard_id=[hazard["id"] for hazard in hazards])
    for action, source in SOURCES.items():
        cases = [await case_factory.case_in(client, source) for _ in range(copies)]
        values = {
            "path_case_id": [case["id"] for case in cases],
            "header_If-Match": [f'"{cases[0]["version"]}"'],
        }
        person = case_factory.RIGHT_PERSON[action, source]
        world.add("POST", f"/cases/{{case_id}}/actions/{action}", person, **values)
        world.values.setdefault("path.case_id", []).append(cases[0]["id"])
    async with case_factory.worker_of(settings) as worker:
        made, draft = await case_factory.illustrated_case(client, settings, worker)
        _, other = await case_factory.illustrated_case(client, settings, worker, 2)
        _, shown = await case_factory.illustrated_case(client, settings, worker, 1)
        await case_factory.work_off(settings, worker, "photo.render")
    shown = await case_factory.advance(client, shown, CaseState.PUBLISHED)
    world.values |= {"path.photo_id": [made.before["id"]], "path.number": [1, 2]}
    for path in ("", "/receipt", "/original", "/preview", "/thumbnail"):
        world.add("GET", f"/photos/{{photo_id}}{path}", "inspector")
    pictures = "/cases/{case_id}/pictures/{number}"
    for method, path, case in (("DELETE", pictures, draft), ("PUT", f"{pictures}/masks", other)):
        values = {"path_case_id": [case["id"]], "header_If-Match": [f'"{case["version"]}"']}
        world.add(method, path, "editor", **values)
    world.add("GET", f"{pictures}/preview", "editor", path_case_id=[shown["id"]])
    for path in ("/cases/{case_id}", "/cases/{case_id}/assessment"):
        draft = answered(await case_factory.send_draft(client, await hazard_factory.hazard_in(client, State.CLOSED)))
        values = {"path_case_id": [draft["id"]], "header_If-Match": [f'"{draft["version"]}"']}
        world.add("PUT", path, "editor", **values)
    world.add("POST", "/cases/{case_id}/scan", "editor", path_case_id=[draft["id"]])
    world.add("GET", "/cases/exports/notice.docx", "publisher")
    world.add("GET", "/cases/exports/wechat.zip", "publisher")
    feed = (await client.get("/cases.json")).json()["items"]
    world.values["path.slug"] = [item["url"].rsplit("/", 1)[1] for item in feed]
    world.values["path.file"] = [item["image"].rsplit("/", 1)[1] for item in feed if "image" in item]
    world.values["query.after"] = world.values["path.slug"][:1]


async def _uploads(client: httpx.AsyncClient, world: World, copies: int) -> None:
    async def opened() -> str:
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "100000"}
        answer = await client.post("/api/v1/uploads", headers=signed_in("inspector") | headers)
        assert answer.status_code == 201
        return answer.headers["Location"].rsplit("/", 1)[1]

    path = "/uploads/{upload_id}"
    tus = {"header_Tus-Resumable": ["1.0.0"]}
    world.add("POST", "/uploads", "inspector", **tus, **{"header_Upload-Length": ["100000"]})
    for method in ("HEAD", "DELETE"):
        world.add(method, path, "inspector", path_upload_id=[await opened() for _ in range(copies)], **tus)
    world.add("PATCH", path, "inspector", path_upload_id=[await opened()], **tus, **{"header_Upload-Offset": ["0"]})
    for noun in ("photo", "attachment"):
        world.add("PUT", f"/{noun}s/{{{noun}_id}}", "inspector", **{"header_Content-Digest": [digest_of(b"")]})


def seed(url: str, settings: Settings, *, copies: int) -> World:
    """The same, for a test that is no coroutine."""
    return asyncio.run(seeded(url, settings, copies=copies))
