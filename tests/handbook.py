"""The loop and its roles as the handbook tells them, written down a second time on purpose.

The service reads its own table, `service.domain.lifecycle.TRANSITIONS`; what the tests foretell is read here.
"""

from collections.abc import Iterable
from typing import NamedTuple

from schemas.hazards import Action, State
from tests.people import ACCOUNTS, CHENGQU, CITY

NEW = "reported registered"
OWED = "assigned rectifying"
OWNED = "assigned rectifying pending_review pending_close"
OPEN = "reported registered assigned rectifying pending_review pending_close"


class Line(NamedTuple):
    """One line of the handbook: from where, to where ("" = stays), who, and which event tells of it."""

    sources: frozenset[str]
    target: str
    if_major: str
    permission: str
    party: str
    event: str


def _line(sources: str, target: str, permission: str, party: str, event: str, if_major: str = "") -> Line:
    return Line(frozenset(sources.split()), target, if_major or target, permission, party, f"hazard.{event}")


LOOP = {
    "register": _line("reported", "registered", "hazard:register", "anyone", "registered"),
    "invalidate": _line(NEW, "invalid", "hazard:register", "anyone", "invalidated"),
    "merge": _line(NEW, "duplicate", "hazard:register", "anyone", "merged"),
    "transfer": _line(NEW, "transferred", "hazard:register", "anyone", "transferred"),
    "record_transfer_receipt": _line("transferred", "", "hazard:register", "anyone", "transfer_receipt_recorded"),
    "fix_on_the_spot": _line("reported", "closed", "hazard:report", "finder", "fixed_on_the_spot"),
    "grade": _line("registered assigned rectifying", "", "hazard:grade", "anyone", "graded"),
    "assign": _line("registered", "assigned", "hazard:assign", "anyone", "assigned"),
    "accept": _line("assigned", "rectifying", "hazard:rectify", "owner", "accepted"),
    "hand_back": _line(OWED, "registered", "hazard:rectify", "owner", "handed_back"),
    "submit": _line(OWED, "pending_review", "hazard:rectify", "owner", "submitted"),
    "file_fix": _line(OWED, "pending_review", "hazard:file", "anyone", "fix_filed"),
    "pass": _line("pending_review", "closed", "hazard:review", "independent", "passed", if_major="pending_close"),
    "fail": _line("pending_review", "rectifying", "hazard:review", "independent", "failed"),
    "approve_close": _line("pending_close", "closed", "hazard:approve", "approver", "close_approved"),
    "refuse_close": _line("pending_close", "rectifying", "hazard:approve", "approver", "close_refused"),
    "reopen": _line("closed", "registered", "hazard:reopen", "anyone", "reopened"),
    "request_extension": _line(OWED, "", "hazard:rectify", "owner", "extension_requested"),
    "decide_extension": _line(OWNED, "", "hazard:assign", "anyone", "extension_decided"),
    "supervise": _line(OPEN, "", "hazard:supervise", "anyone", "supervised"),
    "urge": _line(OPEN, "", "hazard:urge", "anyone", "urged"),
    "record_service": _line(OWNED, "", "hazard:serve", "anyone", "service_recorded"),
    "record_refusal": _line(OWNED, "", "hazard:serve", "anyone", "refusal_recorded"),
    "shelve": _line(OPEN, "", "hazard:assign", "anyone", "shelved"),
}

ROLES = {
    "admin": set[str](),
    "approver": {"hazard:approve", "hazard:grade", "hazard:read", "hazard:review", "hazard:supervise", "hazard:urge"},
    "auditor": {"hazard:read"},
    "desk": {
        "hazard:assign",
        "hazard:file",
        "hazard:grade",
        "hazard:informant",
        "hazard:read",
        "hazard:register",
        "hazard:reopen",
        "hazard:report",
        "hazard:serve",
        "hazard:supervise",
        "hazard:urge",
    },
    "editor": {"hazard:read"},
    "inspector": {"hazard:file", "hazard:read", "hazard:report", "hazard:serve", "hazard:urge"},
    "owner": {"hazard:rectify"},
    "publisher": set[str](),
    "reviewer": {"hazard:read", "hazard:review", "hazard:urge"},
}
"""What each role may do with hazards."""

HAS_OWNER = {State.ASSIGNED, State.RECTIFYING, State.PENDING_REVIEW, State.PENDING_CLOSE, State.CLOSED}
"""Where a hazard that went the usual way has somebody who answers for it."""


def permissions_in_chengqu(account: str) -> set[str]:
    """What one of `tests.people` may do with a hazard in 城区."""
    role, organization = ACCOUNTS[account]
    return ROLES[role] if organization in (CITY, CHENGQU) else set()


def sees(account: str, state: State) -> bool:
    """Whether a hazard of `inspector` in 城区, given to `owner` once it is assigned, exists for this person."""
    is_owner = account == "owner" and state in HAS_OWNER
    return "hazard:read" in permissions_in_chengqu(account) or is_owner or account == "inspector"


def foretold(account: str | None, state: State, action: Action) -> tuple[int, str]:
    """Status and code, or status and next state, when this person takes this action on such a hazard."""
    line = LOOP[action]
    if account is None:
        return 401, "session.required"
    if not sees(account, state):
        return 404, "hazard.not_found"
    if line.permission not in permissions_in_chengqu(account):
        return 403, "permission.denied"
    if line.party == "finder" and account != "inspector":
        return 403, "hazard.not_the_finder"
    if line.party == "owner" and not (account == "owner" and state in HAS_OWNER):
        return 403, "hazard.not_the_owner"
    if state not in line.sources:
        return 409, "hazard.action_not_allowed_now"
    return 200, line.target or state


def lived(events: Iterable[tuple[str, str | None]]) -> str:
    """The state to which a history, as (event kind, level it grades to), leads. AssertionError for no possible one."""
    state, level = "", "general"
    by_event = {line.event: line for line in LOOP.values()}
    for kind, graded in events:
        if not state:
            assert kind == "hazard.reported", f"a life began with {kind}"
            state = "reported"
            continue
        line = by_event[kind]
        assert state in line.sources, f"{kind} happened to a hazard that was {state}"
        level = graded or level
        state = (line.if_major if level == "major" else line.target) or state
    return state
