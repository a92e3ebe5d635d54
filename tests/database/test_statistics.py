"""Figures as of a cut-off: right, the same whichever way they are cut, and untouched by what happens later."""

import os
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import asyncpg
import pytest

from schemas.statistics import Cut, Figures, Statistics
from service.database import prepare_connection
from service.domain.hazard_reports import reported
from service.domain.hazards import HazardEvent
from service.domain.lifecycle import evolve
from service.domain.periods import china_day
from service.domain.permissions import Actor, Grant, Permission
from service.domain.statistics import Standing, counts_of, figures, standing_of
from service.migrator import packaged
from service.workflows import statistics
from service.workflows.context import Context
from tests.people import CHENGQU, CITY, KUANGQU, account_id, organization_id
from tests.random_lives import BEGINNING, EARLY, Lives

STEPS = 12_000 if os.environ.get("CLEARWAY_PROVE") == "1" else 1200
CITY_AND_BELOW = frozenset(organization_id(code) for code in (CITY, CHENGQU, KUANGQU))
AUDITOR = Actor(
    account_id("auditor"),
    "auditor",
    "审计员",
    (Grant("auditor", frozenset({Permission.STATISTICS_READ}), CITY_AND_BELOW),),
)
CUTS: tuple[Cut, ...] = get_args(Cut)
SUMMED = [name for name in Figures.__struct_fields__ if not name.endswith("_rate")]


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    await prepare_connection(connection)
    yield connection
    await connection.close()


async def told(context: Context, cutoff: datetime, by: Cut, **changes: Any) -> Statistics:
    asked: dict[str, Any] = {
        "first": date(2026, 1, 1), "last": date(2199, 1, 1), "area": None, "now": cutoff, "language": "en",
    } | changes  # fmt: skip
    return await statistics.read(context, AUDITOR, cutoff=cutoff, by=by, **asked)


def standing_after(hazard_id: UUID, history: Iterable[HazardEvent]) -> Standing | None:
    """What the events alone tell."""
    hazard, standing = None, None
    for event in history:
        hazard = reported(hazard_id, event) if hazard is None else evolve(hazard, event)
        standing = standing_of(hazard, standing)
    return standing


def recounted(lives: Lives, cutoff: datetime) -> Figures:
    """The figures, from the events up to the cut-off and nothing else."""
    found = (
        standing_after(hazard_id, (event for event in history if event.at <= cutoff))
        for hazard_id, history in lives.histories.items()
    )
    return figures(counts_of(standing, cutoff) for standing in found if standing is not None)


@pytest.mark.prove
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_happens_after_the_cutoff_changes_no_figure(context: Context, connection: Any, seed: int) -> None:
    lives = Lives(connection, random.Random(seed))
    kept: list[tuple[datetime, Cut, Statistics]] = []
    for part in range(6):
        await lives.live(STEPS // 6, new=0.2 if part == 0 else 0.05)
        kept += [(lives.now, by, await told(context, lives.now, by)) for by in CUTS]
        lives.now += timedelta(microseconds=1)
    for cutoff, by, before in kept:
        assert await told(context, cutoff, by, now=lives.now) == before
        assert before.total == recounted(lives, cutoff)
    blank = {name for name in SUMMED if not any(getattr(answer.total, name) for _, _, answer in kept)}
    assert blank == set(), "lives too uneventful to prove anything"


async def test_rows_add_up_to_the_same_total_whichever_way_they_are_cut(context: Context, connection: Any) -> None:
    lives = Lives(connection, random.Random(7))
    await lives.live(200, new=0.4)
    for cutoff in (BEGINNING + (lives.now - BEGINNING) / 3, lives.now):
        answers = [await told(context, cutoff, by) for by in CUTS]
        for answer in answers:
            assert answer.total == answers[0].total
            for name in SUMMED:
                added = sum(getattr(row.figures, name) for row in answer.rows)
                assert added == getattr(answer.total, name), (answer.by, name)
        assert answers[0].total.found > 0


async def test_days_and_districts_add_up_too(context: Context, connection: Any) -> None:
    lives = Lives(connection, random.Random(8))
    await lives.live(120, new=0.5)
    whole = (await told(context, lives.now, "level")).total
    half = china_day(BEGINNING) + (china_day(lives.now) - china_day(BEGINNING)) / 2
    halves = [
        (await told(context, lives.now, "level", last=half)).total,
        (await told(context, lives.now, "level", first=half + timedelta(days=1))).total,
    ]
    districts = {row.key: row.figures for row in (await told(context, lives.now, "area")).rows}
    for name in SUMMED:
        assert sum(getattr(part, name) for part in halves) == getattr(whole, name), name
    for code in (CHENGQU, KUANGQU):
        assert (await told(context, lives.now, "week", area=code)).total == districts[code]


async def test_exactly_one_standing_held_at_any_instant(connection: Any) -> None:
    lives = Lives(connection, random.Random(9))
    await lives.live(300)
    rows = await connection.fetch("SELECT * FROM hazard_standings_ever ORDER BY hazard_id, holds_from")
    held: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        held[row["hazard_id"]].append(row)
    assert held.keys() == lives.hazards.keys()
    for hazard_id, turns in held.items():
        assert turns[0]["holds_from"] == lives.hazards[hazard_id].received_at
        assert all(turn["holds_from"] < turn["holds_until"] for turn in turns[:-1])
        assert [turn["holds_until"] for turn in turns[:-1]] == [turn["holds_from"] for turn in turns[1:]]


async def test_what_was_recorded_before_there_were_statistics_is_in_them(connection: Any) -> None:
    lives = Lives(connection, random.Random(10), EARLY)
    await lives.live(400, new=0.1)
    [migration] = [migration for migration in packaged() if migration.name == "statistics"]
    backfill = migration.sql[migration.sql.index("WITH told AS") :]
    cutoffs = [BEGINNING + (lives.now - BEGINNING) * part / 7 for part in range(8)]
    written = [await standings_at(connection, cutoff) for cutoff in cutoffs]
    await connection.execute("DELETE FROM hazard_standings_past")
    await connection.execute("DELETE FROM hazard_standings")
    await connection.execute(backfill)
    assert [await standings_at(connection, cutoff) for cutoff in cutoffs] == written
    assert sum(len(rows) for rows in written) > 50


async def standings_at(connection: Any, cutoff: datetime) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        "SELECT * FROM hazard_standings_ever WHERE holds_from <= $1 AND holds_until > $1 ORDER BY hazard_id", cutoff
    )
    return [{name: value for name, value in row.items() if not name.startswith("holds_")} for row in rows]
