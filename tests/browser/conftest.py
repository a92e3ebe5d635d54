"""A real server with published cases in it, and a real browser to look at them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from schemas.cases import CaseAction, CaseState
from service.settings import Settings
from tests import case_factory
from tests.browser.desk_world import Desk
from tests.browser.finishing import finish
from tests.conftest import TEMPLATE, database_at, missing
from tests.hazard_factory import Json
from tests.servers import Server, free_port, service_environment

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Root has no sandbox; the others keep the browser from calling its maker."""


@dataclass(frozen=True, slots=True)
class Site:
    """A served site: two published cases, the newer with pictures, and one that was retracted."""

    url: str
    illustrated: Json
    plain: Json
    retracted_address: str


@pytest.fixture(scope="module")
def site(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The service as a process, with cases brought to the public through its own front door; read only."""
    with _database(server_url) as url:
        yield from _serve(url, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def desk(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The service as a process under its own public address, for people who sign in; no worker runs by itself."""
    folder, port = tmp_path_factory.mktemp("desk"), free_port()
    store, base = folder / "store", f"http://127.0.0.1:{port}"
    with _database(server_url) as url:
        environment = service_environment(url, store, public_base_url=base, disk_floor_bytes=0)
        server = Server(environment, folder, port=port)
        server.start()
        try:
            yield Desk(base, Settings(database_url=url, store_url=store.as_uri(), vision="off"))
        finally:
            server.stop()


@contextmanager
def _database(server_url: str) -> Iterator[str]:
    name = f"site_{uuid4().hex}"
    finish(_execute(server_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    try:
        yield database_at(server_url, name)
    finally:
        finish(_execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _serve(database_url: str, folder: Path) -> Iterator[Site]:
    store = folder / "store"
    server = Server(service_environment(database_url, store, demo=True, disk_floor_bytes=0), folder)
    server.start()
    try:
        yield finish(_furnish(server.url, Settings(database_url=database_url, store_url=store.as_uri(), vision="off")))
    finally:
        server.stop()


async def _furnish(url: str, settings: Settings) -> Site:
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        retracted = await case_factory.case_in(client, CaseState.PUBLISHED)
        await case_factory.send_action(client, retracted, CaseAction.RETRACT)
        plain = await case_factory.case_in(client, CaseState.PUBLISHED)
        async with case_factory.worker_of(settings) as worker:
            _made, case = await case_factory.illustrated_case(client, settings, worker)
        illustrated = await case_factory.advance(client, case, CaseState.PUBLISHED)
        return Site(url, illustrated, plain, retracted["address"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
