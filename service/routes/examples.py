"""Answers that the API's description shows for sessions and photos."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from uuid import UUID

from schemas.accounts import Me, Membership, Session
from schemas.photos import MediaType, Photo, PhotoFacts
from schemas.receipts import Receipt

_AT: Final = datetime(2026, 3, 18, 1, 42, 10, tzinfo=UTC)
_ID: Final = UUID("0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c21")
_SHA256: Final = "5f8e13a3da2a92a1abbf6df2e7ce124493893b7705d2831b05fc2f06ee44f411"

SESSION: Final = Session(
    token="vN3bq8Zp0eYxkT1mJr5sWc7uLd2hGf4aQi6oXy9zB_E",  # noqa: S106
    account="inspector",
    name="检查员A",
    expires_at=_AT + timedelta(days=7),
    idle_seconds=43200,
)

ME: Final = Me(
    account="inspector",
    name="检查员A",
    memberships=[
        Membership(
            role="inspector",
            permissions=["hazard:read", "hazard:report", "photo:upload"],
            organizations=["140302"],
        )
    ],
)

RECEIPT: Final = Receipt(photo_id=_ID, sha256=_SHA256, size=3_951_204, media_type=MediaType.JPEG, received_at=_AT)

PHOTO: Final = Photo(
    id=_ID,
    sha256=_SHA256,
    size=3_951_204,
    media_type=MediaType.JPEG,
    filename="IMG_20260318_094107.jpg",
    received_at=_AT,
    rendition_state="ready",
    rendition_problem=None,
    facts=PhotoFacts(
        width=4032,
        height=3024,
        orientation=6,
        taken_at_local="2026-03-18T09:41:07",
        taken_at=datetime(2026, 3, 18, 9, 41, 7, tzinfo=timezone(timedelta(hours=8))),
        taken_at_zone="offset",
        latitude=37.8573,
        longitude=113.5804,
        accuracy=12.0,
        heading=182.5,
        heading_reference="magnetic",
    ),
    original=f"/api/v1/photos/{_ID}/original",
    preview=f"/api/v1/photos/{_ID}/preview",
    thumbnail=f"/api/v1/photos/{_ID}/thumbnail",
)
