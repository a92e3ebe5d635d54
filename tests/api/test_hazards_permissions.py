"""Every person against every call: allowed, 401, 403, 404 or 409 as the table says."""

from itertools import product
from uuid import uuid4

import asyncpg
import httpx
import pytest

from schemas.hazards import Action, State
from tests.handbook import ROLES, foretold, sees
from tests.hazard_factory import (
    ROAD_TO,
    Json,
    action_body,
    answered,
    fitting_body,
    hazard_in,
    read,
    refusal,
    report,
    send_action,
    send_report,
    taken,
)
from tests.people import ACCOUNTS, CHENGQU, CITY, KUANGQU, also_holds, signed_in
from tests.place_factory import connected, open_premises


async def ready_for(client: httpx.AsyncClient, state: State, action: Action) -> Json:
    """A hazard in a state, with what the action needs to have happened before."""
    road = list(ROAD_TO[state])
    if action is Action.DECIDE_EXTENSION:
        road.insert(road.index(Action.ASSIGN) + 1, Action.REQUEST_EXTENSION)
    return await taken(client, road)


@pytest.mark.parametrize("state", State)
async def test_every_person_takes_every_action_in_every_state(client: httpx.AsyncClient, state: State) -> None:
    untouched = await hazard_in(client, state)
    as_it_was = await read(client, untouched)
    outcomes = {}
    for account, action in product([*ACCOUNTS, None], Action):
        told = foretold(account, state, action)
        is_allowed = told[0] == 200
        hazard = await ready_for(client, state, action) if is_allowed else untouched
        body = await fitting_body(client, action) if is_allowed else action_body(action)
        headers = {"If-Match": f'"{hazard["version"]}"'} | ({} if account is None else signed_in(account))
        answer = await client.post(f"/api/v1/hazards/{hazard['id']}/actions/{action}", json=body, headers=headers)
        happened = (200, answer.json()["state"]) if answer.status_code == 200 else refusal(answer)
        outcomes[account, action] = (happened, told)
    assert {pair: outcome for pair, outcome in outcomes.items() if outcome[0] != outcome[1]} == {}
    assert await read(client, untouched) == as_it_was
    # The walk met what it is about: a table that foretold only refusals would prove nothing.
    met = {401, 403, 404, 409} if state in (State.INVALID, State.DUPLICATE) else {200, 401, 403, 404, 409}
    assert {told[0] for _, told in outcomes.values()} == met


@pytest.mark.parametrize("state", State)
async def test_everyone_is_offered_exactly_what_the_handbook_lets_them_do(
    client: httpx.AsyncClient, state: State
) -> None:
    hazard = await hazard_in(client, state)
    for account in ACCOUNTS:
        if not sees(account, state):
            continue
        offered = {item["action"] for item in (await read(client, hazard, by=account))["actions"]}
        # Nobody has asked for more time, so there is nothing to decide.
        wanted = {action for action in Action if foretold(account, state, action)[0] == 200} - {Action.DECIDE_EXTENSION}
        assert offered == wanted, account


async def test_whoever_passed_the_review_of_a_major_hazard_may_not_strike_it_off(client: httpx.AsyncClient) -> None:
    hazard = await taken(client, [Action.REGISTER, Action.GRADE, Action.ASSIGN, Action.SUBMIT])
    hazard = answered(await send_action(client, hazard, Action.PASS, by="approver"))
    assert hazard["state"] == "pending_close"
    for action in (Action.APPROVE_CLOSE, Action.REFUSE_CLOSE):
        answer = await send_action(client, hazard, action, by="approver")
        assert refusal(answer) == (403, "hazard.reviewer_may_not_approve")
    assert not {"approve_close", "refuse_close"} & {
        item["action"] for item in (await read(client, hazard, by="approver"))["actions"]
    }
    hazard = answered(await send_action(client, hazard, Action.APPROVE_CLOSE, by="approver2"))
    assert (hazard["state"], hazard["rounds"][0]["attempts"][0]["close_outcome"]) == ("closed", "approved")


@pytest.mark.parametrize("fixer", ["owner", "inspector"])
async def test_whoever_has_fixed_or_filed_may_neither_review_nor_strike_off(
    client: httpx.AsyncClient, database_url: str, fixer: str
) -> None:
    filing = Action.SUBMIT if fixer == "owner" else Action.FILE_FIX
    await also_holds(database_url, fixer, "approver", CITY)
    hazard = await taken(client, [Action.REGISTER, Action.GRADE, Action.ASSIGN])
    hazard = answered(await send_action(client, hazard, filing, by=fixer))
    for action in (Action.PASS, Action.FAIL):
        answer = await send_action(client, hazard, action, by=fixer)
        assert refusal(answer) == (403, "hazard.fixer_may_not_review")
    hazard = answered(await send_action(client, hazard, Action.PASS))
    for action in (Action.APPROVE_CLOSE, Action.REFUSE_CLOSE):
        answer = await send_action(client, hazard, action, by=fixer)
        assert refusal(answer) == (403, "hazard.fixer_may_not_review")
    assert answered(await send_action(client, hazard, Action.APPROVE_CLOSE))["state"] == "closed"


