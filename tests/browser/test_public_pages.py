"""The public site in a browser: phone and desk, Chinese and English."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from tests.browser.conftest import Site

PHONE, DESK = 390, 1440
SCREENS = pytest.mark.parametrize("width", [PHONE, DESK])
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])


class Visit:
    """A page with everything that went wrong on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._url = url
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", self._note_request)
        page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))

    def _note_console(self, message: ConsoleMessage) -> None:
        # A page that is 404 or 410 on purpose is reported as a failed resource.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:")):
            self.complaints.append(f"elsewhere: {request.url}")

    def open(self, path: str) -> int:
        answer = self.page.goto(self._url + path, wait_until="networkidle")
        assert answer is not None
        return answer.status


@contextmanager
def visit(
    browser: Browser, site: Site, width: int, language: str, *, scripts: bool = True, touch: bool = False
) -> Iterator[Visit]:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale=language, java_script_enabled=scripts, has_touch=touch
    )
    try:
        visit = Visit(context.new_page(), site.url)
        yield visit
        assert visit.complaints == []
    finally:
        context.close()


def columns(page: Page, selector: str) -> int:
    """In how many columns the elements stand."""
    boxes = [element.bounding_box() for element in page.query_selector_all(selector)]
    return len({round(box["x"]) for box in boxes if box is not None})


@SCREENS
@LANGUAGES
def test_every_page_fits_the_screen_and_loads_whole(browser: Browser, site: Site, width: int, language: str) -> None:
    pages = {
        "/": 200,
        "/cases": 200,
        site.illustrated["address"]: 200,
        site.plain["address"]: 200,
        site.retracted_address: 410,
        "/cases/nothing": 404,
    }
    with visit(browser, site, width, language) as visitor:
        for path, status in pages.items():
            assert visitor.open(path) == status
            page = visitor.page
            assert page.get_attribute("html", "lang") == language
            assert page.locator("h1").count() == 1
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, path
            for picture in page.query_selector_all("img"):
                assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth }") > 0
                assert picture.get_attribute("alt")


@SCREENS
def test_without_a_script_before_and_after_stand_side_by_side_or_one_below_the_other(
    browser: Browser, site: Site, width: int
) -> None:
    with visit(browser, site, width, "zh-CN", scripts=False) as visitor:
        visitor.open(site.illustrated["address"])
        assert columns(visitor.page, ".pair-large figure") == (2 if width == DESK else 1)
        captions = visitor.page.locator(".pair-large figcaption").all_inner_texts()
        assert captions == ["整改前", "整改后"]


def shown_before(page: Page) -> float:
    """How much of the picture before is to be seen, in percent."""
    inset: str = page.evaluate("getComputedStyle(document.querySelector('.picture-after')).clipPath")
    return float(inset.split()[-1].rstrip("%)"))


def test_a_slider_compares_before_and_after_by_keyboard(browser: Browser, site: Site) -> None:
    with visit(browser, site, DESK, "en") as visitor:
        visitor.open(site.illustrated["address"])
        page = visitor.page
        slider = page.get_by_role("slider", name="Slide to compare before and after")
        assert shown_before(page) == 50
        slider.focus()
        page.keyboard.press("ArrowRight")
        assert shown_before(page) == 51
        page.keyboard.press("Home")
        assert shown_before(page) == 0
        assert slider.get_attribute("aria-valuetext") == "0 percent before"
        page.keyboard.press("End")
        assert shown_before(page) == 100


@SCREENS
def test_a_slider_compares_before_and_after_by_mouse_and_finger(browser: Browser, site: Site, width: int) -> None:
    with visit(browser, site, width, "zh-CN", touch=width == PHONE) as visitor:
        visitor.open(site.illustrated["address"])
        page = visitor.page
        frame = page.locator(".slider").bounding_box()
        assert frame is not None
        x, y = frame["x"] + frame["width"] * 0.8, frame["y"] + frame["height"] / 2
        if width == PHONE:
            page.touchscreen.tap(x, y)
        else:
            page.mouse.click(x, y)
        assert shown_before(page) == pytest.approx(80, abs=4)
        # Both captions stay readable, whatever the slider says.
        assert page.locator(".slider figcaption").all_inner_texts() == ["整改前", "整改后"]


@SCREENS
def test_a_picture_comes_no_larger_than_the_screen_needs(browser: Browser, site: Site, width: int) -> None:
    with visit(browser, site, width, "zh-CN") as visitor:
        visitor.open("/cases")
        loaded = visitor.page.eval_on_selector_all(".card img", "images => images.map(image => image.currentSrc)")
        assert loaded
        assert all(address.endswith(".webp") for address in loaded)
        if width == PHONE:
            assert all("-480.webp" in address for address in loaded)


