"""Looking closely on the review page: enlarged pictures, many boxes by keyboard, and what the gate found."""

import pytest
from playwright.sync_api import Browser, Locator, expect

from service.imaging.detection.findings import Found
from tests.browser.desk_world import DESK, PHONE, Desk, Visitor, visiting
from tests.hazard_factory import Json
from tests.scripted_examiner import FACE, PLATE, ScriptedExaminer

SCREENS = pytest.mark.parametrize("width", [PHONE, DESK])


def tiny(number: int) -> Found:
    """One of many small faces, in rows."""
    left, top = 0.05 + number % 10 * 0.09, 0.02 + number // 10 * 0.12
    corners = [(left, top), (left + 0.02, top), (left + 0.02, top + 0.03), (left, top + 0.03)]
    return Found("face", corners, 0.9, "scripted faces")


@pytest.fixture(scope="module")
def crowd(desk: Desk) -> Json:
    """A draft with sixty small faces in its photo and two findings of the gate."""
    case = desk.draft(301)
    desk.work(ScriptedExaminer(in_photos=[tiny(number) for number in range(60)]))
    desk.mask(case)
    desk.work(ScriptedExaminer(in_finished=[FACE, PLATE]))
    return case


def opened(visitor: Visitor, case: Json) -> Visitor:
    visitor.open(f"/desk/cases/{case['id']}")
    return visitor


def wide(place: Locator) -> float:
    frame = place.bounding_box()
    assert frame is not None
    return frame["width"]


@pytest.mark.parametrize("pane", [".original", ".finished"])
def test_a_picture_is_enlarged_by_mouse_and_keyboard_and_put_back(
    browser: Browser, desk: Desk, crowd: Json, pane: str
) -> None:
    with visiting(browser, desk, "editor") as visitor:
        page = opened(visitor, crowd).page
        stage, before = page.locator(f"{pane} .stage"), wide(page.locator(f"{pane} .stage"))
        page.locator(f"{pane} [data-enlarge]").press("Enter")
        whole = wide(stage)
        assert whole > before
        frame = page.locator(f"{pane} .enlarged-view").bounding_box()
        assert frame is not None
        page.mouse.move(frame["x"] + frame["width"] * 0.4, frame["y"] + frame["height"] * 0.4)
        page.mouse.wheel(0, -600)
        page.wait_for_function("([pane, whole]) => document.querySelector(`${pane} .stage`).clientWidth > whole * 2",
                               arg=[pane, whole])  # fmt: skip
        page.keyboard.press("0")
        assert wide(stage) == pytest.approx(whole, abs=2)
        page.keyboard.press("+")
        assert wide(stage) == pytest.approx(whole * 1.5, abs=2)
        page.keyboard.press("Escape")
        expect(page.locator(f"{pane} [data-enlarge]")).to_be_focused()
        assert wide(stage) == pytest.approx(before, abs=2)


def test_two_fingers_enlarge_a_picture(browser: Browser, desk: Desk, crowd: Json) -> None:
    with visiting(browser, desk, "editor", width=PHONE) as visitor:
        page = opened(visitor, crowd).page
        page.locator(".finished .stage").tap()
        whole = wide(page.locator(".finished .stage"))
        frame = page.locator(".finished .enlarged-view").bounding_box()
        assert frame is not None
        x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
        session = page.context.new_cdp_session(page)
        for kind, apart in (("touchStart", 20), ("touchMove", 40), ("touchMove", 80), ("touchEnd", 0)):
            points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}] if apart else []
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        assert wide(page.locator(".finished .stage")) == pytest.approx(whole * 4, rel=0.1)
        page.get_by_role("button", name="关闭").tap()
        assert page.locator("dialog[open]").count() == 0


def test_what_is_drawn_enlarged_is_masked_where_it_was_seen(browser: Browser, desk: Desk, crowd: Json) -> None:
    with visiting(browser, desk, "editor") as visitor:
        page = opened(visitor, crowd).page
        known = len(visitor.masks())
        page.locator(".original [data-enlarge]").click()
        page.keyboard.press("+")
        page.keyboard.press("+")
        page.locator(".enlarged [data-add]").click()
        added = visitor.masks()[-1]
        assert len(visitor.masks()) == known + 1
        (left, top), (right, bottom) = added["points"]
        assert (left + right) / 2 == pytest.approx(0.5, abs=0.05)
        assert right - left < 0.15, "a fifth of what is to be seen, not of the picture"
        assert 0 < top < bottom < 1


