"""tus 1.0.0 spoken by hand, one request at a time, so that each rule can be kept or broken."""

import base64
import hashlib
from uuid import UUID

import httpx
from litestar import Litestar

from tests import samples
from tests.api import photo_client
from tests.api.wire import Wire
from tests.people import signed_in

UPLOADS = "/api/v1/uploads"
VERSION = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}
PHOTO = samples.phone_photo(size=(320, 240))
OTHER = samples.phone_photo(seed=1, size=(320, 240))
HALF = len(PHOTO) // 2


def metadata(**values: str) -> dict[str, str]:
    """An Upload-Metadata header."""
    return {"Upload-Metadata": ",".join(f"{key} {_encoded(value.encode())}" for key, value in values.items())}


def checksum(content: bytes, algorithm: str = "sha256") -> dict[str, str]:
    """An Upload-Checksum header."""
    return {"Upload-Checksum": f"{algorithm} {_encoded(hashlib.new(algorithm, content).digest())}"}


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Tus:
    """One person's phone."""

    def __init__(self, client: httpx.AsyncClient, account: str = "inspector") -> None:
        self._client = client
        self._signed_in = signed_in(account)

    def another(self, account: str) -> "Tus":
        """Somebody else's phone."""
        return Tus(self._client, account)

    async def send(
        self, method: str, path: str, headers: dict[str, str], content: bytes | None = None
    ) -> httpx.Response:
        """Any request, with the version unless `headers` say otherwise (an empty one leaves it out)."""
        sent = {name: value for name, value in (self._signed_in | VERSION | headers).items() if value}
        return await self._client.request(method, path, headers=sent, content=content)

    async def create(
        self, length: int | str = len(PHOTO), content: bytes | None = None, /, **headers: str
    ) -> httpx.Response:
        """POST; with `content` as creation-with-upload. Keyword headers write `_` for `-`."""
        sent = {"Upload-Length": str(length)} | ({} if content is None else BYTES) | _dashed(headers)
        return await self.send("POST", UPLOADS, sent, content)

    async def begin(self, content: bytes = PHOTO, /, **promises: str) -> str:
        """An empty upload for this content. Returns its address."""
        answer = await self.create(len(content), **metadata(**promises) if promises else {})
        assert answer.status_code == 201, answer.text
        location: str = answer.headers["Location"]
        return location

    async def patch(self, location: str, offset: int | str, content: bytes, /, **headers: str) -> httpx.Response:
        """PATCH at an offset."""
        return await self.send("PATCH", location, BYTES | {"Upload-Offset": str(offset)} | _dashed(headers), content)

    async def head(self, location: str) -> httpx.Response:
        return await self.send("HEAD", location, {})

    async def offset(self, location: str) -> int:
        """Where the upload stands, told by HEAD."""
        answer = await self.head(location)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["Upload-Offset"])

    async def terminate(self, location: str) -> httpx.Response:
        return await self.send("DELETE", location, {})

    async def original(self, photo_id: UUID | str) -> bytes:
        """The photo as the server kept it."""
        answer = await self._client.get(f"/api/v1/photos/{photo_id}/original", headers=self._signed_in)
        assert answer.status_code == 200, answer.text
        return answer.content


def wire(app: Litestar, location: str, offset: int, length: int, /, **headers: str) -> Wire:
    """A PATCH of `length` bytes whose bytes arrive when the test says so."""
    sent = signed_in("inspector") | VERSION | BYTES | {"Upload-Offset": str(offset), "Content-Length": str(length)}
    return Wire(app, "PATCH", location, sent | _dashed(headers))


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal, which says its tus version too."""
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    return photo_client.told(answer)
