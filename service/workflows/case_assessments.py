"""The impact assessment without which nothing is published (PIPL, articles 55 and 56)."""

from datetime import datetime
from uuid import UUID

import msgspec

from schemas.cases import Case, ImpactAssessment
from service.domain.permissions import Actor
from service.i18n import Language
from service.repositories import case_assessments
from service.workflows import case_answers
from service.workflows.case_changes import changed_draft, editable
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
    """Keeps the assessment with the case; its earlier wordings stay in the history. 404, 403, 412, 409
    `case.not_a_draft`."""
    async with context.database.transaction() as connection:
        case = await editable(connection, case_id, actor, if_match, version_required=False)
        await case_assessments.put(connection, case_id, assessment, by=actor.account_id, at=now)
        body = msgspec.to_builtins(assessment)
        case = await changed_draft(connection, case, actor, "case.assessed", now, body)
        return await case_answers.full(connection, case, actor, language)