def test_a_reader_filters_the_list_without_a_script(browser: Browser, site: Site) -> None:
    with visit(browser, site, PHONE, "en", scripts=False) as visitor:
        page = visitor.page
        visitor.open("/cases?category=A04")
        found = page.locator(".card").count()
        visitor.open("/cases?category=Z99")
        assert page.locator(".card").count() == 0
        assert page.get_by_text("No case fits.").is_visible()
        page.get_by_role("link", name="Clear", exact=True).click()
        assert page.locator(".card").count() == 2 >= found


def test_a_reader_finds_the_case_in_the_list_and_changes_the_language_on_the_way(browser: Browser, site: Site) -> None:
    with visit(browser, site, PHONE, "zh-CN") as visitor:
        page = visitor.page
        visitor.open("/")
        page.get_by_role("link", name="典型案例").first.click()
        page.locator(".card").first.click()
        page.wait_for_url(f"**{site.illustrated['address']}")
        page.get_by_role("link", name="English").click()
        assert page.get_by_role("heading", level=1).inner_text() == (
            "Cartons filled a mall's escape stair; cleared the same day"
        )
        page.get_by_role("link", name="All cases").first.click()
        page.wait_for_url("**/cases?lang=en")
        assert page.locator(".card").count() == 2


def test_the_keyboard_reaches_the_content_first(browser: Browser, site: Site) -> None:
    with visit(browser, site, DESK, "en") as visitor:
        page = visitor.page
        visitor.open(site.illustrated["address"])
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


MEASURED = """
images => images.map(image => {
  const ruler = document.body.appendChild(document.createElement("div"));
  const told = image.sizes.split(/,\\s*(?![^(]*\\))/).map(part => /^(\\(.*?\\))?\\s*(.+)$/.exec(part));
  ruler.style.width = told.find(([, medium]) => !medium || matchMedia(medium).matches)[2];
  const widths = [ruler.getBoundingClientRect().width, image.getBoundingClientRect().width];
  ruler.remove();
  return widths;
})
"""
"""How wide each picture says that it will be, and how wide it is."""


@pytest.mark.parametrize("width", [PHONE, 768, 1024, DESK])
@pytest.mark.parametrize("page", ["case", "list"])
def test_a_picture_says_how_wide_it_will_be(browser: Browser, site: Site, width: int, page: str) -> None:
    with visit(browser, site, width, "zh-CN") as visitor:
        visitor.open("/cases" if page == "list" else site.illustrated["address"])
        measured = visitor.page.eval_on_selector_all("picture img", MEASURED)
        assert len(measured) == 2
        for said, real in measured:
            assert said == pytest.approx(real, rel=0.05)


def test_a_chinese_headline_fills_its_lines(browser: Browser, site: Site) -> None:
    with visit(browser, site, PHONE, "zh-CN") as visitor:
        page = visitor.page
        visitor.open(site.illustrated["address"])
        headline = "占用，" + "居民楼疏散楼梯和安全出口长期堆放大量纸箱" * 2
        lines = page.evaluate(
            """text => {
                 const headline = document.querySelector("h1");
                 headline.textContent = text;
                 const range = document.createRange();
                 range.selectNodeContents(headline);
                 const widths = {};
                 for (const {top, width} of range.getClientRects()) widths[Math.round(top)] = width;
                 return Object.values(widths).map(width => width / headline.clientWidth);
               }""",
            headline,
        )
        assert len(lines) > 1
        assert all(0.6 < part <= 1 for part in lines), "no line breaks after two characters, none is too long"


@LANGUAGES
def test_a_printed_case_is_one_sheet(browser: Browser, site: Site, language: str) -> None:
    with visit(browser, site, DESK, language) as visitor:
        visitor.open(site.illustrated["address"])
        printed = visitor.page.pdf(format="A4", prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_the_printed_case_carries_the_text_and_no_menu(browser: Browser, site: Site) -> None:
    with visit(browser, site, DESK, "zh-CN") as visitor:
        page = visitor.page
        visitor.open(site.illustrated["address"])
        page.emulate_media(media="print")
        assert not page.locator(".menu").is_visible()
        assert page.locator(".lesson").is_visible()
        assert (page.pdf()).startswith(b"%PDF")


def test_the_api_reader_shows_every_call_without_help_from_elsewhere(browser: Browser, site: Site) -> None:
    with visit(browser, site, DESK, "en") as visitor:
        page = visitor.page
        visitor.open("/schema/reader")
        page.wait_for_selector(".opblock")
        described = page.evaluate(
            """async () => Object.values((await (await fetch("/schema/openapi.json")).json()).paths)
                 .flatMap(path => Object.keys(path)).length"""
        )
        assert page.locator(".opblock").count() == described
        page.locator(".opblock-summary-control", has_text="Draft a case").click()
        page.wait_for_selector("text=case.hazard_not_closed")
