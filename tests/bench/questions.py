"""What people ask of a record with many hazards, and the SQL that the service answers it with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx

from service.app import build_app, wrapped
from service.database import Connection, Database
from service.settings import Settings
from service.workflows import keyset
from tests import people
from tests.bench.bare_routes import Bare
from tests.bench.seeded_record import SeededRecord
from tests.seeded_history import RARE_OWNER, RARE_PLACE, RARE_WORD

CITY_ACCOUNT, DISTRICT_ACCOUNT = "approver", "desk"
CITY = "113.2,37.6,114.0,38.3"
SPREAD_DEGREES = 0.01


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and by whom. `finds_as_many` wherever there are ten times as many hazards."""

    name: str
    path: str
    account: str = CITY_ACCOUNT
    finds_as_many: bool = True


def lists(until: datetime) -> list[Question]:
    """Pages of 50 lines, each by another filter, and counts, of a record that ends at `until`."""
    year_ago = until - timedelta(days=365)
    day = {"from": year_ago.isoformat(), "until": (year_ago + timedelta(days=1)).isoformat()}
    longitude, latitude = RARE_PLACE
    narrow = (
        longitude - SPREAD_DEGREES,
        latitude - SPREAD_DEGREES,
        longitude + SPREAD_DEGREES,
        latitude + SPREAD_DEGREES,
    )
    return [
        _page("first page"),
        _page("a page a year back", cursor=keyset.cursor_of(year_ago, UUID(int=0))),
        replace(_page("first page of a district"), account=DISTRICT_ACCOUNT),
        _page("state", state="rectifying"),
        _page("area", area=people.KUANGQU),
        _page("category", category="C04"),
        _page("level", level="major"),
        _page("source", source="resident"),
        _page("owner, of 50 hazards", owner=RARE_OWNER),
        _page("overdue", overdue="true"),
        _page("due before", due_before=(until + timedelta(days=3)).isoformat()),
        _page("a day", **day),
        _page("narrow box, of 50 hazards", bbox=",".join(map(str, narrow))),
        _page("wide box", bbox=CITY),
        _page("rare word, of 50 hazards", q=RARE_WORD),
        _page("common word", q="照明"),
        _page("state, category and area", state="closed", category="A01", area=people.KUANGQU),
        Question("counts by state", "/api/v1/hazards/counts"),
        Question("counts by state, of a rare word", f"/api/v1/hazards/counts?{urlencode({'q': RARE_WORD})}"),
    ]


def _page(name: str, **query: str) -> Question:
    return Question(name, "/api/v1/hazards" + (f"?{urlencode(query)}" if query else ""))


def maps() -> list[Question]:
    """The map, from the whole city down to a street."""
    district = "113.52,37.83,113.62,37.90"
    street = "113.575,37.855,113.585,37.865"
    return [
        Question(name, f"/api/v1/hazards/grid?{urlencode({'zoom': zoom, 'bbox': box})}")
        for name, zoom, box in (("city", 10, CITY), ("district", 13, district), ("street", 16, street))
    ]


def months(until: datetime) -> list[Question]:
    """The upward monthly table as it is now and as it was at the end of last year."""
    path = "/api/v1/statistics/monthly?year={}&month={}"
    return [
        Question("this month", path.format(until.year, until.month)),
        Question("December of last year", path.format(until.year - 1, 12)),
    ]


class _Listening:
    """A connection that remembers what rows it was asked for."""

    def __init__(self, connection: Connection, sent: list[tuple[str, tuple[Any, ...]]]) -> None:
        self._connection, self._sent = connection, sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def fetch(self, statement: str, *arguments: Any) -> Any:
        self._sent.append((statement, arguments))
        return await self._connection.fetch(statement, *arguments)


class _ListeningDatabase(Database):
    """The service's database, whose statements are remembered in `sent`."""

    sent: list[tuple[str, tuple[Any, ...]]]
    is_searched: bool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        async with super().connection() as connection:
            yield _Listening(connection, self.sent)

    @asynccontextmanager
    async def searching(self) -> AsyncIterator[Connection]:
        self.is_searched = True
        async with super().searching() as connection:
            yield _Listening(connection, self.sent)


async def bare_forms(record: SeededRecord, questions: list[Question], folder: Path) -> list[Bare]:
    """The SQL that the service itself sends for each question, as far as it brings what is answered.

    Who asks, which way is the quickest and where a transaction begins are the service's own affair.
    """
    app = build_app(Settings(database_url=record.url, store_url=folder.as_uri(), disk_floor_bytes=0))
    async with app.lifespan():
        database = await _ListeningDatabase.connect(record.url)
        app.state.context = replace(app.state.context, database=database)
        transport = httpx.ASGITransport(app=wrapped(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
            found = [await _bare(client, database, question) for question in questions]
        await database.close()
    return found


async def _bare(client: httpx.AsyncClient, database: _ListeningDatabase, question: Question) -> Bare:
    database.sent, database.is_searched = [], False
    answer = await client.get(question.path, headers=people.signed_in(question.account))
    answer.raise_for_status()
    statements = [(statement, arguments) for statement, arguments in database.sent if "hazard" in statement]
    if not statements:
        raise RuntimeError(f"{question.path} was answered without a look at the hazards")
    return Bare(statements, database.is_searched)
