"""Published cases as pages and feeds show them, and which of them an address asks for."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from litestar.params import QueryParameter

from schemas.cases import PublicCase, PublicPicture, PublicTexts
from service.domain.hazards import CHINA_TIME
from service.i18n import Language
from service.problems import Problem
from service.workflows import published_cases
from service.workflows.context import Context

SAME_SHAPE: Final = 0.02
CategoryQuery = Annotated[
    str | None, QueryParameter(name="category", max_length=32, description="Code of a kind of hazard")
]
AreaQuery = Annotated[str | None, QueryParameter(name="area", max_length=32, description="Code of a district")]
MonthQuery = Annotated[str | None, QueryParameter(name="month", max_length=10, description="2026-06")]
After = Annotated[str | None, QueryParameter(max_length=40, description="Cases older than the one with this slug")]


@dataclass(frozen=True, slots=True)
class Entry:
    """A case as a page shows it: `pair` is one picture before and one after, `more` are the others.

    The kind of hazard has an English name even where nobody translated the texts.
    """

    case: PublicCase
    texts: PublicTexts
    language: Language
    category: str
    category_language: Language
    pair: list[PublicPicture]
    more: list[PublicPicture]
    pictures: str
    """Where the pictures are: what their addresses begin with."""

    @property
    def has_slider(self) -> bool:
        """Whether the pictures of the pair can lie over each other: nearly the same shape."""
        ratios = [picture.width / picture.height for picture in self.pair]
        return len(ratios) == 2 and abs(ratios[0] / ratios[1] - 1) <= SAME_SHAPE

    @property
    def is_tall(self) -> bool:
        """Whether the pair stands in a narrower frame."""
        return bool(self.pair) and self.pair[0].height > self.pair[0].width


def entry_of(case: PublicCase, language: Language, pictures: str = "/cases/pictures/") -> Entry:
    """The case in the visitor's language, in Chinese where there is no other."""
    texts = case.english if language == "en" else None
    first = {picture.role: picture for picture in reversed(case.pictures)}
    pair = [first[role] for role in ("before", "after") if role in first]
    more = [picture for picture in case.pictures if picture not in pair]
    category = case.category_english if language == "en" else None
    return Entry(
        case=case,
        texts=texts or case.chinese,
        language="en" if texts else "zh-CN",
        category=category or case.chinese.category,
        category_language="en" if category else "zh-CN",
        pair=pair,
        more=more,
        pictures=pictures,
    )


def published_on(case: PublicCase) -> date:
    """The day, in China. Nothing finer is public: the minute would lead to who sat at the desk."""
    return case.published_at.astimezone(CHINA_TIME).date()


def amended_on(case: PublicCase) -> date | None:
    """The day of the last amendment, in China."""
    return None if case.amended_at is None else case.amended_at.astimezone(CHINA_TIME).date()


def changed_on(case: PublicCase) -> date:
    """The day from which on it reads as it does now."""
    return amended_on(case) or published_on(case)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a list is limited to, as the address says it. A kind or a district that no case has limits to nothing."""

    category: str | None
    area: str | None
    month: str | None

    @property
    def query(self) -> dict[str, str]:
        """The part of an address that says the same."""
        given = {"category": self.category, "area": self.area, "month": self.month}
        return {name: value for name, value in given.items() if value}

    @property
    def first_day(self) -> date | None:
        """Of the month; 400 `request.invalid` for what is none."""
        try:
            return None if not self.month else date.fromisoformat(f"{self.month}-01")
        except ValueError as error:
            raise Problem("request.invalid", errors=[{"key": "month", "message": "not a month as 2026-06"}]) from error


def provide_choice(category: CategoryQuery = None, area: AreaQuery = None, month: MonthQuery = None) -> Choice:
    """The filters of a list or a feed."""
    return Choice(category, area, month)


async def chosen(
    context: Context, choice: Choice, after: str | None, limit: int
) -> tuple[list[PublicCase], str | None]:
    """The cases that a list asks for, newest first, and the slug to ask for more, if there are any."""
    return await published_cases.page(
        context, after=after, limit=limit, category=choice.category or None, area=choice.area or None,
        month=choice.first_day,
    )  # fmt: skip
