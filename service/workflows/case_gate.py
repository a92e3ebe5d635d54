"""What stands between a case and the public, and making the public's copy once nothing does."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial

from schemas.cases import Blocker, CaseContent, CaseTexts, TextScan, VenueType
from service.database import Connection
from service.domain import case_texts, coarsening
from service.domain.coarsening import Coarse, Crowd
from service.i18n import Language, find, translate
from service.problems import Problem
from service.repositories import case_assessments, case_pictures, cases, crowds, hazards, organizations, public_copies
from service.repositories.case_assessments import AssessmentRow
from service.repositories.case_pictures import PictureRow
from service.repositories.cases import CaseRow
from service.repositories.public_copies import PublicCopy
from service.workflows import case_vocabulary
from service.workflows.case_changes import discard_later

IN_WORK = frozenset({"waiting", "running"})


async def scan(connection: Connection, case: CaseRow, content: CaseContent) -> TextScan:
    """What must not be published of these texts."""
    vocabulary = await case_vocabulary.of_case(connection, case, content)
    _code, cities = await case_vocabulary.city_of(connection, case)
    return TextScan(findings=case_texts.scan(content, vocabulary, cities))


async def require_publishable(connection: Connection, case: CaseRow) -> None:
    """Raises the first Problem that stands between the case and the public, in the order of `problems`."""
    async for problem in problems(connection, case):
        raise problem


async def blockers(connection: Connection, case: CaseRow, language: Language) -> list[Blocker]:
    """All of them, for the editor."""
    return [
        Blocker(
            code=problem.code,
            title=translate(f"problems.{problem.code}.title", language),
            detail=find(f"problems.{problem.code}.detail", language, **problem.parameters),
        )
        async for problem in problems(connection, case)
    ]


async def problems(connection: Connection, case: CaseRow) -> AsyncIterator[Problem]:
    """Whatever would single somebody out or has not been done, by the rules of today."""
    content = content_of(case, await cases.texts(connection, case.id))
    found = await scan(connection, case, content)
    pictures = await case_pictures.of_case(connection, case.id)
    checks: tuple[Callable[[], None], ...] = (
        partial(case_texts.require_complete, content),
        partial(case_texts.refuse_exposures, found.findings),
        partial(_require_ready, pictures),
        partial(_require_examined, pictures),
        partial(_refuse_findings, pictures),
        partial(_refuse_singletons, case, await _crowd(connection, case)),
        partial(_require_assessment, await case_assessments.of_case(connection, case.id)),
    )
    for check in checks:
        try:
            check()
        except Problem as problem:
            yield problem


def content_of(case: CaseRow, texts: dict[str, CaseTexts]) -> CaseContent:
    """The texts of a case as an editor sends them."""
    return CaseContent(
        venue_type=case.venue_type,
        place_level=case.place_level,
        chinese=texts.get("zh-CN", CaseTexts()),
        english=texts.get("en"),
    )


def _require_ready(pictures: list[PictureRow]) -> None:
    not_ready = [{"number": picture.number, "state": picture.state} for picture in pictures if picture.state != "ready"]
    if not_ready:
        raise Problem("case.pictures_not_ready", pictures=not_ready)


def _require_examined(pictures: list[PictureRow]) -> None:
    waited_for = [
        picture.number
        for picture in pictures
        if picture.detection_state in IN_WORK or (picture.state == "ready" and picture.gate_state in IN_WORK)
    ]
    if waited_for:
        raise Problem("case.detection_running", pictures=waited_for)
    failed = [picture.number for picture in pictures if picture.gate_state == "failed"]
    if failed:
        raise Problem("case.gate_failed", pictures=failed)


def _refuse_findings(pictures: list[PictureRow]) -> None:
    remaining = [
        {"number": picture.number, "finding_id": finding.id, "subject": finding.subject, "points": finding.points}
        for picture in pictures
        if picture.state == "ready"
        for finding in picture.remaining
    ]
    if remaining:
        raise Problem("case.picture_exposes", count=len(remaining), findings=remaining)


async def _crowd(connection: Connection, case: CaseRow) -> Crowd:
    return await crowds.around(connection, case.hazard_id, coarsening.spellings(case.venue_type or VenueType.OTHER))


def _refuse_singletons(case: CaseRow, crowd: Crowd) -> None:
    if case.venue_type is not None:
        coarsening.refuse_singletons(Coarse(case.place_level, case.venue_type), crowd)


def _require_assessment(assessment: AssessmentRow | None) -> None:
    if assessment is None:
        raise Problem("case.assessment_missing")
    if assessment.assessment.conclusion == "do_not_publish":
        raise Problem("case.assessment_negative")


async def copy_of(connection: Connection, case: CaseRow) -> PublicCopy:
    """What the public reads of a case beside texts and pictures, each field by name."""
    hazard = await hazards.by_id(connection, case.hazard_id)
    organization = await organizations.by_id(connection, case.organization_id)
    assert hazard is not None
    assert organization is not None
    area_code, chinese, english = organization.code, case.area_chinese, case.area_english
    if case.place_level == "city":
        area_code, cities = await case_vocabulary.city_of(connection, case)
        chinese, english = cities["zh-CN"], cities["en"]
    return PublicCopy(
        case_id=case.id,
        slug=case.slug,
        month=case.month,
        venue_type=case.venue_type or VenueType.OTHER,
        area_code=area_code,
        area_chinese=chinese,
        area_english=english,
        category_code=hazard.finding.category,
        category_chinese=case.category_chinese,
        category_english=case.category_english,
        demo=case.demo,
    )


async def publish(connection: Connection, case: CaseRow, now: datetime) -> None:
    """Makes the copy that the public reads; what the edition before showed is discarded."""
    copy = await copy_of(connection, case)
    texts = await cases.texts(connection, case.id)
    pictures = await case_pictures.of_case(connection, case.id)
    for name in await public_copies.publish(connection, copy, texts, pictures, now):
        await discard_later(connection, name)


async def retract(connection: Connection, case: CaseRow) -> None:
    """Takes the copy away, and every picture of the case out of the store."""
    shown = await public_copies.retract(connection, case.id)
    for name in {*shown, *(picture.name for picture in await case_pictures.of_case(connection, case.id))}:
        await discard_later(connection, name)
