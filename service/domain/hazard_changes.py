"""What each event changes in a hazard: the fold of the record.

Nothing here decides whether something is allowed: that is `lifecycle`, which names one of the changes below in each of
its rows. An event holds all that its change needs, so that the log alone rebuilds the row whatever the catalogue, the
calendar and the accounts have become since.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas import hazard_actions as bodies
from schemas.hazard_answers import (
    ArrangementsRecord,
    EndingRecord,
    RefusalRecord,
    ServiceRecord,
    ShelvingRecord,
    SupervisionRecord,
    TransferReceipt,
)
from schemas.hazards import (
    AttachmentReference,
    Clock,
    Outcome,
    ReviewMode,
)
from service.domain.hazards import Attempt, Extension, Hazard, HazardEvent, Round


def registered(hazard: Hazard, event: HazardEvent) -> Hazard:
    """Taken in by the desk."""
    return _in_round(hazard, registered_at=event.at)


def invalidated(hazard: Hazard, event: HazardEvent) -> Hazard:
    """There was nothing to fix."""
    body = msgspec.convert(event.body, bodies.Invalidate)
    return _ended(hazard, EndingRecord(at=event.at, reason=body.reason, remarks=body.remarks))


def merged(hazard: Hazard, event: HazardEvent) -> Hazard:
    """Another report tells of the same thing."""
    body = msgspec.convert(event.body, bodies.Merge)
    return replace(_ended(hazard, EndingRecord(at=event.at, remarks=body.remarks)), original_id=body.original_id)


def transferred(hazard: Hazard, event: HazardEvent) -> Hazard:
    """Sent to the authority to which the matter belongs."""
    body = msgspec.convert(event.body, bodies.Transfer)
    ending = EndingRecord(
        at=event.at, receiving_body=body.receiving_body, document_number=body.document_number, matter=body.matter
    )
    return _ended(hazard, ending)


def transfer_receipt_recorded(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The other authority has answered."""
    body = msgspec.convert(event.body, bodies.RecordTransferReceipt)
    receipt = TransferReceipt(
        received_at=body.received_at.astimezone(UTC),
        receipt_number=body.receipt_number,
        remarks=body.remarks,
        attachments=_ids(body.attachments),
    )
    ending = hazard.details.ending
    assert ending is not None
    return _ended(hazard, msgspec.structs.replace(ending, receipts=[*ending.receipts, receipt]))


def fixed_on_the_spot(hazard: Hazard, event: HazardEvent) -> Hazard:
    """Put right while the finder stood there: found and fixed in one visit, reviewed by nobody."""
    body = msgspec.convert(event.body, bodies.FixOnTheSpot)
    filed = Attempt(hazard.attempt, event.at, event.actor_id, body.measures)
    return _in_round(
        hazard, attempts=(*hazard.round.attempts, filed), on_the_spot=True, closed_at=event.at, closed_by=event.actor_id
    )


def graded(hazard: Hazard, event: HazardEvent) -> Hazard:
    """A person has decided how grave it is, and perhaps the five arrangements."""
    body = msgspec.convert(event.body, bodies.Grade)
    changed = _in_round(hazard, level=body.level)
    if body.arrangements is None:
        return changed
    given = msgspec.structs.replace(body.arrangements, time_limit=body.arrangements.time_limit.astimezone(UTC))
    return _with(changed, arrangements=ArrangementsRecord(at=event.at, **msgspec.structs.asdict(given)))


class _Assigned(bodies.Assign, kw_only=True, frozen=True, forbid_unknown_fields=False):
    owner_id: UUID
    catalogue_due_at: datetime | None = None
    clock: Clock = "notification"
    notice_id: UUID | None = None


def assigned(hazard: Hazard, event: HazardEvent) -> Hazard:
    """Given to an owner with a deadline. The body names owner and date as they were resolved when it was decided."""
    body = msgspec.convert(event.body, _Assigned)
    due_at = _utc(body.due_at)
    return _in_round(
        hazard,
        assigned_at=event.at,
        owner_id=body.owner_id,
        due_at=due_at,
        original_due_at=due_at,
        catalogue_due_at=_utc(body.catalogue_due_at),
        due_reason=body.due_reason,
        clock=body.clock,
        clock_started_at=event.at if body.clock == "notification" else None,
        notice_id=body.notice_id,
        notice=body.notice,
        accepted_at=None,
        hand_back_reason=None,
    )


