"""The closed loop as a table: action x from-states -> to-state x permission x party x body x event.

The one place that says what may happen to a hazard. The routes (one address an action), their documentation, the
`actions` that a hazard offers to the person asking, the fold over the event log and the tests all read `TRANSITIONS`.
What the body of an action must satisfy beyond its shape is said in `decisions`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from schemas import hazard_actions as bodies
from schemas.hazard_actions import ActionBody
from schemas.hazards import Action, State
from service.domain import hazard_changes as changes
from service.domain.hazard_reports import reported
from service.domain.hazards import OPEN, OWED, OWNED, Hazard, HazardEvent
from service.domain.permissions import Actor, Permission
from service.problems import Problem


class Party(StrEnum):
    """Who, among those with the permission, may take an action."""

    ANYONE = "anyone"
    """Except the owner, whatever other roles they hold: nobody decides about their own hazard."""
    OWNER = "owner"
    """Only the account to which the hazard is assigned."""
    FINDER = "finder"
    """Only who reported it or was the second inspector, wherever the place lies."""
    INDEPENDENT = "independent"
    """Neither the owner nor whoever filed a fix in this round: the finder may review, the fixer may not."""
    APPROVER = "approver"
    """Independent, and not the person who passed the review: a major hazard is struck off by a third pair of eyes."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    action: Action
    sources: frozenset[State]
    target: State | None
    """None: the hazard stays where it is."""
    target_if_major: State | None
    permission: Permission
    party: Party
    body: type[ActionBody]
    event: str
    change: Callable[[Hazard, HazardEvent], Hazard]
    problems: tuple[str, ...]
    """What this body may be refused for, beside what every action may."""

    def leads_to(self, hazard: Hazard) -> State:
        """The state after this action on a hazard as it stands."""
        if hazard.level == "major" and self.target_if_major is not None:
            return self.target_if_major
        return self.target or hazard.state


def _row(
    action: Action,
    sources: Iterable[State],
    target: State | None,
    permission: Permission,
    body: type[ActionBody],
    change: Callable[[Hazard, HazardEvent], Hazard],
    party: Party = Party.ANYONE,
    *problems: str,
    if_major: State | None = None,
) -> Transition:
    # The event of an action is named like the change it makes: one word to follow through log, fold and table.
    event = f"hazard.{change.__name__}"
    return Transition(action, frozenset(sources), target, if_major, permission, party, body, event, change, problems)


_NEW = (State.REPORTED, State.REGISTERED)
_GRADED = (State.REGISTERED, *OWED)
_PHOTOS = ("hazard.photo_named_twice", "hazard.photo_shows_before", "hazard.time_out_of_range")
_FIX = ("hazard.arrangements_missing", *_PHOTOS)
_DATED = ("hazard.time_out_of_range", "hazard.time_in_future")
_PAPERS = ("attachment.named_twice",)

