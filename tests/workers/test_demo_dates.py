"""The demo world begins on any day of the year, also where the calendar of that year is not published."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from schemas.hazards import AttachmentReference, PhotoReference, State
from service.app import open_context
from service.demo import accounts, chronicle, places
from service.demo.hazard_history import HazardHistory
from service.demo.hazard_stories import STORIES, story_id
from service.demo.paper_history import PaperHistory
from service.demo.paper_stories import NOTICES, VISITS
from service.demo.people import People
from service.demo.stories import Shot
from service.demo.timeline import Moment, Timeline
from service.migrator import migrate
from service.repositories import hazards, photos
from service.settings import read_settings
from service.workflows import accounts as account_workflow
from service.workflows.context import Context
from tests.people import PASSWORD
from tests.servers import service_environment

STARTS = {
    "on an ordinary day": datetime(2026, 11, 23, 6, tzinfo=UTC),
    "before a new year that is not published": datetime(2026, 12, 30, 16, 30, tzinfo=UTC),
    "soon after one that was": datetime(2027, 2, 1, 1, tzinfo=UTC),
    "when nothing is published": datetime(2028, 1, 2, 6, tzinfo=UTC),
    "in a long holiday": datetime(2026, 10, 4, 6, tzinfo=UTC),
}


class ArrivedPhotos:
    """An album whose photos are there at once, without pictures."""

    def __init__(self, context: Context, people: People, timeline: Timeline) -> None:
        self._context, self._people, self._timeline = context, people, timeline

    async def reference(self, shot: Shot) -> PhotoReference:
        photo_id = self._timeline.identifier(shot.name, shot.when)
        digest = hashlib.sha256(photo_id.bytes)
        actor = await self._people.actor(shot.by)
        async with self._context.database.connection() as connection:
            await photos.insert(
                connection,
                photo_id=photo_id,
                uploaded_by=actor.account_id,
                sha256=digest.digest(),
                size=1,
                media_type="image/jpeg",
                object_key=digest.hexdigest(),
                filename=None,
                now=self._timeline.built_at,
            )
        return PhotoReference(id=photo_id, sha256=digest.hexdigest())


class PapersOnTheirWay:
    """Papers that are named and never arrive."""

    async def reference(self, name: str, _title: str, _by: str, _when: Moment) -> AttachmentReference:
        digest = hashlib.sha256(name.encode())
        return AttachmentReference(id=UUID(bytes=digest.digest()[:16]), sha256=digest.hexdigest())


@pytest.fixture
async def town(empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Context]:
    """An empty service in which passwords cost nothing."""

    async def hashed(_password: str) -> str:
        return "no hash"

    monkeypatch.setattr(account_workflow, "hash_password", hashed)
    await migrate(empty_database_url)
    environment = service_environment(empty_database_url, tmp_path / "store", disk_floor_bytes=0)
    async with open_context(read_settings(environment)) as context:
        yield context


@pytest.mark.parametrize("now", STARTS.values(), ids=STARTS.keys())
async def test_the_demo_tells_its_stories_to_the_end_whenever_it_is_started(town: Context, now: datetime) -> None:
    built_at = await accounts.move_in(town, PASSWORD, now)
    timeline = Timeline(built_at)
    await places.settle(town, timeline)
    people = People(town, "http://nowhere.invalid")
    history = HazardHistory(town, people, ArrivedPhotos(town, people, timeline), timeline)  # type: ignore[arg-type]
    papers = PaperHistory(town, people, PapersOnTheirWay(), timeline)  # type: ignore[arg-type]

    async def tell() -> None:
        deeds = [deed for story in STORIES for deed in history.deeds(story)]
        deeds += [papers.visit(story) for story in VISITS]
        deeds += [deed for story in NOTICES for deed in papers.deeds(story)]
        await chronicle.play(deeds)

    await tell()
    assert [story.name for story in STORIES if not await history.is_told(story)] == []
    assert [story.name for story in NOTICES if not await papers.is_issued(story)] == []
    assert all([await papers.is_recorded(story) for story in VISITS])
    async with town.database.connection() as connection:
        found = [await hazards.by_id(connection, story_id(timeline, story.name)) for story in STORIES]
        events = await connection.fetchval("SELECT count(*) FROM events")
    for hazard in found:
        assert hazard is not None
        # Whoever must fix something knows until when, by the calendar or by the desk with its reason.
        if hazard.owner_id is not None:
            assert hazard.round.due_at is not None, hazard.number
            assert hazard.round.catalogue_due_at is not None or hazard.round.due_reason is not None
    assert {hazard.state for hazard in found if hazard} == set(State)
    await tell()
    async with town.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM events") == events
        assert await connection.fetchval("SELECT max(at) FROM events WHERE demo") <= now + timedelta(seconds=1)
