"""What a visitor meets before signing in: the front page, style sheets, the API reader; and the published cases."""

from pathlib import Path
from typing import Final

import swagger_ui_bundle
from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import File

from service.routes import public_feeds, published_cases
from service.routes.dependencies import AnyRequest
from service.routes.html import HEADERS, IMMUTABLE, page_answer, read_as, tagged
from service.web.pages import READER_POLICY, Pages, Reading, static_file
from service.workflows import accounts
from service.workflows.context import Context

READER_FILES: Final = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}


@get("/", include_in_schema=False)
async def show_home(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    is_demo: NamedDependency[bool],
) -> Response[bytes]:
    """What this is, where to click and, in a demonstration, which accounts exist; never a password."""
    people = await accounts.demo_accounts(context) if is_demo else {}
    return page_answer(request, pages.render("home.html", reading, "/", accounts=people), reading)


@get("/static/{name:str}", include_in_schema=False)
async def show_static_file(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """A style sheet, a script or an icon. Pages name it with a part of its hash, so it may be kept for good."""
    file = static_file(name)
    if file is None:
        raise NotFoundException
    return tagged(request, file.data, file.tag, file.media_type, IMMUTABLE)


@get("/schema/reader", include_in_schema=False)
async def show_reader(
    request: AnyRequest, pages: NamedDependency[Pages], reading: NamedDependency[Reading]
) -> Response[bytes]:
    """The page to read the API and to try it on."""
    body = pages.render("reader.html", reading, "/schema/reader")
    return page_answer(request, body, reading, policy=READER_POLICY)


@get("/schema/reader/{name:str}", include_in_schema=False)
async def show_reader_file(name: FromPath[str]) -> File:
    """The reader's script and style sheet, from an installed package."""
    if name not in READER_FILES:
        raise NotFoundException
    return File(
        path=Path(str(swagger_ui_bundle.swagger_ui_path)) / name,
        media_type=READER_FILES[name],
        content_disposition_type="inline",
        headers={**HEADERS, "Cache-Control": "public, max-age=86400"},
    )


def public_router(pages: Pages, *, is_demo: bool) -> Router:
    """All that needs no session."""
    return Router(
        "/",
        route_handlers=[
            show_home,
            show_static_file,
            show_reader,
            show_reader_file,
            published_cases.router,
            public_feeds.router,
        ],
        dependencies={
            "pages": Provide(lambda: pages, sync_to_thread=False),
            "is_demo": Provide(lambda: is_demo, sync_to_thread=False),
            "reading": Provide(read_as, sync_to_thread=False),
        },
    )
