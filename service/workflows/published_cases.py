"""What everybody may read. No actor: whatever comes from here is public."""

import re
from datetime import date, datetime
from typing import Final

from schemas.cases import PublicCase, PublicFacets
from service.domain import publication
from service.problems import Problem
from service.repositories import published_cases
from service.repositories.published_cases import Filter, ShownFile
from service.workflows.context import Context

_PICTURE: Final = re.compile(r"([0-9a-f]{32})(?:-(card|[1-9]\d{0,4}))?\.(jpg|webp)", re.ASCII)


async def page(
    context: Context,
    *,
    after: str | None,
    limit: int,
    category: str | None = None,
    area: str | None = None,
    month: date | None = None,
) -> tuple[list[PublicCase], str | None]:
    """Live cases, newest first, older than the one with slug `after`; and the slug to ask for more, if any.

    The case `after` may be retracted meanwhile; 404 `case.not_found` when it was never published.
    """
    async with context.database.snapshot() as connection:
        position = None
        if after is not None:
            _require_slug(after)
            position = await published_cases.position(connection, after)
            if position is None:
                raise Problem("case.not_found")
        cases = await published_cases.page(connection, position, limit + 1, Filter(category, area, month))
    shown = cases[:limit]
    return shown, shown[-1].slug if len(cases) > limit else None


async def facets(context: Context) -> PublicFacets:
    """By what the list can be filtered."""
    async with context.database.connection() as connection:
        return await published_cases.facets(connection)


async def addresses(context: Context) -> list[tuple[str, datetime]]:
    """Slug and last change of every live case, newest first."""
    async with context.database.connection() as connection:
        return await published_cases.addresses(connection)


async def read(context: Context, slug: str) -> PublicCase:
    """A live case; 410 `case.suspended` while an objection is looked into, 410 `case.gone` after its retraction, 404
    for everything else: a draft does not exist here."""
    _require_slug(slug)
    async with context.database.snapshot() as connection:
        case = await published_cases.by_slug(connection, slug)
        if case is None:
            _refuse(await published_cases.status_of(connection, slug))
            raise Problem("case.not_found")
    return case


def _refuse(status: published_cases.Status | None) -> None:
    if status == "suspended":
        raise Problem("case.suspended")
    if status == "retracted":
        raise Problem("case.gone")


def _require_slug(slug: str) -> None:
    if publication.SLUG.fullmatch(slug) is None:
        raise Problem("case.not_found")


async def picture(context: Context, file: str) -> ShownFile:
    """Where the bytes of `<name>.jpg`, `<name>-960.webp` or the share card `<name>-card.jpg` are.

    410 `case.suspended` or `case.gone`, also for a picture that an amendment replaced; else 404.
    """
    match = _PICTURE.fullmatch(file)
    if match is None or (match[3] == "webp" and match[2] in (None, "card")):
        raise Problem("case.picture_not_found")
    label = match[2] if match[2] == "card" else "" if match[2] is None else f"{match[2]}.{match[3]}"
    async with context.database.connection() as connection:
        found = await published_cases.file(connection, match[1], label)
    if found is None:
        raise Problem("case.picture_not_found")
    _refuse(found.status)
    if not found.is_current:
        raise Problem("case.gone")
    return found
