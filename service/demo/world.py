"""Builds the demo world through the running server, and completes one that was interrupted."""

from collections.abc import Callable
from datetime import datetime

from service.demo import accounts, chronicle, places
from service.demo.accounts import ACCOUNTS
from service.demo.album import Album
from service.demo.case_history import CaseHistory, DemoError
from service.demo.case_stories import CASES
from service.demo.hazard_history import HazardHistory
from service.demo.hazard_stories import STORIES
from service.demo.paper_history import PaperHistory
from service.demo.paper_stories import NOTICES, VISITS
from service.demo.papers import Papers
from service.demo.people import People
from service.demo.stories import shots_of
from service.demo.timeline import Timeline
from service.workflows.context import Context

__all__ = ["ACCOUNTS", "DemoError", "build"]


async def build(context: Context, base_url: str, password: str, report: Callable[[str], None], now: datetime) -> None:
    """Makes people, places, visits, hazards with photos, notices and cases; what is there already stays as it is.

    `base_url` is where the server answers, `password` the one of every demo account, `report` gets a line of progress
    at a time. A worker must be running: it bakes the pictures of the cases. Raises DemoError when it does not.

    Times count back from the day of the first start, ids come from names, and every action has an id of its own, so a
    second start, or one after a kill in the middle, completes the same world instead of making another.
    """
    built_at = await accounts.move_in(context, password, now)
    if not await accounts.has_password(context, password):
        await accounts.set_passwords(context, password, now)
    timeline = Timeline(built_at)
    await places.settle(context, timeline)
    people = People(context, base_url)
    try:
        await _tell(context, people, timeline, report)
    finally:
        await people.sign_out()


async def _tell(context: Context, people: People, timeline: Timeline, report: Callable[[str], None]) -> None:
    album = Album(context, people, timeline, report)
    hazards = HazardHistory(context, people, album, timeline)
    papers = PaperHistory(context, people, Papers(context, people, timeline), timeline)
    cases = CaseHistory(context, people, timeline)
    untold = [story for story in STORIES if not await hazards.is_told(story)]
    deeds = [deed for story in untold for deed in hazards.deeds(story)]
    deeds += [papers.visit(story) for story in VISITS if not await papers.is_recorded(story)]
    deeds += [deed for story in NOTICES if not await papers.is_issued(story) for deed in papers.deeds(story)]
    unwritten = [case for case in CASES if not await cases.is_told(case)]
    if not deeds and not unwritten:
        return
    try:
        if untold:
            report("drawing places and sending their photos ...")
        shots = [shot for story in untold for shot in shots_of(story)]
        # In the order in which they are waited for.
        await album.begin(sorted(shots, key=lambda shot: timeline.at(shot.when)))
        await chronicle.play(deeds)
        if unwritten:
            report("masking the pictures of the cases ...")
        for case in unwritten:
            await cases.tell(case)
    finally:
        await album.close()
    report(
        f"{len(STORIES)} hazards, {len(VISITS)} visits, {len(NOTICES)} notices, {len(places.SITES)} premises "
        f"and {len(CASES)} cases are there"
    )
