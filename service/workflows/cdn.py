"""Telling what stands between us and the public to forget a case: after each change of what the public sees of it.

Every public answer is `no-cache`, so a cache that obeys asks us each time. A CDN that was told to keep pages all the
same gets a list of addresses, and the tag that every answer about a case carries (`Cache-Tag`, `Surrogate-Key`).
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from service.database import Connection
from service.imaging.results import WIDTHS
from service.repositories import jobs
from service.workflows.context import WorkerContext

TIMEOUT_SECONDS: Final = 10.0
LISTS: Final = ("/cases", "/cases.json", "/cases.atom", "/sitemap.xml")
"""What tells of every case."""


class PurgeFailed(Exception):
    """The CDN did not take the list; the job is tried again."""


def addresses(slug: str, pictures: Sequence[tuple[str, int]]) -> list[str]:
    """Every path under which the public has or had something of the case; pictures by name and width."""
    paths = [*LISTS, f"/cases/{slug}", f"/cases/objections?case={slug}"]
    for name, own_width in pictures:
        paths += [f"/cases/pictures/{name}.jpg", f"/cases/pictures/{name}-card.jpg"]
        paths += [
            f"/cases/pictures/{name}-{width}.{kind}" for width in (*WIDTHS, own_width) for kind in ("jpg", "webp")
        ]
    return paths


def tag(slug: str) -> str:
    """By which a CDN finds everything that tells of the case."""
    return f"case-{slug}"


async def purge_later(connection: Connection, slug: str, pictures: Sequence[tuple[str, int]]) -> None:
    """Queues the purge with the change that makes it necessary."""
    await jobs.enqueue(connection, "case.purge", {"slug": slug, "pictures": pictures}, dedupe_key=f"case.purge:{slug}")


async def purge(context: WorkerContext, slug: str, pictures: Sequence[tuple[str, int]]) -> None:
    """Sends addresses and tag to the CDN, if there is one: POST `{"urls": [...], "tags": [...]}` with a Bearer token.

    PurgeFailed when it does not answer with success.
    """
    cdn = context.cdn
    if cdn is None:
        return
    urls = [cdn.base_url + path for path in addresses(slug, pictures)]
    body = json.dumps({"urls": urls, "tags": [tag(slug)]}).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {cdn.token}"} if cdn.token else {})
    # The address is the operator's own setting, and begins with http.
    request = Request(cdn.purge_url, data=body, headers=headers, method="POST")  # noqa: S310
    try:
        await asyncio.to_thread(_send, request)
    except (HTTPError, URLError, TimeoutError, OSError) as error:
        raise PurgeFailed(f"{type(error).__name__}: {error}") from error


def _send(request: Request) -> None:
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        answer.read(1024)
