"""Random lives of hazards: whatever people try, every change is a legal one and the event log tells all of it."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from schemas.hazards import Action, HazardReport, State
from service.app import open_context
from service.domain.hazards import Hazard, HazardEvent
from service.domain.lifecycle import TRANSITIONS, Party, replay
from service.domain.permissions import Actor
from service.problems import Problem
from service.repositories import events
from service.repositories import hazards as repository
from service.settings import Settings
from service.workflows import accounts, hazards
from service.workflows.context import Context
from service.workflows.repeatable import Reply
from tests import people
from tests.hazard_factory import RIGHT_PERSON, action_body, report

LIVES = 2000 if os.environ.get("CLEARWAY_PROVE") == "1" else 200
ACTORS = ("inspector", "owner", "owner2", "desk", "reviewer", "approver", "desk2", "admin")
BEGINNING = datetime(2026, 6, 5, 1, 31, 13, tzinfo=UTC)
REFUSALS = {
    "permission.denied",
    "hazard.not_found",
    "hazard.not_the_owner",
    "hazard.action_not_allowed_now",
    "hazard.version_stale",
    "hazard.photos_not_arrived",
    "hazard.owner_unsuitable",
}


class HazardLife(RuleBasedStateMachine):
    """One hazard and everybody who can reach the door."""

    runner: ClassVar[asyncio.Runner]
    context: ClassVar[Context]
    actors: ClassVar[dict[str, Actor]]

    def __init__(self) -> None:
        super().__init__()
        self.id = uuid4()
        self.now = BEGINNING
        self.kept: list[tuple[str, Action, dict[str, Any], bytes]] = []
        reply = self.run(
            hazards.report(
                self.context,
                self.actors["inspector"],
                hazard_id=self.id,
                report=msgspec.convert(report(), HazardReport),
                now=self.now,
                language="en",
            )
        )
        self.told = msgspec.json.decode(reply.body)
        self.past: list[dict[str, Any]] = []

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def act(self, account: str, action: Action, body: dict[str, Any], version: int) -> Reply:
        self.now += timedelta(minutes=7)
        reply: Reply = self.run(
            hazards.act(
                self.context,
                self.actors[account],
                hazard_id=self.id,
                action=action,
                body=msgspec.convert(body, TRANSITIONS[action].body),
                if_match=f'"{version}"',
                now=self.now,
                language="en",
            )
        )
        return reply

    def take(self, account: str, action: Action, body: dict[str, Any]) -> None:
        """An action that succeeds: it must be one that the table allows from where the hazard was."""
        before = self.told
        reply = self.act(account, action, body, before["version"])
        self.told = msgspec.json.decode(reply.body)
        row = TRANSITIONS[action]
        assert State(before["state"]) in row.sources
        assert (self.told["state"], self.told["version"]) == (row.target, before["version"] + 1)
        self.kept.append((account, action, body, reply.body))
        if action is Action.PASS:
            self.past.append(self.told["rounds"][-1])

    @rule(
        account=st.sampled_from(ACTORS),
        action=st.sampled_from(Action),
        owner=st.sampled_from(("owner", "owner2", "reviewer")),
        mode=st.sampled_from(("on_site", "by_picture")),
        behind=st.sampled_from((0, 0, 0, 1)),
    )
    def somebody_tries_something(self, account: str, action: Action, owner: str, mode: str, behind: int) -> None:
        changes: dict[str, Any] = {}
        if action is Action.ASSIGN:
            changes["owner"] = owner
        if action in (Action.PASS, Action.FAIL):
            changes["mode"] = mode
        body = action_body(action, **changes)
        try:
            if behind:
                self.act(account, action, body, self.told["version"] - behind)
                pytest.fail("an action on an older version was taken")
            self.take(account, action, body)
        except Problem as refused:
            if refused.code not in REFUSALS:
                raise

    @rule(choice=st.integers(0, 7))
    def the_loop_goes_on(self, choice: int) -> None:
        """Without this, most lives would end at the first desk."""
        possible = [action for action in Action if State(self.told["state"]) in TRANSITIONS[action].sources]
        action = possible[choice % len(possible)]
        account = RIGHT_PERSON[action]
        if TRANSITIONS[action].party is Party.OWNER:
            account = self.told["owner"]["account"]
        changes = {"mode": "on_site"} if action in (Action.PASS, Action.FAIL) else {}
        self.take(account, action, action_body(action, **changes))

    @precondition(lambda self: self.kept)
    @rule(choice=st.integers(0, 100), version=st.integers(1, 50))
    def an_old_answer_is_asked_for_again(self, choice: int, version: int) -> None:
        account, action, body, answer = self.kept[choice % len(self.kept)]
        reply = self.act(account, action, body, version)
        assert (reply.replayed, reply.body) == (True, answer)

    @invariant()
    def closed_rounds_stay_as_they_were(self) -> None:
        assert [turn for turn in self.told["rounds"] if turn["closed_at"]] == self.past

    def teardown(self) -> None:
        """The row is what the events tell, one event a version."""
        row, history = self.run(self.as_recorded())
        assert replay(self.id, history) == row
        assert (row.version, row.state) == (self.told["version"], self.told["state"])
        assert len(history) == row.version == 1 + len(self.kept)

    async def as_recorded(self) -> tuple[Hazard, list[HazardEvent]]:
        async with self.context.database.connection() as connection:
            row = await repository.by_id(connection, self.id)
            recorded = await events.of(connection, "hazard", self.id)
        assert row is not None
        history = []
        for event in recorded:
            assert event.actor_id is not None
            history.append(HazardEvent(event.kind, event.at, event.actor_id, event.body, event.demo))
        return row, history


@pytest.mark.prove
def test_in_every_life_the_event_log_alone_rebuilds_the_hazard(settings_of_life: Settings) -> None:
    with asyncio.Runner() as runner:
        opened = open_context(settings_of_life)
        HazardLife.runner, HazardLife.context = runner, runner.run(opened.__aenter__())
        HazardLife.actors = {
            account: runner.run(accounts.actor_of(HazardLife.context, people.token(account), datetime.now(UTC)))
            for account in ACTORS
        }
        try:
            run_state_machine_as_test(
                HazardLife,
                settings=settings(
                    max_examples=LIVES, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
                ),
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))


@pytest.fixture
def settings_of_life(settings: Settings) -> Settings:
    """The fixture `settings` under a name that hypothesis's own does not hide."""
    return settings
