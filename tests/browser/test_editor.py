"""The editor's tools in a real browser: several boxes at once, extreme points, comments, and the way back."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL import ImageChops
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_loop import probe, show_image, wait_until_saved
from tests.installation import ROOT, Installation

pytestmark = pytest.mark.alone
Opener = Callable[..., Page]

# Made by the server's own code in a process of its own: a project of two images with three boxes, its owner signed in.
PREPARE = """
import json
from django.test import Client
from tests import factories
project = factories.make_project(factories.make_user("editor@example.org"))
cat, dog = (factories.make_class(project, name, color=color)
            for name, color in (("cat", "#e4572e"), ("dog", "#17bebb")))
images = [factories.make_image(project, width=640, height=480) for _ in range(2)]
boxes = [factories.make_box(images[0], cat, xyxy)
         for xyxy in ((40, 40, 140, 140), (200, 60, 300, 160), (400, 300, 500, 400))]
client = Client()
client.force_login(project.created_by)
print(json.dumps({"session": client.cookies["sessionid"].value, "project": project.pk,
    "images": [image.pk for image in images],
    "boxes": [str(box.pk) for box in boxes], "cat": cat.pk, "dog": dog.pk}))
"""


def inside(installation: Installation, code: str) -> str:
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    environment = {"LABELHUB_DATA_DIR": str(installation.data), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def world(installation: Installation) -> dict[str, Any]:
    return json.loads(inside(installation, PREPARE).splitlines()[-1])


@pytest.fixture
def editor(world: dict[str, Any], installation: Installation, open_page: Opener) -> Callable[..., Page]:
    def make(**options: Any) -> Page:
        page = open_page(**options)
        page.context.add_cookies([{"name": "sessionid", "value": world["session"], "url": installation.url}])
        show_image(page, world["images"][0])
        return page

    return make


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    place = page.evaluate("([x, y]) => window.labelhubEditor.toScreen(x, y)", [x, y])
    return place["x"], place["y"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up()


def screenshot(part: Locator) -> Pillow.Image:
    return Pillow.open(io.BytesIO(part.screenshot())).convert("RGB")


def farthest(one: Pillow.Image, other: Pillow.Image) -> int:
    """The largest difference of a channel of a pixel, 0 to 255."""
    return max(high for _, high in ImageChops.difference(one, other).getextrema())


def test_several_boxes_at_once(editor: Callable[..., Page], world: dict[str, Any]) -> None:
    page = editor()
    page.keyboard.press("m")
    drag(page, (20, 20), (320, 200))
    expect(page.get_by_test_id("several")).to_contain_text("2")
    page.keyboard.press("/")
    page.get_by_test_id("palette-search").fill("do")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    wait_until_saved(page)
    boxes = {box["id"]: box for box in page.request.get(f"/api/images/{world['images'][0]}/").json()["boxes"]}
    moved = [boxes[pk] for pk in world["boxes"][:2]]
    assert [(box["class"], box["xyxy"][0]) for box in moved] == [(world["dog"], 50), (world["dog"], 210)]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")  # across the save
    wait_until_saved(page)
    assert {box["class"] for box in probe(page)["boxes"]} == {world["cat"]}
    assert [box["xyxy"][0] for box in probe(page)["boxes"]] == [40, 200, 400]
    page.keyboard.press("v")
    page.get_by_test_id(f"lock-{world['cat']}").click(force=True)
    page.mouse.click(*at(page, 90, 90))
    assert probe(page)["selection"] is None


def test_extreme_points_and_the_previous_images_boxes(editor: Callable[..., Page], world: dict[str, Any]) -> None:
    page = editor()
    page.keyboard.press("d")
    expect(page.get_by_test_id("canvas")).to_have_attribute("data-image", str(world["images"][1]))
    page.keyboard.press("p")
    expect(page.get_by_test_id("box-item")).to_have_count(3)
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("box-item")).to_have_count(0)
    page.keyboard.press("e")
    for point in ((320, 100), (420, 180), (330, 260), (240, 190)):
        page.mouse.click(*at(page, *point))
    expect(page.get_by_test_id("box-item")).to_have_count(1)
    assert probe(page)["boxes"][0]["xyxy"] == pytest.approx([240, 100, 420, 260], abs=2)
    page.keyboard.press("Delete")
    wait_until_saved(page)


def test_a_comment_on_a_box_is_seen_by_the_other_and_resolved(
    editor: Callable[..., Page], world: dict[str, Any]
) -> None:
    first, second = editor(), editor()
    first.mouse.click(*at(first, 90, 90))
    first.keyboard.press("t")
    first.keyboard.type("Is this a cat?")
    first.keyboard.press("Enter")
    expect(second.get_by_test_id("comment-count")).to_have_text("1")
    first.get_by_test_id("comment-edit").click()
    first.get_by_test_id("comment-change").fill("Is this really a cat?")
    first.keyboard.press("Enter")
    second.mouse.click(*at(second, 90, 90))
    expect(second.get_by_test_id("comment")).to_contain_text("Is this really a cat?")
    second.get_by_test_id("resolve").click()
    expect(first.get_by_test_id("comment-count")).to_have_text("0")
    first.get_by_test_id("comment-delete").click()
    first.get_by_role("dialog").get_by_role("button", name="Delete").click()
    for page in (first, second):
        expect(page.get_by_test_id("comment")).to_have_count(0)


def test_a_finger_held_on_a_box_brings_its_classes(editor: Callable[..., Page], world: dict[str, Any]) -> None:
    page = editor(width=390, height=844, has_touch=True)
    x, y = at(page, 90, 90)
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    expect(page.locator("#palette")).to_be_visible()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.keyboard.press("Escape")
    before = probe(page)["view"]["scale"]
    for kind, gap in (("touchStart", 20), ("touchMove", 40), ("touchMove", 60)):
        points = [{"x": x + sign * gap, "y": y, "id": number} for number, sign in enumerate((-1, 1))]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert probe(page)["view"]["scale"] > 1.5 * before


def test_a_picture_that_is_held_and_moved_looks_as_where_it_is_let_go(editor: Callable[..., Page]) -> None:
    page = editor()
    page.evaluate("localStorage.setItem('labelhub:look', JSON.stringify({ brightness: 1.5 }))")
    page.reload()
    expect(page.get_by_test_id("canvas")).not_to_have_attribute("data-image", "")
    page.keyboard.press("-")  # all of it is on the screen, with room round it
    stage, canvas = page.locator(".editor-stage"), page.get_by_test_id("canvas")
    x, y = at(page, 350, 250)
    page.mouse.move(x, y)
    before = screenshot(stage)
    page.mouse.down(button="middle")
    page.mouse.move(x + 40, y - 30, steps=3)
    expect(canvas).to_have_css("object-position", "40px -30px")  # shifted, not drawn again
    moving = screenshot(stage)
    assert farthest(moving, before) > 100
    page.mouse.up(button="middle")
    expect(canvas).to_have_css("object-position", "0px 0px")
    assert farthest(screenshot(stage), moving) < 32  # edges between two pixels are rounded anew


MORE_TOOLS = [
    "tool-extreme", "tool-band", "tool-pan", "display", "timeline-open", "guidelines-open", "palette-open",
    "bring-previous", "more-like", "run-model", "redo",
]  # fmt: skip
# The tools that stand above the bar; of each, whether all of it is on the screen, tall enough for a finger, and nothing
# lies over it. What is not possible now lets presses through to the bar.
REACHED = """() => [...document.querySelectorAll('.editor-tools .wide')]
  .filter((tool) => tool.checkVisibility()).map((tool) => {
  const { left, right, top, bottom } = tool.getBoundingClientRect();
  const inside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && bottom - top >= 44;
  const above = [left + 2, (left + right) / 2, right - 2].map((x) => document.elementFromPoint(x, (top + bottom) / 2));
  const reached = (one) => tool.contains(one) || (tool.ariaDisabled === 'true' && one === tool.parentElement);
  return [tool.dataset.testid ?? tool.dataset.do, inside && above.every(reached)];
})"""


def test_on_a_phone_the_further_tools_open_act_and_close(editor: Callable[..., Page], world: dict[str, Any]) -> None:
    page = editor(width=390, height=844, has_touch=True)
    more = page.get_by_test_id("more-tools")

    def opened(is_open: bool) -> None:
        expect(more).to_have_attribute("aria-expanded", str(is_open).lower())
        assert page.evaluate(REACHED) == ([[name, True] for name in MORE_TOOLS] if is_open else [])

    def tap(tool: str) -> None:
        page.locator(f".editor-tools [data-do='{tool}']").tap()

    def use(tool: str) -> None:
        more.tap()
        opened(True)
        tap(tool)
        opened(False)

    def first_class() -> int:
        return next(box["class"] for box in probe(page)["boxes"] if box["id"] == world["boxes"][0])

    opened(False)
    more.tap()
    opened(True)
    more.tap()
    opened(False)
    more.tap()
    page.touchscreen.tap(*at(page, 90, 90))  # beside it, on a box: closes, and selects
    opened(False)
    expect(page.get_by_test_id("delete")).to_have_attribute("aria-disabled", "false")

    use("palette")
    page.get_by_test_id("palette-search").fill("do")
    page.locator("#palette-list [role=option]").first.tap()
    assert first_class() == world["dog"]
    tap("undo")
    assert first_class() == world["cat"]
    use("redo")
    assert first_class() == world["dog"]
    tap("undo")
    wait_until_saved(page)

    use("tool-band")
    assert probe(page)["tool"] == "band"
    more.tap()
    page.get_by_test_id("display").tap()
    expect(page.locator("#display")).to_be_visible()
    opened(False)
    page.locator("#display").evaluate("panel => panel.hidePopover()")

    count = len(probe(page)["boxes"])
    page.get_by_test_id("next").tap()
    expect(page.get_by_test_id("canvas")).to_have_attribute("data-image", str(world["images"][1]))
    before = len(probe(page)["boxes"])
    use("bring-previous")
    page.wait_for_function("count => window.labelhubEditor.state().boxes.length === count", arg=before + count)
    tap("undo")
    wait_until_saved(page)
    assert len(probe(page)["boxes"]) == before


def test_back_shows_what_is_there_now(
    editor: Callable[..., Page], world: dict[str, Any], installation: Installation
) -> None:
    """The page of before is not taken out of the browser's cache or memory: somebody may have drawn meanwhile."""
    page = editor()
    count = len(probe(page)["boxes"])
    page.goto(f"/projects/{world['project']}/images/")
    add = "from tests import factories; from projects.models import Image; from annotations.models import LabelClass; "
    image, label = f"Image.objects.get(pk={world['images'][0]})", f"LabelClass.objects.get(pk={world['cat']})"
    inside(installation, f"{add}factories.make_box({image}, {label}, (500, 20, 600, 90))")
    page.go_back()
    page.wait_for_function("count => window.labelhubEditor?.state().boxes.length === count", arg=count + 1)
