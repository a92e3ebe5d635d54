"""A case as the public would read it if it were published now, for those who decide about that."""

from datetime import datetime
from uuid import UUID

from schemas.cases import CaseState, CaseTexts, PublicCase, PublicPicture, PublicTexts
from service.domain.permissions import Actor
from service.problems import Problem
from service.repositories import case_pictures, cases
from service.repositories.case_pictures import PictureRow
from service.workflows import case_gate
from service.workflows.case_changes import visible
from service.workflows.context import Context


async def read(context: Context, actor: Actor, case_id: UUID, now: datetime) -> PublicCase:
    """The case made of the same copy as when it is published, with the pictures that are finished.

    404 for who may not see it, 410 `case.gone` once it is retracted. Texts may still be empty.
    """
    async with context.database.snapshot() as connection:
        case = await visible(connection, case_id, actor)
        if case.state is CaseState.RETRACTED:
            raise Problem("case.gone")
        copy = await case_gate.copy_of(connection, case)
        texts = await cases.texts(connection, case.id)
        pictures = await case_pictures.of_case(connection, case.id)
    english = texts.get("en")
    is_amended = case.published_at is not None and case.state is not CaseState.PUBLISHED
    return PublicCase(
        slug=copy.slug,
        month=copy.month,
        venue_type=copy.venue_type,
        area_code=copy.area_code,
        category_code=copy.category_code,
        chinese=_told(texts.get("zh-CN", CaseTexts()), copy.area_chinese, copy.category_chinese),
        english=None
        if english is None
        else _told(english, copy.area_english or copy.area_chinese, copy.category_english or copy.category_chinese),
        category_english=copy.category_english,
        pictures=[
            PublicPicture(
                name=picture.name, role=picture.role, width=picture.width or 1, height=picture.height or 1, widths=[]
            )
            for picture in pictures
            if picture.state == "ready"
        ],
        published_at=case.published_at or now,
        amended_at=now if is_amended else case.amended_at,
        demo=copy.demo,
    )


async def picture(context: Context, actor: Actor, case_id: UUID, name: str) -> PictureRow:
    """The finished picture of that public name: 404, 410 once the case is retracted."""
    async with context.database.snapshot() as connection:
        case = await visible(connection, case_id, actor)
        pictures = await case_pictures.of_case(connection, case.id)
    if case.state is CaseState.RETRACTED:
        raise Problem("case.gone")
    found = next((item for item in pictures if item.name == name and item.state == "ready"), None)
    if found is None:
        raise Problem("case.picture_not_found")
    return found


def _told(texts: CaseTexts, area: str, category: str) -> PublicTexts:
    return PublicTexts(
        title=texts.title,
        found=texts.found,
        handled=texts.handled,
        legal_basis=texts.legal_basis,
        lesson=texts.lesson,
        area=area,
        category=category,
    )
