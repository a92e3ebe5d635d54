"""The published cases: pages and pictures.

Every answer is `no-cache` with a strong entity tag: a browser or a proxy may keep it but asks before each use, so a
retracted case is gone at once. State comes before the tag: what is retracted is 410 even to who names its tag.
"""

from typing import Annotated, Final

from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from service.problems import Problem
from service.protocols import preconditions
from service.routes.bodies import opened
from service.routes.dependencies import AnyRequest
from service.routes.html import page_answer, page_headers, problem_page
from service.routes.openapi import answers, operation
from service.routes.public_answers import PublicAnswers
from service.routes.public_entries import After, Choice, amended_on, chosen, entry_of, provide_choice, published_on
from service.routes.public_feeds import IF_NONE_MATCH, TAG_HEADER, provide_kept
from service.routes.whole_files import SAFE_TO_OPEN
from service.web.pages import CASE_POLICY, LIST_POLICY, Pages, Reading
from service.workflows import cdn, published_cases
from service.workflows.context import Context

CASES_PER_PAGE: Final = 13
"""One large card and six rows of two."""


def _marked(slugs: list[str]) -> dict[str, str]:
    """By which what stands in between finds the answer again, to forget it."""
    tags = [cdn.tag(slug) for slug in slugs]
    return {"Cache-Tag": ",".join(tags), "Surrogate-Key": " ".join(tags)}


@get(
    "/cases",
    summary="The page of published cases",
    media_type="text/html",
    response_headers=[TAG_HEADER],
    responses=answers("case.not_found", "request.invalid", signed_in=False),
    operation_class=operation(pages=[400, 404], headers=[IF_NONE_MATCH], not_modified=True),
)
async def list_published_cases(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    choice: NamedDependency[Choice],
    kept: NamedDependency[PublicAnswers],
    after: After = None,
) -> Response[bytes]:
    """Newest first, for people; programs read `/cases.json`."""

    async def make() -> tuple[bytes, str, dict[str, str]]:
        cases, older = await chosen(context, choice, after, CASES_PER_PAGE)
        entries = [entry_of(case, reading.language) for case in cases]
        body = pages.render(
            "cases.html",
            reading,
            "/cases",
            keep=choice.query | ({} if after is None else {"after": after}),
            chosen=choice.query,
            facets=await published_cases.facets(context),
            entries=entries,
            older=older,
            first_page=after is None,
            cover=next((entry.pair[-1] for entry in entries if entry.pair), None),
        )
        return body, "text/html", page_headers(reading, LIST_POLICY)

    try:
        return await kept.give(request, make)
    except Problem as problem:
        return problem_page(request, pages, reading, problem)


@get("/cases/objections", include_in_schema=False)
async def show_objections(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    slug: Annotated[str | None, QueryParameter(name="case", max_length=40)] = None,
) -> Response[bytes]:
    """Whom to tell, by when one is answered, and what happens then; of which case, where it was opened from one."""
    entry, standing = None, None
    if slug:
        try:
            entry = entry_of(await published_cases.read(context, slug), reading.language)
        except Problem as problem:
            standing = problem.code.rpartition(".")[2]
    known = slug if entry is not None or standing in ("suspended", "gone") else None
    body = pages.render(
        "objections.html",
        reading,
        "/cases/objections",
        keep={} if known is None else {"case": known},
        entry=entry,
        standing=standing,
        slug=known,
    )
    answer = page_answer(request, body, reading)
    if known is not None:
        answer.headers.update(_marked([known]))
    return answer


@get(
    "/cases/{slug:str}",
    summary="The page of one published case",
    media_type="text/html",
    response_headers=[TAG_HEADER],
    responses=answers("case.gone", "case.not_found", "case.suspended", signed_in=False),
    operation_class=operation(pages=[404, 410], headers=[IF_NONE_MATCH], not_modified=True),
)
async def show_published_case(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    kept: NamedDependency[PublicAnswers],
    slug: FromPath[str],
) -> Response[bytes]:
    """410 after a retraction, 404 for what never was; both are pages too."""

    async def make() -> tuple[bytes, str, dict[str, str]]:
        case = await published_cases.read(context, slug)
        entry = entry_of(case, reading.language)
        body = pages.render(
            "case.html",
            reading,
            f"/cases/{case.slug}",
            entry=entry,
            cover=entry.pair[-1] if entry.pair else None,
            published_on=published_on(case),
            amended_on=amended_on(case),
            slug=case.slug,
        )
        return body, "text/html", page_headers(reading, CASE_POLICY) | _marked([case.slug])

    try:
        return await kept.give(request, make)
    except Problem as problem:
        return problem_page(request, pages, reading, problem)


@get(
    "/cases/pictures/{file:str}",
    summary="A published picture",
    response_headers=[TAG_HEADER],
    responses=answers("case.gone", "case.picture_not_found", "case.suspended", "storage.unavailable", signed_in=False),
    operation_class=operation(headers=[IF_NONE_MATCH], media_types=("image/jpeg", "image/webp"), not_modified=True),
)
async def show_published_picture(
    request: AnyRequest, context: NamedDependency[Context], file: FromPath[str]
) -> Response[bytes] | Stream:
    """A masked picture `<name>.jpg`, narrower or as WebP `<name>-960.webp`, or its share card `<name>-card.jpg`.

    410 after a retraction.
    """
    picture = await published_cases.picture(context, file)
    tag = picture.sha256.hex()
    headers = {
        **SAFE_TO_OPEN,
        "Cache-Control": "no-cache",
        "ETag": preconditions.quoted(tag),
        **_marked([picture.slug]),
    }
    # Chat programs fetch share cards from their own pages.
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if preconditions.weakly_matches(request.headers.get("If-None-Match"), tag):
        return Response(b"", status_code=304, headers=headers)
    headers["Content-Length"] = str(picture.size)
    kind = "image/webp" if file.endswith(".webp") else "image/jpeg"
    return Stream(await opened(context.store.read(picture.object_key)), media_type=kind, headers=headers)


router = Router(
    "/",
    route_handlers=[
        list_published_cases,
        show_objections,
        show_published_case,
        show_published_picture,
    ],
    dependencies={
        "choice": Provide(provide_choice, sync_to_thread=False),
        "kept": Provide(provide_kept, sync_to_thread=False),
    },
    tags=["Public"],
    security=[{}],
)
