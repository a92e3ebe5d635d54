"""A served desk for browser tests: cases to work on, a worker with detectors that find what a test says, and people."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import httpx
from playwright.sync_api import Browser, ConsoleMessage, Page

from service.settings import Settings
from tests import case_factory as factory
from tests.browser.finishing import Result, finish
from tests.hazard_factory import Json, answered
from tests.people import PASSWORD, token
from tests.scripted_examiner import ScriptedExaminer

PHONE, DESK = 390, 1440


@dataclass(frozen=True, slots=True)
class Desk:
    """The service as a process, and the database and store behind it."""

    url: str
    settings: Settings

    @classmethod
    def of(cls, url: str) -> "Desk":
        """A service of which only the pages are looked at."""
        return cls(url, Settings())

    def photographed(self, seed: int, photo: bytes | None = None) -> factory.Photographed:
        """A closed hazard with a photo of each role, small ones of them made."""

        async def make(client: httpx.AsyncClient) -> factory.Photographed:
            return await factory.photographed_hazard(client, seed, photo=photo)

        made = self._through(make)
        self.work(ScriptedExaminer(), "photo.render")
        return made

    def draft(self, seed: int, *, written: bool = True, photo: bytes | None = None) -> Json:
        """A draft with the hazard's photo from before as picture 1, not yet looked at."""
        made = self.photographed(seed, photo)

        async def make(client: httpx.AsyncClient) -> Json:
            if written:
                case = await factory.written_case(client, made.hazard)
            else:
                case = answered(await factory.send_draft(client, made.hazard))
            return answered(await factory.send_picture(client, case, 1, made.before, "before"))

        return self._through(make)

    def read(self, case: Json) -> Json:
        """The case as the API tells it now."""

        async def make(client: httpx.AsyncClient) -> Json:
            return await factory.read(client, case)

        return self._through(make)

    def mask(self, case: Json) -> None:
        """Somebody masks the first picture: a face and a sign."""

        async def make(client: httpx.AsyncClient) -> Json:
            return answered(await factory.send_masks(client, case, 1))

        self._through(make)

    def write(self, case: Json) -> None:
        """Somebody else writes the texts of the case."""

        async def make(client: httpx.AsyncClient) -> Json:
            now = await factory.read(client, case)
            return answered(await factory.send_texts(client, now))

        self._through(make)

    def _through(self, make: Callable[[httpx.AsyncClient], Awaitable[Result]]) -> Result:
        async def run() -> Result:
            async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
                return await make(client)

        return finish(run())

    def work(self, examiner: ScriptedExaminer, *names: str) -> None:
        """Does the jobs of these names that wait, all of a picture's without names."""

        async def run() -> None:
            async with factory.worker_of(self.settings) as parts:
                for name in names or factory.PICTURE_JOBS:
                    await factory.work_off(self.settings, factory.with_examiner(parts, examiner), name)

        finish(run())

    @contextmanager
    def working(self, examiner: ScriptedExaminer) -> Iterator[threading.Event]:
        """A worker that looks at photos until the event is set; it has begun when the block does."""
        may_go_on = threading.Event()
        examiner.may_go_on = cast(asyncio.Event, _Gate(may_go_on))
        thread = threading.Thread(target=self.work, args=(examiner, "case.examine_picture"))
        thread.start()
        try:
            yield may_go_on
        finally:
            may_go_on.set()
            thread.join()


class _Gate:
    """An event of threads that a coroutine can wait for."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    async def wait(self) -> None:
        await asyncio.to_thread(self._event.wait)


class Visitor:
    """Somebody at a browser of their own. Anything that goes wrong on a page is remembered."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("dialog", lambda dialog: dialog.accept())

    def _note(self, message: ConsoleMessage) -> None:
        # A form that is refused on purpose is reported as a failed resource.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def open(self, path: str) -> None:
        """Goes to a page of the service."""
        self.page.goto(self.url + path, wait_until="load")

    def sign_in(self, account: str) -> None:
        """As a person does."""
        self.open("/desk/sign-in")
        self.page.fill("input[name=account]", account)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url("**/desk/cases*")

    def masks(self) -> list[Json]:
        """What the boxes on the page say, as the form would send it."""
        found: list[Json] = json.loads(
            self.page.evaluate(
                """() => { const editor = clearwayEditors[0], changed = editor.changed; editor.pack();
                   editor.changed = changed; return editor.form.elements.shapes.value }"""
            )
        )
        return found


@contextmanager
def visiting(
    browser: Browser,
    desk: Desk,
    account: str | None,
    *,
    width: int = DESK,
    language: str = "zh-CN",
    scripts: bool = True,
) -> Iterator[Visitor]:
    """A browser at a screen of that width, a phone's with touch; with an account it holds its session already."""
    context = browser.new_context(
        viewport={"width": width, "height": 900 if width > PHONE else 844},
        locale=language,
        has_touch=width <= PHONE,
        is_mobile=width <= PHONE,
        java_script_enabled=scripts,
    )
    if account is not None:
        context.add_cookies([{"name": "clearway", "value": token(account), "url": desk.url, "httpOnly": True}])
    try:
        visitor = Visitor(context.new_page(), desk.url)
        yield visitor
        assert visitor.complaints == []
    finally:
        context.close()
