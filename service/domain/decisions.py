"""What a report and the body of each action must satisfy, beyond shape, permission and state.

`decide` turns a body into the event that is kept: whatever had to be looked up or computed (the owner's account, the
deadline) is in it, so that the record needs neither catalogue nor calendar to be read again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from schemas import hazard_actions as bodies
from schemas.hazard_actions import ActionBody
from schemas.hazards import Action, HazardReport, PhotoReference
from service.domain.hazards import CLOCK_TOLERANCE, EARLIEST, LATEST, OPEN, Hazard, HazardEvent, NoticeTerms
from service.domain.lifecycle import TRANSITIONS, permit_now
from service.domain.permissions import Actor, Permission
from service.problems import Problem


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a decision needs to know beyond the hazard itself, looked up by the workflow."""

    owner_id: UUID | None = None
    """For `assign`: the named account, None where there is no such account or it may not rectify here."""
    notice: NoticeTerms | None = None
    """For `assign`: the notice that lists the hazard."""
    catalogue_due_at: datetime | None = None
    """For `assign` and `record_service`: by the catalogue's days from the start of the owner's clock."""
    unknown_year: int | None = None
    """The year whose calendar would be needed and is not published."""
    review_due_at: datetime | None = None
    """For `submit` and `file_fix`: when the recheck is due."""
    supervision_latest: datetime = LATEST
    """For `supervise`: the latest limit that may be set now."""
    filing_due_at: datetime | None = None
    extension_due_at: datetime | None = None
    """For `supervise`: until when it is filed, and more time asked for; None where no calendar tells."""
    fix_photos_arrived: int = 0
    """For `pass`: how many photos of the attempt under review are here."""
    is_major_candidate: bool = False
    """For `fix_on_the_spot`: whether the catalogue has the category as a candidate for major."""
    original: Hazard | None = None
    """For `merge`: the other hazard, None where there is none that this person may see."""


def decide(
    hazard: Hazard, body: ActionBody, action: Action, actor: Actor, now: datetime, circumstances: Circumstances
) -> HazardEvent:
    """The event that `action` with `body` by `actor` at `now` makes.

    Raises Problem: 403 when the role or the party forbids it, 409 when the state does, 422 when the body does not fit.
    """
    permit_now(hazard, action, actor)
    content: dict[str, Any] = msgspec.to_builtins(body)
    check = _CHECKS.get(action)
    if check is not None:
        content |= check(hazard, body, actor, now, circumstances)
    return HazardEvent(TRANSITIONS[action].event, now, actor.account_id, content, hazard.demo)


def check_report(report: HazardReport) -> None:
    """What the fields of a report must satisfy together. Raises Problem (422)."""
    _check_instants(
        captured_at=report.captured_at,
        device_time=report.device_time,
        fixed_at=None if report.position is None else report.position.fixed_at,
    )
    _check_photos(report.photos)


def check_instants(body: ActionBody) -> None:
    """Every instant of a body is a time from which something can be counted. Raises Problem (422)."""
    given = msgspec.structs.asdict(body)
    _check_instants(**{field: value for field, value in given.items() if isinstance(value, datetime)})


def _register(hazard: Hazard, body: bodies.Register, _actor: Actor, _now: datetime, _: Circumstances) -> dict[str, Any]:
    if hazard.finding.source == "resident" and body.verification is None:
        raise Problem("hazard.verification_required")
    return {}


def _invalidate(
    hazard: Hazard, _body: bodies.Invalidate, _actor: Actor, _now: datetime, _: Circumstances
) -> dict[str, Any]:
    _check_may_end(hazard)
    return {}


def _check_may_end(hazard: Hazard) -> None:
    """What was fixed once was there, and what is major ends by an approver; neither is talked out of the record."""
    if hazard.round.number > 1:
        raise Problem("hazard.fixed_before")
    if hazard.level == "major":
        raise Problem("hazard.major_stays")


def _merge(hazard: Hazard, body: bodies.Merge, _actor: Actor, _now: datetime, known: Circumstances) -> dict[str, Any]:
    if known.original is None or known.original.id == hazard.id:
        raise Problem("hazard.original_not_found", original_id=str(body.original_id))
    if known.original.state not in OPEN:
        raise Problem("hazard.original_not_open", original=known.original.number, state=known.original.state.value)
    _check_may_end(hazard)
    return {}


def _receipt(
    _hazard: Hazard, body: bodies.RecordTransferReceipt, _actor: Actor, now: datetime, _: Circumstances
) -> dict[str, Any]:
    _check_past(now, received_at=body.received_at)
    return {}


def _fix_on_the_spot(
    hazard: Hazard, body: bodies.FixOnTheSpot, actor: Actor, _now: datetime, known: Circumstances
) -> dict[str, Any]:
    if hazard.finding.is_sealed:
        raise Problem("hazard.verification_required")
    if hazard.finding.source == "self_check":
        _check_self_check(body, actor, known)
    _check_fix_photos(hazard, body.photos)
    return {}


