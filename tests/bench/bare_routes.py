"""What a question about hazards costs where nobody asks who is asking: the same SQL, the rows as JSON, nothing else.

The same framework, server, encoder and driver as the service, in a process of its own:
`python -m tests.bench.bare_routes STATEMENTS PORT`.
"""

import pickle
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import uvicorn
from litestar import Litestar, get
from litestar.params import FromPath

from service.processes import tied
from tests.servers import START_SECONDS, free_port

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Bare:
    """A question in SQL: statements with their arguments, and whether they are planned with their values."""

    statements: list[tuple[str, tuple[Any, ...]]]
    is_planned_for_values: bool


@dataclass(frozen=True, slots=True)
class BareRoutes:
    """The running process; question `n` is answered at `/n`."""

    port: int
    process: int


@contextmanager
def bare_routes(folder: Path, database_url: str, questions: list[Bare]) -> Iterator[BareRoutes]:
    """Starts a process that answers these questions. What it is told and what it says lies in `folder`."""
    told, port = folder / "bare.pickle", free_port()
    told.write_bytes(pickle.dumps((database_url, questions)))
    command = tied([sys.executable, "-m", "tests.bench.bare_routes", str(told), str(port)], signal.SIGKILL)
    with (folder / "bare.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait_until_open(process, port, folder / "bare.log")
            yield BareRoutes(port, process.pid)
        finally:
            process.terminate()


def _wait_until_open(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import socket

    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the bare routes do not answer:\n{log.read_text()[-4000:]}") from error
            time.sleep(0.02)
        else:
            return


def build_app(database_url: str, questions: list[Bare]) -> Litestar:
    """The routes. Whoever may reach them gets everything."""
    pools: dict[bool, asyncpg.Pool] = {}

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        for is_planned_for_values, mode in ((True, "force_custom_plan"), (False, "auto")):
            pools[is_planned_for_values] = await asyncpg.create_pool(
                database_url,
                min_size=1,
                max_size=CONNECTIONS,
                reset=_keep_session_state,
                server_settings={"timezone": "UTC", "plan_cache_mode": mode},
            )
        yield
        for pool in pools.values():
            await pool.close()

    @get("/{number:int}")
    async def answer(number: FromPath[int]) -> list[dict[str, Any]]:
        question, rows = questions[number], []
        async with pools[question.is_planned_for_values].acquire() as connection:
            for statement, arguments in question.statements:
                rows += await connection.fetch(statement, *arguments)
        return [dict(row) for row in rows]

    return Litestar(route_handlers=[answer], lifespan=[lifespan], openapi_config=None, logging_config=None)


async def _keep_session_state(_connection: asyncpg.Connection) -> None:
    """As in the service: a released connection needs no round trip."""


def main() -> None:
    """Serves until it is ended."""
    database_url, questions = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301
    app = build_app(database_url, questions)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )


if __name__ == "__main__":
    main()
