"""Cases as the rules of publication see them, many at a time."""

from collections.abc import Sequence
from uuid import UUID

from schemas.cases import CaseState
from service.database import Connection
from service.domain.publication import Standing


async def of_cases(connection: Connection, case_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """Each case's standing, by its id."""
    rows = await connection.fetch(
        """SELECT c.id, c.state, c.organization_id, c.first_reviewer_id, p.status,
                  ARRAY(SELECT w.account_id FROM case_writers w WHERE w.case_id = c.id) AS writers
           FROM cases c LEFT JOIN public_cases p ON p.case_id = c.id AND p.status IN ('live', 'suspended')
           WHERE c.id = ANY($1)""",
        list(case_ids),
    )
    return {
        row["id"]: Standing(
            CaseState(row["state"]),
            row["organization_id"],
            frozenset(row["writers"]),
            row["first_reviewer_id"],
            row["status"],
        )
        for row in rows
    }


async def hazards_with_cases(connection: Connection, hazard_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the hazards that have a case which is not retracted."""
    rows = await connection.fetch(
        "SELECT hazard_id FROM cases WHERE hazard_id = ANY($1) AND state <> 'retracted'", list(hazard_ids)
    )
    return {row["hazard_id"] for row in rows}