def _check_self_check(body: bodies.FixOnTheSpot, actor: Actor, known: Circumstances) -> None:
    """Found, fixed and checked by two people of the enterprise; what may be major goes up to the desk."""
    if body.checked_by is None or body.checked_by.strip() in (actor.name, actor.account):
        raise Problem("hazard.second_person_required")
    if known.is_major_candidate:
        raise Problem("hazard.self_check_goes_up")


def _grade(hazard: Hazard, body: bodies.Grade, actor: Actor, now: datetime, _: Circumstances) -> dict[str, Any]:
    if "major" in (body.level, hazard.level) and actor.account_id in hazard.officers:
        raise Problem("hazard.grader_is_reporter")
    lowers = hazard.level == "major" and body.level == "general"
    if lowers and not actor.may(Permission.HAZARD_APPROVE, hazard.organization_id):
        raise Problem("hazard.approver_required")
    if body.arrangements is not None:
        if body.level != "major":
            raise Problem("hazard.arrangements_unfit")
        _check_later(now, time_limit=body.arrangements.time_limit)
    return {}


def _assign(hazard: Hazard, body: bodies.Assign, actor: Actor, now: datetime, known: Circumstances) -> dict[str, Any]:
    if known.owner_id in (None, actor.account_id):
        raise Problem("hazard.owner_unsuitable", owner=body.owner)
    clock = "notification" if known.notice is None else known.notice.clock
    # Before an order is served the owner's time does not run, and only a date that the desk itself set binds.
    dates = _deadline(body.due_at, body.due_reason, known) if clock == "notification" or body.due_at else {}
    if "due_at" in dates and datetime.fromisoformat(dates["due_at"]) <= now:
        raise Problem("hazard.due_at_past")
    return {
        "owner_id": str(known.owner_id),
        "clock": clock,
        "notice_id": None if known.notice is None else str(known.notice.id),
        **dates,
    }


def _deadline(due_at: datetime | None, reason: str | None, known: Circumstances) -> dict[str, Any]:
    """The date that binds and the catalogue's beside it. Where no calendar tells, the desk's own, with a reason."""
    _check_instants(due_at=due_at)
    by_catalogue = known.catalogue_due_at
    if by_catalogue is None and due_at is None:
        raise Problem("calendar.year_unknown", year=known.unknown_year)
    if by_catalogue is None and reason is None:
        raise Problem("hazard.due_reason_required", year=known.unknown_year)
    binding = due_at or by_catalogue
    assert binding is not None
    return {"due_at": binding.isoformat(), "catalogue_due_at": _written(by_catalogue)}


