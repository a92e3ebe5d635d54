"""What schemathesis cannot know by itself; it loads this file."""

from itertools import cycle
from typing import Any

import schemathesis

TURNS = cycle(("application/json", "application/geo+json"))


@schemathesis.deserializer("application/octet-stream", "application/pdf", "image/*", "text/html")
def read_bytes(_context: Any, response: Any) -> str:
    """Files and pages are what they are."""
    return str(response.content, "latin-1")


@schemathesis.serializer("application/offset+octet-stream")
def write_bytes(_context: Any, value: Any) -> Any:
    """A piece of a photo."""
    return bytes(value) if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Asks for maps in turns with lists."""
    if case.method.upper() == "GET" and case.operation.path in ("/api/v1/hazards", "/api/v1/areas"):
        case.headers = {**(case.headers or {}), "Accept": next(TURNS)}
