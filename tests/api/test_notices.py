"""A notice goes to one owner about one or several hazards: all of them are assigned, or none is."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from schemas.hazards import Action, State
from service.workflows.context import Context
from tests.api.photo_client import rows
from tests.hazard_factory import Json, action_body, answered, hazard_in, read, refusal, report, send_action, send_report
from tests.paper_factory import issued, notice, paper, pdf, read_notice, reads_paper, send_notice, send_paper
from tests.people import ACCOUNTS, CHENGQU, CITY, KUANGQU, signed_in

READERS = {"approver", "auditor", "desk", "inspector", "reviewer"}
"""Roles that read the notices of their organization, written down a second time on purpose."""


async def registered(client: httpx.AsyncClient, count: int) -> list[Json]:
    return [await hazard_in(client, State.REGISTERED) for _ in range(count)]


async def listed(client: httpx.AsyncClient, *, by: str, **wanted: str) -> list[str]:
    page = answered(await client.get("/api/v1/notices", params=wanted, headers=signed_in(by)))
    return [line["id"] for line in page["items"]]


# Issuing


async def test_an_order_assigns_every_hazard_and_waits_for_its_service(client: httpx.AsyncClient) -> None:
    hazards = await registered(client, 2)
    known = answered(await send_notice(client, notice(*hazards)))
    year = datetime.now(UTC) + timedelta(hours=8)
    assert known["number"] == f"TZ-{CHENGQU}-{year.year}-000001"
    assert (known["kind_label"], known["version"], known["owner"]["account"]) == ("责令限期整改通知书", 1, "owner")
    assert [one["officer"]["account"] for one in known["officers"]] == ["inspector", "desk"]
    assert [one["id"] for one in known["hazards"]] == [hazard["id"] for hazard in hazards]
    for one in known["hazards"]:
        assert (one["current"], one["state"], one["due_at"], one["overdue"]) == (True, "assigned", None, False)
        turn = (await read(client, one))["rounds"][-1]
        assert (turn["notice_id"], turn["clock"], turn["clock_started_at"]) == (known["id"], "service", None)
        assert turn["notice"] == known["requirements"]


async def test_an_information_sheet_runs_from_its_issue(client: httpx.AsyncClient) -> None:
    known = await issued(client, kind="information", officers=None)
    assert (known["kind_label"], known["officers"]) == ("隐患告知单", [])
    (one,) = known["hazards"]
    turn = (await read(client, one))["rounds"][-1]
    assert (turn["clock"], turn["clock_started_at"]) == ("notification", turn["assigned_at"])
    assert one["due_at"] == turn["due_at"] is not None


async def test_the_date_that_the_desk_sets_binds_every_hazard_from_the_start(client: httpx.AsyncClient) -> None:
    due_at = (datetime.now(UTC) + timedelta(days=9)).replace(microsecond=0)
    known = await issued(client, 2, due_at=due_at.isoformat())
    assert {datetime.fromisoformat(one["due_at"]) for one in known["hazards"]} == {due_at}
    assert datetime.fromisoformat(known["due_at"]) == due_at


async def test_numbers_are_a_series_of_their_own_and_never_given_twice(client: httpx.AsyncClient) -> None:
    numbers = [(await issued(client))["number"] for _ in range(3)]
    assert [int(re.fullmatch(r"TZ-140302-\d{4}-(\d{6})", number)[1]) for number in numbers] == [1, 2, 3]  # type: ignore[index]


async def test_a_notice_sent_twice_is_issued_once(client: httpx.AsyncClient, context: Context) -> None:
    notice_id, body = uuid4(), notice(*await registered(client, 2))
    first, second = [await send_notice(client, body, notice_id=notice_id) for _ in range(2)]
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert [await rows(context, table) for table in ("notices", "notice_hazards", "notice_officers")] == [1, 2, 2]
    other = await send_notice(client, body | {"requirements": "另一份"}, notice_id=notice_id)
    assert refusal(other) == (409, "notice.content_differs")


async def test_a_notice_sent_fifty_times_at_once_is_issued_once(client: httpx.AsyncClient, context: Context) -> None:
    notice_id, body = uuid4(), notice(*await registered(client, 3))
    answers = await asyncio.gather(*(send_notice(client, body, notice_id=notice_id) for _ in range(50)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert await rows(context, "notices") == 1


async def test_of_two_notices_about_the_same_hazards_one_is_issued_and_nothing_hangs(
    client: httpx.AsyncClient, context: Context
) -> None:
    hazards = await registered(client, 4)
    bodies = [notice(*turned, owner=owner) for turned in (hazards, hazards[::-1]) for owner in ("owner", "owner2")] * 3
    answers = await asyncio.gather(*(send_notice(client, body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    (won,) = [answer.json() for answer in answers if answer.status_code == 201]
    for hazard in hazards:
        shown = await read(client, hazard)
        assert (shown["owner"]["account"], shown["state"]) == (won["owner"]["account"], "assigned")
    assert await rows(context, "notices") == 1


# All or nothing


async def test_one_hazard_that_was_just_transferred_stops_the_whole_notice(
    client: httpx.AsyncClient, context: Context
) -> None:
    hazards = await registered(client, 3)
    answered(await send_action(client, hazards[1], Action.TRANSFER))
    answer = await send_notice(client, notice(*hazards))
    assert refusal(answer) == (409, "hazard.action_not_allowed_now")
    assert (answer.json()["hazard_id"], answer.json()["state"]) == (hazards[1]["id"], "transferred")
    for hazard in (hazards[0], hazards[2]):
        shown = await read(client, hazard)
        assert (shown["state"], shown["version"]) == ("registered", hazard["version"])
    assert [await rows(context, table) for table in ("notices", "notice_hazards")] == [0, 0]
    # The same notice without it goes out.
    known = answered(await send_notice(client, notice(hazards[0], hazards[2])))
    assert {one["state"] for one in known["hazards"]} == {"assigned"}


async def test_a_hazard_that_the_desk_may_not_see_stops_it_like_one_that_never_was(client: httpx.AsyncClient) -> None:
    (mine,) = await registered(client, 1)
    theirs = answered(await send_report(client, report(position=None), by="inspector2"))
    refusals = []
    for other in (theirs["id"], str(uuid4())):
        answer = await send_notice(client, notice(mine) | {"hazards": [mine["id"], other]})
        assert refusal(answer) == (404, "hazard.not_found")
        assert answer.json().pop("hazard_id") == other
        refusals.append({name: value for name, value in answer.json().items() if name != "hazard_id"})
    assert refusals[0] == refusals[1]
    assert (await read(client, mine))["state"] == "registered"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"officers": None}, "notice.certificates_required"),
        ({"officers": [{"account": "inspector", "certificate": "晋C-0001"}]}, "notice.certificates_required"),
        (
            {"officers": [{"account": "inspector", "certificate": "晋C-0001"}, {"account": "desk"}]},
            "notice.certificates_required",
        ),
        (
            {"officers": [{"account": name, "certificate": "晋C-0001"} for name in ("inspector", "desk")]},
            "notice.officers_equal",
        ),
        (
            {"officers": [{"account": "desk", "certificate": number} for number in ("晋C-0001", "晋C-0002")]},
            "notice.officers_equal",
        ),
        (
            {"officers": [{"account": name, "certificate": f"晋C-{name}"} for name in ("inspector2", "desk")]},
            "notice.officer_unsuitable",
        ),
        ({"owner": "desk"}, "hazard.owner_unsuitable"),
        ({"due_at": "2020-01-01T00:00:00Z"}, "hazard.due_at_past"),
        ({"due_at": "0001-01-01T00:00:00+08:00"}, "hazard.time_out_of_range"),
    ],
)
async def test_an_order_that_does_not_fit_is_refused_and_assigns_nothing(
    client: httpx.AsyncClient, changes: Json, code: str
) -> None:
    (hazard,) = await registered(client, 1)
    assert refusal(await send_notice(client, notice(hazard, **changes))) == (422, code)
    assert (await read(client, hazard))["state"] == "registered"


async def test_a_hazard_is_listed_once(client: httpx.AsyncClient) -> None:
    (hazard,) = await registered(client, 1)
    assert refusal(await send_notice(client, notice(hazard, hazard))) == (422, "notice.hazard_listed_twice")


# Who sees what


async def test_every_person_reads_and_issues_what_their_role_says(client: httpx.AsyncClient) -> None:
    known = await issued(client)
    for account, (role, organization) in ACCOUNTS.items():
        is_reader = (role in READERS and organization in (CITY, CHENGQU)) or account == "owner"
        for address in (f"/api/v1/notices/{known['id']}", f"/api/v1/notices/{known['id']}/events"):
            answer = await client.get(address, headers=signed_in(account))
            if is_reader:
                assert answer.status_code == 200, account
            else:
                assert refusal(answer) == (404, "notice.not_found"), account
        assert (await listed(client, by=account) == [known["id"]]) == is_reader, account
    (hazard,) = await registered(client, 1)
    for account in ACCOUNTS.keys() - {"desk", "desk2"}:
        assert refusal(await send_notice(client, notice(hazard), by=account)) == (403, "permission.denied"), account
    assert refusal(await send_notice(client, notice(hazard), by="desk2")) == (404, "hazard.not_found")


async def test_nobody_gets_nothing(client: httpx.AsyncClient) -> None:
    known = await issued(client)
    for method, address, body in (
        ("PUT", f"/api/v1/notices/{uuid4()}", notice(known["hazards"][0])),
        ("GET", "/api/v1/notices", None),
        ("GET", f"/api/v1/notices/{known['id']}", None),
        ("GET", f"/api/v1/notices/{known['id']}/events", None),
    ):
        assert refusal(await client.request(method, address, json=body)) == (401, "session.required")


async def test_an_owner_who_handed_a_hazard_back_is_told_no_more_of_it(client: httpx.AsyncClient) -> None:
    known = await issued(client, 2)
    gone, kept = known["hazards"]
    hazard = await read(client, gone, by="owner")
    answered(await send_action(client, hazard, Action.HAND_BACK))
    hazard = await read(client, gone)
    body = action_body(Action.ASSIGN, owner="owner2")
    answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    by_owner = await read_notice(client, known["id"], by="owner")
    assert by_owner["hazards"][0] == gone | {"current": False, "state": None, "state_label": None, "due_at": None}
    assert by_owner["hazards"][1] == kept
    by_desk = (await read_notice(client, known["id"]))["hazards"][0]
    assert (by_desk["current"], by_desk["state"], by_desk["due_at"]) == (False, "assigned", None)


async def test_a_paper_of_the_notice_is_there_for_its_owner_and_no_other(client: httpx.AsyncClient) -> None:
    signed = paper(pdf())
    answered(await send_paper(client, pdf(), named=signed, by="desk"))
    assert not await reads_paper(client, signed, by="owner")
    known = await issued(client, attachments=[signed])
    assert [(one["purpose"], one["arrived"]) for one in known["attachments"]] == [("issued", True)]
    for account, (role, organization) in ACCOUNTS.items():
        is_reader = (role in READERS and organization in (CITY, CHENGQU)) or account == "owner"
        assert await reads_paper(client, signed, by=account) == is_reader, account


async def test_a_list_has_the_notices_that_are_asked_for_page_after_page(client: httpx.AsyncClient) -> None:
    order = await issued(client)
    sheets = [await issued(client, kind="information", owner="owner2") for _ in range(2)]
    newest_first = [sheets[1]["id"], sheets[0]["id"], order["id"]]
    assert await listed(client, by="desk") == newest_first
    assert await listed(client, by="owner") == [order["id"]]
    assert await listed(client, by="owner2", kind="order") == []
    assert await listed(client, by="approver", kind="order", area=CHENGQU, served="false") == [order["id"]]
    assert await listed(client, by="approver", served="true") == []
    assert await listed(client, by="approver", area=KUANGQU) == []
    first = answered(await client.get("/api/v1/notices", params={"limit": 2}, headers=signed_in("desk")))
    rest = {"limit": "2", "cursor": first["next_cursor"]}
    assert [line["id"] for line in first["items"]] + await listed(client, by="desk", **rest) == newest_first
    assert refusal(await client.get("/api/v1/notices", params={"cursor": "nowhere"}, headers=signed_in("desk"))) == (
        400,
        "page.cursor_invalid",
    )
