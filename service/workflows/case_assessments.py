"""The impact assessment without which nothing is published (PIPL, articles 55 and 56)."""

from datetime import datetime
from uuid import UUID

import msgspec

from schemas.cases import Case, ImpactAssessment
from service.domain.permissions import Actor
from service.domain.plain_text import says_something
from service.i18n import Language
from service.problems import Problem
from service.repositories import case_assessments
from service.workflows import case_answers
from service.workflows.case_changes import Change, changed_draft, editable
from service.workflows.context import Context


async def assess(
    context: Context,
    actor: Actor,
    *,
    case_id: UUID,
    assessment: ImpactAssessment,
    if_match: str | None,
    now: datetime,
    language: Language,
) -> Case:
    """Keeps the assessment with the case; its earlier wordings stay in the history. 404, 403, 428
    and 412, 409 `case.not_a_draft`, 422
    `case.assessment_incomplete` for an answer without a word."""
    if not all(map(says_something, msgspec.structs.astuple(assessment))):
        raise Problem("case.assessment_incomplete")
    async with context.database.transaction() as connection:
        change = Change("case.assessed", msgspec.to_builtins(assessment), if_match)
        case, is_made = await editable(connection, case_id, actor, change)
        if not is_made:
            await case_assessments.put(connection, case_id, assessment, by=actor.account_id, at=now)
            case = await changed_draft(connection, case, actor, change, now)
        return await case_answers.full(connection, case, actor, language)
