"""What a person was told, and saying that it was read."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from schemas.base import Page
from schemas.notifications import Notification
from service.domain.permissions import Actor
from service.i18n import Language
from service.routes.openapi import answers
from service.workflows import notifications
from service.workflows.context import Context


@get("/notifications", summary="List my notifications", responses=answers("page.cursor_invalid"))
async def list_notifications(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    language: NamedDependency[Language],
    unread: Annotated[bool, QueryParameter(description="Only what nobody of those it was told to has read")] = False,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=64, description="`next_cursor` of the page before")] = None,
) -> Page[Notification]:
    """Newest first: what was told to this person, or to whoever holds a right of theirs where it lies."""
    return await notifications.page(context, actor, unread=unread, cursor=cursor, limit=limit, language=language)


@post(
    "/notifications/{notification_id:uuid}/actions/read",
    summary="Say that a notification was read",
    status_code=200,
    responses=answers("notification.not_found"),
)
async def read_notification(
    notification_id: FromPath[UUID],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
) -> Notification:
    """Without a body; again changes nothing. What was told to several is read once one of them has read it."""
    return await notifications.read(context, actor, notification_id, now=now, language=language)


router = Router("/", route_handlers=[list_notifications, read_notification], tags=["Notifications"])
