"""What becomes of a notice: read, served, refused; and that only service starts the clock of an order."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import httpx
import pytest

from schemas.hazards import Action, State
from schemas.notices import NoticeAction
from service.domain.notices import RULES
from service.workflows.context import Context
from tests.api.photo_client import rows
from tests.hazard_factory import Json, action_body, answered, hazard_in, read, refusal, send_action
from tests.paper_factory import (
    act_on_notice,
    issued,
    notice,
    notice_action_body,
    paper,
    pdf,
    read_notice,
    reads_paper,
    send_notice,
    send_paper,
)
from tests.people import ACCOUNTS, CHENGQU, CITY, signed_in

MAY: dict[str, set[NoticeAction]] = {
    "desk": {NoticeAction.RECORD_SERVICE, NoticeAction.RECORD_REFUSAL},
    "inspector": {NoticeAction.RECORD_SERVICE, NoticeAction.RECORD_REFUSAL},
    "owner": {NoticeAction.ACKNOWLEDGE},
}
"""What each role may do with a notice, written down a second time on purpose."""


async def turn_of(client: httpx.AsyncClient, hazard: Json) -> Json:
    turn: Json = (await read(client, hazard))["rounds"][-1]
    return turn


def offered(known: Json) -> list[str]:
    return [one["action"] for one in known["actions"]]


async def kinds(client: httpx.AsyncClient, address: str, *, by: str = "desk") -> list[str]:
    page = answered(await client.get(f"{address}/events", headers=signed_in(by)))
    return [line["kind"] for line in page["items"]]


# Read is not served


async def test_opening_a_link_is_no_service_and_even_saying_so_is_none(client: httpx.AsyncClient) -> None:
    known = await issued(client)
    for _ in range(2):
        seen = await read_notice(client, known["id"], by="owner")
        assert (seen["version"], seen["read_at"], offered(seen)) == (1, None, ["acknowledge"])
    read_once = answered(await act_on_notice(client, seen, "acknowledge"))
    assert read_once["read_at"] is not None
    assert (read_once["served_at"], read_once["service"], offered(read_once)) == (None, None, [])
    turn = await turn_of(client, known["hazards"][0])
    assert (turn["clock_started_at"], turn["due_at"], turn["service"]) == (None, None, None)
    assert await kinds(client, f"/api/v1/notices/{known['id']}") == ["notice.issued", "notice.acknowledged"]


# Service


async def test_service_starts_the_clock_of_every_hazard_of_an_order(client: httpx.AsyncClient) -> None:
    known = await issued(client, 2)
    served_at = datetime.now(UTC)
    body = notice_action_body(NoticeAction.RECORD_SERVICE, served_at=served_at.isoformat())
    served = answered(await act_on_notice(client, known, "record_service", body=body))
    assert datetime.fromisoformat(served["served_at"]) == served_at
    assert (served["service"]["mode"], served["service"]["receiver"]) == ("in_person", body["receiver"])
    assert (served["version"], offered(served)) == (2, ["record_refusal"])
    for one in served["hazards"]:
        turn = await turn_of(client, one)
        assert datetime.fromisoformat(turn["clock_started_at"]) == served_at
        assert turn["service"]["mode"] == "in_person"
        assert one["due_at"] == turn["due_at"] is not None
        assert (await kinds(client, f"/api/v1/hazards/{one['id']}"))[-1] == "hazard.service_recorded"


async def test_service_of_an_information_sheet_moves_no_date(client: httpx.AsyncClient) -> None:
    known = await issued(client, kind="information", officers=None)
    before = await turn_of(client, known["hazards"][0])
    served = answered(await act_on_notice(client, known, "record_service"))
    after = await turn_of(client, known["hazards"][0])
    assert after["service"] is not None
    assert [after[name] for name in ("clock_started_at", "due_at")] == [
        before[name] for name in ("clock_started_at", "due_at")
    ]
    assert served["hazards"][0]["due_at"] == known["hazards"][0]["due_at"]


async def test_electronic_service_needs_the_signed_confirmation(client: httpx.AsyncClient) -> None:
    known = await issued(client)
    bare = notice_action_body(NoticeAction.RECORD_SERVICE, mode="electronic", attachments=None)
    answer = await act_on_notice(client, known, "record_service", body=bare)
    assert refusal(answer) == (422, "hazard.confirmation_required")
    confirmation = paper(pdf())
    body = bare | {"attachments": [confirmation]}
    served = answered(await act_on_notice(client, known, "record_service", body=body))
    assert [(one["purpose"], one["arrived"]) for one in served["attachments"]] == [("service_recorded", False)]
    answered(await send_paper(client, pdf(), named=confirmation, by="desk"))
    for account in ("owner", "desk", "approver"):
        assert await reads_paper(client, confirmation, by=account), account
    for account in ("owner2", "desk2", "admin"):
        assert not await reads_paper(client, confirmation, by=account), account


@pytest.mark.parametrize("action", [NoticeAction.RECORD_SERVICE, NoticeAction.RECORD_REFUSAL])
async def test_what_has_not_happened_yet_is_no_record(client: httpx.AsyncClient, action: NoticeAction) -> None:
    known = await issued(client)
    field = "served_at" if action is NoticeAction.RECORD_SERVICE else "refused_at"
    for instant, code in (
        (datetime.now(UTC) + timedelta(hours=1), "hazard.time_in_future"),
        (datetime(1960, 1, 1, tzinfo=UTC), "hazard.time_out_of_range"),
        (datetime.now(UTC) - timedelta(days=30), "hazard.served_before_assigned"),
    ):
        body = notice_action_body(action, **{field: instant.isoformat()})
        assert refusal(await act_on_notice(client, known, action, body=body)) == (422, code)
    assert await read_notice(client, known["id"]) == known


async def test_only_what_the_notice_still_binds_is_served(client: httpx.AsyncClient) -> None:
    known = await issued(client, 3)
    back, again, still = [await read(client, one, by="owner") for one in known["hazards"]]
    answered(await send_action(client, back, Action.HAND_BACK))
    answered(await send_action(client, again, Action.HAND_BACK))
    other = answered(await send_notice(client, notice(again)))
    served = answered(await act_on_notice(client, known, "record_service"))
    assert [one["current"] for one in served["hazards"]] == [False, False, True]
    assert (await turn_of(client, back))["service"] is None
    assert (await turn_of(client, again))["clock_started_at"] is None
    assert (await turn_of(client, still))["clock_started_at"] is not None
    assert (await read_notice(client, other["id"]))["served_at"] is None


async def test_a_hazard_that_came_back_is_not_served_by_the_notice_of_its_first_round(
    client: httpx.AsyncClient,
) -> None:
    known = await issued(client, due_at=(datetime.now(UTC) + timedelta(days=5)).isoformat())
    hazard = await read(client, known["hazards"][0])
    for action in (Action.SUBMIT, Action.PASS, Action.REOPEN, Action.ASSIGN):
        hazard = answered(await send_action(client, hazard, action))
    served = answered(await act_on_notice(client, known, "record_service"))
    assert served["hazards"][0]["current"] is False
    turns = (await read(client, hazard))["rounds"]
    assert [turn["service"] for turn in turns] == [None, None]


# Refusal


async def test_a_refusal_to_sign_is_on_record_with_its_witnesses(client: httpx.AsyncClient) -> None:
    known = await issued(client, 2)
    refused = answered(await act_on_notice(client, known, "record_refusal"))
    assert refused["refusal"]["witnesses"] == ["见证人甲"]
    assert refused["refused_at"] is not None
    for one in refused["hazards"]:
        turn = await turn_of(client, one)
        assert (turn["refusal"]["witnesses"], turn["clock_started_at"]) == (["见证人甲"], None)
    # It is then left with them, and that starts the clock.
    left = notice_action_body(NoticeAction.RECORD_SERVICE, mode="left")
    served = answered(await act_on_notice(client, refused, "record_service", by="inspector", body=left))
    assert (served["service"]["mode"], offered(served)) == ("left", [])
    assert await kinds(client, f"/api/v1/notices/{known['id']}") == [
        "notice.issued",
        "notice.refusal_recorded",
        "notice.service_recorded",
    ]


async def test_a_refusal_needs_a_witness(client: httpx.AsyncClient) -> None:
    known = await issued(client)
    body = notice_action_body(NoticeAction.RECORD_REFUSAL, witnesses=[])
    assert refusal(await act_on_notice(client, known, "record_refusal", body=body)) == (400, "request.invalid")


# Repeats, versions, crowds


@pytest.mark.parametrize("action", NoticeAction)
async def test_an_action_sent_twice_happens_once(
    client: httpx.AsyncClient, context: Context, action: NoticeAction
) -> None:
    known = await issued(client, 2)
    body = notice_action_body(action)
    first, second = [await act_on_notice(client, known, action, body=body) for _ in range(2)]
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    again = await act_on_notice(client, first.json(), action)
    assert refusal(again) == (409, "notice.recorded_already")
    elsewhere = await issued(client)
    stolen = await act_on_notice(client, elsewhere, action, body=body)
    assert refusal(stolen) == (409, "action.content_differs")
    assert len(await kinds(client, f"/api/v1/notices/{known['id']}")) == 2


async def test_fifty_people_record_the_service_at_once_and_one_does(client: httpx.AsyncClient) -> None:
    known = await issued(client, 2)
    answers = await asyncio.gather(
        *(act_on_notice(client, known, "record_service", by=("desk", "inspector")[n % 2]) for n in range(50))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 49
    for one in known["hazards"]:
        assert (await kinds(client, f"/api/v1/hazards/{one['id']}")).count("hazard.service_recorded") == 1


async def test_serving_a_notice_while_its_owner_acts_on_its_hazards_hangs_nobody(client: httpx.AsyncClient) -> None:
    known = await issued(client, 4)
    hazards = [await read(client, one, by="owner") for one in known["hazards"]]
    answers = await asyncio.gather(
        *(send_action(client, hazard, Action.HAND_BACK) for hazard in reversed(hazards)),
        act_on_notice(client, known, "record_service"),
        act_on_notice(client, known, "acknowledge"),
    )
    assert {answer.status_code for answer in answers} <= {200, 412}
    for hazard in hazards:
        turn = await turn_of(client, hazard)
        state = (await read(client, hazard))["state"]
        # Handed back first: nothing was served. Served first: the owner's version was stale. Never half of either.
        assert (state, turn["service"] is None) in (("registered", True), ("assigned", False))


async def test_who_acts_says_which_version_they_saw(client: httpx.AsyncClient) -> None:
    known = await issued(client)
    for account, action in (("owner", "acknowledge"), ("desk", "record_service")):
        address = f"/api/v1/notices/{known['id']}/actions/{action}"
        body = notice_action_body(NoticeAction(action))
        answer = await client.post(address, json=body, headers=signed_in(account))
        assert refusal(answer) == (428, "notice.version_required")
    answered(await act_on_notice(client, known, "acknowledge"))
    stale = await act_on_notice(client, known, "record_service")
    assert refusal(stale) == (412, "notice.version_stale")
    assert (stale.json()["version"], stale.headers["ETag"]) == (2, '"2"')


# Who may


def expected(account: str | None, action: NoticeAction) -> tuple[int, str | None]:
    """Status and code that the roles foretell for a notice that went to `owner` in 城区."""
    if account is None:
        return 401, "session.required"
    role, organization = ACCOUNTS[account]
    is_at_home = organization in (CITY, CHENGQU)
    if account != "owner" and not (is_at_home and role in ("approver", "auditor", "desk", "inspector", "reviewer")):
        return 404, "notice.not_found"
    return (200, None) if action in MAY.get(role, set()) else (403, "permission.denied")


async def test_every_person_takes_every_action(client: httpx.AsyncClient) -> None:
    outcomes = {}
    known = await issued(client)
    for account, action in product([*ACCOUNTS, None], NoticeAction):
        told = expected(account, action)
        target = await issued(client) if told[0] == 200 else known
        headers = {"If-Match": f'"{target["version"]}"'} | ({} if account is None else signed_in(account))
        address = f"/api/v1/notices/{target['id']}/actions/{action}"
        answer = await client.post(address, json=notice_action_body(action), headers=headers)
        happened = (200, None) if answer.status_code == 200 else refusal(answer)
        outcomes[account, action] = (happened, told)
        if account is not None and told[0] in (200, 403):
            seen = await read_notice(client, known["id"], by=account)
            assert (action in offered(seen)) == (told[0] == 200), (account, action)
    assert {pair: outcome for pair, outcome in outcomes.items() if outcome[0] != outcome[1]} == {}
    assert await read_notice(client, known["id"]) == known
    assert {told[0] for _, told in outcomes.values()} == {200, 401, 403, 404}


async def test_another_owner_gets_404_and_an_unknown_notice_looks_the_same(client: httpx.AsyncClient) -> None:
    known = await issued(client)
    bodies = []
    for notice_id in (known["id"], str(uuid4())):
        answer = await act_on_notice(client, known | {"id": notice_id}, "acknowledge", by="owner2")
        assert refusal(answer) == (404, "notice.not_found")
        bodies.append(answer.content)
    assert bodies[0] == bodies[1]


async def test_a_person_with_two_roles_still_does_not_read_for_the_owner(
    client: httpx.AsyncClient, context: Context
) -> None:
    """`owner2` gets the desk's role as well: they see the notice, may fix hazards, and are not its owner."""
    known = await issued(client)
    async with context.database.connection() as connection:
        await connection.execute(
            """INSERT INTO memberships (account_id, role, organization_id)
               SELECT a.id, 'desk', o.id FROM accounts a, organizations o
               WHERE a.account = 'owner2' AND o.code = '140302'"""
        )
    answer = await act_on_notice(client, known, "acknowledge", by="owner2")
    assert refusal(answer) == (403, "notice.not_the_owner")


def test_every_action_is_recorded_once_and_named_like_its_event() -> None:
    assert list(RULES) == list(NoticeAction)
    assert {row.event for row in RULES.values()} == {
        "notice.acknowledged",
        "notice.service_recorded",
        "notice.refusal_recorded",
    }


async def test_a_hazard_may_be_assigned_without_a_notice_as_before(client: httpx.AsyncClient, context: Context) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    assigned = answered(await send_action(client, hazard, Action.ASSIGN, body=action_body(Action.ASSIGN)))
    assert assigned["rounds"][-1]["notice_id"] is None
    assert await rows(context, "notices") == 0
