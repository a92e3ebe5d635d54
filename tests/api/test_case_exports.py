"""Published cases as a notice in Word and as an article for WeChat: what is public, and nothing of who made it."""

import io
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from html import unescape

import httpx
import pytest

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
    handled, basis = (
        next(at for at, line in enumerate(text) if line.startswith(word)) for word in ("处理情况", "法律依据")
    )
    assert handled < text.index("整改前") < text.index("整改后") < basis, "pictures stand with what they show"
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


async def test_a_notice_has_number_addressees_and_a_signature_at_their_places(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    """GB/T 9704-2012, 7.2.5, 7.3.2 and 7.3.5."""
    case = await factory.case_in(client, CaseState.PUBLISHED)
    slug = case["address"].rpartition("/")[2]
    head = {"slug": slug, "number": "阳城管发〔2026〕12号", "addressees": "各县区城市管理局："}
    blank = await export(client, "notice.docx", slug)
    filled = await client.get("/api/v1/cases/exports/notice.docx", params=head, headers=signed_in("publisher"))
    for answer, number, addressees in (
        (blank, "×××〔", "各有关单位："),
        (filled, "阳城管发〔2026〕12号", "各县区城市管理局："),
    ):
        paragraphs = list(ElementTree.fromstring(part(answer, "word/document.xml")).iter(f"{WORD}p"))
        text = ["".join(paragraph.itertext()) for paragraph in paragraphs]
        place = next(at for at, line in enumerate(text) if line.startswith(number))
        title = text.index("关于曝光一批生命通道典型案例的通报")
        assert 0 < place < title
        assert text[title + 1] == addressees
        indent = paragraphs[title + 1].find(f"{WORD}pPr/{WORD}ind")
        assert indent is None, "it begins at the margin"
        assert text[-2] == "阳泉市"
        rights = [paragraph.find(f"{WORD}pPr/{WORD}ind") for paragraph in paragraphs[-2:]]
        issuer, day = (0 if right is None else int(right.get(f"{WORD}rightChars") or 0) for right in rights)
        assert day == 400
        assert issuer == pytest.approx(400 + 50 * (width(text[-1]) - width(text[-2])), abs=1), "in the middle above it"


def part(answer: httpx.Response, name: str) -> bytes:
    """A part of the document."""
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return archive.read(name)


def width(text: str) -> float:
    """In characters; a digit is half of one."""
    return len(text) - len(re.findall("[0-9]", text)) / 2


async def test_a_notice_opens_whatever_was_typed_as_its_number(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.PUBLISHED)
    asked = {"slug": case["address"].rpartition("/")[2], "number": "\x0b1\x00\ufffe号<&"}
    answer = await client.get("/api/v1/cases/exports/notice.docx", params=asked, headers=signed_in("publisher"))
    assert "1号<&" in "".join(ElementTree.fromstring(part(answer, "word/document.xml")).itertext())


async def test_a_notice_names_what_may_stand_for_faces_that_a_machine_lacks(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.PUBLISHED)
    answer = await export(client, "notice.docx", case["address"].rpartition("/")[2])
    fonts = {
        font.get(f"{WORD}name"): font.find(f"{WORD}altName")
        for font in ElementTree.fromstring(part(answer, "word/fontTable.xml"))
    }
    used = set(re.findall(r'w:eastAsia="([^"]+)"', part(answer, "word/document.xml").decode()))
    assert {"仿宋_GB2312", "方正小标宋简体"} <= used
    for name in used:
        others = fonts[name]
        assert others is not None
        assert len((others.get(f"{WORD}val") or "").split(",")) > 2


async def test_what_a_demonstration_exports_says_so_on_every_page(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await factory.case_in(client, CaseState.PUBLISHED)
    slug = case["address"].rpartition("/")[2]
    mark = "案例、单位、地点和照片均为虚构"
    assert mark not in part(await export(client, "notice.docx", slug), "word/header1.xml").decode()
    assert mark not in part(await export(client, "wechat.zip", slug), "fragment.html").decode()
    await factory.execute(settings, "UPDATE public_cases SET demo = true")
    assert mark in part(await export(client, "notice.docx", slug), "word/header1.xml").decode()
    assert mark in part(await export(client, "wechat.zip", slug), "fragment.html").decode()


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
    assert 'href="/desk/exports"' in (await client.get("/desk/cases", headers=cookie)).text
    page = (await client.get("/desk/exports", headers=cookie)).text
    assert set(re.findall(r'name="slug" value="([^"]+)"', page)) == {slug, plain}
    for name in ("notice.docx", "wechat.zip"):
        answer = await client.get(f"/desk/exports/{name}", params={"slug": [slug, plain]}, headers=cookie)
        assert answer.content == (await export(client, name, slug, plain)).content
    editor = {"Cookie": f"__Host-clearway={token('editor')}"}
    assert "/desk/exports" not in (await client.get("/desk/cases", headers=editor)).text
    assert (await client.get("/desk/exports", headers=editor)).status_code == 403
    assert (await client.get("/desk/exports/notice.docx", params={"slug": slug}, headers=editor)).status_code == 403


async def test_an_english_desk_exports_english_and_chinese_where_it_is_chosen(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await factory.case_in(client, CaseState.PUBLISHED)
    slug = case["address"].rpartition("/")[2]
    cookie = {"Cookie": f"__Host-clearway={token('publisher')}"}
    page = (await client.get("/desk/exports?lang=en", headers=cookie)).text
    form = dict(re.findall(r'<input type="hidden" name="(lang)" value="([^"]+)"', page))
    assert re.search(r'name="document" value="en" checked', page)
    for asked, title in ((form, case["english"]["title"]), (form | {"document": "zh-CN"}, case["chinese"]["title"])):
        for name, inside in (("notice.docx", "word/document.xml"), ("wechat.zip", "fragment.html")):
            params = asked | {"slug": slug}
            answer = await client.get(f"/desk/exports/{name}", params=params, headers=cookie)
            assert answer.status_code == 200
            assert title in unescape(part(answer, inside).decode())


async def test_a_choice_that_cannot_be_exported_comes_back_as_the_page_with_what_is_wrong(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await factory.case_in(client, CaseState.PUBLISHED)
    slug = case["address"].rpartition("/")[2]
    cookie = {"Cookie": f"__Host-clearway={token('publisher')}"}
    nothing = await client.get("/desk/exports/notice.docx", params={"number": "1号"}, headers=cookie)
    assert nothing.status_code == 422
    assert 'role="alert"' in nothing.text
    assert f'value="{slug}"' in nothing.text
    assert 'name="number" maxlength="60" value="1号"' in nothing.text
    answered(await factory.send_action(client, case, CaseAction.SUSPEND))
    gone = await client.get("/desk/exports/wechat.zip", params={"slug": slug}, headers=cookie)
    assert gone.status_code == 410
    assert 'role="alert"' in gone.text
