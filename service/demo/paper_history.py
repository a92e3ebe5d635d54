"""Plays the visits and the notices through the same workflows that the API calls."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from schemas.hazard_actions import ActionBody
from schemas.notices import NoticeIssue, NoticeOfficer
from schemas.visits import VisitReport
from service.demo import dates, places
from service.demo.chronicle import Deed
from service.demo.hazard_history import MOVED_ON as HAZARD_MOVED_ON
from service.demo.hazard_history import SENT_AFTER
from service.demo.hazard_stories import story_id
from service.demo.paper_stories import NoticeStep, NoticeStory, VisitStory, visit_id
from service.demo.papers import Papers
from service.demo.people import People
from service.demo.stories import AGREED
from service.demo.timeline import Timeline
from service.domain.notices import RULES
from service.problems import Problem
from service.repositories import notices as notice_records
from service.repositories import visits as visit_records
from service.workflows import notices, visits
from service.workflows.context import Context

MOVED_ON = HAZARD_MOVED_ON | {
    "notice.content_differs",
    "notice.not_found",
    "notice.recorded_already",
    "notice.version_stale",
    "visit.content_differs",
}


def certificate(account: str) -> str:
    """The invented number of an officer's certificate."""
    return f"演示-{account}"


class PaperHistory:
    """Visits and notices have ids of their own, so that playing them again changes nothing."""

    def __init__(self, context: Context, people: People, papers: Papers, timeline: Timeline) -> None:
        self._context = context
        self._people = people
        self._papers = papers
        self._timeline = timeline
        self._theirs: set[str] = set()

    async def is_recorded(self, story: VisitStory) -> bool:
        """Whether the visit is there."""
        async with self._context.database.connection() as connection:
            return await visit_records.by_id(connection, visit_id(self._timeline, story.name)) is not None

    async def is_issued(self, story: NoticeStory) -> bool:
        """Whether the notice has come at least as far as its story."""
        async with self._context.database.connection() as connection:
            notice = await notice_records.by_id(connection, self._notice_id(story))
        return notice is not None and notice.version > len(story.steps)

    def visit(self, story: VisitStory) -> Deed:
        """The visit, sent when it has ended."""
        at = self._timeline.at(story.ended) + SENT_AFTER
        return Deed(at, partial(self._unless_theirs, story.name, partial(self._record, story)))

    def deeds(self, story: NoticeStory) -> Iterator[Deed]:
        """The issue of a notice and what became of it."""
        issue = partial(self._issue, story)
        yield Deed(self._timeline.at(story.issued), partial(self._unless_theirs, story.name, issue))
        for number, step in enumerate(story.steps, start=1):
            take = partial(self._take, story, step, number)
            yield Deed(self._timeline.at(step.when), partial(self._unless_theirs, story.name, take))

    async def _unless_theirs(self, name: str, take: partial[Any]) -> None:
        if name in self._theirs:
            return
        try:
            await take()
        except Problem as problem:
            if problem.code not in MOVED_ON:
                raise
            self._theirs.add(name)

    async def _record(self, story: VisitStory) -> None:
        ended = self._timeline.at(story.ended)
        token = None
        if story.checkpoint is not None:
            token = await places.token(self._context, self._timeline, story.premises, story.checkpoint)
        report = VisitReport(
            result=story.result,
            place=story.place,
            started_at=self._timeline.at(story.started),
            ended_at=ended,
            device_time=ended + SENT_AFTER,
            premises_id=places.premises_id(self._timeline, story.premises),
            checkpoint=token,
            second_officer=story.second,
            certificate=certificate(story.by),
            second_certificate=None if story.second is None else certificate(story.second),
            remarks=story.remarks,
        )
        await visits.record(
            self._context,
            await self._people.actor(story.by),
            visit_id=visit_id(self._timeline, story.name),
            report=report,
            now=ended + SENT_AFTER,
            language="zh-CN",
            demo=True,
        )

    async def _issue(self, story: NoticeStory) -> None:
        at = self._timeline.at(story.issued)
        signing = (f"inspector{story.end}", "officer") if story.kind == "order" else ()
        fields: dict[str, Any] = {
            "kind": story.kind,
            "owner": f"owner{story.end}",
            "hazards": [story_id(self._timeline, name) for name in story.hazards],
            "officers": [NoticeOfficer(account=account, certificate=certificate(account)) for account in signing],
            "requirements": story.requirements,
        }
        if story.due is not None:
            fields |= {"due_at": self._timeline.at(story.due), "due_reason": AGREED}
        actor = await self._people.actor(f"desk{story.end}")

        async def issue(given: dict[str, Any]) -> None:
            await notices.issue(
                self._context,
                actor,
                notice_id=self._notice_id(story),
                issue=NoticeIssue(**given),
                now=at,
                language="zh-CN",
                demo=True,
            )

        await dates.take(issue, fields, at)

    async def _take(self, story: NoticeStory, step: NoticeStep, number: int) -> None:
        actor = await self._people.actor(step.by)
        fields = await self._fields(story, step, number)
        at = self._timeline.at(step.when)

        async def act(given: dict[str, Any]) -> None:
            body: ActionBody = msgspec.convert(given, RULES[step.action].body)
            await notices.act(
                self._context,
                actor,
                notice_id=self._notice_id(story),
                action=step.action,
                body=body,
                if_match=f'"{number}"',
                now=at,
                language="zh-CN",
            )

        if step.action in dates.DATED:
            await dates.take(act, fields, at)
        else:
            await act(fields)

    async def _fields(self, story: NoticeStory, step: NoticeStep, number: int) -> dict[str, Any]:
        fields = {"action_id": self._timeline.identifier(f"{story.name} step {number}", step.when), **step.fields}
        fields |= {name: self._timeline.at(moment) for name, moment in step.moments.items()}
        if step.paper is not None:
            name = f"{story.name} {number}"
            fields["attachments"] = [await self._papers.reference(name, step.paper, step.by, step.when)]
        return fields

    def _notice_id(self, story: NoticeStory) -> UUID:
        return self._timeline.identifier(f"notice {story.name}", story.issued)
