"""Published cases as the bureau hands them on: an official notice in Word, an article for WeChat.

Both are made of the copies that the public reads, so nothing can be in them that is not public already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What only the office that sends the notice knows: its number (发文字号) and to whom it goes (主送机关). Left
    empty, the number is a blank to be filled in, and it goes to every unit concerned."""

    number: str = ""
    addressees: str = ""


async def notice(
    context: Context,
    actor: Actor,
    slugs: Sequence[str],
    *,
    letterhead: Letterhead,
    now: datetime,
    language: Language,
) -> bytes:
    """The notice about these cases in the layout of official documents (.docx), in the order given.

    403, 404 `case.not_found`, 410 for a case that is public no more, 422 `case.export_empty` for none or too many.
    """
    issuer, cases = await _cases(context, actor, slugs)
    sections = await _sections(context, cases, language)
    day = now.astimezone(CHINA_TIME)
    addressees = letterhead.addressees.rstrip("：:") or translate("exports.addressees", language)
    return docx.write(
        Notice(
            mark=_mark(cases, language),
            issuer=issuer,
            number=letterhead.number or translate("exports.number", language, year=day.year),
            addressees=translate("exports.to", language, addressees=addressees),
            title=translate("exports.title", language),
            introduction=[translate("exports.introduction", language, count=len(sections))],
            sections=sections,
            closing=[translate("exports.closing", language)],
            date=translate("exports.date", language, year=day.year, month=day.month, day=day.day),
        )
    )


async def article(context: Context, actor: Actor, slugs: Sequence[str], *, language: Language) -> bytes:
    """The same cases as a fragment for the editor of WeChat with its pictures (.zip). Refusals as of `notice`."""
    _issuer, cases = await _cases(context, actor, slugs)
    sections = await _sections(context, cases, language)
    return wechat.write(
        translate("exports.title", language),
        _mark(cases, language),
        [translate("exports.introduction", language, count=len(sections))],
        sections,
        [translate("exports.closing", language)],
    )


async def _cases(context: Context, actor: Actor, slugs: Sequence[str]) -> tuple[str, list[PublicCase]]:
    """Who issues them, and the cases in the order given."""
    covered = actor.organizations_with(Permission.CASE_PUBLISH)
    if not covered:
        raise Problem("permission.denied")
    if not 1 <= len(slugs) <= MOST_CASES:
        raise Problem("case.export_empty", most=MOST_CASES)
    async with context.database.connection() as connection:
        root = await organizations.root_of(connection, min(covered))
    return root.name, [await published_cases.read(context, slug) for slug in slugs]


def _mark(cases: Sequence[PublicCase], language: Language) -> str:
    """What a file of a demonstration says of itself on every page; "" for real cases."""
    return translate("exports.demo", language) if any(case.demo for case in cases) else ""


async def _sections(context: Context, cases: Sequence[PublicCase], language: Language) -> list[Section]:
    return [await _section(context, case, number, len(cases), language) for number, case in enumerate(cases, start=1)]


async def _section(context: Context, case: PublicCase, number: int, count: int, language: Language) -> Section:
    texts = (case.english if language == "en" else None) or case.chinese
    facts = [
        translate("exports.month", language, year=case.month.year, month=case.month.month),
        texts.area,
        translate(f"cases.venue.{case.venue_type}", language),
        texts.category,
    ]

    def told(field: str) -> list[tuple[str, str]]:
        lead = translate("exports.lead", language, field=translate(f"cases.field.{field}", language))
        lines = [line.strip() for line in getattr(texts, field).splitlines() if line.strip()]
        return [(lead if number == 0 else "", line) for number, line in enumerate(lines)]

    heading = translate("exports.heading", language, number=_numeral(number, language), title=texts.title)
    return Section(
        heading=heading if count > 1 else texts.title,
        facts=translate("exports.between", language).join(facts),
        story=[*told("found"), *told("handled")],
        morals=[*told("legal_basis"), *told("lesson")],
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
