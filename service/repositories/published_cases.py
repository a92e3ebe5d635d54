"""What the public may read. These queries name every column they take, and none of them leads back to a hazard."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.cases import CaseState, PublicCase, PublicPicture, PublicTexts, VenueType
from service.database import Connection


@dataclass(frozen=True, slots=True)
class Position:
    """Where a case stands in the list, newest first."""

    published_at: datetime
    slug: str


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A picture or its share card in the store, with the state of its case."""

    state: CaseState
    object_key: str
    sha256: bytes
    size: int


async def state_of(connection: Connection, slug: str) -> CaseState | None:
    """The state of the case with that slug."""
    state = await connection.fetchval("SELECT state FROM cases WHERE slug = $1", slug)
    return None if state is None else CaseState(state)


async def position(connection: Connection, slug: str) -> Position | None:
    """Where the case stands or stood in the list; None when it was never published."""
    row = await connection.fetchrow(
        "SELECT published_at, slug FROM cases WHERE slug = $1 AND published_at IS NOT NULL", slug
    )
    return None if row is None else Position(**row)


async def by_slug(connection: Connection, slug: str) -> PublicCase | None:
    """The published case with that slug."""
    rows = await connection.fetch(
        """SELECT id, slug, month, venue_type, area_chinese, area_english, category_chinese, category_english,
                  published_at, demo
           FROM cases WHERE slug = $1 AND state = 'published'""",
        slug,
    )
    cases = await _public(connection, rows)
    return cases[0] if cases else None


async def page(connection: Connection, after: Position | None, limit: int) -> list[PublicCase]:
    """Published cases, newest first, those after a position in the list."""
    rows = await connection.fetch(
        """SELECT id, slug, month, venue_type, area_chinese, area_english, category_chinese, category_english,
                  published_at, demo
           FROM cases
           WHERE state = 'published' AND (published_at, slug) < (coalesce($1::timestamptz, 'infinity'), $2::text)
           ORDER BY published_at DESC, slug DESC LIMIT $3""",
        None if after is None else after.published_at,
        "" if after is None else after.slug,
        limit,
    )
    return await _public(connection, rows)


async def _public(connection: Connection, rows: list[Any]) -> list[PublicCase]:
    case_ids = [row["id"] for row in rows]
    texts = await _texts(connection, case_ids)
    pictures = await _pictures(connection, case_ids)
    return [
        PublicCase(
            slug=row["slug"],
            month=row["month"],
            venue_type=VenueType(row["venue_type"]),
            chinese=_public_texts(texts[row["id"], "zh-CN"], row["area_chinese"], row["category_chinese"]),
            english=_public_texts(
                texts[row["id"], "en"],
                row["area_english"] or row["area_chinese"],
                row["category_english"] or row["category_chinese"],
            )
            if (row["id"], "en") in texts
            else None,
            category_english=row["category_english"],
            pictures=pictures.get(row["id"], []),
            published_at=row["published_at"],
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
           FROM case_texts WHERE case_id = ANY($1)""",
        case_ids,
    )
    return {(row["case_id"], row["language"]): row for row in rows}


async def _pictures(connection: Connection, case_ids: list[UUID]) -> dict[UUID, list[PublicPicture]]:
    rows = await connection.fetch(
        """SELECT case_id, name, role, width, height FROM case_pictures
           WHERE case_id = ANY($1) AND state = 'ready' ORDER BY case_id, number""",
        case_ids,
    )
    pictures: dict[UUID, list[PublicPicture]] = {}
    for row in rows:
        pictures.setdefault(row["case_id"], []).append(
            PublicPicture(name=row["name"], role=row["role"], width=row["width"], height=row["height"])
        )
    return pictures


async def picture(connection: Connection, name: str) -> PublicFile | None:
    """The finished picture of that name."""
    row = await connection.fetchrow(
        """SELECT c.state, p.sha256, p.size FROM case_pictures p JOIN cases c ON c.id = p.case_id
           WHERE p.name = $1 AND p.state = 'ready'""",
        name,
    )
    return None if row is None else PublicFile(CaseState(row["state"]), f"cases/{name}", row["sha256"], row["size"])


async def share_card(connection: Connection, name: str) -> PublicFile | None:
    """The share card of the finished picture of that name."""
    row = await connection.fetchrow(
        """SELECT c.state, p.card_sha256 AS sha256, p.card_size AS size
           FROM case_pictures p JOIN cases c ON c.id = p.case_id WHERE p.name = $1 AND p.state = 'ready'""",
        name,
    )
    return (
        None if row is None else PublicFile(CaseState(row["state"]), f"cases/{name}-card", row["sha256"], row["size"])
    )
