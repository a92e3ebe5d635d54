"""What the public may read: the copies that publishing made. Nothing here leads back to a hazard."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from schemas.cases import PublicCase, PublicFacets, PublicPicture, PublicTexts, VenueType
from service.database import Connection

Status = Literal["live", "suspended", "retracted"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a case stands in the list, newest first."""

    published_at: datetime
    slug: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is limited to; None limits nothing."""

    category: str | None = None
    area: str | None = None
    month: date | None = None


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a picture in the store, with the status of its copy; `is_current` is false for earlier editions."""

    slug: str
    status: Status
    is_current: bool
    object_key: str
    sha256: bytes
    size: int


async def version(connection: Connection) -> int:
    """The number that changes with everything the public sees."""
    number: int = await connection.fetchval("SELECT version FROM public_version")
    return number


async def status_of(connection: Connection, slug: str) -> Status | None:
    """The status of the copy with that slug."""
    status: Any = await connection.fetchval("SELECT status FROM public_cases WHERE slug = $1", slug)
    found: Status | None = status
    return found


async def position(connection: Connection, slug: str) -> Position | None:
    """Where the case stands or stood in the list; None when it was never published."""
    row = await connection.fetchrow("SELECT published_at, slug FROM public_cases WHERE slug = $1", slug)
    return None if row is None else Position(**row)


async def by_slug(connection: Connection, slug: str) -> PublicCase | None:
    """The live case with that slug."""
    rows = await connection.fetch(
        """SELECT case_id, edition, slug, month, venue_type, area_code, area_chinese, area_english, category_code,
                  category_chinese, category_english, published_at, amended_at, demo
           FROM public_cases WHERE slug = $1 AND status = 'live'""",
        slug,
    )
    cases = await _public(connection, rows)
    return cases[0] if cases else None


async def page(connection: Connection, after: Position | None, limit: int, only: Filter) -> list[PublicCase]:
    """Live cases, newest first, those after a position in the list."""
    rows = await connection.fetch(
        """SELECT case_id, edition, slug, month, venue_type, area_code, area_chinese, area_english, category_code,
                  category_chinese, category_english, published_at, amended_at, demo
           FROM public_cases
           WHERE status = 'live' AND (published_at, slug) < (coalesce($1::timestamptz, 'infinity'), $2::text)
             AND ($4::text IS NULL OR category_code = $4) AND ($5::text IS NULL OR area_code = $5)
             AND ($6::date IS NULL OR month = $6)
           ORDER BY published_at DESC, slug DESC LIMIT $3""",
        None if after is None else after.published_at,
        "" if after is None else after.slug,
        limit,
        only.category,
        only.area,
        only.month,
    )
    return await _public(connection, rows)


async def facets(connection: Connection) -> PublicFacets:
    """By what the live cases can be filtered; a name is that of the newest case."""
    categories = await connection.fetch(
        """SELECT category_code AS code, (array_agg(category_chinese ORDER BY published_at DESC))[1] AS chinese,
                  (array_agg(category_english ORDER BY published_at DESC))[1] AS english, count(*) AS number
           FROM public_cases WHERE status = 'live' GROUP BY category_code ORDER BY category_code"""
    )
    areas = await connection.fetch(
        """SELECT area_code AS code, (array_agg(area_chinese ORDER BY published_at DESC))[1] AS chinese,
                  (array_agg(area_english ORDER BY published_at DESC))[1] AS english, count(*) AS number
           FROM public_cases WHERE status = 'live' GROUP BY area_code ORDER BY area_code"""
    )
    months = await connection.fetch(
        """SELECT month, count(*) AS number FROM public_cases WHERE status = 'live'
           GROUP BY month ORDER BY month DESC"""
    )
    return PublicFacets(
        categories=[(row["code"], row["chinese"], row["english"], row["number"]) for row in categories],
        areas=[(row["code"], row["chinese"], row["english"], row["number"]) for row in areas],
        months=[(row["month"], row["number"]) for row in months],
    )