def accepted(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The owner has begun."""
    return _in_round(hazard, accepted_at=event.at)


def handed_back(hazard: Hazard, event: HazardEvent) -> Hazard:
    """Nobody's again: what was said to that owner does not bind the next, and what they asked for lapses."""
    body = msgspec.convert(event.body, bodies.HandBack)
    return _in_round(
        hazard,
        assigned_at=None,
        owner_id=None,
        due_at=None,
        original_due_at=None,
        catalogue_due_at=None,
        due_reason=None,
        clock=None,
        clock_started_at=None,
        notice_id=None,
        notice=None,
        service=None,
        refusal=None,
        accepted_at=None,
        hand_back_reason=body.reason,
    )


class _Filed(msgspec.Struct, kw_only=True, frozen=True):
    measures: str
    represented: str | None = None
    cost_yuan: int | None = None
    review_due_at: datetime | None = None


def submitted(hazard: Hazard, event: HazardEvent) -> Hazard:
    """A fix was filed, by the owner or for them; filing counts as having accepted."""
    body = msgspec.convert(event.body, _Filed)
    filed = Attempt(hazard.attempt, event.at, event.actor_id, body.measures, body.represented, body.cost_yuan)
    changed = _in_round(
        hazard,
        accepted_at=hazard.round.accepted_at or event.at,
        attempts=(*hazard.round.attempts, filed),
    )
    return replace(changed, review_due_at=_utc(body.review_due_at))


def fix_filed(hazard: Hazard, event: HazardEvent) -> Hazard:
    """A fix was filed for an owner without a phone; it claims no proof."""
    return submitted(hazard, event)


def passed(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The review found it fixed: the round ends, or waits for the approver."""
    body = msgspec.convert(event.body, bodies.Pass)
    reviewed = _reviewed(hazard, event, "passed", body.mode, body.remarks)
    return reviewed if hazard.level == "major" else _closed(reviewed, event)


def failed(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The review found it not fixed: the next attempt begins."""
    body = msgspec.convert(event.body, bodies.Fail)
    return replace(_reviewed(hazard, event, "failed", body.mode, body.reason), attempt=hazard.attempt + 1)


def close_approved(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The approver struck it off: the round ends."""
    body = msgspec.convert(event.body, bodies.ApproveClose)
    return _closed(
        _latest_attempt(
            hazard,
            close_outcome="approved",
            close_remarks=body.remarks,
            close_decided_at=event.at,
            close_decided_by=event.actor_id,
        ),
        event,
    )


def close_refused(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The approver did not strike it off: the next attempt begins."""
    body = msgspec.convert(event.body, bodies.RefuseClose)
    refused = _latest_attempt(
        hazard,
        close_outcome="refused",
        close_remarks=body.reason,
        close_decided_at=event.at,
        close_decided_by=event.actor_id,
    )
    return replace(refused, attempt=hazard.attempt + 1)


def reopened(hazard: Hazard, event: HazardEvent) -> Hazard:
    """It came back: a new round, already taken in, with attempts counted anew and graded as it was."""
    following = Round(number=hazard.round.number + 1, opened_at=event.at, level=hazard.level, registered_at=event.at)
    details = msgspec.structs.replace(hazard.details, shelving=None, supervision=None, arrangements=None)
    return replace(hazard, rounds=(*hazard.rounds, following), attempt=1, details=details)


def extension_requested(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The owner asks for more time."""
    body = msgspec.convert(event.body, bodies.RequestExtension)
    number = len(hazard.round.extensions) + 1
    asked = Extension(number, event.at, event.actor_id, body.until.astimezone(UTC), body.reason)
    return _in_round(hazard, extensions=(*hazard.round.extensions, asked))


def extension_decided(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The desk has granted or refused it; the original deadline stays on record."""
    body = msgspec.convert(event.body, bodies.DecideExtension)
    *earlier, asked = hazard.round.extensions
    until = (body.until or asked.until).astimezone(UTC) if body.granted else None
    decided = replace(
        asked,
        granted=body.granted,
        granted_until=until,
        remarks=body.remarks,
        decided_at=event.at,
        decided_by=event.actor_id,
    )
    return _in_round(hazard, extensions=(*earlier, decided), due_at=until or hazard.round.due_at)


class _Supervised(bodies.Supervise, kw_only=True, frozen=True, forbid_unknown_fields=False):
    filing_due_at: datetime | None = None
    extension_due_at: datetime | None = None


def supervised(hazard: Hazard, event: HazardEvent) -> Hazard:
    """An authority watches over it, with a clock of its own."""
    body = msgspec.convert(event.body, _Supervised)
    record = SupervisionRecord(
        at=event.at,
        authority=body.authority,
        document_number=body.document_number,
        reason=body.reason,
        limit_at=body.limit_at.astimezone(UTC),
        filing_due_at=_utc(body.filing_due_at),
        extension_due_at=_utc(body.extension_due_at),
    )
    return _with(hazard, supervision=record)


def urged(hazard: Hazard, event: HazardEvent) -> Hazard:
    """Whoever holds it was reminded."""
    return _in_round(hazard, urged=hazard.round.urged + 1)


class _Served(bodies.RecordService, kw_only=True, frozen=True, forbid_unknown_fields=False):
    starts_clock: bool = False
    catalogue_due_at: datetime | None = None


def service_recorded(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The notice was served. Where the owner's time runs from service, it runs from now on."""
    body = msgspec.convert(event.body, _Served)
    served_at = body.served_at.astimezone(UTC)
    record = ServiceRecord(
        mode=body.mode, served_at=served_at, receiver=body.receiver, attachments=_ids(body.attachments)
    )
    changed = _in_round(hazard, service=record)
    if not body.starts_clock:
        return changed
    changed = _in_round(changed, clock_started_at=served_at)
    if (due_at := _utc(body.due_at)) is None:
        return changed
    return _in_round(
        changed,
        due_at=due_at,
        original_due_at=due_at,
        catalogue_due_at=_utc(body.catalogue_due_at),
        due_reason=body.due_reason,
    )


def refusal_recorded(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The owner refused to sign."""
    body = msgspec.convert(event.body, bodies.RecordRefusal)
    record = RefusalRecord(
        refused_at=body.refused_at.astimezone(UTC),
        witnesses=body.witnesses,
        remarks=body.remarks,
        attachments=_ids(body.attachments),
    )
    return _in_round(hazard, refusal=record)


def shelved(hazard: Hazard, event: HazardEvent) -> Hazard:
    """It cannot be fixed for now; it stays in every rate."""
    body = msgspec.convert(event.body, bodies.Shelve)
    record = ShelvingRecord(at=event.at, reason=body.reason, safeguards=body.safeguards, until=_utc(body.until))
    return _with(hazard, shelving=record)


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)


def _ids(references: list[AttachmentReference]) -> list[UUID]:
    return [reference.id for reference in references]


def _in_round(hazard: Hazard, **changes: Any) -> Hazard:
    return replace(hazard, rounds=(*hazard.rounds[:-1], replace(hazard.round, **changes)))


def _with(hazard: Hazard, **changes: Any) -> Hazard:
    return replace(hazard, details=msgspec.structs.replace(hazard.details, **changes))


def _ended(hazard: Hazard, ending: EndingRecord) -> Hazard:
    return _with(hazard, ending=ending)


def _closed(hazard: Hazard, event: HazardEvent) -> Hazard:
    return _in_round(hazard, closed_at=event.at, closed_by=event.actor_id)


def _latest_attempt(hazard: Hazard, **changes: Any) -> Hazard:
    *earlier, latest = hazard.round.attempts
    return _in_round(hazard, attempts=(*earlier, replace(latest, **changes)))


def _reviewed(hazard: Hazard, event: HazardEvent, outcome: Outcome, mode: ReviewMode, remarks: str | None) -> Hazard:
    decided = _latest_attempt(
        hazard, outcome=outcome, mode=mode, remarks=remarks, decided_at=event.at, decided_by=event.actor_id
    )
    return replace(decided, review_due_at=None)
