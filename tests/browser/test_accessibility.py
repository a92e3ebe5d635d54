"""axe-core looks at the pages for people with other eyes, hands and screens: nothing serious is left."""

from functools import cache

import pytest
from playwright.sync_api import Browser

from tests import node_clients
from tests.browser.conftest import Site
from tests.browser.desk_world import DESK, PHONE, Desk, Visitor, visiting
from tests.hazard_factory import Json
from tests.scripted_examiner import FACE, PLATE, SIGN, ScriptedExaminer
from tests.scripted_examiner import PHONE as TELEPHONE

SCREENS = pytest.mark.parametrize("width", [PHONE, DESK])
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def axe() -> str:
    """The script of the locked npm package."""
    node_clients.install()
    return (node_clients.CLIENTS / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def faults(visitor: Visitor) -> list[str]:
    """What axe-core calls serious or critical, with the elements."""
    visitor.page.evaluate(axe())
    found = visitor.page.evaluate("rules => axe.run({runOnly: rules}).then(result => result.violations)", RULES)
    assert visitor.page.evaluate("axe.version")
    serious = [item for item in found if item["impact"] in ("serious", "critical")]
    return [
        f"{item['id']}: {node['html'][:160]}"
        for item in serious
        for node in item["nodes"]
        # A box is as small as what it covers, and the list has a line of full size for each (WCAG 2.2, 2.5.8:
        # "Essential", "Equivalent").
        if not (item["id"] == "target-size" and 'class="box' in node["html"])
    ]


def test_axe_finds_what_is_wrong(browser: Browser, desk: Desk) -> None:
    with visiting(browser, desk, None) as visitor:
        visitor.open("/desk/sign-in")
        visitor.page.evaluate(
            "document.querySelector('label').replaceWith(document.querySelector('input[name=account]'))"
        )
        assert any(fault.startswith("label") for fault in faults(visitor))


@pytest.fixture(scope="module")
def reviewed(desk: Desk) -> Json:
    """A draft with everything on its page: boxes, findings of the gate, marked texts, things to be done."""
    case = desk.draft(201)
    desk.work(ScriptedExaminer(in_photos=[FACE, PLATE, SIGN, TELEPHONE]))
    desk.mask(case)
    desk.work(ScriptedExaminer(in_finished=[FACE, PLATE]))
    desk.photographed(202)
    return case


@SCREENS
@LANGUAGES
def test_the_desk_has_no_serious_fault(browser: Browser, desk: Desk, reviewed: Json, width: int, language: str) -> None:
    with visiting(browser, desk, "editor", width=width, language=language) as visitor:
        for path in (
            "/desk/sign-in",
            "/desk/cases",
            "/desk/cases/new",
            f"/desk/cases/{reviewed['id']}",
            "/desk/cases/none",
        ):
            visitor.open(path)
            if path.endswith(reviewed["id"]):
                visitor.page.fill("[name='chinese.found']", "王经理没有清理楼梯。")
                visitor.page.wait_for_selector("[data-found='chinese.found'] mark")
                visitor.page.locator("summary").first.click()
            assert faults(visitor) == [], path
            assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


TARGETS = """
least => [...document.querySelectorAll("a, button, summary, select, textarea, input:not([type=hidden])")]
  .filter(element => element.checkVisibility() && !element.matches(".box, .skip, .slider-range, .card h2 a"))
  .map(element => [element.closest("label") || element, element])
  .filter(([target]) => target.getBoundingClientRect().height < least && target.getBoundingClientRect().height > 0)
  .map(([target, element]) => `${target.getBoundingClientRect().height} px: ${element.outerHTML.slice(0, 90)}`)
"""
"""What can be pressed and is lower than that; a box to tick is as high as its line."""


@SCREENS
def test_everything_that_is_pressed_is_high_enough_for_a_finger_or_a_mouse(
    browser: Browser, desk: Desk, site: Site, reviewed: Json, width: int
) -> None:
    least = 44 if width == PHONE else 24
    at_desk = ("/desk/cases", "/desk/cases/new", f"/desk/cases/{reviewed['id']}", "/desk/cases/none")
    public = ("/", "/cases", "/cases?category=Z99", site.illustrated["address"], "/cases/objections")
    for place, account, paths in ((desk, "editor", at_desk), (Desk.of(site.url), None, public)):
        with visiting(browser, place, account, width=width) as visitor:
            for path in paths:
                visitor.open(path)
                assert visitor.page.evaluate(TARGETS, least) == [], path


COVERED = """
() => [...document.querySelectorAll(".masthead a, .masthead button")]
  .filter(element => element.checkVisibility())
  .filter(element => {
    const {left, top, width, height} = element.getBoundingClientRect();
    return !element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  })
  .map(element => element.outerHTML)
"""
"""What of the bar lies under something else."""


@SCREENS
@LANGUAGES
@pytest.mark.parametrize("account", ["editor", "publisher"])
def test_nothing_in_the_bar_lies_over_something_else(
    browser: Browser, desk: Desk, width: int, language: str, account: str
) -> None:
    with visiting(browser, desk, account, width=width, language=language) as visitor:
        visitor.open("/desk/cases")
        assert visitor.page.evaluate(COVERED) == []


@SCREENS
@LANGUAGES
def test_the_public_pages_have_no_serious_fault(browser: Browser, site: Site, width: int, language: str) -> None:
    desk = Desk.of(site.url)
    with visiting(browser, desk, None, width=width, language=language) as visitor:
        objecting = f"/cases/objections?case={site.illustrated['address'].rpartition('/')[2]}"
        for path in ("/", "/cases", site.illustrated["address"], objecting, site.retracted_address):
            visitor.open(path)
            assert faults(visitor) == [], path
