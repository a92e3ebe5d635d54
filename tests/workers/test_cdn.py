"""What stands between the service and the public is told to forget a case."""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from schemas.cases import CaseAction, CaseState
from service.settings import Settings
from service.workflows import cdn
from service.workflows.context import Cdn
from tests import case_factory as factory
from tests.case_factory import worker_of
from tests.hazard_factory import Json, answered


class Listening:
    """A CDN's door: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, Json]] = []
        self.status = 200
        listening = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                listening.asked.append((self.headers["Authorization"], body))
                self.send_response(listening.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/purge"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def end(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def door() -> Iterator[Listening]:
    door = Listening()
    yield door
    door.end()


async def test_a_cdn_is_told_every_address_of_a_case_with_each_change_of_what_the_public_sees(
    client: httpx.AsyncClient, settings: Settings, door: Listening
) -> None:
    async with worker_of(settings) as parts:
        worker = replace(parts, cdn=Cdn(door.url, "secret", "https://clearway.example"))
        _made, case = await factory.illustrated_case(client, settings, worker)
        case = await factory.advance(client, case, CaseState.PUBLISHED)
        page = (await client.get(case["address"])).text
        seen = [path for text in page.split('"') for path in text.replace(",", " ").split() if "/cases/" in path]
        items = (await client.get("/cases.json")).json()["items"]
        for action in (CaseAction.SUSPEND, CaseAction.RESUME, CaseAction.RETRACT):
            case = answered(await factory.send_action(client, case, action, by="publisher"))
            door.asked.clear()
            await factory.work_off(settings, worker, "case.purge")
            [(authorization, body)] = door.asked
            assert authorization == "Bearer secret"
            slug = items[0]["url"].rpartition("/")[2]
            assert body["tags"] == [f"case-{slug}"]
            told = set(body["urls"])
            # The language goes by a header, too, and to a CDN the address with and without it are one.
            shown = {re.sub(r"[?&]lang=[\w-]+", "", unescape(path)) for path in seen}
            shown = {path for path in shown if "/pictures/" in path or slug in path}
            shown = {path if path.startswith("https:") else f"https://clearway.example{path}" for path in shown}
            assert shown <= told
            assert {items[0]["url"], items[0]["image"], items[0]["banner_image"]} <= told
            assert {f"https://clearway.example/cases{end}" for end in ("", ".json", ".atom")} <= told


async def test_a_cdn_that_refuses_or_is_away_is_asked_again(
    client: httpx.AsyncClient, settings: Settings, door: Listening
) -> None:
    async with worker_of(settings) as parts:
        worker = replace(parts, cdn=Cdn(door.url, "", "https://clearway.example"))
        door.status = 503
        with pytest.raises(cdn.PurgeFailed):
            await cdn.purge(worker, "2026-06-abcdefghjkmn", [])
        assert door.asked[0][0] is None
        away = replace(parts, cdn=Cdn("http://127.0.0.1:9/", "", "https://clearway.example"))
        with pytest.raises(cdn.PurgeFailed):
            await cdn.purge(away, "2026-06-abcdefghjkmn", [])


async def test_no_request_that_starts_after_the_retraction_was_answered_gets_page_or_picture(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    [item] = (await client.get("/cases.json")).json()["items"]
    picture = item["image"].removeprefix("https://clearway.example")
    paths = [case["address"], picture, picture.replace(".jpg", "-480.webp"), picture.replace(".jpg", "-card.jpg")]
    tags = {path: (await client.get(path)).headers["etag"] for path in paths}
    retracted, done = asyncio.Event(), asyncio.Event()
    before: list[int] = []
    after: list[int] = []

    async def visit(path: str, number: int) -> None:
        headers = {"If-None-Match": tags[path]} if number % 2 else {}
        while not done.is_set():
            seen = after if retracted.is_set() else before
            seen.append((await client.get(path, headers=headers)).status_code)

    async with asyncio.TaskGroup() as visitors:
        for number in range(12):
            visitors.create_task(visit(paths[number % len(paths)], number // len(paths)))
        while len(before) < 60:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        answered(await factory.send_action(client, case, CaseAction.RETRACT))
        retracted.set()
        while len(after) < 120:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        done.set()
    assert {200, 304} <= set(before)
    assert set(after) == {410}
    feed = (await client.get("/cases.json")).text + (await client.get("/cases")).text
    assert case["address"] not in feed
    assert picture not in feed