TRANSITIONS: Final[dict[Action, Transition]] = {
    row.action: row
    for row in (
        _row(
            Action.REGISTER, [State.REPORTED], State.REGISTERED,
            Permission.HAZARD_REGISTER, bodies.Register, changes.registered,
            Party.ANYONE, "hazard.verification_required",
        ),
        _row(
            Action.INVALIDATE, _NEW, State.INVALID,
            Permission.HAZARD_REGISTER, bodies.Invalidate, changes.invalidated,
            Party.ANYONE, "hazard.fixed_before", "hazard.major_stays",
        ),
        _row(
            Action.MERGE, _NEW, State.DUPLICATE,
            Permission.HAZARD_REGISTER, bodies.Merge, changes.merged,
            Party.ANYONE, "hazard.original_not_found", "hazard.original_not_open",
            "hazard.fixed_before", "hazard.major_stays",
        ),
        _row(
            Action.TRANSFER, _NEW, State.TRANSFERRED,
            Permission.HAZARD_REGISTER, bodies.Transfer, changes.transferred,
        ),
        _row(
            Action.RECORD_TRANSFER_RECEIPT, [State.TRANSFERRED], None,
            Permission.HAZARD_REGISTER, bodies.RecordTransferReceipt, changes.transfer_receipt_recorded,
            Party.ANYONE, *_DATED, *_PAPERS,
        ),
        _row(
            Action.FIX_ON_THE_SPOT, [State.REPORTED], State.CLOSED,
            Permission.HAZARD_REPORT, bodies.FixOnTheSpot, changes.fixed_on_the_spot,
            Party.FINDER, "hazard.second_person_required", "hazard.verification_required",
            "hazard.self_check_goes_up", *_PHOTOS,
        ),
        _row(
            Action.GRADE, _GRADED, None,
            Permission.HAZARD_GRADE, bodies.Grade, changes.graded,
            Party.ANYONE, "hazard.grader_is_reporter", "hazard.arrangements_unfit", "hazard.approver_required",
            "hazard.time_out_of_range", "hazard.time_past",
        ),
        _row(
            Action.ASSIGN, [State.REGISTERED], State.ASSIGNED,
            Permission.HAZARD_ASSIGN, bodies.Assign, changes.assigned,
            Party.ANYONE, "hazard.owner_unsuitable", "hazard.due_at_past", "hazard.due_reason_required",
            "hazard.time_out_of_range", "calendar.year_unknown",
        ),
        _row(
            Action.ACCEPT, [State.ASSIGNED], State.RECTIFYING,
            Permission.HAZARD_RECTIFY, bodies.Accept, changes.accepted, Party.OWNER,
        ),
        _row(
            Action.HAND_BACK, OWED, State.REGISTERED,
            Permission.HAZARD_RECTIFY, bodies.HandBack, changes.handed_back, Party.OWNER,
        ),
        _row(
            Action.SUBMIT, OWED, State.PENDING_REVIEW,
            Permission.HAZARD_RECTIFY, bodies.Submit, changes.submitted, Party.OWNER, *_FIX,
        ),
        _row(
            Action.FILE_FIX, OWED, State.PENDING_REVIEW,
            Permission.HAZARD_FILE, bodies.FileFix, changes.fix_filed, Party.ANYONE, *_FIX,
        ),
        _row(
            Action.PASS, [State.PENDING_REVIEW], State.CLOSED,
            Permission.HAZARD_REVIEW, bodies.Pass, changes.passed, Party.INDEPENDENT,
            "hazard.photos_not_arrived", "hazard.review_on_site_required", if_major=State.PENDING_CLOSE,
        ),
        _row(
            Action.FAIL, [State.PENDING_REVIEW], State.RECTIFYING,
            Permission.HAZARD_REVIEW, bodies.Fail, changes.failed, Party.INDEPENDENT,
        ),
        _row(
            Action.APPROVE_CLOSE, [State.PENDING_CLOSE], State.CLOSED,
            Permission.HAZARD_APPROVE, bodies.ApproveClose, changes.close_approved, Party.APPROVER,
        ),
        _row(
            Action.REFUSE_CLOSE, [State.PENDING_CLOSE], State.RECTIFYING,
            Permission.HAZARD_APPROVE, bodies.RefuseClose, changes.close_refused, Party.APPROVER,
        ),
        _row(
            Action.REOPEN, [State.CLOSED], State.REGISTERED,
            Permission.HAZARD_REOPEN, bodies.Reopen, changes.reopened,
        ),
        _row(
            Action.REQUEST_EXTENSION, OWED, None,
            Permission.HAZARD_RECTIFY, bodies.RequestExtension, changes.extension_requested,
            Party.OWNER, "hazard.extension_pending", "hazard.extension_not_later", "hazard.deadline_not_running",
            "hazard.time_out_of_range",
        ),
        _row(
            Action.DECIDE_EXTENSION, OWNED, None,
            Permission.HAZARD_ASSIGN, bodies.DecideExtension, changes.extension_decided,
            Party.ANYONE, "hazard.extension_not_pending", "hazard.extension_not_later", "hazard.extension_own",
            "hazard.extension_beyond_request", "hazard.deadline_not_running", "hazard.time_out_of_range",
        ),
        _row(
            Action.SUPERVISE, OPEN, None,
            Permission.HAZARD_SUPERVISE, bodies.Supervise, changes.supervised,
            Party.ANYONE, "hazard.supervision_limit", "hazard.time_out_of_range",
        ),
        _row(
            Action.URGE, OPEN, None,
            Permission.HAZARD_URGE, bodies.Urge, changes.urged,
        ),
        _row(
            Action.RECORD_SERVICE, OWNED, None,
            Permission.HAZARD_SERVE, bodies.RecordService, changes.service_recorded,
            Party.ANYONE, "hazard.served_before_assigned", "hazard.confirmation_required", "hazard.proof_required",
            "hazard.service_recorded", "hazard.served_by_notice", "hazard.due_at_past", "hazard.deadline_set",
            "hazard.due_reason_required", "calendar.year_unknown", *_DATED, *_PAPERS,
        ),
        _row(
            Action.RECORD_REFUSAL, OWNED, None,
            Permission.HAZARD_SERVE, bodies.RecordRefusal, changes.refusal_recorded,
            Party.ANYONE, "hazard.served_before_assigned", "hazard.served_by_notice", *_DATED, *_PAPERS,
        ),
        _row(
            Action.SHELVE, OPEN, None,
            Permission.HAZARD_ASSIGN, bodies.Shelve, changes.shelved,
            Party.ANYONE, "hazard.time_out_of_range", "hazard.time_past",
        ),
    )
}  # fmt: skip

_BY_EVENT: Final = {row.event: row for row in TRANSITIONS.values()}


