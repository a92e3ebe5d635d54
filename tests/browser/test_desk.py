"""The review page in a browser: boxes by mouse, keyboard and finger, texts while they are typed, three people."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, expect

from tests.browser.desk_world import DESK, PHONE, Desk, Visitor, visiting
from tests.hazard_factory import Json
from tests.people import PASSWORD
from tests.scripted_examiner import FACE, PLATE, SIGN, ScriptedExaminer
from tests.scripted_examiner import PHONE as TELEPHONE

SCREENS = pytest.mark.parametrize("width", [PHONE, DESK])


@pytest.fixture(scope="module")
def proposed(desk: Desk) -> Json:
    """A written draft with one picture on which detectors have found a face, a plate, a sign and a telephone number."""
    case = desk.draft(101)
    desk.work(ScriptedExaminer(in_photos=[FACE, PLATE, SIGN, TELEPHONE]))
    return case


def box(visitor: Visitor, name: str) -> Locator:
    return visitor.page.locator(f".box[aria-label$='{name}']")


def public_page(visitor: Visitor) -> FrameLocator:
    """What the public will see in Chinese, on the review page."""
    return visitor.page.frame_locator("iframe[data-public=chinese]")


def centre(place: Locator) -> tuple[float, float]:
    place.scroll_into_view_if_needed()
    frame = place.bounding_box()
    assert frame is not None
    return frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2


def drag(visitor: Visitor, start: tuple[float, float], by: tuple[float, float]) -> None:
    mouse = visitor.page.mouse
    mouse.move(*start)
    mouse.down()
    mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2)
    mouse.move(start[0] + by[0], start[1] + by[1])
    mouse.up()


def swipe(visitor: Visitor, start: tuple[float, float], by: tuple[float, float]) -> None:
    """With one finger."""
    session = visitor.page.context.new_cdp_session(visitor.page)
    steps: list[tuple[str, list[dict[str, Any]]]] = [("touchStart", [{"x": start[0], "y": start[1]}])]
    for part in (0.25, 0.5, 0.75, 1):
        steps.append(("touchMove", [{"x": start[0] + by[0] * part, "y": start[1] + by[1] * part}]))
    for kind, points in [*steps, ("touchEnd", [])]:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.detach()


def mask_of(visitor: Visitor, proposal: str | None) -> list[list[float]]:
    [mask] = [mask for mask in visitor.masks() if mask["proposal"] == proposal]
    points: list[list[float]] = mask["points"]
    return points


def test_a_mouse_moves_resizes_draws_and_removes_boxes(browser: Browser, desk: Desk, proposed: Json) -> None:
    with visiting(browser, desk, "editor") as visitor:
        visitor.open(f"/desk/cases/{proposed['id']}")
        assert {mask["proposal"] for mask in visitor.masks()} == {"face-1", "plate-1", "text-2"}, "signs stay"
        frame = visitor.page.locator("[data-stage]").first.bounding_box()
        assert frame is not None
        face = box(visitor, "人脸")
        drag(visitor, centre(face), (frame["width"] * 0.1, 0))
        (left, top), (right, bottom) = mask_of(visitor, "face-1")
        assert (left, right) == pytest.approx((0.5, 0.7), abs=0.01)
        assert (top, bottom) == pytest.approx((0.3, 0.5), abs=0.01)
        drag(visitor, centre(face.locator(".handle-se")), (frame["width"] * 0.05, frame["height"] * 0.1))
        assert mask_of(visitor, "face-1")[1] == pytest.approx([0.75, 0.6], abs=0.01)
        frame = visitor.page.locator("[data-stage]").first.bounding_box()
        assert frame is not None
        drag(visitor, (frame["x"] + frame["width"] * 0.4, frame["y"] + frame["height"] * 0.7), (60, 40))
        assert mask_of(visitor, None)[0] == pytest.approx([0.4, 0.7], abs=0.01)
        visitor.page.click("[data-remove]")
        assert None not in {mask["proposal"] for mask in visitor.masks()}
        visitor.page.click("[data-undo]")
        assert None in {mask["proposal"] for mask in visitor.masks()}


def test_the_keyboard_does_all_that_a_mouse_does(browser: Browser, desk: Desk, proposed: Json) -> None:
    with visiting(browser, desk, "editor") as visitor:
        visitor.open(f"/desk/cases/{proposed['id']}")
        face = box(visitor, "人脸")
        face.focus()
        for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight", "Alt+ArrowLeft"):
            visitor.page.keyboard.press(key)
        assert mask_of(visitor, "face-1") == [
            pytest.approx([0.408, 0.31], abs=0.001),
            pytest.approx([0.618, 0.51], abs=0.001),
        ]
        visitor.page.keyboard.press("Delete")
        assert "face-1" not in {mask["proposal"] for mask in visitor.masks()}
        expect(face).to_have_attribute("aria-pressed", "false")
        visitor.page.keyboard.press("Space")
        assert "face-1" in {mask["proposal"] for mask in visitor.masks()}
        visitor.page.locator("[data-add]").focus()
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.locator(".box:focus")).to_have_attribute("aria-label", re.compile("手工框"))
        assert mask_of(visitor, None)
        visitor.page.keyboard.press("Delete")
        assert None not in {mask["proposal"] for mask in visitor.masks()}


def test_one_click_or_one_key_on_a_line_of_the_list_decides(browser: Browser, desk: Desk, proposed: Json) -> None:
    with visiting(browser, desk, "editor") as visitor:
        visitor.open(f"/desk/cases/{proposed['id']}")
        face = visitor.page.locator("[data-shapes] li", has_text="人脸").locator("input")
        plate = visitor.page.locator("[data-shapes] li", has_text="车牌").locator("input")
        face.click()
        assert {mask["proposal"] for mask in visitor.masks()} == {"plate-1", "text-2"}
        plate.press("Space")
        assert {mask["proposal"] for mask in visitor.masks()} == {"text-2"}
        face.click()
        expect(face).to_be_checked()
        assert {mask["proposal"] for mask in visitor.masks()} == {"face-1", "text-2"}


def test_a_finger_moves_boxes_and_scrolls_beside_them(browser: Browser, desk: Desk, proposed: Json) -> None:
    with visiting(browser, desk, "editor", width=PHONE) as visitor:
        page = visitor.page
        visitor.open(f"/desk/cases/{proposed['id']}")
        frame = page.locator("[data-stage]").first.bounding_box()
        assert frame is not None
        face = box(visitor, "人脸")
        swipe(visitor, centre(face), (0, frame["height"] * 0.1))
        (left, top), _corner = mask_of(visitor, "face-1")
        assert (left, top) == pytest.approx((0.4, 0.4), abs=0.02)
        swipe(visitor, centre(face.locator(".handle-nw")), (-frame["width"] * 0.1, 0))
        assert mask_of(visitor, "face-1")[0] == pytest.approx([0.3, 0.4], abs=0.02)
        before, count = page.evaluate("scrollY"), len(visitor.masks())
        x, y = centre(page.locator("[data-stage]").first)
        swipe(visitor, (x, y + frame["height"] * 0.35), (0, -150))
        page.wait_for_function("before => scrollY !== before", arg=before)
        assert len(visitor.masks()) == count, "a finger on the bare picture draws nothing"
        page.locator("[data-add]").tap()
        assert mask_of(visitor, None)
        for target in ("[data-add]", ".listed > button", ".handle-se >> visible=true"):
            size = page.locator(target).first.bounding_box()
            assert size is not None
            assert min(size["width"], size["height"]) >= 24, f"{target}: WCAG 2.2, 2.5.8"


def test_progress_is_told_and_the_page_shows_what_was_found(browser: Browser, desk: Desk) -> None:
    case = desk.draft(102)
    with visiting(browser, desk, "editor") as visitor:
        visitor.open(f"/desk/cases/{case['id']}")
        page = visitor.page
        expect(page.locator("[data-status]")).to_have_attribute("aria-live", "polite")
        with desk.working(ScriptedExaminer(in_photos=[FACE])) as may_go_on:
            expect(page.locator("[data-look=detection] progress")).to_have_attribute("max", "2", timeout=10_000)
            assert page.locator(".box").count() == 0
            may_go_on.set()
            expect(box(visitor, "人脸")).to_have_count(1, timeout=10_000)


def test_news_waits_for_what_was_typed(browser: Browser, desk: Desk) -> None:
    case = desk.draft(103)
    with visiting(browser, desk, "editor") as visitor:
        visitor.open(f"/desk/cases/{case['id']}")
        page = visitor.page
        page.fill("[name='chinese.lesson']", "我还没写完。")
        desk.work(ScriptedExaminer(in_photos=[FACE]))
        expect(page.locator("[data-status]")).to_contain_text("图片已处理完", timeout=10_000)
        assert page.input_value("[name='chinese.lesson']") == "我还没写完。"


def test_a_text_is_marked_while_it_is_typed_and_generalized_with_one_tap(
    browser: Browser, desk: Desk, proposed: Json
) -> None:
    with visiting(browser, desk, "editor", width=PHONE) as visitor:
        page = visitor.page
        visitor.open(f"/desk/cases/{proposed['id']}")
        page.fill("[name='chinese.found']", "👀3号楼2单元楼梯堆物，王经理电话13900000001。")
        marks = page.locator("[data-found='chinese.found'] mark")
        expect(marks).to_have_text(["3号楼2单元", "王经理", "13900000001"])
        page.locator("[data-found='chinese.found'] li", has_text="王经理").get_by_role("button").tap()
        expect(marks).to_have_text(["3号楼2单元", "13900000001"])
        assert page.input_value("[name='chinese.found']") == "👀3号楼2单元楼梯堆物，有关人员电话13900000001。"
        expect(public_page(visitor).locator(".case-text .found")).to_contain_text("有关人员电话")


def test_what_was_drawn_survives_that_somebody_else_was_faster(browser: Browser, desk: Desk) -> None:
    case = desk.draft(104)
    desk.work(ScriptedExaminer(in_photos=[FACE]))
    with visiting(browser, desk, "editor") as visitor:
        page = visitor.page
        visitor.open(f"/desk/cases/{case['id']}")
        box(visitor, "人脸").focus()
        page.keyboard.press("ArrowRight")
        page.locator("[data-add]").press("Enter")
        drawn = visitor.masks()
        desk.write(case)
        page.get_by_role("button", name="保存遮盖").click()
        expect(page.get_by_role("alert")).to_contain_text("别人刚刚改过这个案例")
        assert visitor.masks() == drawn
        page.get_by_role("button", name="保存遮盖").click()
        page.wait_for_url("**#picture-1")
    assert desk.read(case)["pictures"][0]["masks"] == drawn


@SCREENS
def test_three_people_bring_a_case_to_the_public_and_take_it_back(browser: Browser, desk: Desk, width: int) -> None:
    made = desk.photographed(105 + width)
    examiner = ScriptedExaminer(in_photos=[PLATE], in_finished=[FACE])
    with visiting(browser, desk, None, width=width) as visitor:
        page = visitor.page
        visitor.sign_in("editor")
        page.get_by_role("link", name="起草新案例").click()
        page.fill("[name=q]", made.hazard["number"])
        page.get_by_role("button", name="查找").click()
        page.locator(f"button[aria-label$='{made.hazard['number']}']").click()
        page.locator(".thumbs li", has_text="整改前").get_by_role("button").click()
        page.wait_for_url("**#picture-1")
        address = page.url.split("?")[0].split("#")[0].removeprefix(desk.url)
        desk.work(examiner)
        expect(box(visitor, "车牌")).to_have_count(1, timeout=10_000)
        page.get_by_role("button", name="保存遮盖").click()
        expect(page.locator(".finished .empty")).to_contain_text("正在生成")
        desk.work(examiner)
        reason = page.locator(".overrule input[name=reason]")
        expect(reason).to_have_count(1, timeout=10_000)
        reason.fill("是海报上的卡通脸。")
        page.get_by_role("button", name="放行这一处").click()
        expect(page.locator(".gate-finding.overruled")).to_contain_text("是海报上的卡通脸。")
        write(visitor)
        act(visitor, "提交审核")
        expect(page.locator(".case-title .state").first).to_have_text("一审中")
        assert page.locator("textarea").count() == 0
    for account, action, state in (
        ("reviewer", "审核通过", "二审中"),
        ("approver", "审核通过", "待发布"),
        ("publisher", "发布", "已发布"),
    ):
        with visiting(browser, desk, account, width=width) as visitor:
            visitor.open("/desk/cases")
            visitor.page.locator(f".rows-waiting a[href$='{address}']").click()
            act(visitor, action)
            expect(visitor.page.locator(".case-title .state").first).to_have_text(state)
    with visiting(browser, desk, "publisher", width=width) as visitor:
        visitor.open(address)
        public = visitor.page.get_by_role("link", name="查看公开页面").get_attribute("href")
        act(visitor, "撤回", reason="发布有误。")
        expect(visitor.page.locator(".case-title .state").first).to_have_text("已撤回")
        answer = visitor.page.request.get(f"{desk.url}{public}")
        assert answer.status == 410


def write(visitor: Visitor) -> None:
    """The texts and the assessment, as an editor fills them in."""
    page = visitor.page
    page.select_option("[name=venue_type]", "other")
    page.select_option("[name=place_level]", "city")
    for field, text in (("title", "疏散楼梯堆物，当日清空"), ("found", "楼梯堆放纸箱。"), ("handled", "当日清空。")):
        page.fill(f"[name='chinese.{field}']", text)
    page.fill("[name='chinese.lesson']", "通道就是生命。")
    page.get_by_role("button", name="保存文字").click()
    page.wait_for_url("**#texts")
    for field in ("purpose", "personal_information", "necessity", "risks", "measures"):
        page.fill(f"textarea[name={field}]", "已经评估。")
    page.check("[name=conclusion][value=publish]")
    page.get_by_role("button", name="保存评估").click()
    page.wait_for_url("**#assessment")


def act(visitor: Visitor, name: str, reason: str | None = None) -> None:
    """Opens an action and confirms it."""
    action = visitor.page.locator("details.act", has=visitor.page.locator("summary", has_text=re.compile(f"^{name}$")))
    action.locator("summary").click()
    if reason is not None:
        action.locator("[name=reason]").fill(reason)
    action.get_by_role("button").click()
    visitor.page.wait_for_url("**#state")


def test_what_was_typed_survives_the_end_of_the_session(browser: Browser, desk: Desk) -> None:
    case = desk.draft(107, written=False)
    with visiting(browser, desk, None) as visitor:
        page = visitor.page
        visitor.sign_in("editor")
        visitor.open(f"/desk/cases/{case['id']}")
        page.fill("[name='chinese.lesson']", "通道就是生命。")
        page.context.clear_cookies()
        page.get_by_role("button", name="保存文字").click()
        page.wait_for_url("**/desk/sign-in?next=*")
        page.fill("input[name=account]", "editor")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"**/desk/cases/{case['id']}")
        expect(page.locator("[data-status]")).to_contain_text("已重新填入")
        assert page.input_value("[name='chinese.lesson']") == "通道就是生命。"
        expect(public_page(visitor).locator(".case-text .lesson p")).to_have_text("通道就是生命。")
        page.get_by_role("button", name="保存文字").click()
        page.wait_for_url("**#texts")
        expect(page.locator("[data-status]")).not_to_contain_text("已重新填入")
    assert desk.read(case)["chinese"]["lesson"] == "通道就是生命。"


def test_it_all_works_without_a_script(browser: Browser, desk: Desk) -> None:
    case = desk.draft(106)
    desk.work(ScriptedExaminer(in_photos=[FACE, PLATE]))
    with visiting(browser, desk, "editor", scripts=False) as visitor:
        page = visitor.page
        visitor.open(f"/desk/cases/{case['id']}")
        assert page.locator(".mark").count() == 2
        page.locator("li", has_text="人脸").locator("input").uncheck()
        page.get_by_role("button", name="保存遮盖").click()
        [picture] = desk.read(case)["pictures"]
        assert [mask["proposal"] for mask in picture["masks"]] == ["plate-1"]
        assert page.locator("meta[http-equiv=refresh]").count() == 1
        page.fill("[name='chinese.found']", "王经理没有清理楼梯。")
        page.get_by_role("button", name="保存文字").click()
        expect(page.get_by_role("alert")).to_contain_text("文字中有不能公开的内容")
        page.get_by_role("button", name="用这个").first.click()
        assert page.input_value("[name='chinese.found']") == "有关人员没有清理楼梯。"
        page.get_by_role("button", name="保存文字").click()
        assert desk.read(case)["chinese"]["found"] == "有关人员没有清理楼梯。"