def test_numbers_stand_outside_their_boxes_and_those_of_small_ones_wait(
    browser: Browser, desk: Desk, crowd: Json
) -> None:
    with visiting(browser, desk, "editor") as visitor:
        page = opened(visitor, crowd).page
        assert page.locator(".box.small").count() > 50
        assert page.locator(".box.small:not(.selected) .box-number >> visible=true").count() == 0
        small = page.locator(".box.small").nth(20)
        small.focus()
        expect(small.locator(".box-number")).to_be_visible()
        for box in (small, page.locator(".box:not(.small)").first):
            box.focus()
            over, label = box.bounding_box(), box.locator(".box-number").bounding_box()
            assert over is not None
            assert label is not None
            assert label["y"] + label["height"] <= over["y"] + 1 or label["y"] >= over["y"] + over["height"] - 1


def test_sixty_boxes_are_two_stops_of_the_tab_key(browser: Browser, desk: Desk, crowd: Json) -> None:
    with visiting(browser, desk, "editor") as visitor:
        page = opened(visitor, crowd).page
        page.locator("#content").focus()
        stops = 0
        while page.evaluate("document.activeElement.id") != "keep-1":
            page.keyboard.press("Tab")
            stops += 1
            assert stops < 40
        line = page.locator("[data-shapes] input[tabindex='0']")
        assert line.count() == 1
        line.focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowUp")
        lines = page.locator("[data-shapes] li:not([hidden]) input")
        expect(lines.nth(lines.count() - 2)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".box:focus")).to_have_attribute("aria-label", f"{lines.count() - 1} 人脸")
        page.keyboard.press("PageDown")
        expect(page.locator(".box:focus")).to_have_attribute("aria-label", f"{lines.count()} 人脸")


def test_a_page_whose_preview_cannot_be_loaded_still_works(browser: Browser, desk: Desk, crowd: Json) -> None:
    with visiting(browser, desk, "editor") as visitor:
        visitor.page.route("**/preview?*", lambda route: route.abort())
        page = opened(visitor, crowd).page
        page.fill("[name='chinese.found']", "王经理没有清理楼梯。")
        expect(page.locator("[data-found='chinese.found'] mark")).to_have_text("王经理")


@SCREENS
def test_what_the_gate_found_is_masked_with_one_press(browser: Browser, desk: Desk, width: int) -> None:
    case = desk.draft(302 + width)
    desk.work(ScriptedExaminer())
    desk.mask(case)
    desk.work(ScriptedExaminer(in_finished=[FACE, PLATE]))
    with visiting(browser, desk, "editor", width=width) as visitor:
        page = opened(visitor, case).page
        plate = page.locator(".gate-finding", has_text="车牌")
        plate.get_by_role("button", name="遮盖这一处").click()
        page.wait_for_url("**#picture-1")
        expect(page.locator(".finished .empty")).to_contain_text("正在生成")
        desk.work(ScriptedExaminer(in_finished=[FACE]))
        expect(page.locator(".gate-finding")).to_have_count(1, timeout=10_000)
        expect(page.locator("[data-look=gate]")).to_contain_text("还有 1 处待处理")
    assert desk.read(case)["pictures"][0]["masks"][-1]["subject"] == "plate"


@SCREENS
def test_a_picture_is_taken_out_only_after_a_question(browser: Browser, desk: Desk, width: int) -> None:
    case = desk.draft(310 + width)
    with visiting(browser, desk, "editor", width=width, scripts=False) as visitor:
        page = opened(visitor, case).page
        page.locator(".removing summary").click()
        assert len(desk.read(case)["pictures"]) == 1
        page.get_by_role("button", name="确认去掉这张图片").click()
        page.wait_for_url("**#pictures")
    assert desk.read(case)["pictures"] == []
