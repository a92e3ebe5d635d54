"""Work on long lists, a few batches at a time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from itertools import islice
from typing import Final, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH: Final = 16
"""Objects that wait for the disk together."""


async def in_batches(
    items: Iterable[Item], at_once: int, work: Callable[[Sequence[Item]], Awaitable[Result]], size: int = BATCH
) -> AsyncIterator[Result]:
    """The results of `work` on batches of `items`, in their order, `at_once` of them under way.

    The list is read as it is worked on, so its length is no matter. After a failure nothing runs any more.
    """
    rest = iter(items)
    running: deque[asyncio.Task[Result]] = deque()
    try:
        while True:
            while len(running) < at_once and (batch := list(islice(rest, size))):
                running.append(asyncio.ensure_future(_run(work, batch)))
            if not running:
                return
            yield await running[0]
            running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def in_thread(function: Callable[[], Result]) -> Result:
    """Runs it in a thread, and when cancelled ends after it: nothing is still at work on a file that is given up."""
    running = asyncio.ensure_future(asyncio.to_thread(function))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if not running.cancelled():
            running.exception()
        raise


async def _run(work: Callable[[Sequence[Item]], Awaitable[Result]], batch: Sequence[Item]) -> Result:
    return await work(batch)
