"""What a person is told about: a sentence without names, addresses or descriptions, and what it is about."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from schemas.base import Answer


class Notification(Answer, kw_only=True, frozen=True):
    """Something to look at. `to` says whether it was told to this person or to whoever holds a right where it lies."""

    id: UUID
    kind: str
    text: str
    subject: Literal["hazard", "notice"]
    subject_id: UUID
    parameters: dict[str, Any]
    to: Literal["account", "organization"]
    created_at: datetime
    read_at: datetime | None
