"""What the server confirms once a photo is durable."""

from datetime import datetime
from uuid import UUID

from schemas.base import Answer


class Receipt(Answer, frozen=True):
    """Proof for the phone that it may forget its copy: these bytes, this long, at this time by the server's clock.

    `sha256` is lower-case hex over the bytes that the server received and keeps.
    """

    photo_id: UUID
    sha256: str
    size: int
    media_type: str
    received_at: datetime
