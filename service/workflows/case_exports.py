"""Published cases as the bureau hands them on: an official notice in Word, an article for WeChat.

Both are made of the copies that the public reads, so nothing can be in them that is not public already.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from schemas.cases import PublicCase, PublicPicture
from service.domain.hazards import CHINA_TIME
from service.domain.permissions import Actor, Permission
from service.i18n import Language, find, translate
from service.problems import Problem
from service.reporting import docx, wechat
from service.reporting.docx import Illustration, Notice, Section
from service.repositories import organizations
from service.workflows import published_cases
from service.workflows.case_pictures import object_key
from service.workflows.context import Context

MOST_CASES: Final = 20
ENOUGH_PIXELS: Final = 960
"""Of a picture's width: on paper it is 76 mm wide, on a phone no wider than the screen."""
_NUMERALS: Final = "零一二三四五六七八九"


async def notice(context: Context, actor: Actor, slugs: Sequence[str], *, now: datetime, language: Language) -> bytes:
    """The notice about these cases in the layout of official documents (.docx), in the order given.

    403, 404 `case.not_found`, 410 for a case that is public no more, 422 `case.export_empty` for none or too many.
    """
    issuer, sections = await _sections(context, actor, slugs, language)
    day = now.astimezone(CHINA_TIME)
    return docx.write(
        Notice(
            issuer=issuer,
            title=translate("exports.title", language),
            introduction=[translate("exports.introduction", language, count=len(sections))],
            sections=sections,
            closing=[translate("exports.closing", language)],
            date=translate("exports.date", language, year=day.year, month=day.month, day=day.day),
        )
    )


async def article(context: Context, actor: Actor, slugs: Sequence[str], *, language: Language) -> bytes:
    """The same cases as a fragment for the editor of WeChat with its pictures (.zip). Refusals as of `notice`."""
    _issuer, sections = await _sections(context, actor, slugs, language)
    return wechat.write(
        translate("exports.title", language),
        [translate("exports.introduction", language, count=len(sections))],
        sections,
        [translate("exports.closing", language)],
    )


async def _sections(
    context: Context, actor: Actor, slugs: Sequence[str], language: Language
) -> tuple[str, list[Section]]:
    covered = actor.organizations_with(Permission.CASE_PUBLISH)
    if not covered:
        raise Problem("permission.denied")
    if not 1 <= len(slugs) <= MOST_CASES:
        raise Problem("case.export_empty", most=MOST_CASES)
    async with context.database.connection() as connection:
        root = await organizations.root_of(connection, min(covered))
    cases = [await published_cases.read(context, slug) for slug in slugs]
    return root.name, [
        await _section(context, case, number, len(cases), language) for number, case in enumerate(cases, start=1)
    ]


async def _section(context: Context, case: PublicCase, number: int, count: int, language: Language) -> Section:
    texts = (case.english if language == "en" else None) or case.chinese
    facts = [
        translate("exports.month", language, year=case.month.year, month=case.month.month),
        texts.area,
        translate(f"cases.venue.{case.venue_type}", language),
        texts.category,
    ]
    paragraphs = []
    for field in ("found", "handled", "legal_basis", "lesson"):
        lead = translate("exports.lead", language, field=translate(f"cases.field.{field}", language))
        lines = [line.strip() for line in getattr(texts, field).splitlines() if line.strip()]
        paragraphs += [(lead if first else "", line) for first, line in zip([True] + [False] * 99, lines, strict=False)]
    heading = translate("exports.heading", language, number=_numeral(number, language), title=texts.title)
    return Section(
        heading=heading if count > 1 else texts.title,
        facts=translate("exports.between", language).join(facts),
        paragraphs=paragraphs,
        pictures=[await _illustration(context, picture, language) for picture in case.pictures],
    )


def _numeral(number: int, language: Language) -> str:
    """一 ... 二十, as official documents count."""
    if language == "en":
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_NUMERALS[tens]}十"
    return head + (_NUMERALS[ones] if ones else "")


async def _illustration(context: Context, picture: PublicPicture, language: Language) -> Illustration:
    narrow = next((width for width in picture.widths if width >= ENOUGH_PIXELS), picture.width)
    label = "" if narrow == picture.width else f"{narrow}.jpg"
    data = b"".join([piece async for piece in context.store.read(object_key(picture.name, label))])
    height = round(picture.height * narrow / picture.width)
    return Illustration(data, narrow, height, find(f"cases.picture.{picture.role}", language) or picture.role)
