"""A phone as the proofs need it: it speaks tus, keeps what it was told, and can fall silent in mid-sentence."""

import asyncio
import base64
import hashlib
import io
import random
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import httpx
from PIL import Image

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = 16 * 1024


def photo_of_size(size: int, chance: random.Random) -> bytes:
    """A JPEG that every decoder takes, filled up to `size` bytes (at least 1,000) by comments unlike any other's."""
    output = io.BytesIO()
    Image.new("RGB", (16, 12), (120, 116, 108)).save(output, "JPEG")
    picture = output.getvalue()
    segments = []
    left = size - len(picture)
    while left > 0:
        # A segment holds at most 65,533 bytes after its length, and needs four for marker and length.
        length = min(left, 65_537)
        length -= 4 if 0 < left - length < 4 else 0
        segments.append(b"\xff\xfe" + (length - 2).to_bytes(2) + chance.randbytes(length - 4))
        left -= length
    return picture[:2] + b"".join(segments) + picture[2:]


def metadata(**values: str) -> str:
    """An Upload-Metadata header."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


class Phone:
    """A tus client that sends slowly enough to be interrupted, and reports every byte it hands over.

    With `keeps_connections` off each request may reach another replica.
    """

    def __init__(
        self,
        url: str,
        token: str,
        on_sent: Callable[[int], None] = lambda count: None,
        *,
        keeps_connections: bool = True,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(30),
            limits=httpx.Limits(max_keepalive_connections=None if keeps_connections else 0),
        )
        self._on_sent = on_sent

    async def __aenter__(self) -> "Phone":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def create(self, photo_id: UUID, photo: bytes, first: bytes = b"") -> httpx.Response:
        """POST: an upload of `photo`, with its `first` bytes in the same request."""
        promise = metadata(photo_id=str(photo_id), sha256=hashlib.sha256(photo).hexdigest(), filename="photo.jpg")
        headers = TUS | {"Upload-Length": str(len(photo)), "Upload-Metadata": promise}
        if first:
            headers |= {"Content-Type": "application/offset+octet-stream", "Content-Length": str(len(first))}
        return await self._client.post(
            "/api/v1/uploads", headers=headers, content=self._pieces(first) if first else None
        )

    async def head(self, location: str) -> httpx.Response:
        """HEAD: where the upload stands."""
        return await self._client.head(location, headers=TUS)

    async def patch(self, location: str, offset: int, content: bytes) -> httpx.Response:
        """PATCH: more bytes."""
        headers = TUS | {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(len(content)),
        }
        return await self._client.patch(location, headers=headers, content=self._pieces(content))

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path)

    async def put(self, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self._client.put(path, content=content, headers=headers)

    async def _pieces(self, content: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(content), PIECE):
            piece = content[start : start + PIECE]
            self._on_sent(len(piece))
            yield piece
            # Lets the other phones speak in between, as they would on a slow network.
            await asyncio.sleep(0)


def offset_of(answer: httpx.Response) -> int:
    """The Upload-Offset of an answer that must have one."""
    assert answer.status_code in (200, 201, 204), (answer.status_code, answer.text)
    return int(answer.headers["Upload-Offset"])
