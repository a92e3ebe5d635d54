"""The rounds of a hazard as everyone who may see it reads them."""

from collections.abc import Mapping
from uuid import UUID

from schemas.hazard_answers import AttemptAnswer, ExtensionAnswer, Person, RoundAnswer
from service.domain.hazards import Attempt, Extension, Hazard, Round


def people_of(hazard: Hazard) -> set[UUID]:
    """Everybody whom the rounds name."""
    found: set[UUID | None] = set()
    for turn in hazard.rounds:
        found.add(turn.owner_id)
        for attempt in turn.attempts:
            found |= {attempt.submitted_by, attempt.decided_by, attempt.close_decided_by}
        for extension in turn.extensions:
            found |= {extension.requested_by, extension.decided_by}
    return {account_id for account_id in found if account_id is not None}


def answer(turn: Round, named: Mapping[UUID, Person]) -> RoundAnswer:
    """One turn of the loop."""
    return RoundAnswer(
        round=turn.number,
        opened_at=turn.opened_at,
        registered_at=turn.registered_at,
        assigned_at=turn.assigned_at,
        owner=person(named, turn.owner_id),
        due_at=turn.due_at,
        notice=turn.notice,
        accepted_at=turn.accepted_at,
        closed_at=turn.closed_at,
        level=turn.level,
        clock=turn.clock,
        clock_started_at=turn.clock_started_at,
        original_due_at=turn.original_due_at,
        catalogue_due_at=turn.catalogue_due_at,
        due_reason=turn.due_reason,
        notice_id=turn.notice_id,
        service=turn.service,
        refusal=turn.refusal,
        urged=turn.urged,
        fixed_on_the_spot=turn.on_the_spot,
        hand_back_reason=turn.hand_back_reason,
        attempts=[_attempt(attempt, named) for attempt in turn.attempts],
        extensions=[_extension(extension, named) for extension in turn.extensions],
    )


def person(named: Mapping[UUID, Person], account_id: UUID | None) -> Person | None:
    """The person, if there is one."""
    return None if account_id is None else named[account_id]


def _attempt(attempt: Attempt, named: Mapping[UUID, Person]) -> AttemptAnswer:
    return AttemptAnswer(
        attempt=attempt.number,
        submitted_at=attempt.submitted_at,
        submitted_by=named[attempt.submitted_by],
        measures=attempt.measures,
        outcome=attempt.outcome,
        mode=attempt.mode,
        remarks=attempt.remarks,
        decided_at=attempt.decided_at,
        decided_by=person(named, attempt.decided_by),
        represented=attempt.represented_name,
        cost_yuan=attempt.cost_yuan,
        close_outcome=attempt.close_outcome,
        close_remarks=attempt.close_remarks,
        close_decided_at=attempt.close_decided_at,
        close_decided_by=person(named, attempt.close_decided_by),
    )


def _extension(extension: Extension, named: Mapping[UUID, Person]) -> ExtensionAnswer:
    return ExtensionAnswer(
        requested_at=extension.requested_at,
        requested_by=named[extension.requested_by],
        until=extension.until,
        reason=extension.reason,
        granted=extension.granted,
        granted_until=extension.granted_until,
        remarks=extension.remarks,
        decided_at=extension.decided_at,
        decided_by=person(named, extension.decided_by),
    )
