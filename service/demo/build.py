"""Fills the demo: waits for the server, builds the world through it, then prints where to go."""

import asyncio
import os
import time
import urllib.request

from service.app import open_context
from service.clock import utc_now
from service.demo import world
from service.logs import configure_logging
from service.settings import Settings, read_settings

READY_SECONDS = 60


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
        f"  accounts      {', '.join(world.ACCOUNTS)}\n"
        f"  password      {password}\n"
        f"Ctrl-C ends it; what it holds stays for the next start.\n",
        flush=True,
    )


async def _build(settings: Settings, base_url: str, password: str) -> None:
    async with open_context(settings) as context:
        await world.build(context, base_url, password, lambda line: print(line, flush=True), utc_now())


def _wait_until_ready(base_url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{base_url}/health/ready", timeout=2) as answer:  # noqa: S310  our own address
                if answer.status == 200:
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise SystemExit("clearway: the server did not become ready")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
