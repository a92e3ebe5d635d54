"""Fifty people act on the same hazards at once, over real connections: nothing is lost and nobody waits for ever."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from itertools import cycle, islice
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from schemas.hazards import Action, State
from service.database import prepare_connection
from service.domain.hazards import HazardEvent
from service.domain.lifecycle import replay
from service.repositories import hazards
from tests.handbook import LOOP, lived
from tests.hazard_factory import Json, action_body, answered, hazard_in, photo, read, refusal, send_action
from tests.people import CHENGQU, CITY, account_id, crowd, signed_in
from tests.servers import Server

ROLES = ("desk", "owner", "reviewer", "approver", "inspector")
PEOPLE = {f"{role}-{number}": (role, CITY if role == "approver" else CHENGQU) for role in ROLES for number in range(10)}
OWNERS = [account for account, (role, _) in PEOPLE.items() if role == "owner"]
DESKS = [account for account, (role, _) in PEOPLE.items() if role == "desk"]
IDLE_SECONDS = 2
LATE = {(404, "hazard.not_found"), (412, "hazard.version_stale")}
"""What somebody hears who was slower than another: the hazard has changed, or is no longer theirs."""


@pytest.fixture
async def town(running_server: Server, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, with a connection for each of fifty people who are signed in."""
    await crowd(database_url, PEOPLE)
    # The service closes what was idle for five seconds; a client that waits as long may write into a closed connection.
    limits = httpx.Limits(
        max_connections=len(PEOPLE), max_keepalive_connections=len(PEOPLE), keepalive_expiry=IDLE_SECONDS
    )
    async with httpx.AsyncClient(base_url=running_server.url, timeout=120, limits=limits) as client:
        yield client


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    await prepare_connection(connection)
    yield connection
    await connection.close()


async def record(connection: Any, hazard_id: str) -> list[HazardEvent]:
    """Everything that happened to a hazard: it is a possible life, and the row is what it tells."""
    rows = await connection.fetch(
        "SELECT kind, at, actor_id, body, demo FROM events WHERE subject = 'hazard' AND subject_id = $1 ORDER BY id",
        UUID(hazard_id),
    )
    history = [HazardEvent(**row) for row in rows]
    hazard = await hazards.by_id(connection, UUID(hazard_id))
    assert hazard is not None
    assert replay(hazard.id, history) == hazard
    assert hazard.version == len(history)
    assert hazard.state == lived((event.kind, event.body.get("level")) for event in history)
    return history


def wish(chance: random.Random, hazard: Json) -> Json | None:
    """An action that the person is offered, with a body that mostly fits; None when there is nothing for them to do."""
    ends = {"invalidate", "merge", "transfer", "fix_on_the_spot"}
    offered = [item["action"] for item in hazard["actions"] if item["action"] not in ends]
    if not offered:
        return None
    action = chance.choice(offered)
    body = action_body(Action(action))
    if action == "assign":
        body["owner"] = chance.choice(OWNERS)
    if action == "file_fix":
        body["photos"] = [photo()]
    return {"action": action, "body": body}


async def test_fifty_people_act_on_one_hazard_and_every_change_is_one_of_a_legal_sequence(
    town: httpx.AsyncClient, connection: Any
) -> None:
    hazard = await hazard_in(town, State.REGISTERED)
    accepted: list[tuple[str, str, int]] = []
    answers: Counter[tuple[int, str]] = Counter()

    async def person(account: str) -> None:
        chance = random.Random(account)
        for _ in range(12):
            seen = await town.get(f"/api/v1/hazards/{hazard['id']}", headers=signed_in(account))
            if seen.status_code != 200:
                answers[refusal(seen)] += 1
                continue
            wanted = wish(chance, seen.json())
            if wanted is None:
                continue
            answer = await send_action(town, seen.json(), wanted["action"], by=account, body=wanted["body"])
            if answer.status_code == 200:
                accepted.append((wanted["body"]["action_id"], account, answer.json()["version"]))
                answers[200, wanted["action"]] += 1
            else:
                answers[refusal(answer)] += 1

    await asyncio.gather(*(person(account) for account in PEOPLE))
    # Offered, but slower than somebody else, or a body that does not fit where the first one did.
    refusals = {pair for pair in answers if pair[0] != 200}
    assert refusals <= LATE | {
        (409, "hazard.arrangements_missing"),
        (409, "hazard.photos_not_arrived"),
        (409, "hazard.review_on_site_required"),
        (409, "hazard.service_recorded"),
        (422, "hazard.extension_not_later"),
    }, answers
    assert answers[412, "hazard.version_stale"] > 0
    assert len(accepted) > 20

    history = await record(connection, hazard["id"])
    # What was answered with 200 is on record once, under the version that was answered; nothing else is.
    written = [(event.body["action_id"], version) for version, event in enumerate(history[2:], start=3)]
    assert sorted(written) == sorted((action_id, version) for action_id, _, version in accepted)
    actors = {event.body.get("action_id"): event.actor_id for event in history}
    assert all(actors[action_id] == account_id(account) for action_id, account, _ in accepted)


