"""The job queue of the test, and a worker that does not wait."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from service.workers import worker
from tests.workers.at_work import Queue


@pytest.fixture
async def jobs_in(database_url: str) -> AsyncIterator[Queue]:
    connection = await asyncpg.connect(database_url)
    yield Queue(connection)
    await connection.close()


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that tries again at once."""
    monkeypatch.setattr(worker, "FIRST_DELAY", timedelta(milliseconds=1))
    monkeypatch.setattr(worker, "RECONNECT_SECONDS", 0.01)
    monkeypatch.setattr(worker, "POLL", timedelta(milliseconds=100))
