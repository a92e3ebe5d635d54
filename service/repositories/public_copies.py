"""Writing the copy of a case that the public reads."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.base import Answer
from schemas.cases import CaseTexts, VenueType
from service.database import Connection
from service.domain.publication import Showing
from service.repositories.case_pictures import PictureRow


class PublicCopy(Answer, kw_only=True, frozen=True):
    """All that is copied beside texts and pictures."""

    case_id: UUID
    slug: str
    month: date
    venue_type: VenueType
    area_code: str
    area_chinese: str
    area_english: str | None
    category_code: str
    category_chinese: str
    category_english: str | None
    demo: bool


async def publish(
    connection: Connection,
    copy: PublicCopy,
    texts: dict[str, CaseTexts],
    pictures: list[PictureRow],
    now: datetime,
) -> list[str]:
    """Makes the copy, live, or the next edition of one that the public has: live or suspended as that one is.

    Returns the names of the pictures of the edition before.
    """
    edition: int = await connection.fetchval(
        """INSERT INTO public_cases (case_id, slug, status, month, venue_type, area_code, area_chinese, area_english,
                                     category_code, category_chinese, category_english, published_at, demo)
           VALUES ($1, $2, 'live', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
           ON CONFLICT (case_id) DO UPDATE SET edition = public_cases.edition + 1,
               month = excluded.month, venue_type = excluded.venue_type, area_code = excluded.area_code,
               area_chinese = excluded.area_chinese, area_english = excluded.area_english,
               category_code = excluded.category_code, category_chinese = excluded.category_chinese,
               category_english = excluded.category_english, amended_at = excluded.published_at
           RETURNING edition""",
        copy.case_id,
        copy.slug,
        copy.month,
        copy.venue_type.value,
        copy.area_code,
        copy.area_chinese,
        copy.area_english,
        copy.category_code,
        copy.category_chinese,
        copy.category_english,
        now,
        copy.demo,
    )
    await connection.execute("DELETE FROM public_case_texts WHERE case_id = $1", copy.case_id)
    for language, text in texts.items():
        await _write_text(connection, copy.case_id, language, text)
    for picture in pictures:
        await _write_picture(connection, picture, edition)
    rows = await connection.fetch(
        "SELECT name FROM public_case_pictures WHERE case_id = $1 AND edition = $2", copy.case_id, edition - 1
    )
    kept = {picture.name for picture in pictures}
    return [row["name"] for row in rows if row["name"] not in kept]


async def _write_text(connection: Connection, case_id: UUID, language: str, text: CaseTexts) -> None:
    await connection.execute(
        """INSERT INTO public_case_texts (case_id, language, title, found, handled, legal_basis, lesson)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        case_id,
        language,
        text.title,
        text.found,
        text.handled,
        text.legal_basis,
        text.lesson,
    )


async def _write_picture(connection: Connection, picture: PictureRow, edition: int) -> None:
    files: dict[str, Any] = msgspec.to_builtins(picture.files)
    await connection.execute(
        """INSERT INTO public_case_pictures (name, case_id, edition, number, role, width, height, files)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
           ON CONFLICT (name) DO UPDATE
               SET edition = excluded.edition, number = excluded.number, role = excluded.role""",
        picture.name,
        picture.case_id,
        edition,
        picture.number,
        picture.role,
        picture.width,
        picture.height,
        files,
    )


async def picture_names(connection: Connection, case_id: UUID) -> list[str]:
    """The pictures of all editions."""
    rows = await connection.fetch("SELECT name FROM public_case_pictures WHERE case_id = $1 ORDER BY name", case_id)
    return [row["name"] for row in rows]


async def pictures(connection: Connection, case_id: UUID) -> list[tuple[str, int]]:
    """Name and width of the pictures of all editions."""
    rows = await connection.fetch(
        "SELECT name, width FROM public_case_pictures WHERE case_id = $1 ORDER BY name", case_id
    )
    return [(row["name"], row["width"]) for row in rows]


async def show(connection: Connection, case_id: UUID, status: Showing) -> None:
    """Hides the copy while an objection is looked into, or shows it again."""
    await connection.execute("UPDATE public_cases SET status = $2 WHERE case_id = $1", case_id, status)


async def retract(connection: Connection, case_id: UUID) -> list[str]:
    """Takes the copy away for good: what remains is that its addresses are gone. Returns the names of its pictures."""
    await connection.execute("UPDATE public_cases SET status = 'retracted' WHERE case_id = $1", case_id)
    await connection.execute("DELETE FROM public_case_texts WHERE case_id = $1", case_id)
    return await picture_names(connection, case_id)


async def showing(connection: Connection, case_id: UUID) -> Showing | None:
    """What the public has of the case now."""
    status: Any = await connection.fetchval(
        "SELECT status FROM public_cases WHERE case_id = $1 AND status <> 'retracted'", case_id
    )
    found: Showing | None = status
    return found


async def is_shown(connection: Connection, name: str) -> bool:
    """Whether the picture of that name belongs to a copy that the public has, or will have again."""
    shown: bool = await connection.fetchval(
        """SELECT EXISTS (SELECT FROM public_case_pictures i JOIN public_cases c ON c.case_id = i.case_id
                          WHERE i.name = $1 AND i.edition = c.edition AND c.status <> 'retracted')""",
        name,
    )
    return shown
