"""A process that starts looks at its store once, so that an operator reads in the log what is wrong with an address."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from storage.base import ObjectStore, StoreError

logger = logging.getLogger("clearway.store")


@asynccontextmanager
async def looking(store: ObjectStore) -> AsyncIterator[None]:
    """Looks while the block runs. It does not wait: a service starts while its store is away, and answers 503."""
    look = asyncio.create_task(_look(store))
    try:
        yield
    finally:
        look.cancel()
        with suppress(asyncio.CancelledError):
            await look


async def _look(store: ObjectStore) -> None:
    try:
        await store.check()
    except StoreError as error:
        logger.error("store not usable, nothing is accepted until it is", extra={"fields": {"reason": str(error)}})
