"""Random lives of hazards, event by event, written into the database as the workflows write them."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from schemas.hazards import Action, HazardReport, State
from service.database import Connection
from service.domain.hazard_reports import report_event, reported
from service.domain.hazards import Hazard, HazardEvent, Routing
from service.domain.lifecycle import TRANSITIONS, evolve
from service.repositories import events, hazards
from service.workflows import standings
from tests.people import CHENGQU, CITY, KUANGQU, account_id, organization_id

BEGINNING = datetime(2026, 3, 2, 1, 31, 13, tzinfo=UTC)
EARLY = (Action.REGISTER, Action.ASSIGN, Action.ACCEPT, Action.HAND_BACK, Action.SUBMIT, Action.PASS, Action.FAIL,
         Action.REOPEN)  # fmt: skip
"""What there was to do before the loop was whole."""
SOURCES = ("inspection", "self_check", "resident", "transferred")
WEIGHTS = {
    **dict.fromkeys(EARLY, 3.0),
    **dict.fromkeys((Action.APPROVE_CLOSE, Action.FILE_FIX, Action.DECIDE_EXTENSION), 3.0),
    Action.PASS: 9.0,
    Action.REQUEST_EXTENSION: 1.5,
    **dict.fromkeys((Action.INVALIDATE, Action.MERGE, Action.TRANSFER, Action.RECORD_TRANSFER_RECEIPT), 0.2),
    Action.HAND_BACK: 0.6,
}
"""Most go on their way, else hardly any would come to an end."""
ACTORS = {"owner": ("accept", "hand_back", "submit", "request_extension"), "reviewer": ("pass", "fail"),
          "approver": ("approve_close", "refuse_close", "supervise"), "inspector": ("fix_on_the_spot",)}  # fmt: skip


class Lives:
    """Hazards that live on, step by step, with everything that happened to them."""

    def __init__(self, connection: Connection, chance: random.Random, actions: tuple[Action, ...] = tuple(Action)):
        self.connection, self.chance, self.actions = connection, chance, actions
        self.now = BEGINNING
        self.hazards: dict[UUID, Hazard] = {}
        self.histories: dict[UUID, list[HazardEvent]] = {}

    async def live(self, steps: int, *, new: float = 0.2) -> None:
        """So many things happen: a report, or an action on one of the hazards that are there."""
        for _ in range(steps):
            self.now += timedelta(minutes=self.chance.choice((0, 0, 1, 7, 90, 1500)))
            if not self.hazards or self.chance.random() < new:
                await self._report()
            else:
                await self._act(self.chance.choice(list(self.hazards.values())))

    async def _report(self) -> None:
        chance = self.chance
        hazard_id = UUID(int=chance.getrandbits(128))
        code = chance.choice((CITY, CHENGQU, CHENGQU, KUANGQU))
        content = {
            "category": chance.choice(("A01", "B02", "J01")),
            "description": "东侧疏散楼梯二层平台堆放纸箱",
            "place": "南大街演示商厦东侧楼梯",
            "captured_at": self.now.isoformat(),
            "device_time": self.now.isoformat(),
            "photos": [{"id": str(hazard_id), "sha256": "0" * 64}],
            "source": "inspection"
            if self.actions == EARLY
            else chance.choice(("inspection", "self_check", "resident")),
        }
        event = report_event(
            msgspec.convert(content, HazardReport),
            Routing(),
            number=f"{code}-2026-{len(self.hazards) + 1:06d}",
            organization_id=organization_id(code),
            category_edition="2000-01-01",
            second_inspector_id=None,
            actor_id=account_id("inspector"),
            now=self.now,
            demo=False,
        )
        hazard = reported(hazard_id, event)
        assert await hazards.insert(self.connection, hazard)
        await self._record(hazard, event)

    async def _act(self, hazard: Hazard) -> None:
        possible = [action for action in self.actions if hazard.state in TRANSITIONS[action].sources]
        possible = [action for action in possible if self._fits(hazard, action)]
        # What is closed mostly stays so.
        if not possible or (hazard.state is State.CLOSED and self.chance.random() < 0.8):
            return
        action = self.chance.choices(possible, [WEIGHTS.get(action, 0.5) for action in possible])[0]
        actor = next((name for name, actions in ACTORS.items() if action in actions), "desk")
        event = HazardEvent(TRANSITIONS[action].event, self.now, account_id(actor), self._body(hazard, action))
        changed = evolve(hazard, event)
        await hazards.save(self.connection, changed)
        await self._record(changed, event)

    def _fits(self, hazard: Hazard, action: Action) -> bool:
        is_pending = hazard.round.pending_extension is not None
        if action is Action.MERGE:
            return len(self.hazards) > 1
        if action in (Action.REQUEST_EXTENSION, Action.DECIDE_EXTENSION):
            return is_pending == (action is Action.DECIDE_EXTENSION)
        return True

    def _body(self, hazard: Hazard, action: Action) -> dict[str, Any]:
        chance = self.chance
        soon = (self.now + timedelta(hours=chance.randrange(1, 400))).isoformat()
        others = [other for other in self.hazards if other != hazard.id]
        text, is_early = "已处理", self.actions == EARLY
        bodies: dict[Action, dict[str, Any]] = {
            Action.INVALIDATE: {"reason": "untrue", "remarks": text},
            Action.MERGE: {"original_id": str(chance.choice(others or [hazard.id]))},
            Action.TRANSFER: {"receiving_body": text, "document_number": text, "matter": text},
            Action.RECORD_TRANSFER_RECEIPT: {"received_at": self.now.isoformat()},
            Action.FIX_ON_THE_SPOT: {"measures": text, "photos": [{"id": str(hazard.id), "sha256": "0" * 64}]},
            Action.GRADE: {
                "level": chance.choice(("general", "major", "major")),
                "reason": text,
                "arrangements": chance.choice((None, {
                    "measure": text, "person": text, "funds_yuan": chance.randrange(10**6), "time_limit": soon,
                    "emergency_plan": text,
                })),
            },
            Action.ASSIGN: {"owner": "owner", "owner_id": str(account_id(chance.choice(("owner", "owner2")))),
                            "due_at": soon},
            Action.HAND_BACK: {"reason": "not_mine"},
            Action.SUBMIT: {"measures": text, "cost_yuan": chance.choice((None, None if is_early else 4900))},
            Action.FILE_FIX: {"represented": text, "measures": text, "cost_yuan": chance.randrange(9000)},
            Action.PASS: {"mode": "on_site"},
            Action.FAIL: {"mode": "on_site", "reason": text},
            Action.REFUSE_CLOSE: {"reason": text},
            Action.REOPEN: {"reason": text},
            Action.REQUEST_EXTENSION: {"until": soon, "reason": text},
            Action.DECIDE_EXTENSION: {"granted": chance.random() < 0.7},
            Action.SUPERVISE: {"authority": chance.choice(("district", "city", "province")), "document_number": text,
                               "limit_at": soon, "reason": text},
            Action.RECORD_SERVICE: {"mode": "in_person", "served_at": self.now.isoformat()},
            Action.RECORD_REFUSAL: {"refused_at": self.now.isoformat(), "witnesses": [text]},
            Action.SHELVE: {"reason": text, "safeguards": text},
        }  # fmt: skip
        return {"action_id": str(UUID(int=chance.getrandbits(128)))} | bodies.get(action, {})

    async def _record(self, hazard: Hazard, event: HazardEvent) -> None:
        self.hazards[hazard.id] = hazard
        self.histories.setdefault(hazard.id, []).append(event)
        await events.append(
            self.connection,
            subject="hazard",
            subject_id=hazard.id,
            kind=event.kind,
            at=event.at,
            actor_id=event.actor_id,
            body=event.body,
        )
        await standings.follow(self.connection, hazard, event.at)
