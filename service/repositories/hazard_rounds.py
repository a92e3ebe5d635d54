"""The rounds of hazards, with their attempts and extensions."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec

from schemas.hazard_answers import RefusalRecord, ServiceRecord
from service.database import Connection
from service.domain.hazards import Attempt, Extension, Hazard, Round

Part = TypeVar("Part", Attempt, Extension)


async def save(connection: Connection, hazard: Hazard) -> None:
    """Writes down the round being lived, with its last attempt and its last extension; what is past stays as it was."""
    current = hazard.round
    await connection.execute(
        """INSERT INTO hazard_rounds (hazard_id, round, opened_at, level, registered_at, assigned_at, owner_id, due_at,
               original_due_at, catalogue_due_at, due_reason, clock, clock_started_at, notice_id, notice, service,
               refusal, urged, accepted_at, hand_back_reason, on_the_spot, closed_at, closed_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
               $23)
           ON CONFLICT (hazard_id, round) DO UPDATE SET level = excluded.level,
               registered_at = excluded.registered_at, assigned_at = excluded.assigned_at,
               owner_id = excluded.owner_id, due_at = excluded.due_at, original_due_at = excluded.original_due_at,
               catalogue_due_at = excluded.catalogue_due_at, due_reason = excluded.due_reason, clock = excluded.clock,
               clock_started_at = excluded.clock_started_at, notice_id = excluded.notice_id, notice = excluded.notice,
               service = excluded.service, refusal = excluded.refusal, urged = excluded.urged,
               accepted_at = excluded.accepted_at, hand_back_reason = excluded.hand_back_reason,
               on_the_spot = excluded.on_the_spot, closed_at = excluded.closed_at, closed_by = excluded.closed_by""",
        hazard.id,
        current.number,
        current.opened_at,
        current.level,
        current.registered_at,
        current.assigned_at,
        current.owner_id,
        current.due_at,
        current.original_due_at,
        current.catalogue_due_at,
        current.due_reason,
        current.clock,
        current.clock_started_at,
        current.notice_id,
        current.notice,
        current.service,
        current.refusal,
        current.urged,
        current.accepted_at,
        current.hand_back_reason,
        current.on_the_spot,
        current.closed_at,
        current.closed_by,
    )
    # What is unchanged is left alone: a decided attempt refuses every UPDATE, and most events touch none.
    if hazard.round.attempts:
        await _save_attempt(connection, hazard, hazard.round.attempts[-1])
    if hazard.round.extensions:
        await _save_extension(connection, hazard, hazard.round.extensions[-1])


async def of(connection: Connection, hazard_id: UUID) -> tuple[Round, ...]:
    """Every round of a hazard, oldest first."""
    rounds = await connection.fetch(
        """SELECT round AS number, opened_at, level, registered_at, assigned_at, owner_id, due_at, original_due_at,
                  catalogue_due_at, due_reason, clock, clock_started_at, notice_id, notice, service, refusal, urged,
                  accepted_at, hand_back_reason, on_the_spot, closed_at, closed_by
           FROM hazard_rounds WHERE hazard_id = $1 ORDER BY round""",
        hazard_id,
    )
    attempts = await _attempts(connection, hazard_id)
    extensions = await _extensions(connection, hazard_id)
    return tuple(
        Round(
            **{
                **row,
                "service": msgspec.convert(row["service"], ServiceRecord | None),
                "refusal": msgspec.convert(row["refusal"], RefusalRecord | None),
            },
            attempts=tuple(attempts.get(row["number"], ())),
            extensions=tuple(extensions.get(row["number"], ())),
        )
        for row in rounds
    )


async def _save_attempt(connection: Connection, hazard: Hazard, attempt: Attempt) -> None:
    await connection.execute(
        """INSERT INTO hazard_attempts (hazard_id, round, attempt, submitted_at, submitted_by, measures,
               represented_name, cost_yuan, outcome, mode, remarks, decided_at, decided_by, close_outcome,
               close_remarks, close_decided_at, close_decided_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
           ON CONFLICT (hazard_id, round, attempt) DO UPDATE SET outcome = excluded.outcome, mode = excluded.mode,
               remarks = excluded.remarks, decided_at = excluded.decided_at, decided_by = excluded.decided_by,
               close_outcome = excluded.close_outcome, close_remarks = excluded.close_remarks,
               close_decided_at = excluded.close_decided_at, close_decided_by = excluded.close_decided_by
           WHERE (hazard_attempts.decided_at, hazard_attempts.close_decided_at)
               IS DISTINCT FROM (excluded.decided_at, excluded.close_decided_at)""",
        hazard.id,
        hazard.round.number,
        attempt.number,
        attempt.submitted_at,
        attempt.submitted_by,
        attempt.measures,
        attempt.represented_name,
        attempt.cost_yuan,
        attempt.outcome,
        attempt.mode,
        attempt.remarks,
        attempt.decided_at,
        attempt.decided_by,
        attempt.close_outcome,
        attempt.close_remarks,
        attempt.close_decided_at,
        attempt.close_decided_by,
    )


async def _save_extension(connection: Connection, hazard: Hazard, extension: Extension) -> None:
    await connection.execute(
        """INSERT INTO hazard_extensions (hazard_id, round, number, requested_at, requested_by, until, reason, granted,
               granted_until, remarks, decided_at, decided_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
           ON CONFLICT (hazard_id, round, number) DO UPDATE SET granted = excluded.granted,
               granted_until = excluded.granted_until, remarks = excluded.remarks, decided_at = excluded.decided_at,
               decided_by = excluded.decided_by
           WHERE hazard_extensions.decided_at IS DISTINCT FROM excluded.decided_at""",
        hazard.id,
        hazard.round.number,
        extension.number,
        extension.requested_at,
        extension.requested_by,
        extension.until,
        extension.reason,
        extension.granted,
        extension.granted_until,
        extension.remarks,
        extension.decided_at,
        extension.decided_by,
    )


async def _attempts(connection: Connection, hazard_id: UUID) -> dict[int, list[Attempt]]:
    rows = await connection.fetch(
        """SELECT round, attempt AS number, submitted_at, submitted_by, measures, represented_name, cost_yuan, outcome,
                  mode, remarks, decided_at, decided_by, close_outcome, close_remarks, close_decided_at,
                  close_decided_by
           FROM hazard_attempts WHERE hazard_id = $1 ORDER BY round, attempt""",
        hazard_id,
    )
    return _by_round(rows, Attempt)


async def _extensions(connection: Connection, hazard_id: UUID) -> dict[int, list[Extension]]:
    rows = await connection.fetch(
        """SELECT round, number, requested_at, requested_by, until, reason, granted, granted_until, remarks, decided_at,
                  decided_by
           FROM hazard_extensions WHERE hazard_id = $1 ORDER BY round, number""",
        hazard_id,
    )
    return _by_round(rows, Extension)


def _by_round(rows: list[Any], kind: type[Part]) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = {}
    for row in rows:
        values = dict(row)
        found.setdefault(values.pop("round"), []).append(kind(**values))
    return found
