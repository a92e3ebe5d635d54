"""Plays the hazards' stories through the same workflows that the API calls, with the times at which they happened."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from schemas.hazard_actions import ActionBody
from schemas.hazards import HazardReport
from schemas.hazards import SpotFix as SpotFixReport
from schemas.places import Position
from service.demo import dates, places
from service.demo.album import Album
from service.demo.chronicle import Deed
from service.demo.hazard_stories import story_id
from service.demo.paper_stories import visit_id
from service.demo.people import People
from service.demo.stories import Step, Story, shots_of
from service.demo.timeline import Timeline
from service.domain.lifecycle import TRANSITIONS
from service.problems import Problem
from service.repositories import hazards
from service.workflows import hazards as workflow
from service.workflows.context import Context

SENT_AFTER = timedelta(minutes=4)
"""Between taking the photo and sending the report."""
CARRIED_FOR = timedelta(minutes=55)
"""How long a report from a basement waited for a network."""
MOVED_ON = frozenset(
    {
        "action.content_differs",
        "hazard.action_not_allowed_now",
        "hazard.content_differs",
        "hazard.not_found",
        "hazard.not_the_owner",
        "hazard.original_not_open",
        "hazard.owner_unsuitable",
        "hazard.version_stale",
        "permission.denied",
    }
)
"""Somebody did something else with the hazard in the meantime, or an earlier demo told it otherwise: it is theirs."""


class HazardHistory:
    """Every step has an id of its own, so that playing a story again replays the answers and changes nothing."""

    def __init__(self, context: Context, people: People, album: Album, timeline: Timeline) -> None:
        self._context = context
        self._people = people
        self._album = album
        self._timeline = timeline
        self._theirs: set[str] = set()

    async def is_told(self, story: Story) -> bool:
        """Whether the hazard has come at least as far as its story."""
        async with self._context.database.connection() as connection:
            hazard = await hazards.by_id(connection, story_id(self._timeline, story.name))
        return hazard is not None and hazard.version >= story.version

    def deeds(self, story: Story) -> Iterator[Deed]:
        """The report and every step, each when it happened; nothing more once somebody else has moved it on."""
        sent = self._timeline.at(story.found) + (CARRIED_FOR if story.offline else SENT_AFTER)
        yield Deed(sent, partial(self._unless_theirs, story, partial(self._report, story)))
        for number, step in enumerate(story.steps, start=1):
            if step.notice is None:
                take = partial(self._take, story, step, number)
                yield Deed(self._timeline.at(step.when), partial(self._unless_theirs, story, take))

    async def _unless_theirs(self, story: Story, take: partial[Any]) -> None:
        if story.name in self._theirs:
            return
        try:
            await take()
        except Problem as problem:
            if problem.code not in MOVED_ON:
                raise
            self._theirs.add(story.name)

    async def _report(self, story: Story) -> None:
        found = self._timeline.at(story.found)
        await workflow.report(
            self._context,
            await self._people.actor(story.reporter),
            hazard_id=story_id(self._timeline, story.name),
            report=await self._reported(story),
            now=found + (CARRIED_FOR if story.offline else SENT_AFTER),
            language="zh-CN",
            demo=True,
        )

    async def _take(self, story: Story, step: Step, number: int) -> None:
        actor = await self._people.actor(step.by)
        # Before step n the report, the fix on the spot and n - 1 steps have happened.
        version = story.version - len(story.steps) + number - 1
        fields = await self._fields(story, step, number)
        at = self._timeline.at(step.when)

        async def act(given: dict[str, Any]) -> None:
            body: ActionBody = msgspec.convert(given, TRANSITIONS[step.action].body)
            await workflow.act(
                self._context,
                actor,
                hazard_id=story_id(self._timeline, story.name),
                action=step.action,
                body=body,
                if_match=f'"{version}"',
                now=at,
                language="zh-CN",
            )

        if step.action in dates.DATED:
            await dates.take(act, fields, at)
        else:
            await act(fields)

    async def _reported(self, story: Story) -> HazardReport:
        found = self._timeline.at(story.found)
        shot, *later = shots_of(story)
        fix = None
        if story.fixed is not None:
            photos = [await self._album.reference(later[0])]
            fix = SpotFixReport(measures=story.fixed.measures, photos=photos, checked_by=story.fixed.checked_by)
        token = None
        if story.checkpoint is not None:
            token = await places.token(self._context, self._timeline, story.premises, story.checkpoint)
        return HazardReport(
            category=story.category,
            description=story.description,
            place=story.place,
            captured_at=found,
            device_time=found + SENT_AFTER,
            photos=[await self._album.reference(shot)],
            premises=story.premises,
            premises_id=places.premises_id(self._timeline, story.premises),
            checkpoint=token,
            floor=story.floor,
            position=Position(
                lat=story.latitude,
                lon=story.longitude,
                datum=story.datum,
                source="gps" if story.datum == "wgs84" else "manual",
                accuracy_m=8.0 if story.datum == "wgs84" else 30.0,
                fixed_at=found,
            ),
            offline=story.offline,
            second_inspector=story.second,
            source=story.source,
            on_behalf_of=story.informant,
            visit_id=None if story.visit is None else visit_id(self._timeline, story.visit),
            fixed_on_the_spot=fix,
        )

    async def _fields(self, story: Story, step: Step, number: int) -> dict[str, Any]:
        fields = {"action_id": self._timeline.identifier(f"{story.name} step {number}", step.when), **step.fields}
        for name, moment in step.moments.items():
            fields[name] = self._timeline.at(moment)
        if "time_limit" in fields:
            fields["arrangements"] = {**fields["arrangements"], "time_limit": fields.pop("time_limit")}
        if step.original is not None:
            fields["original_id"] = story_id(self._timeline, step.original)
        if step.variant is not None:
            [shot] = [shot for shot in shots_of(story) if (shot.by, shot.when) == (step.by, step.when)]
            fields["photos"] = [await self._album.reference(shot)]
        return fields
