"""Who is told what: every event of the loop, every step that time takes, in both languages and without a name."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from schemas.hazards import State
from service.domain import notifications
from service.domain.escalations import OLDEST_NEWS, Step, windows
from service.domain.hazards import Finding, Hazard, HazardEvent, Round, Routing
from service.domain.lifecycle import TRANSITIONS
from service.domain.notifications import GROUPS, TELLINGS, Audience, Message
from service.domain.permissions import Permission
from service.i18n import LANGUAGES, Language, texts, translate

NOW = datetime(2026, 6, 5, 1, 31, 13, tzinfo=UTC)
REPORTER, OWNER, DESK, REVIEWER, HERE = (uuid4() for _ in range(5))
NAMES = ("南大街演示商厦", "二层东侧楼梯", "堆满纸箱")


def hazard(state: State, *, version: int = 3, **of_round: Any) -> Hazard:
    owner_id = OWNER if state not in (State.REPORTED, State.REGISTERED, State.INVALID) else None
    finding = Finding("A04", NAMES[2], NAMES[1], NAMES[0], None, None, None, NOW, NOW, False, ())
    return Hazard(
        id=uuid4(),
        number="140302-2026-000001",
        organization_id=HERE,
        reported_by=REPORTER,
        second_inspector_id=None,
        received_at=NOW,
        category_edition="2000-01-01",
        finding=finding,
        routing=Routing(),
        position=None,
        state=state,
        version=version,
        attempt=2,
        rounds=(replace(Round(1, NOW, owner_id=owner_id), **of_round),),
        demo=False,
    )


def event(kind: str, *, by: UUID = DESK, **body: Any) -> HazardEvent:
    return HazardEvent(f"hazard.{kind}", NOW, by, body)


def told(state: State, what: HazardEvent, before: Hazard | None = None) -> dict[str, set[object]]:
    """Kind -> accounts and permissions."""
    found: dict[str, set[object]] = {}
    for message in notifications.messages(before, hazard(state), what):
        found.setdefault(message.kind.removeprefix("hazard."), set()).add(message.account_id or message.permission)
    return found


def test_every_event_of_the_loop_says_who_is_told() -> None:
    assert set(TELLINGS) == {row.event for row in TRANSITIONS.values()} | {"hazard.reported"}


def test_every_audience_is_a_person_or_a_permission() -> None:
    assert {telling.kind for tellings in TELLINGS.values() for telling in tellings}
    assert set(GROUPS) == {Audience.DESK, Audience.REVIEWER, Audience.APPROVER}


@pytest.mark.parametrize(
    ("state", "what", "expected"),
    [
        (State.REPORTED, event("reported", by=REPORTER), {"reported": {Permission.HAZARD_ASSIGN}}),
        # Fixed on the spot: nothing is left for the desk to take in.
        (State.CLOSED, event("reported", by=REPORTER), {}),
        (State.REGISTERED, event("registered"), {}),
        (State.INVALID, event("invalidated"), {"invalidated": {REPORTER}}),
        (State.ASSIGNED, event("assigned"), {"assigned": {OWNER}}),
        (State.REGISTERED, event("handed_back", by=OWNER), {"handed_back": {Permission.HAZARD_ASSIGN}}),
        (State.PENDING_REVIEW, event("submitted", by=OWNER), {"submitted": {Permission.HAZARD_REVIEW}}),
        (
            State.PENDING_REVIEW,
            event("fix_filed"),
            {"submitted": {Permission.HAZARD_REVIEW}, "fix_filed": {OWNER}},
        ),
        (State.CLOSED, event("passed", by=REVIEWER), {"closed": {OWNER, REPORTER}}),
        (State.PENDING_CLOSE, event("passed", by=REVIEWER), {"close_pending": {Permission.HAZARD_APPROVE}}),
        (State.RECTIFYING, event("failed", by=REVIEWER), {"failed": {OWNER}}),
        (State.RECTIFYING, event("close_refused"), {"close_refused": {OWNER}}),
        (State.ASSIGNED, event("extension_requested", by=OWNER), {"extension_requested": {Permission.HAZARD_ASSIGN}}),
        (State.ASSIGNED, event("extension_decided", granted=True), {"extension_granted": {OWNER}}),
        (State.ASSIGNED, event("extension_decided", granted=False), {"extension_refused": {OWNER}}),
        (State.ASSIGNED, event("supervised"), {"supervised": {OWNER, Permission.HAZARD_ASSIGN}}),
        # Nobody answers for it yet, so only the desk is told.
        (State.REGISTERED, event("supervised"), {"supervised": {Permission.HAZARD_ASSIGN}}),
        (State.REPORTED, event("urged"), {"urged": {Permission.HAZARD_ASSIGN}}),
        (State.RECTIFYING, event("urged"), {"urged": {OWNER}}),
        (State.PENDING_REVIEW, event("urged"), {"urged": {Permission.HAZARD_REVIEW}}),
        (State.PENDING_CLOSE, event("urged"), {"urged": {Permission.HAZARD_APPROVE}}),
        (State.CLOSED, event("urged"), {}),
    ],
)
def test_the_people_concerned_are_told(state: State, what: HazardEvent, expected: dict[str, set[object]]) -> None:
    assert told(state, what) == expected


def test_what_comes_back_is_told_to_whoever_had_fixed_it() -> None:
    before = hazard(State.CLOSED)
    assert told(State.REGISTERED, event("reopened"), before) == {"reopened": {OWNER, REPORTER}}


def test_nobody_is_told_of_what_they_did_themselves() -> None:
    assert told(State.INVALID, event("invalidated", by=REPORTER)) == {}
    assert told(State.CLOSED, event("passed", by=REPORTER)) == {"closed": {OWNER}}


def test_a_message_holds_an_id_and_counts_and_its_key_is_of_one_change() -> None:
    subject = hazard(State.RECTIFYING)
    [message] = notifications.messages(subject, subject, event("failed", by=REVIEWER))
    assert message == Message(
        kind="hazard.failed",
        subject="hazard",
        subject_id=subject.id,
        account_id=OWNER,
        organization_id=None,
        permission=None,
        parameters={"attempt": 2, "round": 1, "urged": 0},
        dedupe_key=f"{subject.id}:3:hazard.failed:{OWNER}",
        created_at=NOW,
        demo=False,
    )
    [again] = notifications.messages(subject, replace(subject, version=5), event("failed", by=REVIEWER))
    assert again.dedupe_key != message.dedupe_key


def kinds() -> set[str]:
    of_time = {"hazard.extension_waiting", "hazard.extension_long_waiting"} | {
        f"hazard.{clock}_{step}"
        for clock in ("rectification", "review", "supervision")
        for step in ("due_soon", "overdue", "long_overdue")
    }
    return of_time | {telling.kind for tellings in TELLINGS.values() for telling in tellings}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_is_told_has_a_text_and_every_text_is_told(language: Language) -> None:
    written = {key.removeprefix("notifications.") for key in texts(language) if key.startswith("notifications.")}
    assert written == kinds()


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_take_counts_and_nothing_else(language: Language) -> None:
    counts = {"attempt": 2, "round": 3, "urged": 4}
    for kind in kinds():
        text = translate(f"notifications.{kind}", language, **counts)
        assert set(re.findall(r"{(\w+)}", texts(language)[f"notifications.{kind}"])) <= set(counts)
        assert set(re.findall(r"\d+", text)) <= {"2", "3", "4"}
        assert not any(name in text for name in NAMES)


# Steps


def step(offset_hours: int, *, audience: Audience = Audience.OWNER, level: str | None = None) -> Step:
    return Step("rectification", "overdue", audience, level, timedelta(hours=offset_hours))


def stretch(steps: list[Step], index: int) -> tuple[timedelta, timedelta]:
    found = windows(steps, NOW)[index]
    assert found.step == steps[index]
    return NOW - found.after, NOW - found.until


def test_a_step_is_news_until_the_next_one_to_the_same_people() -> None:
    steps = [step(-24), step(0), step(24), step(72, audience=Audience.DESK)]
    assert stretch(steps, 0) == (timedelta(0), timedelta(hours=-24))
    assert stretch(steps, 1) == (timedelta(hours=24), timedelta(0))
    assert stretch(steps, 2) == (timedelta(hours=24) + OLDEST_NEWS, timedelta(hours=24))


def test_a_step_for_major_hazards_ends_no_step_for_all() -> None:
    steps = [step(0), step(24, level="major"), step(48, level="major"), step(72)]
    assert stretch(steps, 0) == (timedelta(hours=72), timedelta(0))
    assert stretch(steps, 1) == (timedelta(hours=48), timedelta(hours=24))
    assert stretch(steps, 2) == (timedelta(hours=72), timedelta(hours=48))


def test_what_was_missed_a_month_ago_is_no_news() -> None:
    assert stretch([step(0), step(24 * 365)], 0) == (OLDEST_NEWS, timedelta(0))
