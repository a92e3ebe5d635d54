"""The web application: its parts, its routes, its lifetime."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from typing import cast

from litestar import Litestar, Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from service.database import Database
from service.routes import (
    attachments,
    caching,
    calendars,
    case_exports,
    cases,
    catalogue,
    failures,
    hazard_lists,
    hazards,
    methods,
    notices,
    notifications,
    operations,
    photos,
    places,
    sessions,
    statistics,
    uploads,
    visits,
)
from service.routes.bodies import JsonRequest
from service.routes.dependencies import DEPENDENCIES
from service.routes.desk.router import desk_router
from service.routes.middleware import ASGIApp, HeadAsGet, MethodOverride, RequestLog, RouteName
from service.routes.public import public_router
from service.routes.public_answers import PublicAnswers, PublicShortcut
from service.settings import Settings, SettingsError
from service.telemetry import traces, watch
from service.web.pages import Pages
from service.workflows.common_terms import CommonTerms
from service.workflows.context import Cdn, Context, Examines, Limits, WorkerContext
from service.workflows.first_look import looking
from service.workflows.flights import Flights
from service.workflows.hash_turns import HashTurns
from service.workflows.measurements import CONTENT_TYPE, Measurements
from service.workflows.public_version import PublicVersion
from service.workflows.takeovers import Takeovers
from storage import open_store
from storage.observed import ObservedStore

logger = logging.getLogger("clearway.web")

VERSION = "0.3.0"


def limits_of(settings: Settings) -> Limits:
    """The settings that workflows obey, as plain values."""
    return Limits(
        upload_max_bytes=settings.upload_max_bytes,
        upload_expires=timedelta(seconds=settings.upload_expires_seconds),
        disk_floor_bytes=settings.disk_floor_bytes,
        session_idle=timedelta(seconds=settings.session_idle_seconds),
        session_absolute=timedelta(seconds=settings.session_absolute_seconds),
        on_the_spot=timedelta(hours=settings.on_the_spot_hours),
        signed_address=timedelta(seconds=settings.download_seconds) if settings.downloads == "redirect" else None,
    )


@asynccontextmanager
async def open_context(settings: Settings) -> AsyncIterator[Context]:
    """Database, store and limits, open for as long as the context is."""
    database = await Database.connect(
        settings.database_url,
        connections=settings.database_connections,
        statement_seconds=settings.database_statement_seconds,
    )
    try:
        store = ObservedStore(open_store(settings.store_url, settings.s3()), watch.store)
        try:
            flights = Flights()
            yield Context(
                database=database,
                store=store,
                limits=limits_of(settings),
                flights=flights,
                hash_turns=HashTurns(),
                common_terms=CommonTerms(),
                takeovers=Takeovers(database, flights),
                public_version=PublicVersion(),
            )
        finally:
            await store.close()
    finally:
        await database.close()


@contextmanager
def traced(settings: Settings, part: str) -> Iterator[None]:
    """Sends the spans of this process to a collector, where one is set, until the block ends."""
    if not settings.traces_url:
        yield
        return
    traces.begin(
        traces.Tracing(
            settings.traces_url,
            service=f"clearway-{part}",
            version=VERSION,
            replica=settings.name_of_replica(),
            share=settings.traces_share,
        )
    )
    try:
        yield
    finally:
        traces.end()


@asynccontextmanager
async def open_worker_context(settings: Settings) -> AsyncIterator[WorkerContext]:
    """What a worker needs: the same, and subprocesses that decode photos."""
    from service.imaging.sandbox import Sandbox
    from service.imaging.sandbox_wire import Limits as SandboxLimits

    async with (
        open_context(settings) as context,
        Sandbox(settings.imaging_processes, limits=SandboxLimits(pixels=settings.pixel_limit)) as sandbox,
        examining(settings) as examiner,
    ):
        yield WorkerContext(
            database=context.database,
            store=context.store,
            limits=context.limits,
            flights=context.flights,
            hash_turns=context.hash_turns,
            common_terms=context.common_terms,
            takeovers=context.takeovers,
            public_version=context.public_version,
            sandbox=sandbox,
            examiner=examiner,
            cdn=cdn_of(settings),
        )


@asynccontextmanager
async def examining(settings: Settings) -> AsyncIterator[Examines | None]:
    """The detectors, None where they are off or not installed. SettingsError where they are required and missing."""
    from service.imaging.detection.examiner import Examiner
    from service.imaging.detection.parts import missing_parts

    missing = [] if settings.vision == "off" else missing_parts()
    if missing and settings.vision == "required":
        raise SettingsError(
            f"CLEARWAY_VISION=required: {', '.join(missing)} are not installed; make vision installs them"
        )
    if missing or settings.vision == "off":
        yield None
        return
    async with Examiner(settings.vision_processes) as examiner:
        yield examiner


def cdn_of(settings: Settings) -> Cdn | None:
    """What stands between the service and the public, where something does."""
    if not settings.cdn_purge_url:
        return None
    return Cdn(settings.cdn_purge_url, settings.cdn_purge_token, settings.public_base_url.rstrip("/"))


@asynccontextmanager
async def answering(settings: Settings, context: WorkerContext) -> AsyncIterator[int]:
    """What a worker answers over HTTP, where it is to listen; the port, 0 for none. SettingsError without the port."""
    if not settings.worker_port:
        yield 0
        return
    from service.workers.listener import listening

    async with AsyncExitStack() as stack:
        measurements = Measurements(context, VERSION)
        try:
            port = await stack.enter_async_context(
                listening(
                    settings.worker_host, settings.worker_port, measurements.page, CONTENT_TYPE, settings.metrics_token
                )
            )
        except OSError as error:
            raise SettingsError(
                f"CLEARWAY_WORKER_PORT: cannot listen on {settings.worker_host} port {settings.worker_port}: "
                f"{error.strerror}"
            ) from error
        yield port


@asynccontextmanager
async def _open_parts(app: Litestar) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with AsyncExitStack() as stack:
        try:
            context = await stack.enter_async_context(open_context(settings))
            await stack.enter_async_context(context.takeovers.taking_part(settings.database_url))
        except OSError as error:
            # In a line of its own: what the server logs of it is a trace of a framework's insides.
            logger.error("database unavailable", extra={"fields": {"reason": str(error)}})
            raise
        app.state.context = context
        app.state.measurements = Measurements(context, VERSION)
        app.state.public_answers = PublicAnswers(context)
        await stack.enter_async_context(looking(context.store))
        yield


def build_app(settings: Settings) -> Litestar:
    """The routes. Parts are opened when the server starts it and closed when it stops."""
    pages = Pages(settings.public_base_url, settings.objection_contact, settings.objection_days)
    app = Litestar(
        route_handlers=[
            Router(
                "/api/v1",
                route_handlers=[
                    sessions.router,
                    uploads.router,
                    photos.router,
                    attachments.router,
                    hazards.router,
                    hazard_lists.router,
                    visits.router,
                    notices.router,
                    notifications.router,
                    calendars.router,
                    case_exports.router,
                    cases.router,
                    catalogue.router,
                    places.router,
                    statistics.router,
                ],
            ),
            operations.router,
            public_router(pages, is_demo=settings.demo),
            desk_router(pages),
        ],
        dependencies=dict(DEPENDENCIES),
        request_class=JsonRequest,
        exception_handlers=failures.HANDLERS,
        lifespan=[_open_parts],
        before_send=[uploads.say_version, caching.keep_nothing, methods.say_methods],
        openapi_config=openapi(),
        logging_config=None,
    )
    app.state.settings = settings
    app.state.pages = pages
    app.state.trusted_proxies = settings.proxies()
    app.state.metrics_token = settings.metrics_token
    return app


def wrapped(app: Litestar) -> ASGIApp:
    """The application behind its middleware: every request is logged under the method it asked for."""
    return MethodOverride(
        RequestLog(HeadAsGet(RouteName(PublicShortcut(cast(ASGIApp, app), app.state))), app.state.trusted_proxies)
    )


def openapi() -> OpenAPIConfig:
    """The description of the API at /schema."""
    return OpenAPIConfig(
        title="Clearway",
        version=VERSION,
        use_handler_docstrings=True,
        description="Hazard inspection with photo evidence: from a blocked exit to a cleared one, with proof.",
        # The framework answers what is not there with a page of its own; ours are problems.
        openapi_router=Router(
            "/schema", route_handlers=[], include_in_schema=False, after_request=failures.refuse_missing
        ),
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description="POST /api/v1/sessions"),
                "metrics": SecurityScheme(type="http", scheme="bearer", description="CLEARWAY_METRICS_TOKEN"),
            }
        ),
        security=[{"bearer": []}],
    )
