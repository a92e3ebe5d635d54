"""Attachments: signed and stamped papers beside the photos, kept as they came and never decoded."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from schemas.base import Answer


class PaperType(StrEnum):
    """What an attachment may be, told by its bytes and never by a name or a header."""

    HEIC = "image/heic"
    JPEG = "image/jpeg"
    PDF = "application/pdf"
    PNG = "image/png"

    @property
    def extension(self) -> str:
        """The usual file name ending, without the dot."""
        return _EXTENSIONS[self]


_EXTENSIONS: Final = {PaperType.HEIC: "heic", PaperType.JPEG: "jpg", PaperType.PDF: "pdf", PaperType.PNG: "png"}


class Attachment(Answer, kw_only=True, frozen=True):
    """A paper that arrived whole: the receipt of its upload and what is known of it. `sha256` is lower-case hex."""

    id: UUID
    sha256: str
    size: int
    media_type: PaperType
    received_at: datetime
    content: str
    """Where its bytes are fetched, relative to the server."""


class NamedAttachment(Answer, kw_only=True, frozen=True):
    """A paper as a visit or a notice names it; `content` is null until its bytes are here under the promised hash."""

    id: UUID
    sha256: str
    purpose: str
    """What it was named for: `recorded`, `issued`, `service_recorded`, `refusal_recorded`."""
    arrived: bool
    media_type: PaperType | None
    content: str | None
