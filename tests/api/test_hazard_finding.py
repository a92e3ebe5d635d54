"""Every filter, alone and with others, finds what looking at every hazard by eye finds."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from schemas.hazards import State
from service.domain import map_cells
from service.domain.geodesy import Coordinate
from service.domain.permissions import Actor, Permission
from service.problems import Problem
from service.repositories import organizations
from service.workflows import accounts, hazard_lists
from service.workflows.context import Context
from service.workflows.hazard_lists import HazardQuery
from tests.conftest import PROVING
from tests.hazard_factory import answered
from tests.hazard_seed import seed
from tests.people import CHENGQU, CITY, account_id, organization_id, signed_in, token
from tests.seeded_history import CATEGORIES, DISTRICTS, RARE_CHECKPOINT, RARE_PREMISES, RARE_VISIT, RARE_WORD

COUNT = 600
TRIES = 1200 if PROVING else 150
WORDS = ("疏散", "楼梯", "应急照明", "楼梯 纸箱", RARE_WORD, "箱纸", "演示商厦", "疏散指示标志脱落")
PEOPLE = ("desk", "auditor", "owner", "inspector", "inspector2", "admin")
Row = dict[str, Any]


@dataclass(frozen=True)
class Town:
    """Every hazard, and who may read which organizations."""

    rows: list[Row]
    actors: dict[str, Actor]
    below: dict[str, frozenset[UUID]]
    now: datetime

    def expected(self, actor: Actor, query: HazardQuery) -> list[Row]:
        """By eye, newest first."""
        readable = actor.organizations_with(Permission.HAZARD_READ)
        tests = [test for name, test in self.tests(actor, query).items() if getattr(query, name) is not None]
        return sorted(
            (
                row
                for row in self.rows
                if (row["organization_id"] in readable or actor.account_id in (row["owner_id"], row["reported_by"]))
                and all(test(row) for test in tests)
            ),
            key=lambda row: (row["received_at"], row["id"].int),
            reverse=True,
        )

    def tests(self, actor: Actor, query: HazardQuery) -> dict[str, Callable[[Row], bool]]:
        def owed_before(row: Row, instant: datetime) -> bool:
            return row["state"] in ("assigned", "rectifying") and row["due_at"] < instant

        def spoken(row: Row) -> str:
            return "\n".join(row[name] or "" for name in ("description", "place", "premises", "building", "floor"))

        def inside(row: Row) -> bool:
            west, south, east, north = map(float, (query.bbox or "0,0,0,0").split(","))
            at = row["position"]
            return is_told(row, actor) and at is not None and west <= at[0] <= east and south <= at[1] <= north

        owner = actor.account_id if query.owner == "me" else account_id(query.owner or "")
        return {
            "states": lambda row: row["state"] in (query.states or ()),
            "area": lambda row: row["organization_id"] in self.below[query.area or ""],
            "category": lambda row: row["category"] == query.category,
            "level": lambda row: row["level"] == query.level,
            "source": lambda row: row["source"] == query.source,
            "owner": lambda row: row["owner_id"] == owner,
            "overdue": lambda row: owed_before(row, self.now) is query.overdue,
            "due_before": lambda row: owed_before(row, query.due_before or self.now),
            "received_from": lambda row: row["received_at"] >= (query.received_from or self.now),
            "received_until": lambda row: row["received_at"] < (query.received_until or self.now),
            "bbox": inside,
            "words": lambda row: all(word in spoken(row) for word in (query.words or "").split()),
            "shelved": lambda row: (row["shelved_at"] is not None) is query.shelved,
            "premises_id": lambda row: row["premises_id"] == query.premises_id,
            "checkpoint_id": lambda row: row["checkpoint_id"] == query.checkpoint_id,
            "visit_id": lambda row: row["visit_id"] == query.visit_id,
        }


def is_told(row: Row, actor: Actor) -> bool:
    """Whether the person may learn where the hazard is, whom it is shown to."""
    is_sealed = row["source"] == "resident" or row["represented_name"] is not None
    return not is_sealed or row["owner_id"] != actor.account_id or row["reported_by"] == actor.account_id


@pytest.fixture
async def town(context: Context, database_url: str) -> Town:
    """Some hundreds of hazards; a few in every district belong to people who may not read it."""
    now = datetime.now(UTC)
    connection = await asyncpg.connect(database_url)
    try:
        await seed(connection, COUNT, until=now)
        await connection.execute(
            "UPDATE hazards SET owner_id = $1 WHERE owner_id IS NOT NULL AND hashtext(id::text) % 9 = 0",
            account_id("owner"),
        )
        await connection.execute(
            "UPDATE hazards SET reported_by = $1 WHERE hashtext(id::text) % 7 = 0", account_id("inspector2")
        )
        # Several of one instant, so that a page must end between them.
        await connection.execute(
            "UPDATE hazards SET received_at = date_trunc('month', received_at) WHERE hashtext(id::text) % 5 = 0"
        )
        await connection.execute("UPDATE hazards SET shelved_at = now() WHERE hashtext(id::text) % 11 = 0")
        rows = [dict(row) for row in await connection.fetch("SELECT * FROM hazards")]
        below = {code: await organizations.all_below(connection, code) for code in (*DISTRICTS, CITY)}
    finally:
        await connection.close()
    actors = {name: await accounts.actor_of(context, token(name), now) for name in PEOPLE}
    return Town(rows, actors, below, now)


def drawn(chance: random.Random, town: Town) -> HazardQuery:
    """One to four filters out of all, with values that some hazards bear."""
    row = chance.choice(town.rows)
    west, south = chance.uniform(113.3, 113.65), chance.uniform(37.7, 38.1)
    values: dict[str, Any] = {
        "states": tuple(chance.sample(list(State), chance.randrange(1, 5))),
        "area": chance.choice(list(town.below)),
        "category": chance.choice(list(CATEGORIES)[:8]),
        "level": chance.choice(("general", "major")),
        "source": chance.choice(("inspection", "self_check", "resident", "transferred")),
        "owner": chance.choice(("me", "owner")),
        "overdue": chance.choice((True, False)),
        "due_before": town.now + timedelta(days=chance.randrange(-20, 20)),
        "received_from": row["received_at"],
        "received_until": row["received_at"] + timedelta(days=chance.randrange(0, 200)),
        "bbox": f"{west},{south},{west + chance.random() / 3},{south + chance.random() / 3}",
        "words": chance.choice(
            ("疏散", "楼梯", "应急照明", "楼梯 纸箱", RARE_WORD, "箱纸", "演示商厦", "疏散指示标志脱落")
        ),
        "shelved": chance.choice((True, False)),
        "premises_id": chance.choice((RARE_PREMISES, row["premises_id"] or RARE_PREMISES)),
        "checkpoint_id": RARE_CHECKPOINT,
        "visit_id": RARE_VISIT,
    }
    names = chance.sample(list(values), chance.choice((1, 1, 2, 2, 3, 4)))
    return HazardQuery(**{name: values[name] for name in names})


async def walked(context: Context, actor: Actor, query: HazardQuery, town: Town, limit: int) -> list[UUID]:
    """The ids of all pages."""
    found: list[UUID] = []
    cursor = None
    while True:
        page = await hazard_lists.page(
            context, actor, query, cursor=cursor, limit=limit, now=town.now, language="zh-CN"
        )
        found += [line.id for line in page.items]
        if page.next_cursor is None:
            return found
        assert len(page.items) == limit
        cursor = page.next_cursor


@pytest.mark.prove
async def test_every_filter_and_every_combination_finds_what_the_eye_finds(context: Context, town: Town) -> None:
    chance = random.Random(7)
    found = 0
    for _ in range(TRIES):
        query, actor = drawn(chance, town), town.actors[chance.choice(PEOPLE)]
        expected = town.expected(actor, query)
        limit = chance.choice((200, 7)) if len(expected) < 100 else 200
        assert await walked(context, actor, query, town, limit) == [row["id"] for row in expected], query
        found += len(expected)
        told = await hazard_lists.counts(context, actor, query, now=town.now, language="en")
        by_state = Counter(row["state"] for row in expected)
        assert {line.state.value: line.count for line in told.states if line.count} == by_state, query
        assert told.total == len(expected)
    assert found > 10 * TRIES


@pytest.mark.prove
async def test_the_map_counts_what_the_eye_counts_at_every_zoom(context: Context, town: Town) -> None:
    chance = random.Random(8)
    for turn in range(TRIES // 3):
        if turn == TRIES // 6:
            async with context.database.connection() as connection:
                # Halfway on, what was folded and what was not come together.
                await connection.execute(
                    "UPDATE hazards SET shelved_at = NULL, position = point(position[1] + 75.7, position[0] - 75.7)"
                    " WHERE hashtext(id::text) % 4 = 0 AND position IS NOT NULL"
                )
                rows = await connection.fetch("SELECT * FROM hazards")
            town.rows[:] = [dict(row) for row in rows]
        if turn == TRIES // 4:
            await hazard_lists.fold_tallies(context)  # type: ignore[arg-type]
        query, actor = drawn(chance, town), town.actors[chance.choice(PEOPLE)]
        if chance.random() < 0.5:
            query = HazardQuery(states=query.states, area=query.area, bbox=query.bbox)
        zoom = chance.randrange(21)
        told = await hazard_lists.grid(context, actor, query, zoom=zoom, now=town.now)
        assert told.level <= zoom + 3
        expected: Counter[tuple[int, int]] = Counter()
        wanted = HazardQuery(**{name: getattr(query, name) for name in query.__slots__ if name != "bbox"})
        box = map_cells.WORLD if query.bbox is None else hazard_lists.box_of(query.bbox)
        cells = map_cells.touched(box, told.level)
        for row in town.expected(actor, wanted):
            if row["position"] is not None and is_told(row, actor):
                x, y = map_cells.cell_of(Coordinate(*row["position"]), told.level)
                if cells.west <= x <= cells.east and cells.north <= y <= cells.south:
                    expected[x, y] += 1
        assert {(cell.x, cell.y): cell.count for cell in told.cells} == expected, (query, zoom)


async def listed(client: httpx.AsyncClient, **query: Any) -> Any:
    answer = await client.get("/api/v1/hazards", params=query, headers=signed_in("auditor"))
    assert answer.is_success, answer.text
    return answer.json()


async def test_the_address_of_a_list_names_every_filter(client: httpx.AsyncClient, town: Town) -> None:
    row = next(row for row in town.rows if row["visit_id"] and row["state"] == "closed" and row["owner_id"])
    words = {
        "state": row["state"],
        "area": CHENGQU,
        "category": row["category"],
        "level": row["level"],
        "source": row["source"],
        "overdue": "false",
        "from": row["received_at"].isoformat(),
        "until": (row["received_at"] + timedelta(seconds=1)).isoformat(),
        "bbox": "113.8,38.3,114,38.5",
        "q": f"{RARE_WORD} {row['number'].lower()}",
        "premises": str(RARE_PREMISES),
        "checkpoint": str(RARE_CHECKPOINT),
        "visit": str(RARE_VISIT),
    }
    assert [item["number"] for item in (await listed(client, **words))["items"]] == [row["number"]]
    for name, other in {
        "state": "reported",
        "area": "140303",
        "category": "Z99" if row["category"] != "Z99" else "A01",
        "level": "major" if row["level"] == "general" else "general",
        "source": "transferred" if row["source"] != "transferred" else "inspection",
        "overdue": "true",
        "from": (row["received_at"] + timedelta(seconds=1)).isoformat(),
        "until": row["received_at"].isoformat(),
        "bbox": "113,37,113.1,37.1",
        "q": "蓝鲸鱼",
        "premises": str(UUID(int=1)),
        "checkpoint": str(UUID(int=1)),
        "visit": str(UUID(int=1)),
        "owner": "nobody-of-this-name",
        "shelved": "false" if row["shelved_at"] else "true",
        "due_before": "2020-01-01T00:00:00Z",
    }.items():
        assert (await listed(client, **{**words, name: other}))["items"] == [], name


async def test_a_number_finds_its_hazard_whole_or_by_its_end(client: httpx.AsyncClient, town: Town) -> None:
    number = next(row["number"] for row in town.rows if row["organization_id"] == organization_id(CHENGQU))
    code, year, serial = number.split("-")
    for words in (number, number.lower(), f"{year}-{serial}"):
        assert number in [item["number"] for item in (await listed(client, q=words, limit=200))["items"]]
    of_serial = [item["number"] for item in (await listed(client, q=serial, limit=200))["items"]]
    assert sorted(of_serial) == sorted(row["number"] for row in town.rows if row["number"].endswith(f"-{serial}"))
    assert (await listed(client, q=f"{code}-{year}-{serial[:-1]}"))["items"] == []


async def test_two_neighbors_each_do_not_make_a_word(client: httpx.AsyncClient, town: Town) -> None:
    for words, finds in (
        ("蓝鲸", True),
        ("鲸蓝", False),
        ("ＸＸ", False),
        ("１８ｆ", True),
        ("18F", True),
        ("%%", False),
    ):
        assert bool((await listed(client, q=words))["items"]) is finds, words


@pytest.mark.parametrize("words", ["楼", "楼梯 东", "a", "①", "  x "])
async def test_a_word_of_one_character_is_told(client: httpx.AsyncClient, words: str) -> None:
    answer = await client.get("/api/v1/hazards", params={"q": words}, headers=signed_in("desk"))
    assert (answer.status_code, answer.json()["code"]) == (400, "search.word_too_short")


@pytest.mark.parametrize(
    "bbox", ["", "1", "1,2,3", "1,2,3,4,5", "a,b,c,d", "2,1,1,2", "1,2,2,1", "nan,1,2,3", "0,0,inf,1", "-181,0,1,1"]
)
async def test_a_box_that_is_none_is_told(client: httpx.AsyncClient, bbox: str) -> None:
    for call in ("", "/counts", "/grid"):
        answer = await client.get(f"/api/v1/hazards{call}", params={"bbox": bbox, "zoom": 3}, headers=signed_in("desk"))
        assert (answer.status_code, answer.json()["code"]) == (400, "map.box_invalid")


async def test_a_map_program_reads_a_page_as_geojson_and_follows_its_link(
    client: httpx.AsyncClient, town: Town
) -> None:
    headers = {**signed_in("auditor"), "Accept": "application/geo+json"}
    address: str | None = "/api/v1/hazards?limit=150&area=140302&state=closed"
    features = []
    while address is not None:
        answer = await client.get(address, headers=headers)
        assert answer.headers["content-type"] == "application/geo+json"
        told = answer.json()
        assert told["type"] == "FeatureCollection"
        features += told["features"]
        address = answer.links["next"]["url"] if "next" in answer.links else None
        assert (address is None) == (told["next_cursor"] is None)
    expected = town.expected(town.actors["auditor"], HazardQuery(area=CHENGQU, states=(State.CLOSED,)))
    assert [feature["id"] for feature in features] == [str(row["id"]) for row in expected]
    for feature, row in zip(features, expected, strict=True):
        place = None if row["position"] is None else {"type": "Point", "coordinates": list(row["position"])}
        assert (feature["type"], feature["geometry"], feature["properties"]["number"]) == (
            "Feature", place, row["number"],
        )  # fmt: skip


async def test_a_question_of_nobody_who_exists_finds_nothing(context: Context, town: Town) -> None:
    query = HazardQuery(owner="nobody-of-this-name")
    assert await walked(context, town.actors["auditor"], query, town, 50) == []
    with pytest.raises(Problem, match=r"page\.cursor_invalid"):
        await hazard_lists.page(
            context, town.actors["auditor"], query, cursor="?", limit=1, now=town.now, language="en"
        )


@pytest.mark.parametrize("name", ["from", "until", "due_before"])
@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_the_ends_of_time_are_instants_like_others(client: httpx.AsyncClient, name: str, instant: str) -> None:
    for call in ("hazards", "hazards/counts", "hazards/grid?zoom=3", "repeat-offenders"):
        if call == "repeat-offenders" and name == "due_before":
            continue
        url = httpx.URL(f"/api/v1/{call}").copy_merge_params({name: instant})
        answered(await client.get(url, headers=signed_in("desk")))
