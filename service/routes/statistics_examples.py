"""Answers that the API's description shows: one district in June, with a cut-off on Friday at five."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from schemas.hazard_answers import Named
from schemas.statistics import MonthlyRow, MonthlyTable, Statistics, StatisticsRow
from service.domain.statistics import Counts, figures, monthly

_CUTOFF: Final = datetime(2026, 6, 26, 9, tzinfo=UTC)
_GENERAL: Final = Counts(
    "found",
    "general",
    hazards=12,
    fixed=9,
    due=10,
    fixed_on_time=8,
    overdue=1,
    on_the_spot=2,
    assigned_rounds=10,
    extended_rounds=1,
    reviewed_rounds=8,
    reworked_rounds=1,
    first_passed_rounds=7,
    funds_yuan=36_500,
)
_MAJOR: Final = replace(
    _GENERAL, level="major", hazards=1, fixed=0, due=0, fixed_on_time=0, overdue=0, on_the_spot=0, planned=1,
    planned_with_five=1, supervised=1, supervised_by_city=1, assigned_rounds=1, extended_rounds=0, reviewed_rounds=0,
    reworked_rounds=0, first_passed_rounds=0, funds_yuan=180_000,
)  # fmt: skip
_FIGURES: Final = figures([_GENERAL, _MAJOR])
_MONTHLY: Final = monthly(_FIGURES, 40)

STATISTICS: Final = Statistics(
    from_=date(2026, 6, 1),
    until=date(2026, 6, 30),
    cutoff=_CUTOFF,
    by="area",
    rows=[StatisticsRow(key="140302", name="城区", figures=_FIGURES)],
    total=_FIGURES,
)
MONTHLY: Final = MonthlyTable(
    year=2026,
    month=6,
    cutoff=_CUTOFF,
    rows=[MonthlyRow(area=Named(code="140302", name="城区"), figures=_MONTHLY)],
    total=_MONTHLY,
)
