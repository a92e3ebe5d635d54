"""The impact assessment of a case: one, as it was last made; earlier ones stay in the history."""

from datetime import datetime
from uuid import UUID

from schemas.base import Answer
from schemas.cases import ImpactAssessment
from service.database import Connection


class AssessmentRow(Answer, kw_only=True, frozen=True):
    """What was assessed, by whom and when."""

    assessment: ImpactAssessment
    assessed_by: UUID
    assessed_at: datetime


async def of_case(connection: Connection, case_id: UUID) -> AssessmentRow | None:
    """The case's assessment, None before there is one."""
    row = await connection.fetchrow(
        """SELECT purpose, personal_information, necessity, risks, measures, conclusion, assessed_by, assessed_at
           FROM case_assessments WHERE case_id = $1""",
        case_id,
    )
    if row is None:
        return None
    values = dict(row)
    by, at = values.pop("assessed_by"), values.pop("assessed_at")
    return AssessmentRow(assessment=ImpactAssessment(**values), assessed_by=by, assessed_at=at)


async def put(connection: Connection, case_id: UUID, assessment: ImpactAssessment, *, by: UUID, at: datetime) -> None:
    """Keeps an assessment in the place of an earlier one."""
    await connection.execute(
        """INSERT INTO case_assessments (case_id, purpose, personal_information, necessity, risks, measures,
                                         conclusion, assessed_by, assessed_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           ON CONFLICT (case_id) DO UPDATE SET purpose = excluded.purpose,
               personal_information = excluded.personal_information, necessity = excluded.necessity,
               risks = excluded.risks, measures = excluded.measures, conclusion = excluded.conclusion,
               assessed_by = excluded.assessed_by, assessed_at = excluded.assessed_at""",
        case_id,
        assessment.purpose,
        assessment.personal_information,
        assessment.necessity,
        assessment.risks,
        assessment.measures,
        assessment.conclusion,
        by,
        at,
    )
