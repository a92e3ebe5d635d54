"""What those inside are shown of a case, in their language."""

from datetime import datetime
from uuid import UUID

from schemas.cases import (
    Assessed,
    Case,
    CasePicture,
    CaseState,
    CaseSummary,
    CaseTexts,
    Examination,
    Gate,
    GateFinding,
    OfferedCaseAction,
    Overruled,
)
from schemas.hazard_answers import Person
from service.database import Connection
from service.domain import publication
from service.domain.permissions import Actor
from service.domain.publication import Standing
from service.i18n import Language, translate
from service.repositories import case_assessments, case_pictures, cases, people, public_copies
from service.repositories.case_assessments import AssessmentRow
from service.repositories.case_pictures import PictureRow
from service.repositories.cases import CaseLine, CaseRow
from service.workflows import case_gate, case_vocabulary

BEFORE_THE_PUBLIC = frozenset({CaseState.DRAFT, CaseState.APPROVED})
"""Where it matters what stands between the case and the public."""


def summary(line: CaseLine, language: Language) -> CaseSummary:
    """A case in a list."""
    return CaseSummary(
        id=line.id,
        hazard_id=line.hazard_id,
        state=line.state,
        state_label=translate(f"cases.state.{line.state}", language),
        version=line.version,
        title=line.title,
        created_at=line.created_at,
        published_at=line.published_at,
        address=None if line.live_slug is None else f"/cases/{line.live_slug}",
        suspended=line.suspended,
    )


async def full(connection: Connection, case: CaseRow, actor: Actor, language: Language) -> Case:
    """A case with what this person may do with it now."""
    texts = await cases.texts(connection, case.id)
    standing = await standing_of(connection, case)
    pictures = await case_pictures.of_case(connection, case.id)
    assessment = await case_assessments.of_case(connection, case.id)
    named = await people.by_id(connection, _people_of(case, pictures, assessment))
    first_reviewer, second_reviewer = (
        None if item is None else named[item] for item in (case.first_reviewer_id, case.second_reviewer_id)
    )
    is_before = case.state in BEFORE_THE_PUBLIC
    return Case(
        id=case.id,
        hazard_id=case.hazard_id,
        organization_id=case.organization_id,
        state=case.state,
        state_label=translate(f"cases.state.{case.state}", language),
        version=case.version,
        month=f"{case.month:%Y-%m}",
        venue_type=case.venue_type,
        place_level=case.place_level,
        area=await _area(connection, case, language),
        category=(case.category_english if language == "en" else None) or case.category_chinese,
        chinese=texts.get("zh-CN", CaseTexts()),
        english=texts.get("en"),
        pictures=[_picture(picture, named) for picture in pictures],
        drafter=named[case.drafter_id],
        first_reviewer=first_reviewer,
        second_reviewer=second_reviewer,
        reason=case.reason,
        created_at=case.created_at,
        published_at=case.published_at,
        amended_at=case.amended_at,
        suspended_at=case.suspended_at,
        retracted_at=case.retracted_at,
        address=f"/cases/{case.slug}" if standing.showing is not None else None,
        public=standing.showing == "live",
        assessment=None if assessment is None else _assessed(assessment, named),
        blockers=await case_gate.blockers(connection, case, language) if is_before else [],
        actions=[
            OfferedCaseAction(action=action, label=translate(f"cases.action.{action}", language))
            for action in publication.offered(standing, actor)
        ],
        demo=case.demo,
    )


async def _area(connection: Connection, case: CaseRow, language: Language) -> str:
    """What the public is told of the place."""
    if case.place_level == "city":
        _code, cities = await case_vocabulary.city_of(connection, case)
        return cities[language]
    return (case.area_english if language == "en" else None) or case.area_chinese


def _people_of(case: CaseRow, pictures: list[PictureRow], assessment: AssessmentRow | None) -> set[UUID]:
    involved = {case.drafter_id, case.first_reviewer_id, case.second_reviewer_id}
    involved |= {picture.masked_by for picture in pictures}
    involved |= {overrule.by for picture in pictures for overrule in picture.overrules.values()}
    involved.add(None if assessment is None else assessment.assessed_by)
    return {person for person in involved if person is not None}


def _assessed(row: AssessmentRow, named: dict[UUID, Person]) -> Assessed:
    return Assessed(assessment=row.assessment, by=named[row.assessed_by], at=row.assessed_at)


async def standing_of(connection: Connection, case: CaseRow) -> Standing:
    """The case as the rules see it."""
    writers = await cases.writers(connection, case.id)
    showing = await public_copies.showing(connection, case.id)
    return Standing(case.state, case.organization_id, writers, case.first_reviewer_id, showing)


def _picture(picture: PictureRow, named: dict[UUID, Person]) -> CasePicture:
    return CasePicture(
        number=picture.number,
        photo_id=picture.photo_id,
        role=picture.role,
        state=picture.state,
        version=picture.version,
        masks=picture.masks,
        none_needed=picture.none_needed,
        width=picture.width,
        height=picture.height,
        problem=picture.problem,
        masked_by=None if picture.masked_by is None else named[picture.masked_by],
        detection=Examination(
            state=picture.detection_state,
            step=picture.detection_step,
            steps=picture.detection_steps,
            findings=picture.proposals,
        ),
        gate=Gate(
            state=picture.gate_state,
            step=picture.gate_step,
            steps=picture.gate_steps,
            findings=[
                GateFinding(finding=finding, overrule=_overruled(picture, finding.id, named))
                for finding in picture.gate_findings
            ],
        ),
    )


def _overruled(picture: PictureRow, finding_id: str, named: dict[UUID, Person]) -> Overruled | None:
    overrule = picture.overrules.get(finding_id)
    if overrule is None:
        return None
    return Overruled(reason=overrule.reason, person=named[overrule.by], at=datetime.fromisoformat(overrule.at))
