"""The real detectors between a photo and the public: what they find is proposed, and found again if it was left."""

import io

import httpx
import pytest
from msgspec.structs import replace
from PIL import Image, ImageDraw, ImageFont

from schemas.cases import CaseAction, CaseState
from service.imaging.detection.parts import missing_parts
from service.settings import Settings
from tests import case_factory as factory
from tests import samples
from tests.case_factory import worker_of
from tests.conftest import missing
from tests.hazard_factory import Json, answered, refusal

NOTICE = (300, 300)
EXIT = (300, 800)


def photo_of_a_notice() -> bytes:
    """A wall with a phone number on a notice, and a sign that shows the way out."""
    picture = samples.scene(0, (2000, 1500))
    draw = ImageDraw.Draw(picture)
    for (left, top), text, paper in ((NOTICE, "Tel. 13900000001", "white"), (EXIT, "EXIT", "green")):
        draw.rectangle((left, top, left + 900, top + 160), fill=paper)
        draw.text((left + 40, top + 30), text, font=ImageFont.load_default(90), fill="black")
    return samples.encode(picture, "JPEG")


def around(proposal: Json) -> Json:
    """The mask that an editor makes of a proposal by one tap."""
    return {
        "kind": "polygon", "points": proposal["points"], "subject": proposal["subject"], "proposal": proposal["id"],
    }  # fmt: skip


async def test_a_phone_on_a_notice_is_proposed_kept_back_and_masked_while_the_exit_sign_stays(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    if parts := missing_parts():
        missing(", ".join(parts))
    made = await factory.photographed_hazard(client, photo=photo_of_a_notice())
    case = await factory.written_case(client, made.hazard)
    async with worker_of(replace(settings, vision="required", vision_processes=1)) as worker:
        case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
        await factory.work_off(settings, worker, "case.examine_picture")
        [picture] = (await factory.read(client, case))["pictures"]
        assert picture["detection"]["state"] == "done"
        proposals = picture["detection"]["findings"]
        [phone] = [item for item in proposals if "mobile" in item["reasons"]]
        assert phone["suggested"]
        [sign] = [item for item in proposals if item["text"] and "EXIT" in item["text"]]
        assert not sign["suggested"], "the sign is the lesson"

        elsewhere = {"kind": "rectangle", "points": [[0.8, 0.8], [0.9, 0.9]]}
        case = answered(await factory.send_masks(client, case, 1, {"masks": [elsewhere]}))
        await factory.work_off(settings, worker, "case.bake_picture")
        await factory.work_off(settings, worker, "case.check_picture")
        left = await factory.read(client, case)
        assert ["mobile"] in [item["finding"]["reasons"] for item in left["pictures"][0]["gate"]["findings"]]
        assert refusal(await factory.send_action(client, left, CaseAction.SUBMIT)) == (409, "case.picture_exposes")

        case = answered(await factory.send_masks(client, case, 1, {"masks": [around(phone)]}))
        await factory.work_off(settings, worker, "case.bake_picture")
        await factory.work_off(settings, worker, "case.check_picture")
    case = await factory.read(client, case)
    assert case["pictures"][0]["gate"] == {"state": "done", "step": 0, "steps": 0, "findings": []}
    assert case["pictures"][0]["masks"][0]["proposal"] == phone["id"]
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    items = (await client.get("/cases.json")).json()["items"]
    shown = await client.get(items[0]["image"].removeprefix("https://clearway.example"))
    pixel = Image.open(io.BytesIO(shown.content)).convert("RGB").getpixel((int(420 * 0.8), int(380 * 0.8)))
    assert max(pixel) < 40  # type: ignore[arg-type]


def test_the_parts_of_vision_are_named_when_they_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.imaging.detection.parts.NEEDED", ("numpy", "no-such-package"))
    assert "no-such-package" in missing_parts()
