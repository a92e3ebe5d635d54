"""Fills the demo: waits for the server, builds the world through it, then prints where to go."""

import asyncio
import http.client
import json
import os
import time
from urllib.parse import urlsplit

from service.app import open_context
from service.clock import utc_now
from service.demo import accounts, world
from service.logs import configure_logging
from service.settings import Settings, read_settings

READY_SECONDS = 60
ANSWERING_SECONDS = 5
"""A server that answers for this long and is not ready will not get ready by itself."""


def main() -> None:
    """Reads the same settings as the server beside it."""
    settings = read_settings(os.environ)
    configure_logging(settings.log_level)
    base_url = f"http://127.0.0.1:{settings.port}"
    _wait_until_ready(base_url)
    password = os.environ["CLEARWAY_DEMO_PASSWORD"]
    asyncio.run(_build(settings, base_url, password))
    print(
        f"\nClearway is serving.\n"
        f"  start here    {base_url}/\n"
        f"  public cases  {base_url}/cases\n"
        f"  API           {base_url}/schema\n"
        f"  accounts      one password: {password}\n"
        f"{_accounts()}"
        f"Ctrl-C ends it; what it holds stays for the next start.\n",
        flush=True,
    )


def _accounts() -> str:
    """A line for each organization with those who work for it."""
    groups = accounts.by_organization().items()
    return "".join(f"    {' '.join(names)}  {organization}\n" for organization, names in groups)


async def _build(settings: Settings, base_url: str, password: str) -> None:
    async with open_context(settings) as context:
        await world.build(context, base_url, password, lambda line: print(line, flush=True), utc_now())


def _wait_until_ready(base_url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    answers_since: float | None = None
    while (missing := _missing(base_url)) != {}:
        now = time.monotonic()
        answers_since = None if missing is None else answers_since or now
        if missing and answers_since is not None and now - answers_since > ANSWERING_SECONDS:
            words = ", ".join(f"{part} is {state}" for part, state in missing.items())
            advice = "; free some, or lower CLEARWAY_DISK_FLOOR_BYTES" if "space" in missing else ""
            raise SystemExit(f"clearway: the server is not ready: {words}{advice}")
        if now > deadline:
            raise SystemExit("clearway: the server does not answer")
        time.sleep(0.1)


def _missing(base_url: str) -> dict[str, str] | None:
    """What /health/ready says is not as it should be; None while the server does not answer."""
    address = urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        checks: dict[str, str] = json.loads(connection.getresponse().read())["checks"]
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return {part: state for part, state in checks.items() if state != "ok"}


if __name__ == "__main__":
    main()
