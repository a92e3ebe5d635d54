"""One day of the sweep, from the first visit to the figures at five, with everybody who has a part in it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from schemas.hazards import Action
from service.routes import dependencies
from tests.api.photo_client import picture, send_photo
from tests.hazard_factory import Json, action_body, answered, photo, refusal, report, send_action, send_report
from tests.hazard_times import china
from tests.paper_factory import act_on_notice, notice, notice_action_body, paper, pdf, send_notice, send_paper
from tests.people import CHENGQU, signed_in
from tests.place_factory import connected, open_premises

DAY = "2026-06-05"
"""A Friday, on which the bureau reports."""
CATEGORIES = {
    "corridor": "A01", "stair": "A04", "exit": "A03", "obstacle": "B02", "sign": "C03", "lane": "B01",
    "hydrant": "G01", "bicycles": "F01", "shutter": "D03", "door": "D01", "goods": "A02", "sealed": "A05",
}  # fmt: skip
"""The twelve hazards by the name they have in this story. The first two are put right on the spot."""
ON_THE_SPOT = ("corridor", "stair")


class Day:
    """The clock of everybody, and what they do by it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.now = china(f"{DAY} 08:00")
        self.hazards: dict[str, Json] = {}

    def at(self, clock: str) -> datetime:
        """It is now so late; time only goes forward."""
        later = china(f"{DAY} {clock}")
        assert later >= self.now
        self.now = later
        return later

    async def act(self, name: str, action: Action, *, by: str | None = None, **changes: Any) -> Json:
        """Somebody does something about one of the hazards, as they see it now."""
        known = answered(await self.read(name))
        self.hazards[name] = answered(
            await send_action(self.client, known, action, by=by, body=action_body(action, **changes))
        )
        return self.hazards[name]

    async def read(self, name: str, *, by: str = "desk") -> httpx.Response:
        """One of the hazards as this person sees it."""
        return await self.client.get(f"/api/v1/hazards/{self.hazards[name]['id']}", headers=signed_in(by))

    async def figures(self, clock: str = "17:00", **query: str) -> Json:
        """The day's figures as of an instant."""
        query = {"from": DAY, "until": DAY, "cutoff": f"{DAY}T{clock}:00+08:00", "area": CHENGQU} | query
        return answered(await self.client.get("/api/v1/statistics", params=query, headers=signed_in("desk")))


