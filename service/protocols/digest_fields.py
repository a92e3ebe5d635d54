"""Content-Digest and Repr-Digest (RFC 9530): dictionaries of byte sequences (RFC 8941, 3.2 and 3.3.5)."""

import base64
import binascii
import re
from typing import Final

LENGTHS: Final = {"sha-256": 32, "sha-512": 64}
"""Bytes of a digest by algorithm; RFC 9530, 5 lists the others as insecure."""

_MEMBER = re.compile(r"([a-z*][a-z0-9_.*-]*)(?:=:([A-Za-z0-9+/=]*):)?(?:;[^,;]*)*", re.ASCII)


def parse(header: str) -> dict[str, bytes]:
    """The digests of the algorithms we know; empty when the field is malformed or names none of them.

    RFC 9530, 2: "A recipient MAY ignore any or all digests". RFC 8941, 3.2: of a repeated key the last one counts;
    4.2: "If parsing fails [...] the entire field value MUST be ignored".
    """
    digests: dict[str, bytes] = {}
    for member in header.split(","):
        match = _MEMBER.fullmatch(member.strip(" \t"))
        if match is None:
            return {}
        algorithm, encoded = match[1], match[2]
        if algorithm not in LENGTHS:
            continue
        digest = _decoded(encoded)
        if digest is None or len(digest) != LENGTHS[algorithm]:
            return {}
        digests[algorithm] = digest
    return digests


def _decoded(encoded: str | None) -> bytes | None:
    if encoded is None:
        return None
    try:
        # RFC 8941, 4.2.7: "parsers SHOULD NOT fail when "=" padding is not present".
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error:
        return None


def format_sha256(digest: bytes) -> str:
    """The field value for a SHA-256."""
    return f"sha-256=:{base64.b64encode(digest).decode()}:"
