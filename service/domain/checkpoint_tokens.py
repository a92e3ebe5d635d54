"""What the QR code at a checkpoint says: which checkpoint, which printing, and a signature only the server can make.

`v1.<checkpoint id>.<version>.<signature>`: the id's sixteen bytes in base64url, the version in decimal, and the first
sixteen bytes of HMAC-SHA-256 over everything before the last dot, in base64url. There is one way to write each token:
a text that decodes to the same bytes in another spelling is refused.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

TokenState = Literal["valid", "superseded", "revoked"]

KEY_BYTES: Final = 32
LONGEST: Final = 64
"""Characters; ours have at most 56."""
_SIGNATURE_BYTES: Final = 16
_SHAPE: Final = re.compile(r"v1\.([A-Za-z0-9_-]{22})\.([1-9][0-9]{0,6})\.([A-Za-z0-9_-]{22})", re.ASCII)


@dataclass(frozen=True, slots=True)
class CheckpointToken:
    """What a token says once its signature was found to be ours."""

    checkpoint_id: UUID
    version: int


def write(token: CheckpointToken, key: bytes) -> str:
    """The token's text."""
    signed = f"v1.{_encoded(token.checkpoint_id.bytes)}.{token.version}"
    return f"{signed}.{_signature(signed, key)}"


def read(text: str, key: bytes) -> CheckpointToken | None:
    """What the text says, None for one that was not written with this key, to the letter."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    signed, _, signature = text.rpartition(".")
    if not hmac.compare_digest(signature, _signature(signed, key)):
        return None
    # Signed by us, so written by us: the id has its one spelling.
    return CheckpointToken(UUID(bytes=urlsafe_b64decode(f"{match[1]}==")), int(match[2]))


def state(version: int, *, current: int, revoked: bool) -> TokenState:
    """How good a token of that version is for a checkpoint whose current one may have been withdrawn."""
    if version != current:
        return "superseded"
    return "revoked" if revoked else "valid"


def _signature(signed: str, key: bytes) -> str:
    return _encoded(hmac.digest(key, signed.encode(), sha256)[:_SIGNATURE_BYTES])


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
