"""The demo world begins on any day of the year, also where the calendar of that year is not published."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from schemas.hazards import Action, AttachmentReference, PhotoReference, State
from service.app import open_context
from service.demo import accounts, chronicle, places
from service.demo.hazard_history import HazardHistory
from service.demo.hazard_stories import STORIES, story_id
from service.demo.paper_history import PaperHistory
from service.demo.paper_stories import NOTICES, VISITS
from service.demo.people import People
from service.demo.stories import Shot
from service.demo.timeline import Moment, Timeline
from service.domain.hazards import Hazard
from service.domain.lifecycle import TRANSITIONS
from service.migrator import migrate
from service.repositories import hazards, photos
from service.settings import read_settings
from service.workflows import accounts as account_workflow
from service.workflows import hazards as hazard_workflow
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


@dataclass(frozen=True, slots=True)
class Told:
    """A demo without pictures, begun at some instant."""

    context: Context
    timeline: Timeline
    people: People
    history: HazardHistory
    papers: PaperHistory

    async def tell(self, until: Moment | None = None) -> None:
        """Plays the demo, or what happened before that moment."""
        deeds = [deed for story in STORIES for deed in self.history.deeds(story)]
        deeds += [self.papers.visit(story) for story in VISITS]
        deeds += [deed for story in NOTICES for deed in self.papers.deeds(story)]
        await chronicle.play(deed for deed in deeds if until is None or deed.at < self.timeline.at(until))

    async def hazard(self, name: str) -> Hazard:
        async with self.context.database.connection() as connection:
            found = await hazards.by_id(connection, story_id(self.timeline, name))
        assert found is not None
        return found

    async def act(self, name: str, action: Action, by: str, when: Moment, **fields: Any) -> None:
        """Somebody does what no story tells."""
        await hazard_workflow.act(
            self.context,
            await self.people.actor(by),
            hazard_id=story_id(self.timeline, name),
            action=action,
            body=TRANSITIONS[action].body(action_id=uuid4(), **fields),
            if_match=f'"{(await self.hazard(name)).version}"',
            now=self.timeline.at(when),
            language="zh-CN",
        )

    async def events(self) -> int:
        async with self.context.database.connection() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM events"))


async def begun(context: Context, now: datetime) -> Told:
    """People and places, and nothing that has happened yet."""
    timeline = Timeline(await accounts.move_in(context, PASSWORD, now))
    await places.settle(context, timeline)
    people = People(context, "http://nowhere.invalid")
    album: Any = ArrivedPhotos(context, people, timeline)
    papers: Any = PapersOnTheirWay()
    return Told(
        context,
        timeline,
        people,
        HazardHistory(context, people, album, timeline),
        PaperHistory(context, people, papers, timeline),
    )


@pytest.mark.parametrize("now", STARTS.values(), ids=STARTS.keys())
async def test_the_demo_tells_its_stories_to_the_end_whenever_it_is_started(town: Context, now: datetime) -> None:
    demo = await begun(town, now)
    await demo.tell()
    assert [story.name for story in STORIES if not await demo.history.is_told(story)] == []
    assert [story.name for story in NOTICES if not await demo.papers.is_issued(story)] == []
    assert [story.name for story in VISITS if not await demo.papers.is_recorded(story)] == []
    found = [await demo.hazard(story.name) for story in STORIES]
    for hazard in found:
        # Whoever must fix something knows until when, by the calendar or by the desk with its reason.
        if hazard.owner_id is not None:
            assert hazard.round.due_at is not None, hazard.number
            assert hazard.round.catalogue_due_at is not None or hazard.round.due_reason is not None
    assert {hazard.state for hazard in found} == set(State)
    told = await demo.events()
    await demo.tell()
    assert await demo.events() == told
    async with town.database.connection() as connection:
        assert await connection.fetchval("SELECT max(at) FROM events WHERE demo") <= now


async def test_what_somebody_moved_on_stays_theirs_and_the_rest_is_told(town: Context) -> None:
    demo = await begun(town, STARTS["on an ordinary day"])
    await demo.tell(until=Moment(4, "09:00"))
    await demo.act("cinema stair", Action.REOPEN, "hotline", Moment(4, "09:01"), reason="市民来电")
    remarks = "现场已清空"
    await demo.act(
        "dormitory stair", Action.INVALIDATE, "desk", Moment(4, "09:02"), reason="not_found", remarks=remarks
    )
    await demo.tell()
    stair, order = await demo.hazard("cinema stair"), await demo.hazard("dormitory window bars")
    assert (stair.state, stair.round.number, stair.round.owner_id) == (State.REGISTERED, 2, None)
    assert (await demo.hazard("dormitory stair")).state is State.INVALID
    # The order that would have listed both was never issued.
    assert (order.state, order.round.notice_id) == (State.REGISTERED, None)
    theirs = {"cinema stair", "dormitory stair", "dormitory window bars"}
    assert {story.name for story in STORIES if not await demo.history.is_told(story)} == theirs
    told = await demo.events()
    await demo.tell()
    assert await demo.events() == told
