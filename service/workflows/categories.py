"""The catalogue that phones keep a copy of."""

import hashlib
from dataclasses import dataclass

import msgspec

from schemas.base import Page
from service.repositories import categories
from service.workflows.context import Context


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The catalogue as JSON with a tag that changes exactly when it does."""

    body: bytes
    etag: str


async def read(context: Context) -> Catalogue:
    """Every category, by code."""
    async with context.database.connection() as connection:
        found = await categories.all_categories(connection)
    body = msgspec.json.encode(Page(items=found))
    return Catalogue(body, hashlib.sha256(body).hexdigest()[:32])
