"""What schemathesis cannot know by itself; it loads this file."""

from typing import Any

import schemathesis


@schemathesis.deserializer("application/octet-stream", "application/pdf", "image/*", "text/html")
def read_bytes(_context: Any, response: Any) -> str:
    """Files and pages are what they are."""
    return str(response.content, "latin-1")


@schemathesis.serializer("application/offset+octet-stream")
def write_bytes(_context: Any, value: Any) -> Any:
    """A piece of a photo."""
    return bytes(value) if isinstance(value, bytes) else str(value).encode()
