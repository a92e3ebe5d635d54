"""Cases as those inside see them: the draft, its texts, the people who worked on it."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

import asyncpg

from schemas.base import Answer
from schemas.cases import CaseState, CaseTexts, PlaceLevel, VenueType
from service.database import Connection
from service.i18n import Language


class CaseRow(Answer, kw_only=True, frozen=True):
    """A case's own row. `month` is its first day; `reason` is why it was last sent back or retracted."""

    id: UUID
    hazard_id: UUID
    organization_id: UUID
    slug: str
    state: CaseState
    version: int
    month: date
    venue_type: VenueType | None
    place_level: PlaceLevel
    area_chinese: str
    area_english: str | None
    category_chinese: str
    category_english: str | None
    drafter_id: UUID
    first_reviewer_id: UUID | None
    second_reviewer_id: UUID | None
    reason: str | None
    created_at: datetime
    published_at: datetime | None
    amended_at: datetime | None
    suspended_at: datetime | None
    retracted_at: datetime | None
    demo: bool


class CaseLine(Answer, kw_only=True, frozen=True):
    """A case in a list; `live_slug` while the public sees it, `suspended` while it is told that it is looked into."""

    id: UUID
    hazard_id: UUID
    state: CaseState
    version: int
    title: str
    created_at: datetime
    published_at: datetime | None
    live_slug: str | None
    suspended: bool


async def insert(connection: Connection, case: CaseRow) -> bool:
    """Adds a draft. False when the hazard has a case that is not retracted."""
    row = await connection.fetchrow(
        """INSERT INTO cases (id, hazard_id, organization_id, slug, month, area_chinese, area_english,
               category_chinese, category_english, drafter_id, created_at, demo)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
           ON CONFLICT (hazard_id) WHERE state <> 'retracted' DO NOTHING RETURNING id""",
        case.id,
        case.hazard_id,
        case.organization_id,
        case.slug,
        case.month,
        case.area_chinese,
        case.area_english,
        case.category_chinese,
        case.category_english,
        case.drafter_id,
        case.created_at,
        case.demo,
    )
    return row is not None


async def lock(connection: Connection, case_id: UUID) -> None:
    """Keeps others from changing the case until the transaction ends."""
    await connection.execute("SELECT 1 FROM cases WHERE id = $1 FOR NO KEY UPDATE", case_id)


async def by_id(connection: Connection, case_id: UUID) -> CaseRow | None:
    """The case with that id."""
    row = await connection.fetchrow(
        """SELECT id, hazard_id, organization_id, slug, state, version, month, venue_type, place_level, area_chinese,
                  area_english, category_chinese, category_english, drafter_id, first_reviewer_id, second_reviewer_id,
                  reason, created_at, published_at, amended_at, suspended_at, retracted_at, demo
           FROM cases WHERE id = $1""",
        case_id,
    )
    return None if row is None else _case(row)


def _case(row: asyncpg.Record) -> CaseRow:
    values = dict(row)
    venue_type = values.pop("venue_type")
    state = CaseState(values.pop("state"))
    return CaseRow(state=state, venue_type=None if venue_type is None else VenueType(venue_type), **values)


async def save(connection: Connection, case: CaseRow) -> None:
    """Writes down what an action or an edit changed."""
    await connection.execute(
        """UPDATE cases SET state = $2, version = $3, venue_type = $4, first_reviewer_id = $5, second_reviewer_id = $6,
                  reason = $7, published_at = $8, retracted_at = $9, place_level = $10, amended_at = $11,
                  suspended_at = $12
           WHERE id = $1""",
        case.id,
        case.state.value,
        case.version,
        None if case.venue_type is None else case.venue_type.value,
        case.first_reviewer_id,
        case.second_reviewer_id,
        case.reason,
        case.published_at,
        case.retracted_at,
        case.place_level,
        case.amended_at,
        case.suspended_at,
    )


