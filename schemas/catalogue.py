"""The catalogue of hazard kinds, as phones keep it."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from schemas.base import Answer

DeadlineUnit = Literal["on_the_spot", "working_days", "calendar_days"]
PenaltyAuthority = Literal[
    "bureau",
    "emergency_management",
    "fire_rescue",
    "housing",
    "market_regulation",
    "public_security",
    "transport",
]


class LegalBasis(Answer, kw_only=True, frozen=True):
    """A clause that a category rests on, cited as laws are, and who punishes its breach."""

    key: str
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    penalty_authority: PenaltyAuthority


class LegalClause(LegalBasis, kw_only=True, frozen=True):
    """A clause with the days on which it holds: from `valid_from` until the day before `valid_until`."""

    valid_from: date
    valid_until: date | None


class CategoryEdition(Answer, kw_only=True, frozen=True):
    """What a category is from `valid_from` until the day before `valid_until`, days in China. `basis` holds the keys of
    clauses. `days` to fix: 0 is on the spot. A person decides the level, also of a `major_candidate`.
    """

    code: str
    name_zh: str
    name_en: str
    priority: str
    major_candidate: bool
    basis: list[str]
    days: int
    valid_from: date
    valid_until: date | None


class Category(CategoryEdition, kw_only=True, frozen=True):
    """A kind of hazard as one edition has it."""

    deadline_unit: Annotated[DeadlineUnit, Meta(description="what `days` counts; 2, 3, 5 and 7 are working days")]
    bases: list[LegalBasis]
