"""Random lives of hazards: whatever people try, every change is a legal one and the event log tells all of it."""

import asyncio
import os
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_lives

from schemas.hazard_actions import RecordService
from schemas.hazards import Action, HazardReport, State
from schemas.notices import NoticeAction, NoticeIssue
from service.app import open_context
from service.domain.hazards import Hazard, HazardEvent
from service.domain.lifecycle import TRANSITIONS, replay
from service.domain.permissions import Actor
from service.problems import Problem
from service.repositories import events
from service.repositories import hazards as repository
from service.settings import Settings
from service.workflows import accounts, hazards, notices
from service.workflows.context import Context
from service.workflows.repeatable import Reply
from tests import people
from tests.handbook import LOOP, lived, permissions_in_chengqu
from tests.hazard_factory import RIGHT_PERSON, Json, described_problems, photo, report
from tests.paper_factory import notice
from tests.random_bodies import fitting_body, random_body

LIVES = 2000 if os.environ.get("CLEARWAY_PROVE") == "1" else 200
MOST_HAZARDS = 4
ACTORS = (
    "inspector", "owner", "owner2", "desk", "reviewer", "reviewer2", "approver", "approver2", "inspector2", "desk2",
    "owner3", "auditor", "admin",
)  # fmt: skip
CANDIDATE = "J01"
"""What the catalogue has as a candidate for major."""
BEGINNING = datetime(2026, 6, 5, 1, 31, 13, tzinfo=UTC)
YEARS_END = datetime(2026, 12, 1, tzinfo=UTC)
"""Until then every deadline lies in a year whose calendar is published."""
# Seeds and not hypothesis's own random numbers: those prefer small ones, with which nobody would come past the first
# desk.
CHANCE = st.integers(0, 2**32).map(random.Random)
REVIEWERS, APPROVERS = ("reviewer", "reviewer2", "approver"), ("approver", "approver2")
WEIGHTS = {
    **dict.fromkeys(("grade", "pass", "approve_close", "refuse_close", "decide_extension"), 5.0),
    **dict.fromkeys(("urge", "supervise", "shelve", "record_refusal", "hand_back"), 0.7),
    **dict.fromkeys(("invalidate", "merge", "transfer", "fix_on_the_spot", "record_transfer_receipt"), 0.2),
}
"""Most go on their way, else hardly any would come to an end."""