async def texts(connection: Connection, case_id: UUID) -> dict[str, CaseTexts]:
    """The texts by language."""
    rows = await connection.fetch(
        """SELECT language, title, found, handled, legal_basis, lesson FROM case_texts WHERE case_id = $1""", case_id
    )
    return {
        row["language"]: CaseTexts(
            title=row["title"],
            found=row["found"],
            handled=row["handled"],
            legal_basis=row["legal_basis"],
            lesson=row["lesson"],
        )
        for row in rows
    }


async def replace_texts(connection: Connection, case_id: UUID, language: Language, content: CaseTexts | None) -> None:
    """Writes the texts of a language, or removes them."""
    if content is None:
        await connection.execute("DELETE FROM case_texts WHERE case_id = $1 AND language = $2", case_id, language)
        return
    await connection.execute(
        """INSERT INTO case_texts (case_id, language, title, found, handled, legal_basis, lesson)
           VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (case_id, language) DO UPDATE SET title = excluded.title, found = excluded.found,
               handled = excluded.handled, legal_basis = excluded.legal_basis, lesson = excluded.lesson""",
        case_id,
        language,
        content.title,
        content.found,
        content.handled,
        content.legal_basis,
        content.lesson,
    )


async def add_writer(connection: Connection, case_id: UUID, account_id: UUID) -> None:
    """Remembers that the person wrote or chose something; repeating it changes nothing."""
    await connection.execute(
        "INSERT INTO case_writers (case_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", case_id, account_id
    )


async def writers(connection: Connection, case_id: UUID) -> frozenset[UUID]:
    """Everyone who wrote text or chose and masked pictures."""
    rows = await connection.fetch("SELECT account_id FROM case_writers WHERE case_id = $1", case_id)
    return frozenset(row["account_id"] for row in rows)


async def page(
    connection: Connection,
    organization_ids: Iterable[UUID],
    *,
    state: CaseState | None,
    hazard_id: UUID | None,
    before: UUID | None,
    limit: int,
    suspended: bool | None = None,
) -> list[CaseLine]:
    """Cases of these organizations, newest first, `before` excluded: ids sort by the time of drafting."""
    rows = await connection.fetch(
        """SELECT c.id, c.hazard_id, c.state, c.version, t.title, c.created_at, c.published_at,
                  CASE WHEN p.status = 'live' THEN p.slug END AS live_slug,
                  coalesce(p.status = 'suspended', false) AS suspended
           FROM cases c JOIN case_texts t ON t.case_id = c.id AND t.language = 'zh-CN'
           LEFT JOIN public_cases p ON p.case_id = c.id
           WHERE c.organization_id = ANY($1) AND ($2::text IS NULL OR c.state = $2)
             AND ($3::uuid IS NULL OR c.hazard_id = $3) AND ($4::uuid IS NULL OR c.id < $4)
             AND ($6::bool IS NULL OR coalesce(p.status = 'suspended', false) = $6)
           ORDER BY c.id DESC LIMIT $5""",
        list(organization_ids),
        None if state is None else state.value,
        hazard_id,
        before,
        limit,
        suspended,
    )
    return [_line(row) for row in rows]


async def tally(connection: Connection, organization_ids: Iterable[UUID]) -> dict[tuple[CaseState, bool], int]:
    """How many cases of these organizations there are, by state and by whether they are suspended."""
    rows = await connection.fetch(
        """SELECT c.state, coalesce(p.status = 'suspended', false) AS suspended, count(*) AS number
           FROM cases c LEFT JOIN public_cases p ON p.case_id = c.id
           WHERE c.organization_id = ANY($1) GROUP BY 1, 2""",
        list(organization_ids),
    )
    return {(CaseState(row["state"]), row["suspended"]): row["number"] for row in rows}


def _line(row: asyncpg.Record) -> CaseLine:
    values = dict(row)
    return CaseLine(state=CaseState(values.pop("state")), **values)
