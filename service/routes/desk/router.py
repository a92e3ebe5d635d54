"""The desk: pages for people who are signed in with a browser."""

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from service.problems import Problem
from service.routes.desk import case_files, case_list, cases, drafting, exporting, sessions
from service.routes.desk.pages import on_problem
from service.routes.desk.visiting import (
    CASES,
    DESK,
    Desk,
    NobodySignedIn,
    provide_case_id,
    provide_desk,
    provide_visitor,
    to_sign_in,
)
from service.routes.html import read_as
from service.web.pages import Pages


@get(["/", "/sign-out"], status_code=303)
async def enter() -> Redirect:
    """The door, and the address of a form that was sent: to the cases."""
    return Redirect(CASES, status_code=303)


@get("/{rest:path}")
async def find_nothing(desk: NamedDependency[Desk], rest: FromPath[str]) -> Redirect:
    """An address of the desk that leads nowhere: whoever is signed in is told so as the person that they are."""
    del desk, rest
    raise Problem("request.not_found")


def desk_router(pages: Pages) -> Router:
    """Everything below /desk."""
    return Router(
        DESK,
        route_handlers=[
            enter,
            find_nothing,
            sessions.show_sign_in,
            sessions.sign_in,
            sessions.sign_out,
            case_list.list_cases,
            drafting.choose_hazard,
            drafting.draft,
            exporting.choose_cases,
            exporting.export,
            cases.show_case,
            cases.write_texts,
            cases.assess,
            cases.choose_picture,
            cases.remove_picture,
            cases.mask_picture,
            cases.overrule,
            cases.cover,
            cases.go_back,
            cases.act,
            case_files.progress,
            case_files.scan,
            case_files.show_original,
            case_files.show_finished,
            case_files.show_preview,
            case_files.show_preview_picture,
            case_files.show_thumbnail,
        ],
        dependencies={
            "pages": Provide(lambda: pages, sync_to_thread=False),
            "reading": Provide(read_as, sync_to_thread=False),
            "visitor": Provide(provide_visitor),
            "desk": Provide(provide_desk),
            "case_id": Provide(provide_case_id, sync_to_thread=False),
            "asked": Provide(exporting.provide_asked, sync_to_thread=False),
        },
        exception_handlers={NobodySignedIn: to_sign_in, Problem: on_problem},
        include_in_schema=False,
    )
