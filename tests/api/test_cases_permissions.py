"""Every person against every call of a case: own district, another district, nobody."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx
import pytest

from schemas.cases import CaseAction, CaseState
from schemas.hazards import State
from service.settings import Settings
from tests import case_factory as factory
from tests import hazard_factory
from tests.hazard_factory import Json, answered, refusal
from tests.people import ACCOUNTS, KUANGQU, signed_in

REVIEWERS = {"reviewer", "reviewer2", "approver", "approver2"}
READERS = {"editor", "publisher", "auditor", *REVIEWERS}
"""Who may see a case of 城区; for everybody else it does not exist."""
STRANGER = "inspector2"
"""Given every role in 矿区 and none in 城区."""

Call = Callable[[httpx.AsyncClient, Json, dict[str, str]], Awaitable[httpx.Response]]


def _get(path: str = "") -> Call:
    return lambda client, case, headers: client.get(f"/api/v1/cases/{case['id']}{path}", headers=headers)


def _put(path: str, body: Json) -> Call:
    return lambda client, case, headers: client.put(
        f"/api/v1/cases/{case['id']}{path}", json=body, headers=headers | {"If-Match": f'"{case["version"]}"'}
    )


def _act(action: CaseAction) -> Call:
    return lambda client, case, headers: client.post(
        f"/api/v1/cases/{case['id']}/actions/{action}",
        json={"action_id": str(uuid4()), "reason": "门牌还看得清。"},
        headers=headers | {"If-Match": f'"{case["version"]}"'},
    )


def _delete(path: str) -> Call:
    return lambda client, case, headers: client.delete(
        f"/api/v1/cases/{case['id']}{path}", headers=headers | {"If-Match": f'"{case["version"]}"'}
    )


CALLS: dict[str, tuple[Call, CaseState, set[str]]] = {
    "read": (_get(), CaseState.DRAFT, READERS),
    "history": (_get("/events"), CaseState.DRAFT, READERS),
    "preview": (_get("/pictures/1/preview"), CaseState.DRAFT, READERS),
    "write": (_put("", factory.content()), CaseState.DRAFT, {"editor"}),
    "choose": (_put("/pictures/1", {"photo_id": str(uuid4()), "role": "before"}), CaseState.DRAFT, {"editor"}),
    "mask": (_put("/pictures/1/masks", {"masks": [], "none_needed": True}), CaseState.DRAFT, {"editor"}),
    "remove": (_delete("/pictures/1"), CaseState.DRAFT, {"editor"}),
    "submit": (_act(CaseAction.SUBMIT), CaseState.DRAFT, {"editor"}),
    "approve": (_act(CaseAction.APPROVE), CaseState.FIRST_REVIEW, REVIEWERS),
    "send_back": (_act(CaseAction.SEND_BACK), CaseState.SECOND_REVIEW, REVIEWERS),
    "send_back approved": (_act(CaseAction.SEND_BACK), CaseState.APPROVED, {"publisher"}),
    "publish": (_act(CaseAction.PUBLISH), CaseState.APPROVED, {"publisher"}),
    "retract": (_act(CaseAction.RETRACT), CaseState.PUBLISHED, {"publisher"}),
}


@pytest.mark.parametrize("name", CALLS)
async def test_each_person_may_do_what_their_roles_allow_where_they_hold_them(
    client: httpx.AsyncClient, settings: Settings, name: str
) -> None:
    call, state, allowed = CALLS[name]
    for role in ("editor", "reviewer", "approver", "publisher", "auditor"):
        await factory.give_role(settings, STRANGER, role, KUANGQU)
    case = await factory.case_in(client, state)
    assert refusal(await call(client, case, {})) == (401, "session.required")
    assert refusal(await call(client, case, {"Authorization": "Bearer nobody"})) == (401, "session.required")
    absent = case | {"id": str(uuid4())}
    for account in [*(ACCOUNTS.keys() - allowed), *sorted(allowed)]:
        answer = await call(client, case, signed_in(account))
        if account in allowed:
            # Permitted: what is left to refuse is the content or, after the first of them acted, the version.
            assert answer.is_success or answer.json()["code"] in PERMITTED, (account, answer.text)
            assert refusal(await call(client, absent, signed_in(account))) == (404, "case.not_found")
        elif account in READERS:
            assert refusal(answer) == (403, "permission.denied"), account
        else:
            assert refusal(answer) == (404, "case.not_found"), account


PERMITTED = {"case.photo_not_of_hazard", "case.picture_not_found", "case.version_stale"}


async def test_drafting_is_for_editors_of_the_place(client: httpx.AsyncClient, settings: Settings) -> None:
    await factory.give_role(settings, STRANGER, "editor", KUANGQU)
    hazard = await hazard_factory.hazard_in(client, State.CLOSED)
    sees_the_hazard = {"inspector", "owner", "desk", "auditor", *REVIEWERS}
    answer = await client.post("/api/v1/cases", json={"hazard_id": hazard["id"]})
    assert refusal(answer) == (401, "session.required")
    for account in ACCOUNTS.keys() - {"editor"}:
        expected = (403, "permission.denied") if account in sees_the_hazard else (404, "hazard.not_found")
        assert refusal(await factory.send_draft(client, hazard, by=account)) == expected, account
    answered(await factory.send_draft(client, hazard, by="editor"))


async def test_the_list_shows_each_person_only_what_they_may_see(client: httpx.AsyncClient, settings: Settings) -> None:
    await factory.give_role(settings, STRANGER, "editor", KUANGQU)
    case = await factory.case_in(client, CaseState.DRAFT)
    assert refusal(await client.get("/api/v1/cases")) == (401, "session.required")
    for account in ACCOUNTS:
        items = answered(await client.get("/api/v1/cases", headers=signed_in(account)))["items"]
        assert [item["id"] for item in items] == ([case["id"]] if account in READERS else []), account


@pytest.mark.parametrize("state", [state for state in CaseState if state is not CaseState.PUBLISHED])
async def test_the_public_sees_published_cases_only(
    client: httpx.AsyncClient, settings: Settings, state: CaseState
) -> None:
    case = await factory.case_in(client, state)
    slug = await factory.fetch_value(settings, "SELECT slug FROM cases WHERE id = $1", case["id"])
    expected = 410 if state is CaseState.RETRACTED else 404
    assert (await client.get(f"/cases/{slug}")).status_code == expected
    assert str(slug) not in (await client.get("/cases")).text
    assert (await client.get("/cases.json")).json()["items"] == []
    # Signing in changes nothing on a public page.
    assert (await client.get(f"/cases/{slug}", headers=signed_in("editor"))).status_code == expected
