"""A phone that comes back by way of another replica.

Its dead connection may still be open there, with bytes that nobody has confirmed. Without being asked, that replica
confirms them when the silence has lasted for a while, and meanwhile the phone has begun to send them again, all for
nothing. So whoever is asked for an offset first asks the other replicas to confirm what they hold, as it does with its
own requests. It is a courtesy: offsets are right without it, because a row decides who of two was first.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

from service.channel import Channel
from service.database import UNAVAILABLE, Database
from service.repositories import replicas
from service.repositories.replicas import Answer
from service.workflows.flights import RELEASE_SECONDS, Flights

logger = logging.getLogger("clearway.takeovers")

ANSWER_SECONDS = 1.0
"""How long a replica may take to say whether it holds anything: one that hangs keeps no phone waiting for longer."""


@dataclass(slots=True)
class _Question:
    answered: int = 0
    holding: int = 0
    was_held: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, told: str) -> None:
        if told == "landed":
            self.holding -= 1
        else:
            self.answered += 1
        if told == "holding":
            self.holding += 1
            self.was_held = True
        self.changed.set()

    async def until(self, holds: Callable[[], bool], seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not holds():
                    self.changed.clear()
                    await self.changed.wait()


class Takeovers:
    """This replica among the others."""

    def __init__(self, database: Database, flights: Flights) -> None:
        self._database = database
        self._flights = flights
        self._name = secrets.token_hex(8)
        self._channel: Channel | None = None
        self._questions: dict[str, _Question] = {}
        self._answering: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def taking_part(self, database_url: str) -> AsyncIterator[Channel]:
        """Answers the others, and asks them, for as long as the block runs."""
        hear = {replicas.QUESTIONS: self._hear_question, replicas.answers_to(self._name): self._hear_answer}
        async with Channel(database_url, hear) as self._channel:
            try:
                yield self._channel
            finally:
                for task in self._answering:
                    task.cancel()

    async def until_heard(self) -> None:
        """Returns when this replica hears the others."""
        assert self._channel is not None, "this replica takes no part"
        await self._channel.wait_until_open()

    async def release(self, upload_id: UUID) -> bool:
        """Has every other replica confirm what it holds of an upload, and returns when each has, if any did."""
        if self._channel is None or not self._channel.is_open:
            return False
        name, question = secrets.token_hex(8), _Question()
        self._questions[name] = question
        try:
            async with self._database.connection() as connection:
                others = await replicas.ask(connection, replica=self._name, question=name, upload_id=upload_id)
            # A phone has one dead connection, as a rule: where it is found, the other replicas need not be heard.
            await question.until(lambda: question.was_held or question.answered >= others, ANSWER_SECONDS)
            await question.until(lambda: question.holding <= 0, RELEASE_SECONDS)
        finally:
            del self._questions[name]
        return question.was_held

    def _hear_answer(self, text: str) -> None:
        name, _, told = text.partition(" ")
        if (question := self._questions.get(name)) is not None:
            question.take(told)

    def _hear_question(self, text: str) -> None:
        replica, question, upload_id = text.split(" ")
        if replica != self._name:
            task = asyncio.create_task(self._answer(replica, question, UUID(upload_id)))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, replica: str, question: str, upload_id: UUID) -> None:
        async def say(told: Answer) -> None:
            async with self._database.connection() as connection:
                await replicas.answer(connection, replica=replica, question=question, told=told)

        try:
            if not self._flights.holds(upload_id):
                await say("none")
                return
            await say("holding")
            await self._flights.release(upload_id)
            await say("landed")
        except UNAVAILABLE as error:
            # Whoever asked goes on without the answer.
            logger.warning("replica not answered", extra={"fields": {"error": type(error).__name__}})
