"""Photos sent in one request and fetched again, and what is left of them in store and database."""

import base64
import hashlib
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx

from service.workflows.context import Context
from tests.hazard_factory import Json, answered, photo
from tests.people import signed_in
from tests.samples import phone_photo


def digest_of(content: bytes, algorithm: str = "sha-256") -> str:
    """A Content-Digest or Repr-Digest."""
    digest = hashlib.new(algorithm.replace("-", ""), content).digest()
    return f"{algorithm}=:{base64.b64encode(digest).decode()}:"


async def put(
    client: httpx.AsyncClient,
    content: bytes | AsyncIterator[bytes],
    *,
    photo_id: UUID | None = None,
    by: str = "inspector",
    digest: str | None = None,
    **headers: str,
) -> httpx.Response:
    """Sends a photo, with the right digest unless another is given. Keyword headers write `_` for `-`."""
    if digest is None and isinstance(content, bytes):
        digest = digest_of(content)
    sent = signed_in(by) | {name.replace("_", "-"): value for name, value in headers.items()}
    if digest:
        sent["Content-Digest"] = digest
    return await client.put(f"/api/v1/photos/{photo_id or uuid4()}", content=content, headers=sent)


async def get(client: httpx.AsyncClient, photo_id: UUID, what: str = "", *, by: str = "inspector") -> httpx.Response:
    """Fetches a photo or, with `what` such as `/original`, a part of it."""
    return await client.get(f"/api/v1/photos/{photo_id}{what}", headers=signed_in(by))


def picture(seed: int) -> tuple[Json, bytes]:
    """A photo as a hazard names it, and its bytes."""
    content = phone_photo(seed, size=(320, 240))
    return photo(sha256=hashlib.sha256(content).hexdigest()), content


async def send_photo(client: httpx.AsyncClient, named: Json, content: bytes, *, by: str) -> None:
    """Sends a named photo, which is taken in."""
    answered(await put(client, content, photo_id=UUID(named["id"]), by=by))


async def sees_photo(client: httpx.AsyncClient, named: Json, *, by: str) -> bool:
    """Whether this person gets the bytes of a named photo."""
    answer = await get(client, UUID(named["id"]), "/original", by=by)
    assert answer.status_code in (200, 404)
    return answer.status_code == 200


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal that is a whole problem."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"].endswith(body["code"])
    assert body["title"]
    return answer.status_code, body["code"]


async def rows(context: Context, table: str) -> int:
    """How many rows a table has."""
    async with context.database.connection() as connection:
        counted: int = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
    return counted
