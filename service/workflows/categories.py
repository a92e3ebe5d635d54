"""The catalogue that phones keep a copy of."""

from datetime import date

from schemas.base import Page
from schemas.catalogue import Category
from service.repositories import categories
from service.workflows.context import Context


async def read(context: Context, day: date) -> Page[Category]:
    """Every category as it holds on a day in China, by code."""
    async with context.database.connection() as connection:
        return Page(items=await categories.current(connection, day))
