"""What statistics know of each hazard, since when and until when."""

from datetime import datetime
from uuid import UUID

from service.database import Connection
from service.domain.hazards import Hazard
from service.domain.periods import china_day
from service.domain.statistics import Standing


async def by_hazard(connection: Connection, hazard_id: UUID) -> Standing | None:
    """The standing that holds now."""
    row = await connection.fetchrow(
        """SELECT tally, level, source, category, due_at, is_running, is_fixed, is_on_time, is_on_the_spot, is_shelved,
                  is_arranged, supervised_by, round, carried_yuan, funds_yuan, rounds_assigned, rounds_extended,
                  rounds_reviewed, rounds_reworked, rounds_first_passed
           FROM hazard_standings WHERE hazard_id = $1""",
        hazard_id,
    )
    return None if row is None else Standing(**row)


async def save(connection: Connection, hazard: Hazard, standing: Standing, at: datetime) -> None:
    """Writes down the standing that holds from `at`, and until when the one before held.

    What was superseded in the same instant never held. Requests read the clock before they wait for the hazard, so one
    that was overtaken begins where the other did.
    """
    await connection.execute(
        """WITH superseded AS (
               INSERT INTO hazard_standings_past
               SELECT s.*, $2 FROM hazard_standings s WHERE s.hazard_id = $1 AND s.holds_from < $2)
           INSERT INTO hazard_standings (hazard_id, holds_from, organization_id, received_on, category, source, level,
               tally, due_at, is_running, is_fixed, is_on_time, is_on_the_spot, is_shelved, is_arranged, supervised_by,
               round, carried_yuan, funds_yuan, rounds_assigned, rounds_extended, rounds_reviewed, rounds_reworked,
               rounds_first_passed, unit)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
               $23, $24, coalesce((SELECT p.unit FROM premises p WHERE p.id = $25),
                                  (SELECT a.name FROM accounts a WHERE a.id = $26)))
           ON CONFLICT (hazard_id) DO UPDATE SET
               holds_from = greatest(hazard_standings.holds_from, excluded.holds_from), level = excluded.level,
               tally = excluded.tally, due_at = excluded.due_at, is_running = excluded.is_running,
               is_fixed = excluded.is_fixed, is_on_time = excluded.is_on_time,
               is_on_the_spot = excluded.is_on_the_spot, is_shelved = excluded.is_shelved,
               is_arranged = excluded.is_arranged, supervised_by = excluded.supervised_by, round = excluded.round,
               carried_yuan = excluded.carried_yuan, funds_yuan = excluded.funds_yuan,
               rounds_assigned = excluded.rounds_assigned, rounds_extended = excluded.rounds_extended,
               rounds_reviewed = excluded.rounds_reviewed, rounds_reworked = excluded.rounds_reworked,
               rounds_first_passed = excluded.rounds_first_passed, unit = excluded.unit""",
        hazard.id,
        at,
        hazard.organization_id,
        china_day(hazard.received_at),
        standing.category,
        standing.source,
        standing.level,
        standing.tally,
        standing.due_at,
        standing.is_running,
        standing.is_fixed,
        standing.is_on_time,
        standing.is_on_the_spot,
        standing.is_shelved,
        standing.is_arranged,
        standing.supervised_by,
        standing.round,
        standing.carried_yuan,
        standing.funds_yuan,
        standing.rounds_assigned,
        standing.rounds_extended,
        standing.rounds_reviewed,
        standing.rounds_reworked,
        standing.rounds_first_passed,
        hazard.routing.premises_id,
        hazard.owner_id,
    )
