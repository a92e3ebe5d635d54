"""The header grammar of tus 1.0.0, the open protocol for resumable uploads. Pure: text in, values or a Problem out."""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from uuid import UUID

from service.problems import Problem

VERSION: Final = "1.0.0"
EXTENSIONS: Final = ("creation", "creation-with-upload", "expiration", "checksum", "termination")
CHECKSUM_ALGORITHMS: Final = ("sha1", "sha256")
CONTENT_TYPE: Final = "application/offset+octet-stream"
MAX_METADATA_CHARACTERS: Final = 4096
MAX_INTEGER_DIGITS: Final = 15

_DIGEST_BYTES: Final = {"sha1": 20, "sha256": 32}
_SHA256_HEX: Final = re.compile(rb"[0-9a-fA-F]{64}")


def require_version(header: str | None) -> None:
    """ "If the version specified by the Client is not supported by the Server, it MUST respond with the 412
    Precondition Failed status and MUST include the Tus-Version header into the response. In addition, the Server MUST
    NOT process the request." A request without the header did not say which version it speaks.
    """
    if header is None or header.strip() != VERSION:
        raise Problem("tus.version_unsupported", headers={"Tus-Version": VERSION})


def is_piece(content_type: str | None) -> bool:
    """Whether a body of this media type, whatever its parameters, is a piece of an upload."""
    return (content_type or "").partition(";")[0].strip().lower() == CONTENT_TYPE


def require_content_type(header: str | None) -> None:
    """ "All PATCH requests MUST use Content-Type: application/offset+octet-stream, otherwise the server SHOULD return
    a 415 Unsupported Media Type status."
    """
    if not is_piece(header):
        raise Problem("tus.content_type_unsupported")


def refuse_concatenation(header: str | None) -> None:
    """Concatenation is an extension that is not offered: a photo is one file."""
    if header is not None:
        raise Problem("tus.concatenation_unsupported")


def upload_length(header: str | None, defer_length: str | None) -> int:
    """ "The value MUST be a non-negative integer." Deferring is not offered: a limit must be told before sending."""
    length = _non_negative(header)
    if length is None or defer_length is not None:
        raise Problem("tus.length_invalid")
    return length


def upload_offset(header: str | None) -> int:
    """ "The Upload-Offset request and response header indicates a byte offset within a resource. The value MUST be a
    non-negative integer."
    """
    offset = _non_negative(header)
    if offset is None:
        raise Problem("tus.offset_invalid")
    return offset


def _non_negative(header: str | None) -> int | None:
    text = (header or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_INTEGER_DIGITS):
        return None
    return int(text)


def upload_metadata(header: str) -> dict[str, bytes]:
    """ "The Upload-Metadata request and response header MUST consist of one or more comma-separated key-value pairs.
    The key and value MUST be separated by a space. The key MUST NOT contain spaces and commas and MUST NOT be empty.
    The key SHOULD be ASCII encoded and the value MUST be Base64 encoded. All keys MUST be unique. The value MAY be
    empty. In these cases, the space, which would normally separate the key and the value, MAY be left out. Since
    metadata can contain arbitrary binary values, Servers SHOULD carefully validate metadata values".
    """
    if not header.strip():
        return {}
    if len(header) > MAX_METADATA_CHARACTERS:
        raise Problem("tus.metadata_invalid")
    values: dict[str, bytes] = {}
    for pair in header.split(","):
        key, _, encoded = pair.strip(" ").partition(" ")
        if not key or not key.isascii() or not key.isprintable() or key in values:
            raise Problem("tus.metadata_invalid")
        value = _base64(encoded)
        if value is None:
            raise Problem("tus.metadata_invalid", key=key)
        values[key] = value
    return values


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        # Also text that is not ASCII, which is no binascii.Error.
        return None


@dataclass(frozen=True, slots=True)
class Promise:
    """What a client says of the photo before sending it; everything is optional."""

    photo_id: UUID | None
    sha256: bytes | None
    filename: str | None


def promise(metadata: dict[str, bytes]) -> Promise:
    """Our own metadata: `photo_id` (UUID), `sha256` (hex), `filename`. Unknown keys are kept and not understood.

    A name that is no UTF-8 is read as well as it can be: a photo is not refused for its name.
    """
    try:
        photo_id = UUID(metadata["photo_id"].decode("ascii")) if metadata.get("photo_id") else None
    except ValueError as error:
        raise Problem("tus.metadata_invalid", key="photo_id") from error
    sha256 = metadata.get("sha256")
    if sha256 and _SHA256_HEX.fullmatch(sha256) is None:
        raise Problem("tus.metadata_invalid", key="sha256")
    name = metadata.get("filename", b"").decode(errors="replace")
    filename = "".join(letter for letter in name if letter.isprintable())[:255]
    return Promise(photo_id, bytes.fromhex(sha256.decode()) if sha256 else None, filename or None)


def upload_checksum(header: str) -> tuple[str, bytes]:
    """The algorithm, by its hashlib name, and the digest. "The header MUST consist of the name of the used checksum
    algorithm and the Base64 encoded checksum separated by a space", "The Server MUST support at least the SHA1 checksum
    algorithm identified by sha1"; "the Server MAY respond with [...] 400 Bad Request if the checksum algorithm is not
    supported by the server", and so for a checksum that this algorithm cannot give.
    """
    algorithm, _, encoded = header.strip(" ").partition(" ")
    digest = _base64(encoded)
    if digest is None or len(digest) != _DIGEST_BYTES.get(algorithm):
        raise Problem("tus.checksum_algorithm_unsupported")
    return algorithm, digest


def http_date(instant: datetime) -> str:
    """Upload-Expires: "The value of the Upload-Expires header MUST be in RFC 7231 datetime format"."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)
