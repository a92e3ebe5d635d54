"""Telling people: what has happened, what is late, and reading it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from schemas.base import Page
from schemas.notifications import Notification
from service import i18n
from service.database import Connection
from service.domain import escalations as steps
from service.domain import notifications as rules
from service.domain.hazards import Hazard, HazardEvent
from service.domain.permissions import Actor
from service.i18n import Language
from service.problems import Problem
from service.repositories import escalations, notifications
from service.repositories.notifications import Right, Told
from service.workflows.context import Context
from service.workflows.keyset import cursor_of, place_of

BATCH: Final = 500
"""How many are told in one transaction."""


async def after(connection: Connection, before: Hazard | None, hazard: Hazard, event: HazardEvent) -> None:
    """Tells the people concerned of a change, in its transaction. `before` is None when it was reported."""
    await notifications.insert(connection, rules.messages(before, hazard, event))


async def escalate(context: Context, now: datetime) -> int:
    """Tells of every step that was crossed and not told yet, and returns how many; hazards are only read.

    Any number may run at once and again: a key of hazard, round, clock, due instant, step and audience is told once.
    """
    told = 0
    while True:
        async with context.database.transaction() as connection:
            windows = steps.windows(await escalations.steps(connection), now)
            crossed = await escalations.crossings(connection, windows, BATCH)
            told += await notifications.insert(connection, [steps.message(crossing, now) for crossing in crossed])
        if len(crossed) < BATCH:
            return told


async def page(
    context: Context, actor: Actor, *, unread: bool, cursor: str | None, limit: int, language: Language
) -> Page[Notification]:
    """What the person was told, or whoever holds a right of theirs, newest first."""
    async with context.database.connection() as connection:
        found = await notifications.page(
            connection,
            account_id=actor.account_id,
            rights=_rights(actor),
            unread=unread,
            after=place_of(cursor),
            limit=limit + 1,
        )
    shown = found[:limit]
    more = cursor_of(shown[-1].created_at, shown[-1].id) if len(found) > limit else None
    return Page(items=[_answer(told, told.read_at, language) for told in shown], next_cursor=more)


async def read(
    context: Context, actor: Actor, notification_id: UUID, *, now: datetime, language: Language
) -> Notification:
    """Marks it read; again changes nothing. 404 `notification.not_found` for whom it is not addressed to."""
    async with context.database.transaction() as connection:
        told = await notifications.by_id(connection, notification_id)
        if told is None or not _is_addressed(told, actor):
            raise Problem("notification.not_found")
        read_at = await notifications.mark_read(connection, told.id, actor.account_id, now)
    return _answer(told, read_at, language)


def _rights(actor: Actor) -> list[Right]:
    return [
        (organization_id, permission)
        for permission in rules.GROUPS.values()
        for organization_id in actor.organizations_with(permission)
    ]


def _is_addressed(told: Told, actor: Actor) -> bool:
    if told.organization_id is None or told.permission is None:
        return told.account_id == actor.account_id
    return actor.may(told.permission, told.organization_id)


def _answer(told: Told, read_at: datetime | None, language: Language) -> Notification:
    return Notification(
        id=told.id,
        kind=told.kind,
        text=i18n.translate(f"notifications.{told.kind}", language, **told.parameters),
        subject=told.subject,
        subject_id=told.subject_id,
        parameters=told.parameters,
        to="organization" if told.account_id is None else "account",
        created_at=told.created_at,
        read_at=read_at,
    )