@pytest.fixture
def day(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> Day:
    """The fifth of June, with everybody's watch set to it."""
    day = Day(client)
    monkeypatch.setattr(dependencies, "utc_now", lambda: day.now)
    return day


async def test_a_day_of_the_sweep(day: Day, database_url: str) -> None:
    await forty_places_are_visited(day, database_url)
    await a_resident_informs(day)
    await the_desk_takes_them_in(day)
    await notices_go_out(day)
    await owners_set_to_work(day)
    await reviewers_and_approver_decide(day)
    await at_five_the_figures_are_right(day)
    await what_happens_later_changes_nothing(day)


async def forty_places_are_visited(day: Day, database_url: str) -> None:
    """Thirty places are clear; in the other ten are twelve hazards, two of them put right at once."""
    async with connected(database_url) as connection:
        places = [await open_premises(connection) for _ in range(40)]
    names = list(CATEGORIES)
    found_at = {place: names[place : place + 1] for place in range(8)} | {8: names[8:10], 9: names[10:12]}
    for number, place in enumerate(places):
        clock = f"{8 + number // 20:02d}:{number % 20 * 3:02d}"
        began, visit_id = day.at(clock).isoformat(), str(uuid4())
        for name in found_at.get(number, ()):
            day.hazards[name] = await found(day, name, began, visit_id)
        body = {
            "result": "hazards_found" if number in found_at else "clear",
            "place": place.name,
            "premises_id": str(place.id),
            "started_at": began,
            "ended_at": began,
            "device_time": began,
            "second_officer": "desk",
        }
        visit = answered(await day.client.put(f"/api/v1/visits/{visit_id}", json=body, headers=signed_in("inspector")))
        assert visit["hazards_found"] == len(found_at.get(number, ()))
        assert not visit["flags"]
    listed = await everything(day, "/api/v1/visits", by="desk")
    assert [visit["result"] for visit in listed].count("clear") == 30
    assert len(listed) == 40
    assert {name for name, hazard in day.hazards.items() if hazard["state"] == "closed"} == set(ON_THE_SPOT)


async def found(day: Day, name: str, at: str, visit_id: str) -> Json:
    body = report(category=CATEGORIES[name], captured_at=at, device_time=at, visit_id=visit_id, position=None)
    if name in ON_THE_SPOT:
        body["fixed_on_the_spot"] = {"measures": "当场清走杂物，恢复畅通。", "photos": [photo()]}
    return answered(await send_report(day.client, body))


async def a_resident_informs(day: Day) -> None:
    """Somebody calls the desk: it is looked at first, and is untrue. Who called stays with the desk."""
    at = day.at("10:10").isoformat()
    body = report(
        source="resident",
        captured_at=at,
        device_time=at,
        position=None,
        on_behalf_of={"name": "居民甲", "contact": "13900000021"},
    )
    day.hazards["claim"] = answered(await send_report(day.client, body, by="desk"))
    day.at("10:30")
    unlooked = await send_action(day.client, day.hazards["claim"], Action.REGISTER)
    assert refusal(unlooked) == (422, "hazard.verification_required")
    claim = await day.act("claim", Action.INVALIDATE, reason="untrue", remarks="现场核实，通道畅通。")
    assert (claim["state"], claim["ending"]["reason"]) == ("invalid", "untrue")
    assert "居民甲" not in (await day.read("claim", by="reviewer")).text


async def the_desk_takes_them_in(day: Day) -> None:
    """Ten are registered and the sealed exit is graded major, with the five arrangements."""
    day.at("10:40")
    for name in CATEGORIES:
        if name not in ON_THE_SPOT:
            await day.act(name, Action.REGISTER)
    graded = await day.act("exit", Action.GRADE)
    assert (graded["level"], graded["arrangements"]["funds_yuan"]) == ("major", 20000)
    queue = await everything(day, f"/api/v1/hazards?area={CHENGQU}&state=registered", by="desk")
    assert len(queue) == 10


async def notices_go_out(day: Day) -> None:
    """An order is served on the spot; two sheets of information start their owners' time at once."""
    day.at("11:00")
    body = notice(*(day.hazards[name] for name in ("exit", "obstacle", "sign")), due_at=None)
    order = answered(await send_notice(day.client, body))
    assert order["kind"] == "order"
    assert [hazard["due_at"] for hazard in order["hazards"]] == [None] * 3
    served = day.at("11:10").isoformat()
    proof = paper(pdf(1))
    answered(await send_paper(day.client, pdf(1), named=proof, by="desk"))
    body = notice_action_body("record_service", served_at=served, attachments=[proof])  # type: ignore[arg-type]
    answered(await act_on_notice(day.client, order, "record_service", body=body))
    assert answered(await day.read("sign"))["due_at"] == china("2026-06-10 23:59:59").isoformat().replace("+00:00", "Z")
    by_three = {"kind": "information", "officers": None, "due_at": f"{DAY}T15:00:00+08:00"}
    answered(await send_notice(day.client, notice(day.hazards["lane"], day.hazards["hydrant"], **by_three)))
    others = notice(*(day.hazards[name] for name in ("bicycles", "shutter", "door")), kind="information",
                    officers=None, due_at=None, owner="owner2")  # fmt: skip
    answered(await send_notice(day.client, others))
    await day.act("goods", Action.ASSIGN, due_at=None)
    mine = await everything(day, "/api/v1/hazards", by="owner")
    assert {line["id"] for line in mine} == {
        day.hazards[name]["id"] for name in ("exit", "obstacle", "sign", "lane", "hydrant", "goods")
    }


async def owners_set_to_work(day: Day) -> None:
    """They fix, hand back, ask for time, and one who has no phone has it filed for them."""
    day.at("11:30")
    await day.act("sign", Action.ACCEPT)
    handed = await day.act("goods", Action.HAND_BACK)
    assert (handed["state"], handed["owner"]) == ("registered", None)
    await day.act("goods", Action.ASSIGN, owner="owner2", due_at=None)
    until = "2026-06-26T18:00:00+08:00"
    await day.act("obstacle", Action.REQUEST_EXTENSION, until=until)
    day.at("12:00")
    named, content = picture(5)
    await send_photo(day.client, named, content, by="owner")
    await day.act("lane", Action.SUBMIT, photos=[named])
    await day.act("hydrant", Action.SUBMIT)
    await day.act("bicycles", Action.SUBMIT, by="owner2")
    await day.act("goods", Action.SUBMIT, by="owner2")
    await day.act("exit", Action.SUBMIT)
    await day.act("shutter", Action.FILE_FIX, by="inspector")
    day.at("13:00")
    granted = await day.act("obstacle", Action.DECIDE_EXTENSION, until=None)
    round_now = granted["rounds"][-1]
    assert round_now["due_at"] != round_now["original_due_at"]


async def reviewers_and_approver_decide(day: Day) -> None:
    """One fix is sent back and comes too late; the major hazard needs a second pair of eyes."""
    day.at("13:30")
    await day.act("hydrant", Action.FAIL, mode="on_site")
    refused = await send_action(day.client, answered(await day.read("lane")), Action.PASS, by="owner")
    assert refusal(refused) == (403, "permission.denied")
    await day.act("lane", Action.PASS, mode="by_picture")
    by_picture = await send_action(
        day.client,
        answered(await day.read("shutter")),
        Action.PASS,
        body=action_body(Action.PASS, mode="by_picture"),
    )
    assert refusal(by_picture) == (409, "hazard.review_on_site_required")
    day.at("14:30")
    waiting = await day.act("exit", Action.PASS, mode="on_site")
    assert waiting["state"] == "pending_close"
    await day.act("bicycles", Action.PASS, mode="on_site")
    await day.act("goods", Action.PASS, mode="on_site")
    day.at("15:20")
    late = await day.read("hydrant")
    assert answered(late)["overdue"] is True
    await day.act("hydrant", Action.SUBMIT)
    day.at("16:00")
    await day.act("hydrant", Action.PASS, mode="on_site")
    await day.act("exit", Action.APPROVE_CLOSE)


async def at_five_the_figures_are_right(day: Day) -> None:
    """Counted here by hand, and the same whichever way they are cut."""
    day.at("17:00")
    told = (await day.figures())["total"]
    assert {name: told[name] for name in EXPECTED} == EXPECTED
    for by in ("area", "unit", "category", "source", "level", "month", "week"):
        cut = await day.figures(by=by)
        assert cut["total"] == told
        for name in ("found", "fixed", "due", "overdue", "reviewed_rounds", "funds_yuan"):
            assert sum(row["figures"][name] for row in cut["rows"]) == told[name], (by, name)
    counts = answered(await day.client.get(f"/api/v1/hazards/counts?area={CHENGQU}", headers=signed_in("desk")))
    assert sum(line["count"] for line in counts["states"]) == 13
    monthly = answered(await day.client.get("/api/v1/statistics/monthly?year=2026&month=6", headers=signed_in("desk")))
    assert monthly["total"]["premises_visited"] == 40
    assert (monthly["total"]["major_found"], monthly["total"]["major_fixed"]) == (1, 1)
    assert monthly["total"]["funds_wan"] == 2.0


EXPECTED = {
    "found": 12,
    "fixed": 7,
    "fix_rate": pytest.approx(7 / 12, abs=1e-4),
    "fixed_on_the_spot": 2,
    "major_found": 1,
    "major_fixed": 1,
    # Fixed on the spot, the lane in time, the hydrant late; the others are due another day.
    "due": 4,
    "fixed_on_time": 3,
    "on_time_rate": 0.75,
    "overdue": 0,
    "assigned_rounds": 9,
    "extended_rounds": 1,
    "reviewed_rounds": 5,
    "reworked_rounds": 1,
    "rework_rate": 0.2,
    "first_pass_rate": 0.8,
    "self_check_found": 0,
    "transferred": 0,
}


async def what_happens_later_changes_nothing(day: Day) -> None:
    """The figures of five o'clock stay what they were."""
    before = await day.figures()
    day.at("18:00")
    await day.act("lane", Action.REOPEN)
    await day.act("shutter", Action.PASS, mode="on_site")
    await day.act("sealed", Action.TRANSFER)
    assert await day.figures() == before
    assert (await day.figures("18:00"))["total"]["found"] == 11


async def everything(day: Day, address: str, *, by: str) -> list[Json]:
    """All pages of a list."""
    items: list[Json] = []
    url = httpx.URL(address)
    while True:
        page = answered(await day.client.get(url, headers=signed_in(by)))
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        url = url.copy_set_param("cursor", page["next_cursor"])