async def test_the_second_inspector_found_it_too_and_may_fix_it_on_the_spot(client: httpx.AsyncClient) -> None:
    hazard = answered(await send_report(client, report(second_inspector="desk")))
    assert answered(await send_action(client, hazard, Action.FIX_ON_THE_SPOT, by="desk"))["state"] == "closed"


async def test_who_found_it_in_another_district_sees_it_and_fixes_it_but_has_no_other_rights_there(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        premises = await open_premises(connection, CHENGQU)
    hazard = answered(await send_report(client, report(premises_id=str(premises.id)), by="inspector2"))
    assert hazard["organization"]["code"] == CHENGQU
    assert [item["action"] for item in hazard["actions"]] == ["fix_on_the_spot"]
    for action in set(Action) - {Action.FIX_ON_THE_SPOT}:
        answer = await send_action(client, hazard, action, by="inspector2")
        assert refusal(answer) == (403, "permission.denied"), action
    # The finder of another hazard found something else.
    assert refusal(await send_action(client, hazard, Action.FIX_ON_THE_SPOT)) == (403, "hazard.not_the_finder")
    assert answered(await send_action(client, hazard, Action.FIX_ON_THE_SPOT, by="inspector2"))["state"] == "closed"


@pytest.mark.parametrize("state", State)
async def test_every_person_reads_what_they_may_see(client: httpx.AsyncClient, state: State) -> None:
    hazard = await hazard_in(client, state)
    for account in ACCOUNTS:
        for address in (f"/api/v1/hazards/{hazard['id']}", f"/api/v1/hazards/{hazard['id']}/events"):
            answer = await client.get(address, headers=signed_in(account))
            if sees(account, state):
                assert answer.status_code == 200, account
            else:
                assert refusal(answer) == (404, "hazard.not_found"), account
        listed = answered(await client.get("/api/v1/hazards", headers=signed_in(account)))
        assert bool(listed["items"]) == sees(account, state), account


async def test_every_person_reports(client: httpx.AsyncClient) -> None:
    for account, (role, organization) in ACCOUNTS.items():
        at_home = await send_report(client, by=account)
        if "hazard:report" in ROLES[role]:
            assert answered(at_home)["organization"]["code"] == organization
        else:
            assert refusal(at_home) == (403, "permission.denied"), account
        elsewhere = CHENGQU if organization == KUANGQU else KUANGQU
        away = await send_report(client, report(organization=elsewhere), by=account)
        assert refusal(away) == (403, "permission.denied"), account


async def test_nobody_gets_nothing(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    for method, address, body in (
        ("PUT", f"/api/v1/hazards/{uuid4()}", report()),
        ("GET", "/api/v1/hazards", None),
        ("GET", f"/api/v1/hazards/{hazard['id']}", None),
        ("GET", f"/api/v1/hazards/{hazard['id']}/events", None),
        ("GET", "/api/v1/categories", None),
    ):
        for headers in ({}, {"Authorization": "Bearer of-nobody"}, {"Authorization": "Basic aW5zcGVjdG9yOng="}):
            answer = await client.request(method, address, json=body, headers=headers)
            assert refusal(answer) == (401, "session.required")
            assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_hazard_that_never_was_looks_like_one_that_may_not_be_seen(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    bodies = []
    for hazard_id in (hazard["id"], str(uuid4())):
        answer = await send_action(client, hazard | {"id": hazard_id}, Action.REGISTER, by="desk2")
        assert refusal(answer) == (404, "hazard.not_found")
        bodies.append(answer.content)
        read_answer = await client.get(f"/api/v1/hazards/{hazard_id}", headers=signed_in("desk2"))
        bodies.append(read_answer.content)
    assert len(set(bodies)) == 1


async def test_another_owner_takes_over_and_the_first_is_out(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    hazard = answered(await send_action(client, hazard, Action.HAND_BACK))
    body = action_body(Action.ASSIGN, owner="owner2")
    hazard = answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    assert refusal(await send_action(client, hazard, Action.ACCEPT, by="owner")) == (404, "hazard.not_found")
    assert answered(await send_action(client, hazard, Action.ACCEPT, by="owner2"))["owner"]["account"] == "owner2"


async def test_a_disabled_owner_gets_no_new_work(client: httpx.AsyncClient, database_url: str) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE accounts SET disabled_at = now() WHERE account = 'owner'")
    await connection.close()
    assert refusal(await send_action(client, hazard, Action.ASSIGN)) == (422, "hazard.owner_unsuitable")