def may_see(hazard: Hazard, actor: Actor) -> bool:
    """Whether the hazard exists for this person: by reading rights, by owing the fix, or by having found it."""
    return reads_all(hazard, actor) or hazard.owner_id == actor.account_id


def reads_all(hazard: Hazard, actor: Actor) -> bool:
    """Whether they see it whole. An owner sees of the photos only the inspectors' and their own, whatever else they
    are."""
    reads = actor.may(Permission.HAZARD_READ, hazard.organization_id) and hazard.owner_id != actor.account_id
    return reads or actor.account_id in hazard.officers


def tells_place(hazard: Hazard, actor: Actor) -> bool:
    """Whether they see where it was found and what other records say of it: to an owner it would tell who informed."""
    return reads_all(hazard, actor) or not hazard.finding.is_sealed


def reads_informant(hazard: Hazard, actor: Actor) -> bool:
    """Whether they see for whom it was reported. Never the owner: Work Safety Law, 73 to 76."""
    return (
        actor.may(Permission.HAZARD_INFORMANT, hazard.organization_id) or hazard.reported_by == actor.account_id
    ) and hazard.owner_id != actor.account_id


def offered(hazard: Hazard, actor: Actor) -> list[Action]:
    """The actions that this person may take now, in the table's order."""
    return [action for action in TRANSITIONS if _may_take(hazard, action, actor)]


def permit(hazard: Hazard, action: Action, actor: Actor) -> None:
    """Raises Problem (403) when this person may never take this action on this hazard, whatever its state."""
    row = TRANSITIONS[action]
    if row.party is Party.FINDER:
        # The place may lie in a district in which its finder has no other rights.
        if not actor.may_anywhere(row.permission) and not _checks_itself(hazard, actor):
            raise Problem("permission.denied")
        if actor.account_id not in hazard.officers:
            raise Problem("hazard.not_the_finder")
        return
    if not actor.may(row.permission, hazard.organization_id):
        raise Problem("permission.denied")
    if row.party is Party.OWNER and hazard.owner_id != actor.account_id:
        raise Problem("hazard.not_the_owner")
    if row.party is Party.ANYONE and hazard.owner_id == actor.account_id:
        raise Problem("hazard.owner_may_not")


def permit_now(hazard: Hazard, action: Action, actor: Actor) -> None:
    """Like `permit`, and 409 when the state forbids it, 403 when the fixer would review or the reviewer approve.

    Role before state: a person learns first what they may never do, and last what only this moment forbids.
    """
    permit(hazard, action, actor)
    row = TRANSITIONS[action]
    if hazard.state not in row.sources:
        raise Problem("hazard.action_not_allowed_now", action=action.value, state=hazard.state.value)
    if row.party in (Party.INDEPENDENT, Party.APPROVER) and actor.account_id in hazard.fixers:
        raise Problem("hazard.fixer_may_not_review")
    if row.party is Party.APPROVER and hazard.round.attempts[-1].decided_by == actor.account_id:
        raise Problem("hazard.reviewer_may_not_approve")


def evolve(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The hazard after `event`. ValueError for an event that no row of the table makes in this state."""
    row = _BY_EVENT.get(event.kind)
    if row is None or hazard.state not in row.sources:
        raise ValueError(f"{event.kind} cannot follow {hazard.state}")
    return replace(row.change(hazard, event), state=row.leads_to(hazard), version=hazard.version + 1)


def replay(hazard_id: UUID, events: Iterable[HazardEvent]) -> Hazard:
    """The hazard that its events, oldest first, tell of. ValueError when they tell no possible life."""
    history = iter(events)
    first = next(history, None)
    if first is None or first.kind != "hazard.reported":
        raise ValueError("a hazard's life begins with its report")
    hazard = reported(hazard_id, first)
    for event in history:
        hazard = evolve(hazard, event)
    return hazard


def _checks_itself(hazard: Hazard, actor: Actor) -> bool:
    return hazard.finding.source == "self_check" and actor.may_anywhere(Permission.HAZARD_SELFCHECK)


def _may_take(hazard: Hazard, action: Action, actor: Actor) -> bool:
    try:
        permit_now(hazard, action, actor)
    except Problem:
        return False
    match action:
        case Action.DECIDE_EXTENSION:
            return hazard.round.pending_extension is not None
        case Action.REQUEST_EXTENSION:
            return hazard.round.pending_extension is None
        case Action.INVALIDATE | Action.MERGE:
            return hazard.round.number == 1 and hazard.level == "general"
        case Action.FIX_ON_THE_SPOT:
            return not hazard.finding.is_sealed
        case Action.RECORD_SERVICE:
            return hazard.round.notice_id is None and hazard.round.service is None
        case Action.RECORD_REFUSAL:
            return hazard.round.notice_id is None
    return True
