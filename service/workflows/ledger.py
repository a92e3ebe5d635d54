"""Pages of the ledger (台账)."""

from datetime import date, datetime, timedelta
from uuid import UUID

from schemas.base import Page
from schemas.hazard_answers import Named
from schemas.hazards import Level, Source
from schemas.statistics import LedgerLine
from service.domain import periods
from service.domain.hazards import OWED
from service.domain.permissions import Actor, Permission
from service.domain.statistics import wan
from service.i18n import Language, translate
from service.repositories import ledger
from service.repositories.ledger import LedgerFilter, LedgerRow
from service.workflows import keyset
from service.workflows.context import Context
from service.workflows.statistics import covered_by


async def page(
    context: Context,
    actor: Actor,
    *,
    first: date | None,
    last: date | None,
    area: str | None,
    category: str | None,
    level: Level | None,
    source: Source | None,
    cursor: str | None,
    limit: int,
    now: datetime,
    language: Language,
) -> Page[LedgerLine]:
    """The ledger as it is now, of hazards received on these days, newest first.

    Only of organizations in which the person reads both statistics and hazards. 403 for who may not read statistics
    anywhere, 422 `statistics.period_empty`, 400 `page.cursor_invalid`.
    """
    after = keyset.place_of(cursor)
    since, until = periods.period(first, last, now)
    async with context.database.snapshot() as connection:
        covered = await covered_by(connection, actor, area)
        found = await ledger.page(
            connection,
            organization_ids=covered.keys() & actor.organizations_with(Permission.HAZARD_READ),
            wanted=LedgerFilter(
                periods.start_of_day(since), periods.start_of_day(until + timedelta(days=1)), category, level, source
            ),
            after=after,
            limit=limit + 1,
        )
    shown = found[:limit]
    return Page(
        items=[_line(row, now, language) for row in shown],
        next_cursor=keyset.cursor_of(shown[-1].received_at, shown[-1].id) if len(found) > limit else None,
    )


def _line(row: LedgerRow, now: datetime, language: Language) -> LedgerLine:
    arrangements, shelving = row.details.arrangements, row.details.shelving
    emergency = arrangements.emergency_plan if arrangements else shelving.safeguards if shelving else None
    return LedgerLine(
        hazard_id=row.id,
        number=row.number,
        state=row.state,
        inspected_at=row.captured_at,
        inspectors=[name for name in (row.inspector, row.second_inspector) if name is not None],
        source=row.source,
        source_label=translate(f"statistics.source.{row.source}", language),
        area=Named(code=row.organization_code, name=row.organization_name),
        unit=row.unit,
        industry=row.industry,
        place=" ".join(part for part in (row.place, row.building, row.floor) if part is not None),
        category=Named(code=row.category, name=row.category_en if language == "en" else row.category_zh),
        basis=row.basis,
        description=row.description,
        level=row.level,
        level_label=translate(f"statistics.level.{row.level}", language),
        photos_before=[_address(photo_id) for photo_id in row.photos_before],
        measures=row.measures or (arrangements.measure if arrangements else None),
        funds_wan=wan(row.funds_yuan) if row.funds_yuan else None,
        emergency_measures=emergency,
        responsible_department=row.organization_name,
        responsible_person=arrangements.person if arrangements else row.owner,
        due_at=row.due_at,
        extensions=row.extensions,
        overdue_days=_overdue_days(row, now),
        photos_after=[_address(photo_id) for photo_id in row.photos_after],
        reviewed_at=row.reviewed_at,
        reviewer=row.reviewer,
        review_outcome=row.review_outcome,
        fixed_on_the_spot=row.on_the_spot,
        supervised=row.details.supervision is not None,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        round=row.round,
    )


def _overdue_days(row: LedgerRow, now: datetime) -> int:
    """Until now while it is the owner's turn, afterwards until they filed; what is fixed on the spot has none."""
    if row.state in OWED:
        return periods.overdue_days(row.due_at, now)
    return 0 if row.submitted_at is None else periods.overdue_days(row.due_at, row.submitted_at)


def _address(photo_id: UUID) -> str:
    return f"/api/v1/photos/{photo_id}/original"
