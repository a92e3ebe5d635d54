"""What those inside are shown of a case, in their language."""

from schemas.cases import Case, CasePicture, CaseSummary, CaseTexts, OfferedCaseAction
from service.database import Connection
from service.domain import publication
from service.domain.permissions import Actor
from service.domain.publication import Standing
from service.i18n import Language, translate
from service.repositories import case_pictures, cases, people
from service.repositories.case_pictures import PictureRow
from service.repositories.cases import CaseLine, CaseRow


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
    )


async def full(connection: Connection, case: CaseRow, actor: Actor, language: Language) -> Case:
    """A case with what this person may do with it now."""
    texts = await cases.texts(connection, case.id)
    standing = await standing_of(connection, case)
    reviewers = (case.first_reviewer_id, case.second_reviewer_id)
    named = await people.by_id(connection, {case.drafter_id, *(item for item in reviewers if item is not None)})
    first_reviewer, second_reviewer = (None if item is None else named[item] for item in reviewers)
    is_english = language == "en"
    return Case(
        id=case.id,
        hazard_id=case.hazard_id,
        organization_id=case.organization_id,
        state=case.state,
        state_label=translate(f"cases.state.{case.state}", language),
        version=case.version,
        month=f"{case.month:%Y-%m}",
        venue_type=case.venue_type,
        area=(case.area_english if is_english else None) or case.area_chinese,
        category=(case.category_english if is_english else None) or case.category_chinese,
        chinese=texts.get("zh-CN", CaseTexts()),
        english=texts.get("en"),
        pictures=[_picture(picture) for picture in await case_pictures.of_case(connection, case.id)],
        drafter=named[case.drafter_id],
        first_reviewer=first_reviewer,
        second_reviewer=second_reviewer,
        reason=case.reason,
        created_at=case.created_at,
        published_at=case.published_at,
        retracted_at=case.retracted_at,
        address=f"/cases/{case.slug}" if case.state == "published" else None,
        actions=[
            OfferedCaseAction(action=action, label=translate(f"cases.action.{action}", language))
            for action in publication.offered(standing, actor)
        ],
        demo=case.demo,
    )


async def standing_of(connection: Connection, case: CaseRow) -> Standing:
    """The case as the rules see it."""
    writers = await cases.writers(connection, case.id)
    return Standing(case.state, case.organization_id, writers, case.first_reviewer_id)


def _picture(picture: PictureRow) -> CasePicture:
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
    )
