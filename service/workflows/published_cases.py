"""What everybody may read. No actor: whatever comes from here is public."""

import re
from typing import Final

from schemas.cases import CaseState, PublicCase
from service.domain import publication
from service.problems import Problem
from service.repositories import published_cases
from service.repositories.published_cases import PublicFile
from service.workflows.context import Context

_PICTURE: Final = re.compile(r"([0-9a-f]{32})(-card)?\.jpg")


async def page(context: Context, *, after: str | None, limit: int) -> tuple[list[PublicCase], str | None]:
    """Published cases, newest first, older than the one with slug `after`; and the slug to ask for more, if any.

    The case `after` may be retracted meanwhile; 404 `case.not_found` when it was never published.
    """
    async with context.database.snapshot() as connection:
        position = None
        if after is not None:
            _require_slug(after)
            position = await published_cases.position(connection, after)
            if position is None:
                raise Problem("case.not_found")
        cases = await published_cases.page(connection, position, limit + 1)
    shown = cases[:limit]
    return shown, shown[-1].slug if len(cases) > limit else None


async def read(context: Context, slug: str) -> PublicCase:
    """A published case; 410 `case.gone` after its retraction, 404 for everything else: a draft does not exist here."""
    _require_slug(slug)
    async with context.database.snapshot() as connection:
        case = await published_cases.by_slug(connection, slug)
        if case is None:
            state = await published_cases.state_of(connection, slug)
            raise Problem("case.gone" if state is CaseState.RETRACTED else "case.not_found")
    return case


def _require_slug(slug: str) -> None:
    if publication.SLUG.fullmatch(slug) is None:
        raise Problem("case.not_found")


async def picture(context: Context, file: str) -> PublicFile:
    """Where the bytes of `<name>.jpg` or its share card `<name>-card.jpg` are; 410 after a retraction, else 404."""
    match = _PICTURE.fullmatch(file)
    if match is None:
        raise Problem("case.picture_not_found")
    look_up = published_cases.share_card if match[2] else published_cases.picture
    async with context.database.connection() as connection:
        found = await look_up(connection, match[1])
    if found is not None and found.state is CaseState.RETRACTED:
        raise Problem("case.gone")
    if found is None or found.state is not CaseState.PUBLISHED:
        raise Problem("case.picture_not_found")
    return found
