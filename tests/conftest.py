"""One PostgreSQL a run (embedded, or at TEST_DATABASE_URL), one migrated template in it, one clone of it a test."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar

from service.app import build_app, wrapped
from service.embedded_postgres import EmbeddedPostgres
from service.migrator import migrate
from service.settings import Settings, read_settings
from service.workflows.context import Context
from tests import people
from tests.s3_on_demand import S3OnDemand, running_server
from tests.s3_servers import S3Server, ceph_is_installed
from tests.servers import service_environment

PROVING = os.environ.get("CLEARWAY_PROVE") == "1"
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
TEMPLATE = "clearway_template"
DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "")
"""Of a server on which the tests may make and drop databases, instead of the embedded one."""

_url_key = pytest.StashKey[str]()
_postgres_key = pytest.StashKey[tuple[EmbeddedPostgres, Path]]()
_s3_key = pytest.StashKey[Path]()
_s3_servers_key = pytest.StashKey[S3OnDemand]()


def pytest_configure(config: pytest.Config) -> None:
    """Starts the database in the process that outlives all workers."""
    if hasattr(config, "workerinput"):
        config.stash[_url_key] = config.workerinput["database_url"]
        config.stash[_s3_key] = Path(config.workerinput["s3_folder"])
        return
    if config.option.collectonly or config.option.help:
        return
    folder = Path(tempfile.mkdtemp(prefix="clearway-tests-"))
    postgres = EmbeddedPostgres(folder / "postgres", durable=False)
    config.stash[_postgres_key] = (postgres, folder)
    config.stash[_url_key] = url = DATABASE_URL or postgres.start()
    config.stash[_s3_key] = folder
    config.stash[_s3_servers_key] = s3_servers = S3OnDemand(folder)
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS and ceph_is_installed():
        # A run of everything needs it, and need not wait for it.
        s3_servers.start("ceph")
    asyncio.run(_make_template(url))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each worker begins with its share of the long proofs, the longest first: else the last one is waited for.

    xdist hands every worker one stretch of the list, and lets who has finished steal from the others' ends. A file
    stays together, for what its tests share.
    """
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("prove"):
            files.setdefault(item.path, []).append(item)
    proofs = sorted(files.values(), key=lambda file: -sum(_minutes(item) for item in file))
    others = [item for item in items if not item.get_closest_marker("prove")]
    share = -(-len(others) // workers)
    items[:] = [
        item
        for worker in range(workers)
        for item in chain(*proofs[worker::workers], others[worker * share : (worker + 1) * share])
    ]


def _minutes(item: pytest.Item) -> float:
    marker = item.get_closest_marker("prove")
    return marker.kwargs.get("minutes", 0.2) if marker else 0.0


class XdistHooks:
    """Hooks that exist only where pytest-xdist does."""

    def pytest_configure_node(self, node: object) -> None:
        """Tells a worker where the database is, and where to ask for an S3 server."""
        node.workerinput["database_url"] = node.config.stash[_url_key]  # type: ignore[attr-defined]
        node.workerinput["s3_folder"] = str(node.config.stash[_s3_key])  # type: ignore[attr-defined]


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Registers the hooks above once xdist has had its turn."""
    if session.config.pluginmanager.has_plugin("dsession"):
        session.config.pluginmanager.register(XdistHooks())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leaves nothing behind."""
    if (s3_servers := config.stash.get(_s3_servers_key, None)) is not None:
        s3_servers.stop()
    if (started := config.stash.get(_postgres_key, None)) is not None:
        postgres, folder = started
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _make_template(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {TEMPLATE}")
    finally:
        await connection.close()
    await migrate(database_at(url, TEMPLATE))
    await people.move_in(database_at(url, TEMPLATE))


def database_at(url: str, name: str) -> str:
    """The same server's address with another database."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def server_url(pytestconfig: pytest.Config) -> str:
    """The run's PostgreSQL server."""
    return pytestconfig.stash[_url_key]


@pytest.fixture(scope="session")
def rclone(pytestconfig: pytest.Config) -> S3Server:
    """The run's S3 server of rclone's."""
    return running_server(pytestconfig.stash[_s3_key], "rclone")


@pytest.fixture(scope="session")
def ceph(pytestconfig: pytest.Config) -> S3Server:
    """The run's gateway of Ceph's."""
    if not ceph_is_installed():
        missing("Ceph's gateway")
    return running_server(pytestconfig.stash[_s3_key], "ceph")


@pytest.fixture
async def database_url(server_url: str) -> AsyncIterator[str]:
    """A database of the test's own with the people of `tests.people`."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(server_url)
    try:
        # Three times as fast as the default, which writes every page to the log for a crash we do not expect.
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        try:
            yield database_at(server_url, name)
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def empty_database_url(server_url: str) -> AsyncIterator[str]:
    """A database in which nothing is."""
    name = f"empty_{uuid4().hex}"
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        try:
            yield database_at(server_url, name)
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


def settings_of(database_url: str, store: Path) -> Settings:
    """Settings of an application on this database and a store in this folder."""
    public = "https://clearway.example"
    return read_settings(service_environment(database_url, store, public_base_url=public, disk_floor_bytes=0))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an application on the test's database and a store in its folder."""
    return settings_of(database_url, tmp_path / "store")


@pytest.fixture(scope="session")
def built_app(tmp_path_factory: pytest.TempPathFactory) -> Litestar:
    """The routes, whose making takes longer than most tests do."""
    return build_app(settings_of("postgresql://127.0.0.1:1/nowhere", tmp_path_factory.mktemp("nowhere")))


@pytest.fixture
async def app(built_app: Litestar, settings: Settings) -> AsyncIterator[Litestar]:
    """The application, its parts open."""
    built_app.state.settings = settings
    async with running(built_app) as app:
        yield app


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[Litestar]:
    """The application with its parts open, in a task of its own: a fixture's two halves run in different ones."""
    is_open, is_over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            is_open.set()
            await is_over.wait()

    life = asyncio.create_task(live())
    opening = asyncio.create_task(is_open.wait())
    await asyncio.wait((life, opening), return_when=asyncio.FIRST_COMPLETED)
    opening.cancel()
    try:
        if is_open.is_set():
            yield app
    finally:
        is_over.set()
        await life


@pytest.fixture
def context(app: Litestar) -> Context:
    """The application's parts, for tests that call workflows."""
    context: Context = app.state.context
    return context


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client at the front door, in process."""
    async with client_of(app) as client:
        yield client


@asynccontextmanager
async def client_of(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a given application."""
    transport = httpx.ASGITransport(app=wrapped(app), client=("127.0.0.1", 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://clearway.test") as client:
        yield client


def missing(part: str) -> None:
    """Skips a test whose part is not installed here; in CI that is a failure."""
    if IN_CI:
        pytest.fail(f"{part} is missing, and CI must have it")
    pytest.skip(f"{part} is not installed here")
