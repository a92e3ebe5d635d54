"""Plays the hazards' stories through the same workflows that the API calls, with the times at which they happened."""

from datetime import timedelta

import msgspec

from schemas.hazards import ActionBody, HazardReport
from schemas.places import Position
from service.demo.album import Album
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
MOVED_ON = frozenset({"hazard.action_not_allowed_now", "hazard.version_stale", "permission.denied"})
"""Somebody did something else with the hazard in the meantime: it is theirs now."""


class HazardHistory:
    """Every step has an id of its own, so that playing a story again replays the answers and changes nothing."""

    def __init__(self, context: Context, people: People, album: Album, timeline: Timeline) -> None:
        self._context = context
        self._people = people
        self._album = album
        self._timeline = timeline

    async def is_told(self, story: Story) -> bool:
        """Whether the hazard has come at least as far as its story."""
        async with self._context.database.connection() as connection:
            hazard = await hazards.by_id(connection, self._timeline.identifier(story.name, story.found))
        return hazard is not None and hazard.version > len(story.steps)

    async def tell(self, story: Story) -> None:
        """Reports the hazard and takes every step of its story; stops where somebody else has moved it on."""
        found = self._timeline.at(story.found)
        sent = found + (CARRIED_FOR if story.offline else SENT_AFTER)
        hazard_id = self._timeline.identifier(story.name, story.found)
        reply = await workflow.report(
            self._context,
            await self._people.actor(story.reporter),
            hazard_id=hazard_id,
            report=await self._report(story),
            now=sent,
            language="zh-CN",
            demo=True,
        )
        for number, step in enumerate(story.steps, start=1):
            try:
                reply = await workflow.act(
                    self._context,
                    await self._people.actor(step.by),
                    hazard_id=hazard_id,
                    action=step.action,
                    body=await self._body(story, step, number),
                    if_match=reply.etag,
                    now=self._timeline.at(step.when),
                    language="zh-CN",
                )
            except Problem as problem:
                if problem.code in MOVED_ON:
                    return
                raise

    async def _report(self, story: Story) -> HazardReport:
        found = self._timeline.at(story.found)
        shot = shots_of(story)[0]
        return HazardReport(
            category=story.category,
            description=story.description,
            place=story.place,
            captured_at=found,
            device_time=found + SENT_AFTER,
            photos=[await self._album.reference(shot)],
            organization=story.organization,
            premises=story.premises,
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
        )

    async def _body(self, story: Story, step: Step, number: int) -> ActionBody:
        fields = {"action_id": self._timeline.identifier(f"{story.name} step {number}", step.when), **step.fields}
        if step.due is not None:
            fields["due_at"] = self._timeline.at(step.due)
        if step.variant is not None:
            [shot] = [shot for shot in shots_of(story) if (shot.by, shot.when) == (step.by, step.when)]
            fields["photos"] = [await self._album.reference(shot)]
        return msgspec.convert(fields, TRANSITIONS[step.action].body)
