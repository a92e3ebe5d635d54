"""The desk: pages for people who are signed in with a browser."""

from litestar import Router, get
from litestar.di import Provide
from litestar.response import Redirect

from service.problems import Problem
from service.routes.desk import case_files, case_list, cases, drafting, exporting, sessions
from service.routes.desk.pages import on_problem
from service.routes.desk.visiting import CASES, DESK, NobodySignedIn, provide_desk, provide_visitor, to_sign_in
from service.routes.html import read_as
from service.web.pages import Pages


@get("/", status_code=303)
async def enter() -> Redirect:
    """The door: to the cases."""
    return Redirect(CASES, status_code=303)


def desk_router(pages: Pages) -> Router:
    """Everything below /desk."""
    return Router(
        DESK,
        route_handlers=[
            enter,
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
            cases.act,
            case_files.progress,
            case_files.scan,
            case_files.show_original,
            case_files.show_finished,
            case_files.show_thumbnail,
        ],
        dependencies={
            "pages": Provide(lambda: pages, sync_to_thread=False),
            "reading": Provide(read_as, sync_to_thread=False),
            "visitor": Provide(provide_visitor),
            "desk": Provide(provide_desk),
            "asked": Provide(exporting.provide_asked, sync_to_thread=False),
        },
        exception_handlers={NobodySignedIn: to_sign_in, Problem: on_problem},
        include_in_schema=False,
    )
