"""Pages of the hazards that a person may see."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from struct import Struct
from struct import error as StructError
from uuid import UUID

from schemas.base import Page
from schemas.hazards import HazardSummary, State
from service.domain.permissions import Actor, Permission
from service.i18n import Language
from service.problems import Problem
from service.repositories import hazard_lists, organizations
from service.repositories.hazard_lists import NEWEST, HazardFilter, Place
from service.workflows import hazard_answers
from service.workflows.context import Context

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLACE = Struct(">q16s")


async def page(
    context: Context,
    actor: Actor,
    *,
    states: list[State] | None,
    area: str | None,
    category: str | None,
    cursor: str | None,
    limit: int,
    now: datetime,
    language: Language,
) -> Page[HazardSummary]:
    """The newest hazards after `cursor`. `area` is the code of an organization and means all below it."""
    after = NEWEST if cursor is None else place_of(cursor)
    async with context.database.connection() as connection:
        within = None if area is None else await organizations.all_below(connection, area)
        lines = await hazard_lists.page(
            connection,
            account_id=actor.account_id,
            readable_organization_ids=actor.organizations_with(Permission.HAZARD_READ),
            wanted=HazardFilter(tuple(states) if states else None, within, category),
            after=after,
            limit=limit + 1,
        )
    shown = lines[:limit]
    last = Place(shown[-1].received_at, shown[-1].id) if len(lines) > limit else None
    return Page(
        items=[hazard_answers.summary(line, now, language) for line in shown],
        next_cursor=None if last is None else cursor_of(last),
    )


def cursor_of(place: Place) -> str:
    """Where a page ended, as text that a client hands back unread."""
    return urlsafe_b64encode(_PLACE.pack((place.received_at - _EPOCH) // _MICROSECOND, place.hazard_id.bytes)).decode()


def place_of(cursor: str) -> Place:
    """The place that a cursor names; 400 `page.cursor_invalid` for text that is none of ours."""
    try:
        microseconds, hazard_id = _PLACE.unpack(urlsafe_b64decode(cursor.encode("ascii")))
        return Place(_EPOCH + microseconds * _MICROSECOND, UUID(bytes=hazard_id))
    except (ValueError, OverflowError, StructError) as error:
        raise Problem("page.cursor_invalid") from error
