"""What a phone says to the server: photos in one request or by tus, papers, and signing out."""

import base64
import hashlib
import http.client
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

TIMEOUT_SECONDS = 60
PIECE_BYTES = 160 * 1024
TUS: Final = {"Tus-Resumable": "1.0.0"}


class Refused(Exception):
    """The server answered with a status that was not expected."""

    def __init__(self, method: str, path: str, status: int, body: bytes) -> None:
        super().__init__(f"{method} {path}: {status} {body[:300].decode(errors='replace')}")
        self.status = status


@dataclass(slots=True)
class Phone:
    """Somebody's phone. Every call is a request over the network and blocks until it is answered."""

    base_url: str
    token: str = field(repr=False)

    def sign_out(self) -> None:
        """Ends the session."""
        self._request("DELETE", "/api/v1/sessions/current")

    def put_photo(self, photo_id: UUID, photo: bytes) -> None:
        """Sends a photo in one request."""
        self._put(f"/api/v1/photos/{photo_id}", photo)

    def put_attachment(self, attachment_id: UUID, paper: bytes) -> None:
        """Sends the photo of a paper."""
        self._put(f"/api/v1/attachments/{attachment_id}", paper)

    def upload_photo(self, photo_id: UUID, photo: bytes) -> None:
        """Sends a photo in pieces by tus 1.0.0, each with its checksum."""
        promise = {"photo_id": str(photo_id), "sha256": hashlib.sha256(photo).hexdigest(), "filename": "photo.jpg"}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in promise.items())
        headers = {"Upload-Length": str(len(photo)), "Upload-Metadata": metadata}
        created, _ = self._request("POST", "/api/v1/uploads", b"", TUS | headers)
        address = urlsplit(created["Location"]).path
        offset = 0
        while offset < len(photo):
            piece = photo[offset : offset + PIECE_BYTES]
            headers = {
                "Upload-Offset": str(offset),
                "Upload-Checksum": f"sha256 {base64.b64encode(hashlib.sha256(piece).digest()).decode()}",
                "Content-Type": "application/offset+octet-stream",
            }
            stored, _ = self._request("PATCH", address, piece, TUS | headers)
            offset = int(stored["Upload-Offset"])

    def _put(self, path: str, content: bytes) -> None:
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = {"Content-Type": "image/jpeg", "Content-Digest": f"sha-256=:{digest}:"}
        self._request("PUT", path, content, headers)

    def _request(
        self, method: str, path: str, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPMessage, bytes]:
        address = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_SECONDS)
        try:
            authorization = {"Authorization": f"Bearer {self.token}"}
            connection.request(method, address.path + path, content, {**(headers or {}), **authorization})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise Refused(method, path, answer.status, body)
        return answer.headers, body
