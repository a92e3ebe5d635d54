"""Makes the typical cases, text, masked pictures and reviews, through the same workflows that the API calls."""

import asyncio
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from schemas.cases import (
    Case,
    CaseActionRequest,
    CasePicture,
    CaseRequest,
    CaseState,
    Mask,
    PictureChoice,
    PictureMasks,
)
from schemas.hazards import PhotoRole
from service.demo import pictures
from service.demo.case_stories import CaseStory
from service.demo.hazard_stories import STORIES
from service.demo.people import People
from service.demo.stories import Shot, shots_of
from service.demo.timeline import Timeline
from service.i18n import Language
from service.problems import Problem
from service.repositories import cases as case_records
from service.repositories import hazards
from service.workflows import case_pictures, cases
from service.workflows.context import Context

EDITOR = "editor"
LANGUAGE: Language = "zh-CN"
BAKING_SECONDS = 180
POLL_SECONDS = 0.2
MOVED_ON = frozenset({"case.action_not_allowed_now", "case.version_stale"})
"""Somebody did something else with the case in the meantime: it is theirs now."""
ROLES: tuple[PhotoRole, PhotoRole] = ("before", "after")


class DemoError(Exception):
    """The demo world cannot be completed; the text says why."""


class CaseHistory:
    """Goes on from wherever a case stands, so that it can be called again after any interruption."""

    def __init__(self, context: Context, people: People, timeline: Timeline) -> None:
        self._context = context
        self._people = people
        self._timeline = timeline

    async def is_told(self, story: CaseStory) -> bool:
        """Whether the case has come at least as far as its story."""
        hazard_id = self._hazard_id(story)
        async with self._context.database.connection() as connection:
            hazard = await hazards.by_id(connection, hazard_id)
            if hazard is None:
                return False
            found = await case_records.page(
                connection, [hazard.organization_id], state=None, hazard_id=hazard_id, before=None, limit=1
            )
        # Drafted, written, two pictures chosen and masked; then the steps.
        return bool(found) and found[0].version >= 6 + len(story.steps)

    async def tell(self, story: CaseStory) -> None:
        """Drafts the case, writes and illustrates it, and takes it through its reviews."""
        case = await self._draft(story)
        if case.state is CaseState.DRAFT:
            case = await self._write(case, story)
            for number, shot in enumerate(self._shots(story), start=1):
                case = await self._illustrate(case, story, number, shot)
            case = await self._baked(case.id)
        for number, step in enumerate(story.steps, start=1):
            action_id = self._timeline.identifier(f"{story.hazard} case step {number}", step.when)
            try:
                await cases.act(
                    self._context,
                    await self._people.actor(step.by),
                    case_id=case.id,
                    action=step.action,
                    request=CaseActionRequest(action_id=action_id),
                    if_match=f'"{case.version}"',
                    now=self._timeline.at(step.when),
                    language=LANGUAGE,
                )
            except Problem as problem:
                if problem.code in MOVED_ON:
                    return
                raise
            case = await self._read(case.id)

    def _hazard_id(self, story: CaseStory) -> UUID:
        hazard = next(hazard for hazard in STORIES if hazard.name == story.hazard)
        return self._timeline.identifier(hazard.name, hazard.found)

    def _shots(self, story: CaseStory) -> list[Shot]:
        return shots_of(next(hazard for hazard in STORIES if hazard.name == story.hazard))[:2]

    async def _draft(self, story: CaseStory) -> Case:
        editor = await self._people.actor(EDITOR)
        request = CaseRequest(hazard_id=self._hazard_id(story))
        now = self._timeline.at(story.drafted)
        try:
            return await cases.draft(self._context, editor, request=request, now=now, language=LANGUAGE)
        except Problem as problem:
            if problem.code != "case.exists":
                raise
            return await self._read(UUID(str(problem.parameters["case_id"])))

    async def _read(self, case_id: UUID) -> Case:
        return await cases.read(self._context, await self._people.actor(EDITOR), case_id, language=LANGUAGE)

    async def _write(self, case: Case, story: CaseStory) -> Case:
        if (case.venue_type, case.chinese, case.english) == (
            story.content.venue_type,
            story.content.chinese,
            story.content.english,
        ):
            return case
        return await cases.write(
            self._context,
            await self._people.actor(EDITOR),
            case_id=case.id,
            content=story.content,
            if_match=f'"{case.version}"',
            now=self._timeline.at(story.drafted),
            language=LANGUAGE,
        )

    async def _illustrate(self, case: Case, story: CaseStory, number: int, shot: Shot) -> Case:
        """Chooses and masks picture `number` unless that has happened."""
        editor = await self._people.actor(EDITOR)
        common = _Common(
            case_id=case.id, number=number, if_match=None, now=self._timeline.at(story.drafted), language=LANGUAGE
        )
        choice = PictureChoice(photo_id=self._timeline.identifier(shot.name, shot.when), role=ROLES[number - 1])
        chosen = _picture(case, number)
        if chosen is None or chosen.photo_id != choice.photo_id:
            case = await case_pictures.choose(self._context, editor, choice=choice, **common)
            chosen = _picture(case, number)
        if chosen is not None and chosen.state in ("pending", "ready"):
            return case
        return await case_pictures.mask(self._context, editor, masks=masks_for(shot), **common)

    async def _baked(self, case_id: UUID) -> Case:
        """The case once the worker has baked the masks into its pictures."""
        for _ in range(round(BAKING_SECONDS / POLL_SECONDS)):
            case = await self._read(case_id)
            states = {picture.state for picture in case.pictures}
            if states == {"ready"}:
                return case
            if "failed" in states:
                raise DemoError("a picture of a case could not be baked: see the worker's log")
            await asyncio.sleep(POLL_SECONDS)
        raise DemoError("the pictures of a case were not baked in time: is the worker running?")


class _Common(TypedDict):
    """What choosing and masking a picture have in common."""

    case_id: UUID
    number: int
    if_match: str | None
    now: datetime
    language: Language


def _picture(case: Case, number: int) -> CasePicture | None:
    return next((picture for picture in case.pictures if picture.number == number), None)


def masks_for(shot: Shot) -> PictureMasks:
    """What the editor paints over in this picture."""
    outlines = pictures.to_mask(shot.story.scene, shot.variant, shot.story.seed)
    masks = [
        Mask(kind="polygon", points=[(round(x, 4), round(y, 4)) for x, y in outline]) for outline in outlines.values()
    ]
    return PictureMasks(masks=masks, none_needed=not masks)
