"""A few threads for blocking file operations.

``ThreadPoolExecutor`` does the same with a lock, a condition and two futures for each call; for the five calls that a
4 MB photo takes, that is a tenth of the whole cost of receiving it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Threads:
    """At most ``count`` threads, started one by one when calls wait for them. Calls start in the order they came."""

    def __init__(self, count: int, name: str) -> None:
        self._count = count
        self._name = name
        self._threads: list[Thread] = []
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._starting = Lock()

    def call(self, function: Callable[[], T]) -> asyncio.Future[T]:
        """Run ``function`` in a thread. It runs to its end even when the future is cancelled."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            try:
                result = function()
            except BaseException as error:
                tell(loop, settle, future.set_exception, future, error)
            else:
                tell(loop, settle, future.set_result, future, result)

        self._waiting.put(work)
        if len(self._threads) < self._count:
            self._start_another()
        return future

    def _start_another(self) -> None:
        with self._starting:
            if len(self._threads) < self._count:
                thread = Thread(target=self._serve, name=f"{self._name}-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self) -> None:
        while (work := self._waiting.get()) is not None:
            work()
            # Held until the next call otherwise, with the bytes it wrote.
            del work

    def close(self) -> None:
        """Finish the calls that wait, then end the threads. Blocks."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()


def tell(loop: asyncio.AbstractEventLoop, *call: Any) -> None:
    """Call on the loop, unless the loop is gone and nobody listens."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(*call)


def settle(set_outcome: Callable[[Any], None], future: asyncio.Future[Any], outcome: object) -> None:
    """Set a future's outcome unless its waiter was cancelled."""
    if not future.done():
        set_outcome(outcome)
