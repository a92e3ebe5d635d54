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
    ImpactAssessment,
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
from service.protocols import preconditions
from service.repositories import cases as case_records
from service.repositories import hazards
from service.workflows import case_assessments, case_pictures, cases
from service.workflows.context import Context

EDITOR = "editor"
LANGUAGE: Language = "zh-CN"
BAKING_SECONDS = 180
POLL_SECONDS = 0.2
MOVED_ON = frozenset({"case.action_not_allowed_now", "case.version_stale"})
"""Somebody did something else with the case in the meantime: it is theirs now."""
ROLES: tuple[PhotoRole, PhotoRole] = ("before", "after")
ASSESSMENT = ImpactAssessment(
    purpose="以案释法，提醒同类场所保持疏散通道、安全出口和消防车通道畅通。",
    personal_information="原图中可能出现的人、车牌、店招和张贴的电话，公开图片中均已遮盖；文字不写人名、单位名称和地址。",
    necessity="没有图片，读者看不出问题在哪里；只公开整改前后各一张，文字只写与问题有关的内容。",
    risks="熟悉现场的人可能猜到单位，影响其声誉。",
    measures="地点只到县区，时间只到月份，同类单位不少于五家；图片不透明遮盖，三人分别起草和审核，有异议即暂停公开。",
    conclusion="publish",
)


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
        # Drafted, written, assessed, two pictures chosen and masked; then the steps.
        return bool(found) and found[0].version >= 7 + len(story.steps)

    async def tell(self, story: CaseStory) -> None:
        """Drafts the case, writes and illustrates it, and takes it through its reviews."""
        case = await self._draft(story)
        if case.state is CaseState.DRAFT:
            case = await self._write(case, story)
            case = await self._assess(case, story)
            for number, shot in enumerate(self._shots(story), start=1):
                case = await self._illustrate(case, story, number, shot)
            case = await self._passed(await self._baked(case.id), story)
        for number, step in enumerate(story.steps, start=1):
            action_id = self._timeline.identifier(f"{story.hazard} case step {number}", step.when)
            try:
                await cases.act(
                    self._context,
                    await self._people.actor(step.by),
                    case_id=case.id,
                    action=step.action,
                    request=CaseActionRequest(action_id=action_id),
                    if_match=_seen(case),
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
            if_match=_seen(case),
            now=self._timeline.at(story.drafted),
            language=LANGUAGE,
        )

    async def _illustrate(self, case: Case, story: CaseStory, number: int, shot: Shot) -> Case:
        """Chooses and masks picture `number` unless that has happened."""
        editor = await self._people.actor(EDITOR)
        common = _Common(case_id=case.id, number=number, now=self._timeline.at(story.drafted), language=LANGUAGE)
        choice = PictureChoice(photo_id=self._timeline.identifier(shot.name, shot.when), role=ROLES[number - 1])
        chosen = _picture(case, number)
        if chosen is None or chosen.photo_id != choice.photo_id:
            case = await case_pictures.choose(self._context, editor, choice=choice, if_match=_seen(case), **common)
            chosen = _picture(case, number)
        if chosen is not None and chosen.state in ("pending", "ready"):
            return case
        return await case_pictures.mask(self._context, editor, masks=masks_for(shot), if_match=_seen(case), **common)

    async def _assess(self, case: Case, story: CaseStory) -> Case:
        if case.assessment is not None:
            return case
        return await case_assessments.assess(
            self._context,
            await self._people.actor(EDITOR),
            case_id=case.id,
            assessment=ASSESSMENT,
            if_match=_seen(case),
            now=self._timeline.at(story.drafted),
            language=LANGUAGE,
        )

    async def _baked(self, case_id: UUID) -> Case:
        """The case once the worker has baked the masks into its pictures, and looked at them where it can."""
        for _ in range(round(BAKING_SECONDS / POLL_SECONDS)):
            case = await self._read(case_id)
            states = {picture.state for picture in case.pictures}
            looks = {look.state for picture in case.pictures for look in (picture.detection, picture.gate)}
            if "failed" in states | looks:
                raise DemoError("a picture of a case could not be baked or examined: see the worker's log")
            if states == {"ready"} and not looks & {"waiting", "running"}:
                return case
            await asyncio.sleep(POLL_SECONDS)
        raise DemoError("the pictures of a case were not baked in time: is the worker running?")

    async def _passed(self, case: Case, story: CaseStory) -> Case:
        """The case with everything overruled that detectors take drawn pictures for."""
        editor = await self._people.actor(EDITOR)
        for picture in case.pictures:
            found = [item.finding.id for item in picture.gate.findings if item.overrule is None]
            if found:
                case = await case_pictures.overrule_several(
                    self._context,
                    editor,
                    case_id=case.id,
                    number=picture.number,
                    finding_ids=found,
                    reason="演示图片由程序绘制，其中没有真实的人、车和文字。",
                    if_match=_seen(case),
                    now=self._timeline.at(story.drafted),
                    language=LANGUAGE,
                )
        return case


def _seen(case: Case) -> str:
    return preconditions.quoted(str(case.version))


class _Common(TypedDict):
    """What choosing and masking a picture have in common."""

    case_id: UUID
    number: int
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
