"""Whether the service says of itself what is true: that it lives, and whether it can accept photos."""

from pathlib import Path

import asyncpg
import httpx
import msgspec
import pytest

from service.app import build_app
from service.settings import Settings
from tests import stores
from tests.conftest import client_of, running
from tests.people import signed_in

ALL_WELL = {"database": "ok", "schema": "ok", "store": "ok", "space": "ok"}


async def ready(client: httpx.AsyncClient) -> tuple[int, dict[str, str]]:
    answer = await client.get("/health/ready")
    body = answer.json()
    assert body["status"] == ("ready" if answer.status_code == 200 else "not_ready")
    checks: dict[str, str] = body["checks"]
    return answer.status_code, checks


async def test_a_service_with_all_its_parts_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})
    assert await ready(client) == (200, ALL_WELL)


async def test_a_store_below_its_floor_is_told_before_it_is_full(settings: Settings) -> None:
    stores.only_a_folder("an object store does not tell how much room it has")
    app = build_app(msgspec.structs.replace(settings, disk_floor_bytes=1 << 62))
    async with running(app), client_of(app) as client:
        assert await ready(client) == (503, ALL_WELL | {"space": "below_floor"})
        assert (await client.get("/health/live")).status_code == 200


async def test_a_store_that_is_gone_is_told(client: httpx.AsyncClient, tmp_path: Path) -> None:
    stores.only_a_folder("an object store that is gone is one of the faults")
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    (tmp_path / "store").write_text("not a folder")
    status, checks = await ready(client)
    assert (status, checks["store"], checks["database"]) == (503, "unavailable", "ok")


async def test_a_schema_that_is_behind_is_told(client: httpx.AsyncClient, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("DELETE FROM schema_migrations WHERE version = 3")
    await connection.close()
    assert await ready(client) == (503, ALL_WELL | {"schema": "migrations_missing"})


async def test_a_database_that_is_gone_is_told_and_nobody_gets_an_error_of_ours(
    client: httpx.AsyncClient, database_url: str, server_url: str
) -> None:
    """The server is there, but takes no connection to our database."""
    connection = await asyncpg.connect(server_url)
    name = database_url.rsplit("/", 1)[1]
    await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    try:
        for _ in range(5):
            status, checks = await ready(client)
            answer = await client.get("/api/v1/me", headers=signed_in("desk"))
            assert (status, checks["database"]) == (503, "unavailable")
            assert (answer.status_code, answer.json()["code"]) == (503, "server.not_ready")
            assert int(answer.headers["Retry-After"]) > 0
    finally:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await connection.close()
    assert await ready(client) == (200, ALL_WELL)


async def test_a_service_before_its_migrations_says_not_ready_everywhere_and_the_log_says_what_to_run(
    settings: Settings, empty_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = build_app(msgspec.structs.replace(settings, database_url=empty_database_url))
    async with running(app), client_of(app) as client:
        answers = [
            await client.get("/cases"),
            await client.get("/api/v1/me", headers=signed_in("desk")),
            await client.post("/api/v1/sessions", json={"account": "desk", "password": "any at all"}),
        ]
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert all(answer.headers["Retry-After"] for answer in answers)
    assert answers[1].json()["code"] == "server.not_ready"
    assert "run clearway migrate" in caplog.text
    assert "Traceback" not in caplog.text