async def addresses(connection: Connection) -> list[tuple[str, datetime]]:
    """Slug and last change of every live case, newest first, for the sitemap (its limit is 50,000)."""
    rows = await connection.fetch(
        """SELECT slug, coalesce(amended_at, published_at) AS changed_at FROM public_cases
           WHERE status = 'live' ORDER BY published_at DESC, slug DESC LIMIT 50000"""
    )
    return [(row["slug"], row["changed_at"]) for row in rows]


async def _public(connection: Connection, rows: list[Any]) -> list[PublicCase]:
    case_ids = [row["case_id"] for row in rows]
    texts = await _texts(connection, case_ids)
    pictures = await _pictures(connection, case_ids)
    return [
        PublicCase(
            slug=row["slug"],
            month=row["month"],
            venue_type=VenueType(row["venue_type"]),
            area_code=row["area_code"],
            category_code=row["category_code"],
            chinese=_public_texts(texts[row["case_id"], "zh-CN"], row["area_chinese"], row["category_chinese"]),
            english=_public_texts(
                texts[row["case_id"], "en"],
                row["area_english"] or row["area_chinese"],
                row["category_english"] or row["category_chinese"],
            )
            if (row["case_id"], "en") in texts
            else None,
            category_english=row["category_english"],
            pictures=pictures.get(row["case_id"], []),
            published_at=row["published_at"],
            amended_at=row["amended_at"],
            demo=row["demo"],
        )
        for row in rows
    ]


def _public_texts(row: Any, area: str, category: str) -> PublicTexts:
    return PublicTexts(
        title=row["title"],
        found=row["found"],
        handled=row["handled"],
        legal_basis=row["legal_basis"],
        lesson=row["lesson"],
        area=area,
        category=category,
    )


async def _texts(connection: Connection, case_ids: list[UUID]) -> dict[tuple[UUID, str], Any]:
    rows = await connection.fetch(
        """SELECT case_id, language, title, found, handled, legal_basis, lesson
           FROM public_case_texts WHERE case_id = ANY($1)""",
        case_ids,
    )
    return {(row["case_id"], row["language"]): row for row in rows}


async def _pictures(connection: Connection, case_ids: list[UUID]) -> dict[UUID, list[PublicPicture]]:
    rows = await connection.fetch(
        """SELECT i.case_id, i.name, i.role, i.width, i.height, i.files
           FROM public_case_pictures i JOIN public_cases c ON c.case_id = i.case_id AND c.edition = i.edition
           WHERE i.case_id = ANY($1) ORDER BY i.case_id, i.number""",
        case_ids,
    )
    pictures: dict[UUID, list[PublicPicture]] = {}
    for row in rows:
        pictures.setdefault(row["case_id"], []).append(
            PublicPicture(
                name=row["name"],
                role=row["role"],
                width=row["width"],
                height=row["height"],
                widths=_widths(row),
            )
        )
    return pictures


def _widths(row: Any) -> list[int]:
    narrower = sorted(int(label.removesuffix(".webp")) for label in row["files"] if label.endswith(".webp"))
    return [*narrower, row["width"]] if "webp" in row["files"] else []


async def file(connection: Connection, name: str, label: str) -> ShownFile | None:
    """A file of the picture of that name; `""` and `webp` are those of its own width."""
    row = await connection.fetchrow(
        """SELECT c.slug, c.status, i.edition = c.edition AS is_current, i.width, i.files
           FROM public_case_pictures i JOIN public_cases c ON c.case_id = i.case_id WHERE i.name = $1""",
        name,
    )
    if row is None:
        return None
    label = {f"{row['width']}.jpg": "", f"{row['width']}.webp": "webp"}.get(label, label)
    entry = row["files"].get(label)
    if entry is None:
        return None
    key = f"cases/{name}-{label}" if label else f"cases/{name}"
    return ShownFile(row["slug"], row["status"], row["is_current"], key, bytes.fromhex(entry["sha256"]), entry["size"])
