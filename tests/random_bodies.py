"""What people write when they act on hazards: by chance, and what fits a hazard as it stands."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from schemas.hazards import Action
from tests.hazard_factory import INSTANT, Json, action_body, paper, photo

TEXT = "已处理"
OWNERS = ("owner", "owner2", "reviewer2", "owner3", "nobody")


def random_body(action: Action, chance: random.Random, others: Sequence[str], now: datetime) -> Json:
    """Anything that has the right shape: some of it fits, some does not."""
    body = action_body(action)
    if action in INSTANT:
        body[INSTANT[action]] = _around(chance, now, -3000, 30)
        body["attachments"] = [paper() for _ in range(chance.randrange(3))]
    drawn = {name: draw() for name, draw in _fields(action, chance, others, now).items()}
    return _without_nothing(body | drawn)


def fitting_body(action: Action, chance: random.Random, hazard: Json, others: Sequence[str], now: datetime) -> Json:
    """What somebody writes who knows how the hazard stands. For merging the first of `others` is taken."""
    body = action_body(action)
    if action in INSTANT:
        body[INSTANT[action]] = now.isoformat()
    due_at = datetime.fromisoformat(hazard["due_at"]) if hazard["due_at"] else now
    later = max(now, due_at) + timedelta(hours=chance.randrange(1, 4000))
    requests = hazard["rounds"][-1]["extensions"] if action is Action.DECIDE_EXTENSION else []
    in_time = any(datetime.fromisoformat(request["until"]) > max(now, due_at) for request in requests[-1:])
    changes: dict[Action, Json] = {
        Action.MERGE: {"original_id": next(iter(others), None)},
        Action.ASSIGN: {"owner": chance.choice(OWNERS[:3]), "due_at": (now + timedelta(days=9)).isoformat(),
                        "due_reason": TEXT},
        Action.FILE_FIX: {"photos": [photo()] if chance.random() < 0.5 else []},
        Action.FIX_ON_THE_SPOT: {"checked_by": "班组长"},
        Action.GRADE: {} if chance.random() < 0.85 else {"level": "general", "arrangements": None},
        Action.PASS: {"mode": "on_site"},
        Action.REGISTER: {"verification": TEXT},
        Action.REQUEST_EXTENSION: {"until": later.isoformat()},
        Action.DECIDE_EXTENSION: {"granted": in_time and chance.random() < 0.7, "until": None},
        Action.SUPERVISE: {"limit_at": (now + timedelta(days=chance.randrange(1, 300))).isoformat()},
    }  # fmt: skip
    return _without_nothing(body | changes.get(action, {}))


def _fields(action: Action, chance: random.Random, others: Sequence[str], now: datetime) -> dict[str, Any]:
    def some(*values: Any) -> Any:
        return lambda: chance.choice(values)

    def instant(earliest: int, latest: int) -> Any:
        return lambda: _around(chance, now, earliest, latest)

    due = some(None, _around(chance, now, -100, 100_000))
    plan = action_body(Action.GRADE)["arrangements"]
    reasons = ("not_mine", "responsibility_unclear", "no_funds", "owners_vote_needed", "other")
    until = some(None, _around(chance, now, -100, 200_000))
    fields: dict[Action, dict[str, Any]] = {
        Action.REGISTER: {"verification": some(None, TEXT)},
        Action.INVALIDATE: {"reason": some("untrue", "not_found", "not_a_hazard", "other")},
        Action.MERGE: {"original_id": some(str(uuid4()), *others)},
        Action.RECORD_TRANSFER_RECEIPT: {"receipt_number": some(None, TEXT)},
        Action.FIX_ON_THE_SPOT: {"checked_by": some(None, TEXT)},
        Action.GRADE: {"level": some("general", "major"), "arrangements": some(None, plan)},
        Action.ASSIGN: {"owner": some(*OWNERS), "due_at": due, "due_reason": some(None, TEXT)},
        Action.HAND_BACK: {"reason": some(*reasons)},
        Action.SUBMIT: {"cost_yuan": some(None, 0, 4900)},
        Action.FILE_FIX: {"cost_yuan": some(None, 4900), "photos": some([], [photo()])},
        Action.PASS: {"mode": some("on_site", "by_picture")},
        Action.FAIL: {"mode": some("on_site", "by_picture")},
        Action.REQUEST_EXTENSION: {"until": instant(-100, 200_000)},
        Action.DECIDE_EXTENSION: {"granted": some(True, False), "until": until},
        Action.SUPERVISE: {"limit_at": instant(-100, 700_000), "authority": some("district", "city", "province")},
        Action.RECORD_SERVICE: {"mode": some("in_person", "left", "post", "electronic"), "due_at": due,
                                "due_reason": some(None, TEXT), "receiver": some(None, TEXT)},
        Action.SHELVE: {"until": due},
    }  # fmt: skip
    return fields.get(action, {})


def _around(chance: random.Random, now: datetime, earliest: int, latest: int) -> str:
    """An instant so many minutes from now, on the clock of China or of Greenwich."""
    instant = now + timedelta(minutes=chance.randint(earliest, latest))
    return instant.isoformat() if chance.random() < 0.5 else (instant.isoformat()[:-6] + "+08:00")


def _without_nothing(body: Json) -> Json:
    return {name: value for name, value in body.items() if value is not None}