async def test_of_fifty_who_take_the_same_step_at_once_one_takes_it(town: httpx.AsyncClient, connection: Any) -> None:
    for state, action, role in (
        (State.REPORTED, Action.REGISTER, "desk"),
        (State.PENDING_REVIEW, Action.PASS, "reviewer"),
        (State.PENDING_CLOSE, Action.APPROVE_CLOSE, "approver"),
        (State.CLOSED, Action.REOPEN, "desk"),
    ):
        hazard = await hazard_in(town, state)
        people = islice(cycle(account for account in PEOPLE if account.startswith(role)), 50)
        answers = await asyncio.gather(*(send_action(town, hazard, action, by=account) for account in people))
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 49
        assert (await record(connection, hazard["id"]))[-1].kind == LOOP[action].event


async def test_two_desks_who_merge_two_reports_into_each_other_leave_one_open(
    town: httpx.AsyncClient, connection: Any
) -> None:
    for _ in range(25):
        pair = [await hazard_in(town, State.REGISTERED) for _ in range(2)]
        answers = await asyncio.gather(
            *(
                send_action(town, one, Action.MERGE, by=desk, body=action_body(Action.MERGE, original_id=other["id"]))
                for one, other, desk in ((pair[0], pair[1], DESKS[0]), (pair[1], pair[0], DESKS[1]))
            )
        )
        told = sorted((answer.status_code, answer.json().get("code")) for answer in answers)
        assert told == [(200, None), (409, "hazard.original_not_open")]
        assert sorted([(await read(town, hazard))["state"] for hazard in pair]) == ["duplicate", "registered"]
        for hazard in pair:
            await record(connection, hazard["id"])


async def test_fifty_merge_many_reports_into_one_another_while_one_is_being_worked_on(
    town: httpx.AsyncClient, connection: Any
) -> None:
    original = await hazard_in(town, State.ASSIGNED)
    reports = [await hazard_in(town, State.REPORTED) for _ in range(30)]
    answers: Counter[tuple[int, str]] = Counter()

    async def merge(number: int, desk: str) -> None:
        chance = random.Random(number)
        for _ in range(6):
            hazard = chance.choice(reports)
            target = chance.choice([original, *reports])
            body = action_body(Action.MERGE, original_id=target["id"])
            answer = await send_action(town, hazard, Action.MERGE, by=desk, body=body)
            answers[(200, "merged") if answer.status_code == 200 else refusal(answer)] += 1

    async def work(account: str, action: Action) -> None:
        for _ in range(6):
            hazard = await read(town, original, by=account)
            answer = await send_action(town, hazard, action, by=account)
            answers[(200, action.value) if answer.status_code == 200 else refusal(answer)] += 1

    await asyncio.gather(
        *(merge(number, desk) for number, desk in enumerate(islice(cycle(DESKS), 45))),
        *(work(account, Action.URGE) for account in ("reviewer-1", "inspector-1", "approver-1")),
        *(work(account, Action.RECORD_SERVICE) for account in ("desk-8", "inspector-2")),
    )
    refusals = {pair for pair in answers if pair[0] != 200}
    assert refusals <= {
        (409, "hazard.original_not_open"),
        (409, "hazard.service_recorded"),
        (412, "hazard.version_stale"),
        (422, "hazard.original_not_found"),
    }, answers
    assert answers[200, "merged"] > 10
    assert answers[200, "urge"] > 0
    states: Counter[str] = Counter()
    for hazard in (original, *reports):
        history = await record(connection, hazard["id"])
        states[lived((event.kind, event.body.get("level")) for event in history)] += 1
    assert states["duplicate"] == answers[200, "merged"]
    ends = await where_reports_ended(connection)

    # Whoever reads the original sees every report of it, by way of others as well.
    merged = [hazard for hazard in reports if ends[UUID(hazard["id"])] == UUID(original["id"])]
    shown = answered(await town.get(f"/api/v1/hazards/{original['id']}", headers=signed_in("desk")))["duplicates"]
    assert {item["id"] for item in shown} == {hazard["id"] for hazard in merged}
    assert {image["id"] for item in shown for image in item["photos"]} == {
        image["id"] for hazard in merged for image in hazard["photos"]
    }


async def where_reports_ended(connection: Any) -> dict[UUID, UUID]:
    """For each hazard the one in which it lives on; AssertionError when some were merged in a circle."""
    rows = {row["id"]: row["original_id"] for row in await connection.fetch("SELECT id, original_id FROM hazards")}
    ends = {}
    for hazard_id in rows:
        end, steps = hazard_id, 0
        while rows[end] is not None:
            end, steps = rows[end], steps + 1
            assert steps < len(rows), "reports were merged in a circle"
        ends[hazard_id] = end
    return ends
