"""What every handler may ask for by name: context, actor, now, language."""

from datetime import datetime
from typing import Any

from litestar import Request
from litestar.di import NamedDependency, Provide

from service import i18n
from service.auth import authenticate
from service.clock import utc_now
from service.domain.permissions import Actor
from service.workflows.context import Context

AnyRequest = Request[Any, Any, Any]


def provide_context(request: AnyRequest) -> Context:
    """The house's parts."""
    context: Context = request.app.state.context
    return context


async def provide_actor(request: AnyRequest, context: NamedDependency[Context]) -> Actor:
    """The signed-in person; 401 `session.required` for nobody."""
    return await authenticate(request, context)


def provide_now() -> datetime:
    """The server's time when the request began to be served, UTC."""
    return utc_now()


def provide_language(request: AnyRequest) -> i18n.Language:
    """The language of Accept-Language, Chinese when it names neither of ours."""
    return i18n.negotiate(request.headers.get("accept-language"))


DEPENDENCIES = {
    "context": Provide(provide_context, sync_to_thread=False),
    "actor": Provide(provide_actor),
    "now": Provide(provide_now, sync_to_thread=False),
    "language": Provide(provide_language, sync_to_thread=False),
}
