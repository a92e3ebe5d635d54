"""What a case does not allow, told by a stable code, and what a repeat of a request gets."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from schemas.cases import CaseAction, CaseState
from schemas.hazards import Action, State
from service.domain.publication import find_transition
from service.routes import case_examples
from service.settings import Settings
from tests import case_factory as factory
from tests import hazard_factory
from tests.case_factory import worker_of
from tests.hazard_factory import answered, refusal
from tests.people import signed_in


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
async def test_only_a_closed_hazard_becomes_a_case(client: httpx.AsyncClient, state: State) -> None:
    hazard = await hazard_factory.hazard_in(client, state)
    assert refusal(await factory.send_draft(client, hazard)) == (409, "case.hazard_not_closed")


ONWARD = [
    (CaseState.DRAFT, CaseAction.SUBMIT),
    (CaseState.FIRST_REVIEW, CaseAction.APPROVE),
    (CaseState.SECOND_REVIEW, CaseAction.APPROVE),
    (CaseState.APPROVED, CaseAction.PUBLISH),
]


@pytest.mark.parametrize(("state", "action"), ONWARD)
async def test_a_case_goes_no_further_while_its_hazard_is_open_again(
    client: httpx.AsyncClient, state: CaseState, action: CaseAction
) -> None:
    case = await factory.case_in(client, state)
    hazard = await hazard_factory.read(client, {"id": case["hazard_id"]})
    answered(await hazard_factory.send_action(client, hazard, Action.REOPEN))
    answer = await factory.send_action(client, case, action)
    assert refusal(answer) == (409, "case.hazard_not_closed")
    assert (await factory.read(client, case))["state"] == state
    if state is not CaseState.DRAFT:
        answered(await factory.send_action(client, case, CaseAction.SEND_BACK))


async def test_a_case_is_not_published_beside_a_reopening_that_is_under_way(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await factory.case_in(client, CaseState.APPROVED)
    connection = await asyncpg.connect(settings.database_url)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "UPDATE hazards SET state = 'pending_review', closed_at = NULL, version = version + 1 WHERE id = $1",
            UUID(case["hazard_id"]),
        )
        publishing = asyncio.create_task(factory.send_action(client, case, CaseAction.PUBLISH))
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        while not await factory.fetch_value(settings, waiting):
            assert not publishing.done(), "published beside a reopening that was under way"
        await transaction.commit()
    finally:
        await connection.close()
    assert refusal(await publishing) == (409, "case.hazard_not_closed")


async def test_an_unknown_hazard_becomes_no_case(client: httpx.AsyncClient) -> None:
    assert refusal(await factory.send_draft(client, {"id": str(uuid4())})) == (404, "hazard.not_found")


@pytest.mark.parametrize("state", CaseState)
async def test_every_action_outside_the_table_is_refused_in_every_state(
    client: httpx.AsyncClient, state: CaseState
) -> None:
    case = await factory.case_in(client, state)
    people = {CaseAction.SUBMIT: "editor", CaseAction.APPROVE: "approver", CaseAction.AMEND: "editor"}
    for action in CaseAction:
        if find_transition(action, state) is None:
            answer = await factory.send_action(client, case, action, by=people.get(action, "publisher"))
            assert refusal(answer) == (409, "case.action_not_allowed_now"), action
            assert answer.json()["state"] == state
    assert (await factory.read(client, case))["version"] == case["version"]


@pytest.mark.parametrize("state", CaseState)
async def test_a_case_offers_each_person_what_the_table_allows_them(
    client: httpx.AsyncClient, state: CaseState
) -> None:
    case = await factory.case_in(client, state)
    for who in ("editor", "reviewer", "approver", "publisher", "auditor"):
        offered = {offer["action"] for offer in (await factory.read(client, case, by=who))["actions"]}
        allowed = {action.value for action in CaseAction if factory.RIGHT_PERSON.get((action, state)) == who} | (
            {"approve", "send_back"} if (who, state) == ("approver", CaseState.FIRST_REVIEW) else set()
        )
        allowed |= {"send_back"} if (who, state) == ("reviewer", CaseState.SECOND_REVIEW) else set()
        assert offered == allowed, who


async def test_nobody_reviews_twice(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.SECOND_REVIEW)
    answer = await factory.send_action(client, case, CaseAction.APPROVE, by="reviewer")
    assert refusal(answer) == (403, "case.separation_of_duties")
    answered(await factory.send_action(client, case, CaseAction.APPROVE, by="approver"))


async def test_nobody_reviews_what_they_wrote(client: httpx.AsyncClient, settings: Settings) -> None:
    await factory.give_role(settings, "approver", "editor")
    case = await factory.case_in(client, CaseState.DRAFT)
    case = answered(await factory.send_texts(client, case, by="approver"))
    case = answered(await factory.send_action(client, case, CaseAction.SUBMIT))
    answer = await factory.send_action(client, case, CaseAction.APPROVE, by="approver")
    assert refusal(answer) == (403, "case.separation_of_duties")
    case = answered(await factory.send_action(client, case, CaseAction.APPROVE, by="reviewer"))
    answer = await factory.send_action(client, case, CaseAction.APPROVE, by="approver")
    assert refusal(answer) == (403, "case.separation_of_duties")


async def test_the_drafter_does_not_review_with_another_role(client: httpx.AsyncClient, settings: Settings) -> None:
    await factory.give_role(settings, "editor", "approver")
    case = await factory.case_in(client, CaseState.FIRST_REVIEW)
    answer = await factory.send_action(client, case, CaseAction.APPROVE, by="editor")
    assert refusal(answer) == (403, "case.separation_of_duties")


@pytest.mark.parametrize("state", [state for state in CaseState if state is not CaseState.DRAFT])
async def test_text_and_pictures_change_in_a_draft_only(client: httpx.AsyncClient, state: CaseState) -> None:
    case = await factory.case_in(client, state)
    photo = {"id": str(uuid4())}
    for answer in (
        await factory.send_texts(client, case),
        await factory.send_picture(client, case, 1, photo, "before"),
        await factory.send_masks(client, case, 1),
        await client.delete(f"/api/v1/cases/{case['id']}/pictures/1", headers=factory.seen(case)),
    ):
        assert refusal(answer) == (409, "case.not_a_draft")


async def test_an_incomplete_case_is_not_reviewed(client: httpx.AsyncClient) -> None:
    hazard = await hazard_factory.hazard_in(client, State.CLOSED)
    case = answered(await factory.send_draft(client, hazard))
    answer = await factory.send_action(client, case, CaseAction.SUBMIT)
    assert refusal(answer) == (422, "case.incomplete")
    assert answer.json()["missing"] == ["venue_type", "chinese.found", "chinese.handled", "chinese.lesson"]
    half = factory.content() | {"english": {"title": "A stair cleared"}}
    case = answered(await factory.send_texts(client, case, half))
    answer = await factory.send_action(client, case, CaseAction.SUBMIT)
    assert answer.json()["missing"] == [f"english.{name}" for name in ("found", "handled", "legal_basis", "lesson")]
    case = answered(await factory.send_texts(client, case, factory.content() | {"english": None}))
    assert refusal(await factory.send_action(client, case, CaseAction.SUBMIT)) == (409, "case.assessment_missing")
    case = answered(await factory.send_assessment(client, case))
    answered(await factory.send_action(client, case, CaseAction.SUBMIT))


async def test_a_text_that_exposes_somebody_is_refused_with_the_place(client: httpx.AsyncClient) -> None:
    hazard = await hazard_factory.hazard_in(client, State.CLOSED)
    case = answered(await factory.send_draft(client, hazard))
    body = factory.content(found=f"隐患{hazard['number']}，联系人电话１３９-0000 0001。", lesson="见 113.5804, 37.8573")
    answer = await factory.send_texts(client, case, body)
    assert refusal(answer) == (422, "case.text_exposes")
    number_end = 2 + len(hazard["number"])
    assert answer.json()["findings"] == [
        {"field": "chinese.found", "start": 2, "end": number_end, "kind": "hazard_number", "suggestion": ""},
        {"field": "chinese.found", "start": number_end + 6, "end": number_end + 19, "kind": "mobile", "suggestion": ""},
        {"field": "chinese.lesson", "start": 2, "end": 19, "kind": "coordinates", "suggestion": ""},
    ]
    assert "139" not in answer.text
    assert (await factory.read(client, case))["version"] == case["version"]


async def test_the_text_is_held_to_the_rules_of_the_day_it_is_published(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await factory.case_in(client, CaseState.APPROVED)
    await factory.execute(settings, "UPDATE case_texts SET lesson = '请拨打13900000001' WHERE case_id = $1", case["id"])
    assert refusal(await factory.send_action(client, case, CaseAction.PUBLISH)) == (422, "case.text_exposes")


async def test_a_picture_is_one_of_the_hazards_own_photos_in_its_role(client: httpx.AsyncClient) -> None:
    made = await factory.photographed_hazard(client)
    elsewhere = await factory.photographed_hazard(client, seed=1)
    missing = await hazard_factory.hazard_in(client, State.CLOSED)
    case = answered(await factory.send_draft(client, made.hazard))
    for photo, role in (
        (elsewhere.before, "before"),
        (made.before, "after"),
        ({"id": str(uuid4())}, "before"),
    ):
        answer = await factory.send_picture(client, case, 1, photo, role)
        assert refusal(answer) == (422, "case.photo_not_of_hazard")
    unarrived = answered(await factory.send_draft(client, missing))
    answer = await factory.send_picture(client, unarrived, 1, missing["photos"][0], "before")
    assert refusal(answer) == (422, "case.photo_not_of_hazard")


@pytest.mark.parametrize("number", [0, 7, 100000])
async def test_a_case_has_at_most_six_pictures(client: httpx.AsyncClient, number: int) -> None:
    made = await factory.photographed_hazard(client)
    case = answered(await factory.send_draft(client, made.hazard))
    answer = await factory.send_picture(client, case, number, made.before, "before")
    assert refusal(answer) == (404, "case.picture_not_found")


async def test_a_picture_waits_for_somebody_to_look_at_it(client: httpx.AsyncClient, settings: Settings) -> None:
    made = await factory.photographed_hazard(client)
    case = await factory.written_case(client, made.hazard)
    case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
    assert case["pictures"][0]["state"] == "unmasked"
    async with worker_of(settings) as worker:
        assert await factory.work_off(settings, worker, "case.bake_picture") == []
    preview = await client.get(f"/api/v1/cases/{case['id']}/pictures/1/preview", headers=signed_in("editor"))
    assert refusal(preview) == (409, "case.picture_not_ready")
    assert refusal(await factory.send_action(client, case, CaseAction.SUBMIT)) == (409, "case.pictures_not_ready")
    removed = await client.delete(f"/api/v1/cases/{case['id']}/pictures/1", headers=factory.seen(case))
    answered(await factory.send_action(client, answered(removed), CaseAction.SUBMIT))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"masks": []}, "case.masks_undecided"),
        (
            {"masks": [{"kind": "rectangle", "points": [[0.1, 0.1], [0.2, 0.2]]}], "none_needed": True},
            "case.masks_undecided",
        ),
        ({"masks": [{"kind": "rectangle", "points": [[0.1, 0.1], [0.1, 0.5]]}]}, "case.mask_invalid"),
        ({"masks": [{"kind": "rectangle", "points": [[0.1, 0.1], [0.2, 0.2], [0.3, 0.1]]}]}, "case.mask_invalid"),
        ({"masks": [{"kind": "polygon", "points": [[0.1, 0.1], [0.2, 0.2], [0.1, 0.1]]}]}, "case.mask_invalid"),
        ({"masks": [{"kind": "polygon", "points": [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]}]}, "case.mask_invalid"),
        (
            {"masks": [{"kind": "polygon", "points": [[0.1, 0.1], [0.4, 0.2], [0.7, 0.3], [0.97, 0.39]]}]},
            "case.mask_invalid",
        ),
        (
            {"masks": [{"kind": "rectangle", "points": [[0.1, 0.1], [0.2, 0.2]], "proposal": "face-9"}]},
            "case.finding_unknown",
        ),
        ({"masks": [{"kind": "rectangle", "points": [[-0.1, 0.1], [0.2, 0.2]]}]}, "request.invalid"),
        ({"masks": [{"kind": "circle", "points": [[0.1, 0.1], [0.2, 0.2]]}]}, "request.invalid"),
        ({"masks": [{"kind": "rectangle", "points": [[0.1, 0.1]]}]}, "request.invalid"),
    ],
)
async def test_a_mask_that_hides_nothing_is_refused(client: httpx.AsyncClient, body: object, code: str) -> None:
    made = await factory.photographed_hazard(client)
    case = answered(await factory.send_draft(client, made.hazard))
    case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
    answer = await client.put(f"/api/v1/cases/{case['id']}/pictures/1/masks", json=body, headers=factory.seen(case))
    assert answer.json()["code"] == code


async def test_masks_need_a_picture(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    assert refusal(await factory.send_masks(client, case, 1)) == (404, "case.picture_not_found")


@pytest.mark.parametrize("action", [CaseAction.SEND_BACK, CaseAction.RETRACT])
async def test_sending_back_and_retracting_need_a_reason(client: httpx.AsyncClient, action: CaseAction) -> None:
    state = CaseState.FIRST_REVIEW if action is CaseAction.SEND_BACK else CaseState.PUBLISHED
    case = await factory.case_in(client, state)
    answer = await factory.send_action(client, case, action, body={"action_id": str(uuid4())})
    assert refusal(answer) == (422, "case.reason_required")


@pytest.mark.parametrize("reason", [".", "。。。", "\u200b\u200b", "\u3164", "\u2800 \u2060"])
async def test_a_reason_says_something(client: httpx.AsyncClient, reason: str) -> None:
    case = await factory.case_in(client, CaseState.PUBLISHED)
    body = {"action_id": str(uuid4()), "reason": reason}
    answer = await factory.send_action(client, case, CaseAction.SUSPEND, body=body)
    assert refusal(answer) == (422, "case.reason_required")
    draft = await factory.case_in(client, CaseState.DRAFT)
    overrule = {"finding_id": "face-1", "reason": reason}
    address = f"/api/v1/cases/{draft['id']}/pictures/1/overrules"
    answer = await client.post(address, json=overrule, headers=factory.seen(draft))
    assert refusal(answer) == (422, "case.reason_required")
    answer = await factory.send_assessment(client, draft, case_examples.ASSESSMENT | {"risks": reason})
    assert refusal(answer) == (422, "case.assessment_incomplete")
    draft = answered(await factory.send_texts(client, draft, factory.content(lesson=reason)))
    answer = await factory.send_action(client, draft, CaseAction.SUBMIT)
    assert refusal(answer) == (422, "case.incomplete")


async def test_changes_and_actions_name_the_version_they_mean(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    address = f"/api/v1/cases/{case['id']}"
    picture = f"{address}/pictures/1"
    calls = [
        ("PUT", address, factory.content()),
        ("PUT", f"{address}/assessment", case_examples.ASSESSMENT),
        ("PUT", picture, {"photo_id": str(uuid4()), "role": "before"}),
        ("PUT", f"{picture}/masks", case_examples.MASKS),
        ("POST", f"{picture}/overrules", case_examples.OVERRULE),
        ("DELETE", picture, None),
        ("POST", f"{address}/actions/submit", {"action_id": str(uuid4())}),
    ]
    for method, target, body in calls:
        for headers, expected in (
            ({}, (428, "case.version_required")),
            ({"If-Match": "*"}, (428, "case.version_required")),
            ({"If-Match": '"1"'}, (412, "case.version_stale")),
            ({"If-Match": f'W/"{case["version"]}"'}, (412, "case.version_stale")),
        ):
            answer = await client.request(method, target, json=body, headers=signed_in("editor") | headers)
            assert refusal(answer) == expected
            assert answer.headers["etag"] == f'"{case["version"]}"'


async def test_a_lost_answer_to_a_change_is_given_again(client: httpx.AsyncClient) -> None:
    made = await factory.photographed_hazard(client)
    case = answered(await factory.send_draft(client, made.hazard))
    address = f"/api/v1/cases/{case['id']}"
    choice = {"photo_id": made.before["id"], "role": "before"}
    for method, target, body in [
        ("PUT", address, factory.content()),
        ("PUT", f"{address}/assessment", case_examples.ASSESSMENT),
        ("PUT", f"{address}/pictures/1", choice),
        ("PUT", f"{address}/pictures/1/masks", case_examples.MASKS),
        ("DELETE", f"{address}/pictures/1", None),
    ]:
        headers = factory.seen(case)
        changed = answered(await client.request(method, target, json=body, headers=headers))
        assert changed["version"] == case["version"] + 1
        again = answered(await client.request(method, target, json=body, headers=headers))
        assert again == changed
        late = {**headers, "If-Match": '"99"'}
        assert refusal(await client.request(method, target, json=body, headers=late)) == (412, "case.version_stale")
        case = changed


async def test_a_lost_answer_to_an_action_is_replayed(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.APPROVED)
    body = factory.action_body(CaseAction.PUBLISH)
    first = await factory.send_action(client, case, CaseAction.PUBLISH, body=body)
    answered(await factory.send_action(client, first.json(), CaseAction.RETRACT))
    again = await factory.send_action(client, case, CaseAction.PUBLISH, body=body)
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = await factory.send_action(client, case, CaseAction.RETRACT, body=body | {"reason": "…"}, by="publisher")
    assert refusal(other) == (409, "action.content_differs")
    thief = await factory.send_action(client, case, CaseAction.PUBLISH, body=body, by="editor")
    assert refusal(thief) == (409, "action.content_differs")


async def test_of_two_reviewers_at_once_one_is_told_that_the_case_has_moved(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.FIRST_REVIEW)
    answers = await asyncio.gather(
        *(factory.send_action(client, case, CaseAction.APPROVE, by=who) for who in ("reviewer", "approver"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_drafting_at_once_makes_one_case(client: httpx.AsyncClient) -> None:
    hazard = await hazard_factory.hazard_in(client, State.CLOSED)
    answers = await asyncio.gather(*(factory.send_draft(client, hazard) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_the_list_goes_page_by_page_and_refuses_a_cursor_of_its_own_making(client: httpx.AsyncClient) -> None:
    made = [await factory.case_in(client, CaseState.DRAFT) for _ in range(3)]
    seen, cursor = [], None
    while True:
        page = answered(
            await client.get(
                "/api/v1/cases",
                params={"limit": 2, "state": "draft", **({"cursor": cursor} if cursor else {})},
                headers=signed_in("auditor"),
            )
        )
        seen += [item["id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == [case["id"] for case in reversed(made)]
    answer = await client.get("/api/v1/cases", params={"cursor": "x"}, headers=signed_in("auditor"))
    assert refusal(answer) == (400, "page.cursor_invalid")


@pytest.mark.parametrize(("language", "message"), [("zh-CN", "没有 farbe 这个字段"), ("en", "there is no field farbe")])
async def test_what_does_not_fit_is_told_in_the_readers_language(
    client: httpx.AsyncClient, language: str, message: str
) -> None:
    headers = signed_in("editor") | {"Accept-Language": language}
    answer = await client.post("/api/v1/cases", json={"hazard_id": str(uuid4()), "farbe": 1}, headers=headers)
    assert refusal(answer) == (400, "request.invalid")
    assert answer.json()["errors"] == [{"message": message, "source": "body"}]