def _written(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _submit(hazard: Hazard, body: bodies.Submit, _actor: Actor, _now: datetime, known: Circumstances) -> dict[str, Any]:
    _check_arrangements(hazard)
    _check_fix_photos(hazard, body.photos)
    return _recheck(known)


def _file_fix(
    hazard: Hazard, body: bodies.FileFix, _actor: Actor, _now: datetime, known: Circumstances
) -> dict[str, Any]:
    _check_arrangements(hazard)
    _check_fix_photos(hazard, body.photos)
    return _recheck(known)


def _pass(hazard: Hazard, body: bodies.Pass, _actor: Actor, _now: datetime, known: Circumstances) -> dict[str, Any]:
    if body.mode == "by_picture":
        if hazard.round.attempts[-1].represented_name is not None:
            raise Problem("hazard.review_on_site_required")
        if known.fix_photos_arrived == 0:
            raise Problem("hazard.photos_not_arrived")
    return {}


def _request_extension(
    hazard: Hazard, body: bodies.RequestExtension, _actor: Actor, now: datetime, _: Circumstances
) -> dict[str, Any]:
    if hazard.round.pending_extension is not None:
        raise Problem("hazard.extension_pending")
    _check_extension(hazard, body.until, now)
    return {}


def _decide_extension(
    hazard: Hazard, body: bodies.DecideExtension, actor: Actor, now: datetime, _: Circumstances
) -> dict[str, Any]:
    pending = hazard.round.pending_extension
    if pending is None:
        raise Problem("hazard.extension_not_pending")
    if pending.requested_by == actor.account_id:
        raise Problem("hazard.extension_own")
    if body.granted:
        until = body.until or pending.until
        _check_extension(hazard, until, now)
        if until > pending.until:
            raise Problem("hazard.extension_beyond_request")
    return {}


def _supervise(
    _hazard: Hazard, body: bodies.Supervise, _actor: Actor, now: datetime, known: Circumstances
) -> dict[str, Any]:
    _check_instants(limit_at=body.limit_at)
    if not now < body.limit_at <= known.supervision_latest:
        raise Problem("hazard.supervision_limit", latest=known.supervision_latest.isoformat())
    return {
        "filing_due_at": _written(known.filing_due_at),
        "extension_due_at": _written(known.extension_due_at),
    }


def _record_service(
    hazard: Hazard, body: bodies.RecordService, _actor: Actor, now: datetime, known: Circumstances
) -> dict[str, Any]:
    _check_serving(hazard, known)
    if hazard.round.service is not None:
        raise Problem("hazard.service_recorded")
    _check_past(now, served_at=body.served_at)
    _check_after_assignment(hazard, body.served_at)
    if body.receiver is None and not body.attachments:
        raise Problem("hazard.proof_required")
    if body.mode == "electronic" and not body.attachments:
        raise Problem("hazard.confirmation_required")
    if not hazard.awaits_service or hazard.round.due_at is not None:
        if body.due_at is not None:
            raise Problem("hazard.deadline_set")
        return {"starts_clock": hazard.awaits_service}
    dates = _deadline(body.due_at, body.due_reason, known)
    if body.due_at is not None and body.due_at <= body.served_at:
        raise Problem("hazard.due_at_past")
    return {"starts_clock": True, **dates}


def _check_serving(hazard: Hazard, known: Circumstances) -> None:
    """A notice is served, and the hazards that it lists with it: two papers cannot tell two dates."""
    if hazard.round.notice_id is not None and known.notice is None:
        raise Problem("hazard.served_by_notice", notice_id=str(hazard.round.notice_id))


def _record_refusal(
    hazard: Hazard, body: bodies.RecordRefusal, _actor: Actor, now: datetime, known: Circumstances
) -> dict[str, Any]:
    _check_serving(hazard, known)
    _check_past(now, refused_at=body.refused_at)
    _check_after_assignment(hazard, body.refused_at)
    return {}


def _shelve(_hazard: Hazard, body: bodies.Shelve, _actor: Actor, now: datetime, _: Circumstances) -> dict[str, Any]:
    _check_later(now, until=body.until)
    return {}


_CHECKS: Final[dict[Action, Callable[[Hazard, Any, Actor, datetime, Circumstances], dict[str, Any]]]] = {
    Action.ASSIGN: _assign,
    Action.DECIDE_EXTENSION: _decide_extension,
    Action.FILE_FIX: _file_fix,
    Action.FIX_ON_THE_SPOT: _fix_on_the_spot,
    Action.GRADE: _grade,
    Action.INVALIDATE: _invalidate,
    Action.MERGE: _merge,
    Action.PASS: _pass,
    Action.RECORD_REFUSAL: _record_refusal,
    Action.RECORD_SERVICE: _record_service,
    Action.RECORD_TRANSFER_RECEIPT: _receipt,
    Action.REGISTER: _register,
    Action.REQUEST_EXTENSION: _request_extension,
    Action.SHELVE: _shelve,
    Action.SUBMIT: _submit,
    Action.SUPERVISE: _supervise,
}


def _recheck(known: Circumstances) -> dict[str, Any]:
    return {"review_due_at": _written(known.review_due_at)}


def _check_arrangements(hazard: Hazard) -> None:
    """五落实: a major hazard is fixed by a plan, and the plan stands before the fix is filed."""
    if hazard.level == "major" and hazard.details.arrangements is None:
        raise Problem("hazard.arrangements_missing")


def _check_extension(hazard: Hazard, until: datetime, now: datetime) -> None:
    _check_instants(until=until)
    if hazard.round.due_at is None:
        raise Problem("hazard.deadline_not_running")
    if until <= max(now, hazard.round.due_at):
        raise Problem("hazard.extension_not_later")


def _check_after_assignment(hazard: Hazard, instant: datetime) -> None:
    """Paper may be handed over on the day of the assignment before the desk has typed it, but no earlier."""
    assigned_at = hazard.round.assigned_at
    if assigned_at is not None and instant < max(
        assigned_at - timedelta(days=1), hazard.round.opened_at - CLOCK_TOLERANCE
    ):
        raise Problem("hazard.served_before_assigned")


def _check_fix_photos(hazard: Hazard, photos: list[PhotoReference]) -> None:
    """A fix is shown by new pictures: the picture of the hazard proves nothing about the fix."""
    _check_photos(photos)
    before = {photo.id for photo in hazard.finding.photos}
    contents = {photo.sha256 for photo in hazard.finding.photos}
    for photo in photos:
        if photo.id in before or photo.sha256.lower() in contents:
            raise Problem("hazard.photo_shows_before", photo_id=str(photo.id))


def _check_photos(photos: list[PhotoReference]) -> None:
    seen: set[UUID] = set()
    for photo in photos:
        if photo.id in seen:
            raise Problem("hazard.photo_named_twice", photo_id=str(photo.id))
        seen.add(photo.id)
        _check_instants(taken_at=photo.taken_at)


def _check_past(now: datetime, **instants: datetime) -> None:
    _check_instants(**instants)
    for field, instant in instants.items():
        if instant > now + CLOCK_TOLERANCE:
            raise Problem("hazard.time_in_future", field=field)


def _check_later(now: datetime, **instants: datetime | None) -> None:
    _check_instants(**instants)
    for field, instant in instants.items():
        if instant is not None and instant <= now:
            raise Problem("hazard.time_past", field=field)


def _check_instants(**instants: datetime | None) -> None:
    for field, instant in instants.items():
        if instant is not None and not EARLIEST <= instant < LATEST:
            raise Problem("hazard.time_out_of_range", field=field)
