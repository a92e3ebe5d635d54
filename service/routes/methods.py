"""What OPTIONS answers: every method of the address."""

from litestar import Litestar
from litestar.enums import HttpMethod, ScopeType
from litestar.types import Message, Scope


async def say_methods(message: Message, scope: Scope) -> None:
    """RFC 9110, 10.2.1: Allow "lists the set of methods advertised as supported by the target resource".

    The framework's own list is made when the first handler of an address is registered, and lacks the later ones.
    """
    if scope["type"] != ScopeType.HTTP or scope["method"] != HttpMethod.OPTIONS:
        return
    if message["type"] != "http.response.start" or message["status"] >= 400:
        return
    allowed = _methods(scope["litestar_app"], scope["path_template"])
    headers = [header for header in message["headers"] if header[0].lower() != b"allow"]
    message["headers"] = [*headers, (b"allow", ", ".join(sorted(allowed)).encode())]


def _methods(app: Litestar, path_template: str) -> set[str]:
    methods: set[str] = set()
    for route in app.routes:
        if route.path_format == path_template:
            methods |= {str(method) for method in getattr(route, "methods", ())}
    # Wherever GET is answered, HEAD is: see `HeadAsGet`.
    return methods | {"HEAD"} if "GET" in methods else methods
