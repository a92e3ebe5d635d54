"""Figures of hazards as of an instant, the upward monthly table and the lines of the ledger."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from schemas.base import Answer
from schemas.hazard_answers import Named
from schemas.hazards import Level, Outcome, Source, State

Cut = Literal["area", "unit", "category", "source", "level", "month", "week"]
Rate = Annotated[float, Meta(ge=0, le=1)] | None
"""A share of one. Null where there is nothing to divide by: neither nought nor everything."""


class Figures(Answer, kw_only=True, frozen=True):
    """What a group of hazards comes to. Counts are of hazards, those named `_rounds` of rounds, money is whole yuan."""

    found: int
    fixed: int
    fix_rate: Rate
    general_found: int
    general_fixed: int
    general_fix_rate: Rate
    major_found: int
    major_fixed: int
    major_fix_rate: Rate
    fixed_on_the_spot: int
    due: int
    fixed_on_time: int
    on_time_rate: Rate
    overdue: int
    shelved: int
    assigned_rounds: int
    extended_rounds: int
    extension_rate: Rate
    reviewed_rounds: int
    reworked_rounds: int
    rework_rate: Rate
    first_passed_rounds: int
    first_pass_rate: Rate
    planned: int
    planned_with_five: int
    supervised: int
    supervised_by_city: int
    supervised_by_province: int
    funds_yuan: int
    self_check_found: int
    self_check_fixed: int
    transferred: int


class StatisticsRow(Answer, kw_only=True, frozen=True):
    """One group. `key` is a code, a unit's name, a source, a level, `2026-06` or `2026-W23`; null for unknown units."""

    key: str | None
    name: str
    figures: Figures


class Statistics(Answer, kw_only=True, frozen=True, rename={"from_": "from"}):
    """Figures by group. Every hazard is in exactly one row, so the counts of the rows add up to the total."""

    from_: date
    until: date
    cutoff: datetime
    by: Cut
    rows: list[StatisticsRow]
    total: Figures


class MonthlyFigures(Answer, kw_only=True, frozen=True):
    """The columns of the upward monthly table, cumulative since January."""

    premises_visited: int
    general_found: int
    general_fixed: int
    general_fix_rate: Rate
    major_found: int
    major_fixed: int
    major_fix_rate: Rate
    planned: int
    planned_with_five: int
    supervised: int
    supervised_by_province: int
    funds_wan: Annotated[float, Meta(ge=0, description="ten thousand yuan")]


class MonthlyRow(Answer, kw_only=True, frozen=True):
    """One organization's line, without those below it."""

    area: Named
    figures: MonthlyFigures


class MonthlyTable(Answer, kw_only=True, frozen=True):
    """The upward monthly table: a row for each organization covered, and their sum."""

    year: int
    month: int
    cutoff: datetime
    rows: list[MonthlyRow]
    total: MonthlyFigures


class LedgerLine(Answer, kw_only=True, frozen=True):
    """A hazard as a line of the ledger (台账). The serial number is for who prints it to count."""

    hazard_id: UUID
    number: str
    state: State
    inspected_at: datetime
    inspectors: list[str]
    source: Source
    source_label: str
    area: Named
    unit: str | None
    industry: str | None
    place: str
    category: Named
    basis: list[str]
    description: str
    level: Level
    level_label: str
    photos_before: Annotated[list[str], Meta(description="addresses of the originals that have arrived")]
    measures: str | None
    funds_wan: Annotated[float, Meta(ge=0, description="ten thousand yuan")] | None
    emergency_measures: str | None
    responsible_department: str | None
    responsible_person: str | None
    due_at: datetime | None
    extensions: int
    overdue_days: int
    photos_after: Annotated[list[str], Meta(description="addresses of the originals that have arrived")]
    reviewed_at: datetime | None
    reviewer: str | None
    review_outcome: Outcome | None
    fixed_on_the_spot: bool
    supervised: bool
    closed_at: datetime | None
    closed_by: str | None
    round: int