class HazardLives(RuleBasedStateMachine):
    """A few hazards, which may turn out to be the same, and everybody who can reach the door."""

    runner: ClassVar[asyncio.Runner]
    context: ClassVar[Context]
    actors: ClassVar[dict[str, Actor]]
    met: ClassVar[Counter[str]]
    """How often each action was taken, each refusal given, and each thing seen that a proof should have seen."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGINNING
        self.told: dict[str, Json] = {}
        self.past: dict[str, list[Json]] = {}
        self.kept: list[tuple[str, str, Action, Json, bytes]] = []

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def act(self, account: str, hazard_id: str, action: Action, body: Json, version: int) -> Reply:
        reply: Reply = self.run(
            hazards.act(
                self.context,
                self.actors[account],
                hazard_id=UUID(hazard_id),
                action=action,
                body=msgspec.convert(body, TRANSITIONS[action].body),
                if_match=f'"{version}"',
                now=self.now,
                language="en",
            )
        )
        return reply

    def take(self, account: str, hazard_id: str, action: Action, body: Json) -> None:
        """An action that succeeds: it must be one that the handbook allows from where the hazard was."""
        before = self.told[hazard_id]
        reply = self.act(account, hazard_id, action, body, before["version"])
        after = msgspec.json.decode(reply.body)
        line = LOOP[action]
        target = (line.if_major if before["level"] == "major" else line.target) or before["state"]
        assert before["state"] in line.sources
        assert (after["state"], after["version"]) == (target, before["version"] + 1)
        self.kept.append((account, hazard_id, action, body, reply.body))
        self.met[action] += 1
        # An owner is told of their own rounds only.
        self.told[hazard_id] = after = self.read("desk", hazard_id) if LOOP[action].party == "owner" else after
        if after["state"] == "closed" != before["state"]:
            self.past.setdefault(hazard_id, []).append(after["rounds"][-1])

    def others(self, hazard_id: str) -> list[str]:
        """The other hazards, those first into which something can be merged."""
        ended = ("closed", "invalid", "duplicate", "transferred")
        others = [other for other in self.told if other != hazard_id]
        return sorted(others, key=lambda other: self.told[other]["state"] in ended)

    @initialize()
    def it_begins_with_a_report(self) -> None:
        for category in ("A04", "B02"):
            self.somebody_reports("inspection", category, "inspector", 0)

    @precondition(lambda self: len(self.told) < MOST_HAZARDS)
    @rule(
        source=st.sampled_from(("inspection", "resident", "self_check")),
        category=st.sampled_from(("A04", "B02", "J01")),
        account=st.sampled_from(("inspector", "inspector", "desk")),
        fixed=st.integers(0, 9),
    )
    def somebody_reports(self, source: str, category: str, account: str, fixed: int) -> None:
        may_fix = source == "inspection" or (source == "self_check" and category != CANDIDATE)
        fix = {"measures": "当场搬走", "photos": [photo()], "checked_by": "班组长"} if fixed == 9 and may_fix else None
        content = report(source=source, category=category, fixed_on_the_spot=fix)
        reply = self.run(
            hazards.report(
                self.context,
                self.actors[account],
                hazard_id=uuid4(),
                report=msgspec.convert(content, HazardReport),
                now=self.now,
                language="en",
            )
        )
        told = msgspec.json.decode(reply.body)
        self.told[told["id"]] = told
        if fix:
            assert (told["state"], told["version"]) == ("closed", 2)
            self.past[told["id"]] = [told["rounds"][-1]]

    @rule(minutes=st.sampled_from((0, 7, 90, 1500, 60_000, 150_000)))
    def time_goes_by(self, minutes: int) -> None:
        """Sometimes beyond the year whose calendar is published."""
        self.now += timedelta(minutes=minutes)

    @rule(chance=CHANCE, behind=st.sampled_from((0, 0, 0, 0, 0, 0, 1)))
    def somebody_tries_something(self, chance: random.Random, behind: int) -> None:
        hazard_id = self.pick(chance)
        action = chance.choice((self.next_action(hazard_id, chance), chance.choice(list(Action))))
        entitled = [account for account in ACTORS if LOOP[action].permission in permissions_in_chengqu(account)]
        account = chance.choice(chance.choice((ACTORS, entitled)))
        # Into itself as well: people pick the wrong line of a list.
        body = random_body(action, chance, list(self.told), self.now)
        try:
            if behind:
                self.act(account, hazard_id, action, body, self.told[hazard_id]["version"] - behind)
                pytest.fail("an action on an older version was taken")
            self.take(account, hazard_id, action, body)
        except Problem as refused:
            self.met[refused.code] += 1
            described = described_problems("POST", f"/api/v1/hazards/{hazard_id}/actions/{action}")
            if refused.code not in {code for _, code in described}:
                raise

    @rule(chance=CHANCE, steps=st.integers(2, 8))
    def the_loop_goes_on(self, chance: random.Random, steps: int) -> None:
        """Whatever a person is offered works, if they write what fits."""
        for _ in range(steps):
            hazard_id = self.pick(chance)
            action = self.next_action(hazard_id, chance)
            if self.told[hazard_id]["state"] not in LOOP[action].sources:
                continue
            account = self.somebody_for(action, self.told[hazard_id], chance)
            hazard = self.read(account, hazard_id)
            if action in {item["action"] for item in hazard["actions"]} and self.can(action, hazard):
                body = fitting_body(action, chance, hazard, self.others(hazard_id), self.now)
                self.take(account, hazard_id, action, body)

    def pick(self, chance: random.Random) -> str:
        """One of the hazards, mostly one that is not over."""
        return chance.choices(list(self.told), [0.1 if told["ending"] else 1.0 for told in self.told.values()])[0]

    def next_action(self, hazard_id: str, chance: random.Random) -> Action:
        """What may be done with it now; anything where nothing may."""
        state = self.told[hazard_id]["state"]
        possible = [action for action in Action if state in LOOP[action].sources] or list(Action)
        return chance.choices(possible, [WEIGHTS.get(action, 2.0) for action in possible])[0]

    def somebody_for(self, action: Action, hazard: Json, chance: random.Random) -> str:
        party = LOOP[action].party
        if party == "owner":
            return str(hazard["owner"]["account"])
        if party == "finder":
            return str(hazard["reported_by"]["account"])
        if party in ("independent", "approver"):
            return chance.choice(REVIEWERS if party == "independent" else APPROVERS)
        if action is Action.GRADE and hazard["level"] == "major":
            return chance.choice(APPROVERS)
        return RIGHT_PERSON[action]

    def can(self, action: Action, hazard: Json) -> bool:
        """Whether what the action needs beside the person and the state is there."""
        if action in (Action.SUBMIT, Action.FILE_FIX):
            return hazard["level"] == "general" or hazard["arrangements"] is not None
        if action is Action.GRADE:
            return bool(hazard["reported_by"]["account"] != "desk" or hazard["level"] == "major")
        if action is Action.FIX_ON_THE_SPOT:
            may_be_major = hazard["source"] == "self_check" and hazard["category"]["code"] == CANDIDATE
            return hazard["source"] != "resident" and not may_be_major
        if action in (Action.INVALIDATE, Action.MERGE) and (hazard["level"] == "major" or hazard["round"] > 1):
            return False
        if action is Action.MERGE:
            return any(self.told[other]["state"] in LOOP["urge"].sources for other in self.others(hazard["id"]))
        if action in (Action.REQUEST_EXTENSION, Action.DECIDE_EXTENSION):
            return hazard["due_at"] is not None
        if action in (Action.RECORD_SERVICE, Action.RECORD_REFUSAL) and hazard["rounds"][-1]["notice_id"] is not None:
            return False
        if action is Action.RECORD_SERVICE and hazard["rounds"][-1]["service"] is not None:
            return False
        # The first service of an order starts the owner's time by the catalogue's days, if a calendar tells them.
        return action is not Action.RECORD_SERVICE or hazard["due_at"] is not None or self.now < YEARS_END

    @precondition(lambda self: any(hazard["state"] == "registered" for hazard in self.told.values()))
    @rule(kind=st.sampled_from(("order", "information")), dated=st.booleans(), served=st.booleans(), chance=CHANCE)
    def the_desk_issues_a_notice(self, kind: str, dated: bool, served: bool, chance: random.Random) -> None:
        """An order's time runs from its service, an information sheet's from its issue."""
        listed = [hazard for hazard in self.told.values() if hazard["state"] == "registered"]
        date = {"due_at": (self.now + timedelta(days=9)).isoformat(), "due_reason": "年历未公布"} if dated else {}
        issue, notice_id = msgspec.convert(notice(*listed, kind=kind, **date), NoticeIssue), uuid4()
        try:
            self.run(
                notices.issue(
                    self.context, self.actors["desk"], notice_id=notice_id, issue=issue, now=self.now, language="en"
                )
            )
        except Problem as refused:
            if (refused.code, dated) != ("calendar.year_unknown", False) or self.now < YEARS_END:
                raise
            return
        for before in listed:
            after = self.told[before["id"]] = self.read("desk", before["id"])
            assert (after["state"], after["version"]) == ("assigned", before["version"] + 1)
            assert (after["due_at"] is None) == (kind == "order" and not dated)
        if served and (kind == "information" or dated or self.now < YEARS_END):
            self.the_notice_is_served(notice_id, [before["id"] for before in listed], chance)

    def the_notice_is_served(self, notice_id: UUID, listed: list[str], chance: random.Random) -> None:
        """What it lists is served with it, and not by itself."""
        body = fitting_body(Action.RECORD_SERVICE, chance, self.told[listed[0]], (), self.now)
        with pytest.raises(Problem, match="served_by_notice"):
            self.take("desk", listed[0], Action.RECORD_SERVICE, body)
        self.run(
            notices.act(
                self.context,
                self.actors["desk"],
                notice_id=notice_id,
                action=NoticeAction.RECORD_SERVICE,
                body=msgspec.convert(body, RecordService),
                if_match='"1"',
                now=self.now,
                language="en",
            )
        )
        for hazard_id in listed:
            before, after = self.told[hazard_id], self.read("desk", hazard_id)
            assert after["rounds"][-1]["service"] is not None
            assert after["due_at"] is not None
            self.met["clock started by service"] += before["due_at"] != after["due_at"]
            self.told[hazard_id] = after

    @precondition(lambda self: self.kept)
    @rule(choice=st.integers(0, 100), version=st.integers(1, 50))
    def an_old_answer_is_asked_for_again(self, choice: int, version: int) -> None:
        account, hazard_id, action, body, answer = self.kept[choice % len(self.kept)]
        reply = self.act(account, hazard_id, action, body, version)
        assert (reply.replayed, reply.body) == (True, answer)

    def read(self, account: str, hazard_id: str) -> Json:
        answer = self.run(
            hazards.read(self.context, self.actors[account], UUID(hazard_id), now=self.now, language="en")
        )
        told: Json = msgspec.to_builtins(answer)
        return told

    @invariant()
    def closed_rounds_stay_as_they_were(self) -> None:
        for hazard_id, hazard in self.told.items():
            assert [turn for turn in hazard["rounds"] if turn["closed_at"]] == self.past.get(hazard_id, [])

    def teardown(self) -> None:
        """Every row is what its events tell, one event a version."""
        for hazard_id, told in self.told.items():
            row, history = self.run(self.as_recorded(UUID(hazard_id)))
            assert replay(row.id, history) == row
            assert (row.version, row.state) == (told["version"], told["state"])
            assert len(history) == row.version
            assert row.state == lived((event.kind, event.body.get("level")) for event in history)
            self.stays_honest(row)

    def stays_honest(self, row: Hazard) -> None:
        """Nobody has passed what they fixed, or struck off what they passed, and no deadline forgot its beginning."""
        for turn in row.rounds:
            assert (turn.closed_at is None) == (turn is row.round and row.state is not State.CLOSED)
            for attempt in turn.attempts:
                fixers = {attempt.submitted_by}
                assert attempt.decided_by not in fixers
                assert attempt.close_decided_by not in fixers | {attempt.decided_by} or not attempt.close_decided_by
            if turn.closed_at is not None and turn.level == "major" and not turn.on_the_spot:
                assert turn.attempts[-1].close_outcome == "approved"
            assert (turn.due_at is None) == (turn.original_due_at is None)
            self.met["extended"] += turn.due_at != turn.original_due_at
            self.met["second attempt"] += len(turn.attempts) > 1
            self.met["second round"] += turn.number > 1

    async def as_recorded(self, hazard_id: UUID) -> tuple[Hazard, list[HazardEvent]]:
        async with self.context.database.connection() as connection:
            row = await repository.by_id(connection, hazard_id)
            recorded = await events.of(connection, "hazard", hazard_id)
        assert row is not None
        history = []
        for event in recorded:
            assert event.actor_id is not None
            history.append(HazardEvent(event.kind, event.at, event.actor_id, event.body, event.demo))
        return row, history


@pytest.mark.prove(minutes=8)
def test_in_every_life_the_event_log_alone_rebuilds_the_hazard(settings_of_life: Settings) -> None:
    with asyncio.Runner() as runner:
        opened = open_context(settings_of_life)
        HazardLives.runner, HazardLives.context = runner, runner.run(opened.__aenter__())
        HazardLives.met = Counter()
        # Somebody who may both fix and review, for the rule that says not both.
        runner.run(people.also_holds(settings_of_life.database_url, "reviewer2", "owner", people.CHENGQU))
        HazardLives.actors = {
            account: runner.run(accounts.actor_of(HazardLives.context, people.token(account), datetime.now(UTC)))
            for account in ACTORS
        }
        try:
            run_lives(
                HazardLives,
                settings=settings(
                    max_examples=LIVES, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
                ),
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))
    # The lives went where they were sent; without this a broken first step would prove everything.
    wanted = {
        *Action,
        "extended",
        "clock started by service",
        "second attempt",
        "second round",
        "permission.denied",
        "hazard.not_found",
    }
    assert wanted - {thing for thing, count in HazardLives.met.items() if count} == set(), HazardLives.met


@pytest.fixture
def settings_of_life(settings: Settings) -> Settings:
    """The fixture `settings` under a name that hypothesis's own does not hide."""
    return settings
