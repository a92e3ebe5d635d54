"""Whether this process lives, whether it can do its work, and the figures by which it is watched."""

from typing import Literal

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec

from schemas.base import Answer
from service.problems import Problem
from service.routes.dependencies import AnyRequest
from service.routes.openapi import answers
from service.telemetry.access import may_read
from service.workflows import health
from service.workflows.context import Context
from service.workflows.measurements import CONTENT_TYPE


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


@get(
    "/metrics",
    summary="Figures for Prometheus",
    responses=answers("metrics.token_required", signed_in=False),
    media_type=MediaType.TEXT,
    security=[{"metrics": []}],
    opt={"quiet": True},
)
async def read_metrics(request: AnyRequest) -> Response[bytes]:
    """For who sends CLEARWAY_METRICS_TOKEN as Bearer token; without that setting for nobody.

    Text, version 0.0.4 of Prometheus' exposition format. docs/operations.md says what to alarm on.
    """
    if not may_read(request.headers.get("authorization", ""), request.app.state.metrics_token):
        raise Problem("metrics.token_required", headers={"WWW-Authenticate": "Bearer"})
    page: bytes = await request.app.state.measurements.page()
    return Response(page, media_type=CONTENT_TYPE)


router = Router("/", route_handlers=[live, ready, read_metrics], tags=["Operations"])
