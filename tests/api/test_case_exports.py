"""Published cases as a notice in Word and as an article for WeChat: what is public, and nothing of who made it."""

import io
import re
import xml.etree.ElementTree as ElementTree
import zipfile

import httpx

from schemas.cases import CaseAction, CaseState
from service.settings import Settings
from tests import case_factory as factory
from tests.case_factory import worker_of
from tests.hazard_factory import Json, answered, refusal
from tests.inspection import assert_only_pixels, pixels
from tests.people import signed_in, token

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


async def two_cases(client: httpx.AsyncClient, settings: Settings) -> tuple[Json, str, str]:
    """A published case with two pictures, and the slugs of it and of one without."""
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    plain = await factory.case_in(client, CaseState.PUBLISHED)
    return case, case["address"].rpartition("/")[2], plain["address"].rpartition("/")[2]


async def export(client: httpx.AsyncClient, name: str, *slugs: str, by: str = "publisher") -> httpx.Response:
    return await client.get(f"/api/v1/cases/exports/{name}", params={"slug": list(slugs)}, headers=signed_in(by))


async def test_a_notice_has_every_case_with_its_pictures_in_the_official_layout(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case, slug, plain = await two_cases(client, settings)
    answer = await export(client, "notice.docx", slug, plain)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="notice.docx"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        parts = {name: archive.read(name) for name in archive.namelist()}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    for name, data in parts.items():
        if not name.endswith(".jpg"):
            ElementTree.fromstring(data)
    assert not any("docProps" in name for name in parts), "nobody is named as the author"
    document = ElementTree.fromstring(parts["word/document.xml"])
    text = ["".join(run.itertext()) for run in document.iter(f"{WORD}p")]
    assert "关于曝光一批生命通道典型案例的通报" in text
    assert "一、商场疏散楼梯堆满纸箱，当日清空" in text
    assert "二、商场疏散楼梯堆满纸箱，当日清空" in text
    assert f"发现的问题：{case['chinese']['found']}" in text
    assert text.index("整改前") < text.index("整改后")
    assert text[-2:][0] == "阳泉市"
    margins = document.find(f"{WORD}body/{WORD}sectPr/{WORD}pgMar")
    assert margins is not None
    # GB/T 9704-2012: 37 mm above, 28 mm on the left, in twentieths of a point.
    assert (margins.get(f"{WORD}top"), margins.get(f"{WORD}left")) == ("2098", "1587")
    related = {
        item.get("Id"): item.get("Target") for item in ElementTree.fromstring(parts["word/_rels/document.xml.rels"])
    }
    shown = re.findall(r'r:embed="(rId\d+)"', parts["word/document.xml"].decode())
    assert len(shown) == 2
    for name in shown:
        picture = parts[f"word/{related[name]}"]
        assert_only_pixels(picture)
        assert pixels(picture).width == 960
    again = await export(client, "notice.docx", slug, plain)
    assert again.content == answer.content


async def test_an_article_for_wechat_has_inline_styles_and_its_pictures_beside_it(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    _case, slug, plain = await two_cases(client, settings)
    answer = await export(client, "wechat.zip", plain, slug)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["fragment.html", "picture-1.jpg", "picture-2.jpg"]
        fragment = archive.read("fragment.html").decode()
        for name in archive.namelist()[1:]:
            assert_only_pixels(archive.read(name))
    assert re.findall(r'src="([^"]+)"', fragment) == ["picture-1.jpg", "picture-2.jpg"]
    for forbidden in ("<script", "<style", " class=", "<link", "http", "<html", "<body"):
        assert forbidden not in fragment
    elements = re.findall(r"<(\w+)([^>]*)>", fragment)
    assert all("style=" in rest for name, rest in elements)


async def test_only_what_is_public_now_is_exported_and_only_for_who_may_publish(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case, slug, plain = await two_cases(client, settings)
    for by in ("editor", "reviewer", "auditor", "inspector"):
        assert refusal(await export(client, "notice.docx", slug, by=by)) == (403, "permission.denied")
    assert refusal(await export(client, "notice.docx")) == (422, "case.export_empty")
    assert refusal(await export(client, "wechat.zip", *([slug] * 21))) == (422, "case.export_empty")
    assert refusal(await export(client, "notice.docx", "2026-06-neverthere22")) == (404, "case.not_found")
    answered(await factory.send_action(client, case, CaseAction.SUSPEND))
    assert refusal(await export(client, "notice.docx", plain, slug)) == (410, "case.suspended")


async def test_the_publisher_takes_both_from_the_desk(client: httpx.AsyncClient, settings: Settings) -> None:
    _case, slug, plain = await two_cases(client, settings)
    cookie = {"Cookie": f"__Host-clearway={token('publisher')}"}
    page = (await client.get("/desk/cases?state=published", headers=cookie)).text
    assert set(re.findall(r'name="slug" value="([^"]+)"', page)) == {slug, plain}
    for name in ("notice.docx", "wechat.zip"):
        answer = await client.get(f"/desk/exports/{name}", params={"slug": [slug, plain]}, headers=cookie)
        assert answer.content == (await export(client, name, slug, plain)).content
    editor = {"Cookie": f"__Host-clearway={token('editor')}"}
    assert "notice.docx" not in (await client.get("/desk/cases?state=published", headers=editor)).text
    assert (await client.get("/desk/exports/notice.docx", params={"slug": slug}, headers=editor)).status_code == 403
