"""Every person against every call: allowed, 401, 403, 404 or 409 as the table says."""

from itertools import product
from uuid import uuid4

import asyncpg
import httpx
import pytest

from schemas.hazards import Action, State
from service.domain.lifecycle import TRANSITIONS, Party
from tests.hazard_factory import action_body, answered, hazard_in, read, refusal, report, send_action, send_report
from tests.people import ACCOUNTS, CHENGQU, CITY, KUANGQU, signed_in

ROLES = {
    "admin": set[str](),
    "approver": {"hazard:read", "hazard:review"},
    "auditor": {"hazard:read"},
    "desk": {"hazard:assign", "hazard:read", "hazard:register", "hazard:reopen", "hazard:report"},
    "editor": {"hazard:read"},
    "inspector": {"hazard:read", "hazard:report"},
    "owner": {"hazard:rectify"},
    "publisher": set[str](),
    "reviewer": {"hazard:read", "hazard:review"},
}
"""What each role may do with hazards, written down a second time on purpose."""

REPORTER, OWNER = "inspector", "owner"
HAS_OWNER = {State.ASSIGNED, State.RECTIFYING, State.PENDING_REVIEW, State.CLOSED}


def permissions_in_chengqu(account: str) -> set[str]:
    role, organization = ACCOUNTS[account]
    return ROLES[role] if organization in (CITY, CHENGQU) else set()


def sees(account: str, state: State) -> bool:
    """Whether a hazard of `inspector` in 城区, given to `owner` once it is assigned, exists for this person."""
    is_owner = account == OWNER and state in HAS_OWNER
    return "hazard:read" in permissions_in_chengqu(account) or is_owner or account == REPORTER


def expected(account: str | None, state: State, action: Action) -> tuple[int, str | None]:
    """Status and code that the table foretells."""
    row = TRANSITIONS[action]
    if account is None:
        return 401, "session.required"
    if not sees(account, state):
        return 404, "hazard.not_found"
    if row.permission not in permissions_in_chengqu(account):
        return 403, "permission.denied"
    if row.party is Party.OWNER and not (account == OWNER and state in HAS_OWNER):
        return 403, "hazard.not_the_owner"
    if state not in row.sources:
        return 409, "hazard.action_not_allowed_now"
    return 200, None


@pytest.mark.parametrize("state", State)
async def test_every_person_takes_every_action_in_every_state(client: httpx.AsyncClient, state: State) -> None:
    untouched = await hazard_in(client, state)
    as_it_was = await read(client, untouched)
    outcomes = {}
    for account, action in product([*ACCOUNTS, None], Action):
        told = expected(account, state, action)
        hazard = await hazard_in(client, state) if told[0] == 200 else untouched
        headers = {"If-Match": f'"{hazard["version"]}"'} | ({} if account is None else signed_in(account))
        answer = await client.post(
            f"/api/v1/hazards/{hazard['id']}/actions/{action}", json=action_body(action), headers=headers
        )
        happened = (200, None) if answer.status_code == 200 else refusal(answer)
        outcomes[account, action] = (happened, told)
    assert {pair: outcome for pair, outcome in outcomes.items() if outcome[0] != outcome[1]} == {}
    assert await read(client, untouched) == as_it_was
    # The walk met what it is about: a table that foretold only refusals would prove nothing.
    assert {told[0] for _, told in outcomes.values()} == {200, 401, 403, 404, 409}


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
