"""What keeps a case from the public until nobody can be recognized, and what brings it there."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import httpx
import pytest

from schemas.cases import CaseAction, CaseState
from schemas.hazards import State
from service.imaging.results import Undecodable
from service.routes import case_examples
from service.settings import Settings
from service.workflows import case_examinations
from service.workflows.context import WorkerContext
from tests import case_factory as factory
from tests import hazard_factory
from tests.case_factory import worker_of
from tests.hazard_factory import Json, answered, refusal
from tests.people import CHENGQU, KUANGQU, organization_id, signed_in
from tests.scripted_examiner import FACE, PHONE, PLATE, SHOP, SIGN, ScriptedExaminer

MALL = {"venue_type": "shopping_center", "place_level": "district"}


async def settle(
    settings: Settings, count: int, *, code: str = CHENGQU, kind: str = "商场", unit: str = "示例商业"
) -> None:
    """Puts units of a kind into the register of an organization."""
    for number in range(count):
        await factory.execute(
            settings,
            "INSERT INTO premises (id, organization_id, name, venue_type, unit) VALUES ($1, $2, $3, $4, $5)",
            uuid4(),
            organization_id(code),
            f"{unit}{code}第{number}处",
            kind,
            f"{unit}{code}第{number}公司",
        )


async def plain_draft(client: httpx.AsyncClient) -> Json:
    return await factory.written_case(client, await hazard_factory.hazard_in(client, State.CLOSED))


def codes(case: Json) -> list[str]:
    return [blocker["code"] for blocker in case["blockers"]]


@pytest.mark.parametrize(
    ("near", "far", "passes"),
    [
        (5, 0, {"venue_type": "shopping_center", "place_level": "district"}),
        (4, 1, {"venue_type": "shopping_center", "place_level": "city"}),
        (4, 0, {"venue_type": "other", "place_level": "city"}),
    ],
)
async def test_a_place_is_told_only_where_five_units_share_it_and_else_one_step_up(
    client: httpx.AsyncClient, settings: Settings, near: int, far: int, passes: Json
) -> None:
    await settle(settings, near)
    await settle(settings, far, code=KUANGQU)
    await settle(settings, 9, kind="医院", unit="示例医疗")
    case = await plain_draft(client)
    case = answered(await factory.send_texts(client, case, factory.CONTENT | MALL))
    answer = await factory.send_action(client, case, CaseAction.SUBMIT)
    if passes == MALL:
        answered(answer)
        return
    assert refusal(answer) == (409, "case.place_singles_out")
    assert codes(case) == ["case.place_singles_out"]
    told = answer.json()
    assert (told["units"], told["needed"]) == (near, 5)
    assert {name: told[name] for name in passes} == passes
    case = answered(await factory.send_texts(client, case, factory.CONTENT | passes))
    assert case["blockers"] == []
    assert case["area"] == "阳泉市"
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    page = (await client.get(case["address"])).text
    assert "阳泉市" in page
    assert "城区" not in page


async def test_units_that_closed_or_are_named_twice_do_not_hide_anybody(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    await settle(settings, 5)
    await factory.execute(settings, "UPDATE premises SET retired_at = now() WHERE name LIKE '%第0处'")
    case = answered(await factory.send_texts(client, await plain_draft(client), factory.CONTENT | MALL))
    assert codes(case) == ["case.place_singles_out"]
    await factory.execute(settings, "UPDATE premises SET retired_at = NULL, unit = '同一公司'")
    assert codes(await factory.read(client, case)) == ["case.place_singles_out"]


@pytest.mark.parametrize(
    ("text", "kind", "said", "instead"),
    [
        ("示例云集商贸的仓库堵住了楼梯。", "unit", "示例云集商贸", "某单位"),
        ("楼梯间堆物，管理人周晓峰在场。", "staff", "周晓峰", "工作人员"),
        ("3号楼2单元楼梯堆物。", "room", "3号楼2单元", "某处"),
        ("6月13日，楼梯堆满纸箱。", "date", "6月13日", "6月"),
        ("当场罚款8000元。", "money", "8000元", "五千元以上一万元以下"),
        ("王经理称次日清理。", "person", "王经理", "有关人员"),
        ("位于幸福路12号。", "address", "幸福路12号", "某路段"),
        ("城区一处商场楼梯堆物。", "district", "城区", "阳泉市"),
        ("面包车晋C12345堵住出口。", "plate", "晋C12345", "某车辆"),
    ],
)
async def test_a_text_that_would_single_somebody_out_is_refused_and_the_suggested_wording_passes(
    client: httpx.AsyncClient, settings: Settings, text: str, kind: str, said: str, instead: str
) -> None:
    await factory.execute(
        settings,
        """INSERT INTO premises (id, organization_id, name, unit, contact)
           VALUES ($1, $2, '云集仓储点', '示例云集商贸有限公司', '周晓峰')""",
        uuid4(),
        organization_id(CHENGQU),
    )
    case = await plain_draft(client)
    content = factory.content(found=text)
    scanned = answered(await client.post(f"/api/v1/cases/{case['id']}/scan", json=content, headers=signed_in("editor")))
    start = text.index(said)
    found = {"field": "chinese.found", "start": start, "end": start + len(said), "kind": kind, "suggestion": instead}
    assert found in scanned["findings"]
    refused = await factory.send_texts(client, case, content)
    assert refusal(refused) == (422, "case.text_exposes")
    assert refused.json()["findings"] == scanned["findings"]
    assert (await factory.read(client, case))["version"] == case["version"], "nothing was stored"
    general = text
    for finding in reversed(scanned["findings"]):
        general = general[: finding["start"]] + finding["suggestion"] + general[finding["end"] :]
    case = answered(await factory.send_texts(client, case, factory.content(found=general)))
    assert case["blockers"] == []


async def test_dates_and_fines_of_the_law_itself_may_be_cited_but_none_of_the_case(client: httpx.AsyncClient) -> None:
    law = "自2026年5月1日起施行；责令改正，处五千元以上五万元以下罚款，对个人处五百元以下罚款"
    case = answered(await factory.send_texts(client, await plain_draft(client), factory.content(legal_basis=law)))
    of_the_case = factory.content(legal_basis="3号楼2单元501，2026年11月10日，罚款3500元")
    answer = await factory.send_texts(client, case, of_the_case)
    assert refusal(answer) == (422, "case.text_exposes")
    assert [finding["kind"] for finding in answer.json()["findings"]] == ["room", "date", "money"]


async def test_nothing_is_published_without_an_assessment_that_says_so(client: httpx.AsyncClient) -> None:
    hazard = await hazard_factory.hazard_in(client, State.CLOSED)
    case = answered(await factory.send_texts(client, answered(await factory.send_draft(client, hazard))))
    assert codes(case) == ["case.assessment_missing"]
    refused = case_examples.ASSESSMENT | {"conclusion": "do_not_publish"}
    case = answered(await factory.send_assessment(client, case, refused))
    assert refusal(await factory.send_action(client, case, CaseAction.SUBMIT)) == (409, "case.assessment_negative")
    assert refusal(await factory.send_assessment(client, case, case_examples.ASSESSMENT | {"risks": "  "}))[0] == 400
    case = answered(await factory.send_assessment(client, case))
    assert case["assessment"]["by"]["account"] == "editor"
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    assert case["assessment"]["assessment"] == case_examples.ASSESSMENT
    history = answered(await client.get(f"/api/v1/cases/{case['id']}/events", headers=signed_in("auditor")))
    assert [line["kind"] for line in history["items"]].count("case.assessed") == 2


async def examined(
    client: httpx.AsyncClient, settings: Settings, worker: WorkerContext
) -> tuple[factory.Photographed, Json]:
    """A written case with one picture that the detectors have looked at."""
    made = await factory.photographed_hazard(client)
    case = await factory.written_case(client, made.hazard)
    case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
    await factory.work_off(settings, worker, "case.examine_picture")
    return made, await factory.read(client, case)


async def masked(client: httpx.AsyncClient, settings: Settings, worker: WorkerContext, case: Json) -> Json:
    case = answered(await factory.send_masks(client, case, 1))
    await factory.work_off(settings, worker, "case.bake_picture")
    await factory.work_off(settings, worker, "case.check_picture")
    return await factory.read(client, case)


async def test_an_editor_is_proposed_what_to_mask_and_safety_signs_stay(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as parts:
        worker = replace(parts, examiner=ScriptedExaminer(in_photos=[FACE, PLATE, SIGN, SHOP, PHONE]))
        _made, case = await examined(client, settings, worker)
    detection = case["pictures"][0]["detection"]
    assert detection["state"] == "done"
    found = {proposal["text"]: proposal for proposal in detection["findings"]}
    assert found[None] == {
        "id": "face-1", "subject": "face", "points": [list(point) for point in FACE.corners], "confidence": 0.97,
        "source": "scripted faces", "reasons": [], "text": None, "suggested": True,
    }  # fmt: skip
    assert [found[text]["suggested"] for text in ("安全出口 EXIT", "老街面馆", "电话 13900000001")] == [
        False,
        True,
        True,
    ]
    assert found["电话 13900000001"]["reasons"] == ["mobile"]
    assert case["pictures"][0]["state"] == "unmasked", "a person decides"


async def test_the_finished_picture_is_looked_at_again_and_what_is_left_blocks_it(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as parts:
        examiner = ScriptedExaminer(in_finished=[FACE, SIGN, SHOP])
        worker = replace(parts, examiner=examiner)
        _made, case = await examined(client, settings, worker)
        case = await masked(client, settings, worker, case)
        face, shop = case["pictures"][0]["gate"]["findings"]
        assert (face["finding"]["id"], face["overrule"]) == ("face-1", None)
        assert (shop["finding"]["text"], shop["finding"]["reasons"]) == ("老街面馆", ["unit"])
        answer = await factory.send_action(client, case, CaseAction.SUBMIT)
        assert refusal(answer) == (409, "case.picture_exposes")
        assert answer.json()["findings"][0]["points"] == [list(point) for point in FACE.corners]
        examiner.in_finished = [SIGN]
        case = await masked(client, settings, worker, case)
    assert case["blockers"] == []
    answered(await factory.send_action(client, case, CaseAction.SUBMIT))


async def test_a_finding_passes_only_for_a_written_reason_that_stays(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as parts:
        worker = replace(parts, examiner=ScriptedExaminer(in_finished=[FACE, PLATE]))
        _made, case = await examined(client, settings, worker)
        case = await masked(client, settings, worker, case)
        address = f"/api/v1/cases/{case['id']}/pictures/1/overrules"
        for reason in ({}, {"reason": None}, {"reason": ""}, {"reason": "  \n"}):
            answer = await client.post(address, json={"finding_id": "face-1"} | reason, headers=factory.seen(case))
            assert refusal(answer) == (400, "request.invalid"), reason
        unknown = await client.post(
            address, json={"finding_id": "face-9", "reason": "卡通"}, headers=factory.seen(case)
        )
        assert refusal(unknown) == (409, "case.finding_unknown")
        reviewer = await client.post(
            address, json={"finding_id": "face-1", "reason": "卡通"}, headers=factory.seen(case, "reviewer")
        )
        assert refusal(reviewer) == (403, "permission.denied")
        body = {"finding_id": "face-1", "reason": "宣传画上的卡通人物。"}
        headers = factory.seen(case)
        case = answered(await client.post(address, json=body, headers=headers))
        assert answered(await client.post(address, json=body, headers=headers)) == case, "the answer was lost"
        assert refusal(await factory.send_action(client, case, CaseAction.SUBMIT)) == (409, "case.picture_exposes")
        body = {"finding_id": "plate-1", "reason": "样品牌，不是车牌。"}
        case = answered(await client.post(address, json=body, headers=factory.seen(case)))
        passed = [item["overrule"] for item in case["pictures"][0]["gate"]["findings"]]
        assert [(item["reason"], item["person"]["account"]) for item in passed] == [
            ("宣传画上的卡通人物。", "editor"),
            ("样品牌，不是车牌。", "editor"),
        ]
        under_review = answered(await factory.send_action(client, case, CaseAction.SUBMIT))
        assert under_review["state"] == "first_review"
        # A picture that is masked anew is looked at anew: what was said of the other does not count.
        case = answered(await factory.send_action(client, under_review, CaseAction.SEND_BACK))
        case = await masked(client, settings, worker, case)
    assert codes(case) == ["case.picture_exposes"]
    history = answered(await client.get(f"/api/v1/cases/{case['id']}/events", headers=signed_in("auditor")))
    overruled = [line for line in history["items"] if line["kind"] == "case.finding_overruled"]
    assert len(overruled) == 2


async def test_nothing_goes_on_while_detectors_are_still_looking(client: httpx.AsyncClient, settings: Settings) -> None:
    async with worker_of(settings) as parts:
        examiner = ScriptedExaminer()
        worker = replace(parts, examiner=examiner)
        made = await factory.photographed_hazard(client)
        case = await factory.written_case(client, made.hazard)
        case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
        case = await masked(client, settings, worker, case)
        answer = await factory.send_action(client, case, CaseAction.SUBMIT)
        assert refusal(answer) == (409, "case.detection_running"), "the photo was not looked at yet"
        examiner.may_go_on = asyncio.Event()
        looking = asyncio.create_task(factory.work_off(settings, worker, "case.examine_picture"))
        async with asyncio.timeout(20):
            while (await factory.read(client, case))["pictures"][0]["detection"]["state"] != "running":  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        case = await factory.read(client, case)
        assert (case["pictures"][0]["detection"]["step"], case["pictures"][0]["detection"]["steps"]) == (1, 2)
        assert refusal(await factory.send_action(client, case, CaseAction.SUBMIT)) == (409, "case.detection_running")
        examiner.may_go_on.set()
        await looking
        answered(await factory.send_action(client, await factory.read(client, case), CaseAction.SUBMIT))


async def test_a_gate_that_cannot_look_keeps_the_picture_back(client: httpx.AsyncClient, settings: Settings) -> None:
    async with worker_of(settings) as parts:
        examiner = ScriptedExaminer()
        worker = replace(parts, examiner=examiner)
        _made, case = await examined(client, settings, worker)
        case = answered(await factory.send_masks(client, case, 1))
        await factory.work_off(settings, worker, "case.bake_picture")
        examiner.outcome = Undecodable(reason="resource_limit", detail="killed")
        with pytest.raises(case_examinations.ExaminationFailed):
            await factory.work_off(settings, worker, "case.check_picture")
        version = (await factory.read(client, case))["pictures"][0]["version"]
        await case_examinations.give_up_checking(worker, UUID(case["id"]), 1, version)
        case = await factory.read(client, case)
        assert refusal(await factory.send_action(client, case, CaseAction.SUBMIT)) == (409, "case.gate_failed")
        examiner.outcome = None
        case = await masked(client, settings, worker, case)
    assert case["blockers"] == []


async def test_where_no_detectors_are_installed_people_mask_and_the_case_says_so(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as worker:
        assert worker.examiner is None
        _made, case = await examined(client, settings, worker)
        assert case["pictures"][0]["detection"]["state"] == "unavailable"
        assert refusal(await factory.send_action(client, case, CaseAction.SUBMIT)) == (409, "case.pictures_not_ready")
        case = await masked(client, settings, worker, case)
    assert case["pictures"][0]["gate"]["state"] == "unavailable"
    answered(await factory.send_action(client, case, CaseAction.SUBMIT))
