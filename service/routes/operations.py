"""Whether this process lives and whether it can do its work."""

from typing import Literal

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec

from schemas.base import Answer
from service.workflows import health
from service.workflows.context import Context


class Live(Answer, frozen=True):
    """Answer of `/health/live`."""

    status: Literal["live"] = "live"


@get("/health/live", summary="Is the process alive", security=[{}], opt={"quiet": True})
async def live() -> Live:
    """200 as long as the process answers at all."""
    return Live()


@get(
    "/health/ready",
    summary="Can it accept photos",
    security=[{}],
    responses={
        503: ResponseSpec(health.Readiness, description="Something that intake needs is not there; `checks` says what")
    },
    opt={"quiet": True},
)
async def ready(context: NamedDependency[Context]) -> Response[health.Readiness]:
    """200 when database, schema, store and free space are as needed; 503 names what is not."""
    readiness = await health.check(context)
    return Response(readiness, status_code=200 if readiness.status == "ready" else 503)


router = Router("/", route_handlers=[live, ready], tags=["Operations"])
