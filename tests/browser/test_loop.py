"""The whole loop by mouse and keyboard on real photos: upload, draw, auto-label, watch, review, export; and two people
at once.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.installation import Installation

pytestmark = pytest.mark.alone
EMAIL, PASSWORD = "ada@example.org", "correct-horse-battery"
PHOTOS, DRAWN_ON = 20, 6
Opener = Callable[..., Page]
XYXY = list[float]


class Photos:
    """Some photos of raccoons without twins, and where the raccoons are."""

    def __init__(self, folder: Path) -> None:
        truth = json.loads((folder / "annotations.json").read_text())
        images = {image["id"]: image["file_name"] for image in truth["images"]}
        names = sorted(images.values())
        random.Random(7).shuffle(names)
        seen: set[bytes] = set()
        self.paths: list[Path] = []
        for name in names:
            data = (folder / "images" / name).read_bytes()
            if data not in seen and len(self.paths) < PHOTOS:
                seen.add(data)
                self.paths.append(folder / "images" / name)
        self.boxes: dict[str, list[XYXY]] = {path.name: [] for path in self.paths}
        for box in truth["annotations"]:
            x, y, w, h = box["bbox"]
            if images[box["image_id"]] in self.boxes:
                self.boxes[images[box["image_id"]]].append([x, y, x + w, y + h])


@pytest.fixture(scope="module")
def photos(photo_sets: Path) -> Photos:
    return Photos(photo_sets / "raccoon")


@pytest.fixture(scope="module")
def shared(photos: Photos) -> dict[str, Any]:
    """What one step leaves for the next: the tests of this module are one story, told in order, and without photos
    there is none.
    """
    return {}


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def probe(page: Page) -> Any:
    return page.evaluate("window.labelhubEditor.state()")


def show_image(page: Page, image: int) -> None:
    page.goto(f"/images/{image}/")
    wait_for_image(page, image)


def wait_for_image(page: Page, image: int) -> None:
    expect(page.get_by_test_id("canvas")).to_have_attribute("data-image", str(image))


def wait_until_saved(page: Page) -> None:
    expect(page.get_by_test_id("save-state")).to_have_attribute("data-state", "saved")


def draw(page: Page, xyxy: XYXY) -> None:
    """One box by the mouse, corner to corner."""
    before = len(probe(page)["boxes"])
    corners = [
        page.evaluate("([x, y]) => window.labelhubEditor.toScreen(x, y)", point) for point in (xyxy[:2], xyxy[2:])
    ]
    page.keyboard.press("b")
    page.mouse.move(corners[0]["x"], corners[0]["y"])
    page.mouse.down()
    page.mouse.move(corners[1]["x"] - 5, corners[1]["y"] - 5, steps=4)
    page.mouse.move(corners[1]["x"], corners[1]["y"])
    page.mouse.up()
    expect(page.get_by_test_id("box-item")).to_have_count(before + 1)


def test_1_the_first_administrator_signs_in(installation: Installation, open_page: Opener) -> None:
    token = installation.printed(r"/setup/([\w-]+)/")
    page = open_page()
    page.goto(f"/setup/{token}/")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/")
    again = open_page()
    again.goto(f"/setup/{token}/")
    expect(again.get_by_label("Password")).to_have_count(0)
    sign_in(again)


def test_2_a_project_with_photos(open_page: Opener, photos: Photos, shared: dict[str, Any], tmp_path: Path) -> None:
    page = open_page()
    sign_in(page)
    page.get_by_role("link", name=re.compile("New project|first project")).first.click()
    page.get_by_label("Project name").fill("Raccoons")
    page.get_by_label("Classes").fill("raccoon")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Create project").click()
    page.wait_for_url(re.compile(r"/projects/\d+/"))
    shared["project"] = int(re.search(r"/projects/(\d+)/", page.url)[1])
    page.goto(f"/projects/{shared['project']}/images/")
    page.get_by_role("button", name=re.compile("Add images|Choose images")).first.click()
    fake = tmp_path / "fake.jpg"
    fake.write_bytes(b"I am no picture")
    page.locator("#upload-files").set_input_files([*photos.paths, fake])
    expect(page.locator("#upload-problem-list")).to_contain_text("fake.jpg", timeout=60_000)
    page.locator("#upload-done").click()
    expect(page.locator(".thumb")).to_have_count(PHOTOS)
    answer = page.request.get(f"/api/projects/{shared['project']}/images/?page_size=200").json()
    shared["images"] = {row["name"]: row["id"] for row in answer["results"]}
    assert set(shared["images"]) == set(photos.boxes)


def test_3_boxes_drawn_by_mouse(open_page: Opener, photos: Photos, shared: dict[str, Any]) -> None:
    page = open_page()
    sign_in(page)
    shared["drawn"] = sorted(shared["images"], key=shared["images"].get)[:DRAWN_ON]
    label = page.request.get(f"/api/projects/{shared['project']}/classes/").json()["results"][0]["id"]
    shared["class"] = label
    show_image(page, shared["images"][shared["drawn"][0]])
    for name in shared["drawn"]:
        wait_for_image(page, shared["images"][name])
        for box in photos.boxes[name]:
            draw(page, box)
        page.get_by_test_id(f"complete-{label}").check()
        wait_until_saved(page)
        page.get_by_test_id("next").click()
    for name in shared["drawn"]:
        saved = page.request.get(f"/api/images/{shared['images'][name]}/").json()
        assert saved["complete"] == [label]
        for mine, true in zip(saved["boxes"], photos.boxes[name], strict=True):
            # A screen pixel is a few pixels of a large photo: that is how exactly a mouse can draw.
            assert mine["xyxy"] == pytest.approx(true, abs=max(3, saved["width"] / 200))


def test_4_undo_redo_and_a_box_inside_a_box(open_page: Opener, shared: dict[str, Any]) -> None:
    page = open_page()
    sign_in(page)
    image = sorted(shared["images"].values())[-1]
    show_image(page, image)
    size = probe(page)["image"]
    outer = [size["width"] * 0.1, size["height"] * 0.1, size["width"] * 0.9, size["height"] * 0.9]
    inner = [size["width"] * 0.4, size["height"] * 0.4, size["width"] * 0.6, size["height"] * 0.6]
    draw(page, outer)
    draw(page, inner)
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    middle = page.evaluate("([x, y]) => window.labelhubEditor.toScreen(x, y)", [size["width"] / 2, size["height"] / 2])
    page.mouse.click(middle["x"], middle["y"])
    small = min(probe(page)["boxes"], key=lambda box: box["xyxy"][2] - box["xyxy"][0])
    assert probe(page)["selection"]["id"] == small["id"]
    page.keyboard.press("Delete")
    expect(page.get_by_test_id("box-item")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("box-item")).to_have_count(2)
    for _ in range(2):
        page.keyboard.press("Control+z")
    expect(page.get_by_test_id("box-item")).to_have_count(0)
    wait_until_saved(page)
    assert page.request.get(f"/api/images/{image}/").json()["boxes"] == []


def test_5_two_people_lose_nothing(open_page: Opener, shared: dict[str, Any]) -> None:
    first, second = open_page(), open_page()
    image = sorted(shared["images"].values())[-2]
    for page in (first, second):
        sign_in(page)
        show_image(page, image)
    size = probe(first)["image"]
    left = [size["width"] * 0.1, size["height"] * 0.1, size["width"] * 0.4, size["height"] * 0.4]
    right = [size["width"] * 0.5, size["height"] * 0.5, size["width"] * 0.8, size["height"] * 0.8]
    draw(first, left)
    expect(second.get_by_test_id("box-item")).to_have_count(1)  # seen without a reload
    second.context.set_offline(True)
    draw(second, right)
    draw(first, [10, 10, 40, 40])
    wait_until_saved(first)
    second.context.set_offline(False)  # what it sends now names an old version: refused with 409, then put on top
    wait_until_saved(second)
    for page in (first, second):
        expect(page.get_by_test_id("box-item")).to_have_count(3)
    state = first.request.get(f"/api/images/{image}/").json()
    token = first.context.cookies()
    csrf = next(cookie["value"] for cookie in token if cookie["name"] == "csrftoken")
    stale = first.request.post(
        f"/api/images/{image}/changes/",
        data={"version": state["version"] - 1, "changes": [{"op": "delete", "id": state["boxes"][0]["id"]}]},
        headers={"X-CSRFToken": csrf, "Referer": first.url},
    )
    assert stale.status == 409
    assert len(stale.json()["current"]["boxes"]) == 3
    changes = [{"op": "delete", "id": box["id"]} for box in state["boxes"]]
    cleared = first.request.post(
        f"/api/images/{image}/changes/", data={"version": state["version"], "changes": changes},
        headers={"X-CSRFToken": csrf, "Referer": first.url},
    )  # fmt: skip
    assert cleared.ok
    expect(second.get_by_test_id("box-item")).to_have_count(0)


def test_6_auto_label_and_watch_it(open_page: Opener, shared: dict[str, Any]) -> None:
    page = open_page()
    sign_in(page)
    page.goto(f"/projects/{shared['project']}/runs/new/?class={shared['class']}")
    page.get_by_role("button", name="Start the run").click()
    page.wait_for_url(re.compile(r"/runs/\d+/$"))
    shared["run"] = int(re.search(r"/runs/(\d+)/", page.url)[1])
    seen: list[float] = []
    stages: set[str] = set()
    reloaded = False
    end = time.monotonic() + 420
    while time.monotonic() < end:
        run = page.request.get(f"/api/runs/{shared['run']}/").json()
        text = page.locator("#run-percent").inner_text()
        if found := re.search(r"([\d.]+)", text):
            seen.append(float(found[1]))
        stages.add(run["stage"])
        if not reloaded and run["percent"] > 20:
            page.reload()
            reloaded = True
        if run["state"] not in ("queued", "running"):
            break
        time.sleep(0.5)
    assert run["state"] == "done", run["error"]
    assert len(set(seen)) >= 5, f"the progress hardly moved: {seen}"
    assert seen == sorted(seen), "the progress went backwards"
    assert "propose" in stages
    expect(page.locator("#run-review")).to_be_visible()
    expect(page.locator("#run-figures")).to_contain_text(re.compile("CPU|GPU|cuda", re.IGNORECASE))
    events = page.request.get(f"/api/runs/{shared['run']}/events/?since=0").json()["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    reported = {event["payload"]["stage"] for event in events if event["kind"] == "stage"}
    assert {"propose", "verify"} <= reported  # a stage of few photos may pass between two looks at the run


def test_7_review_in_the_queue_and_on_the_image(open_page: Opener, photos: Photos, shared: dict[str, Any]) -> None:
    page = open_page()
    sign_in(page)
    waiting = f"/api/projects/{shared['project']}/suggestions/?state=pending&page_size=200"
    before = page.request.get(waiting).json()["results"]
    assert len(before) >= 2 / 3 * (PHOTOS - DRAWN_ON), "auto-labelling found hardly anything"
    right = sum(any(iou(row["xyxy"], box) >= 0.5 for box in photos.boxes[row["image"]["name"]]) for row in before)
    assert right / len(before) > 0.5
    page.goto(f"/projects/{shared['project']}/review/?run={shared['run']}")
    items = page.get_by_test_id("queue-item")
    expect(items.first).to_be_visible()
    items.first.click()
    for number, key in enumerate("aaaaax", start=1):
        page.keyboard.press(key)
        expect(items).to_have_count(len(before) - number)
    wait_for_count(page, waiting, len(before) - 6)  # the wall shows an answer before the server has it
    last = page.request.get(waiting).json()["results"][0]
    page.goto(f"/images/{last['image']['id']}/#suggestion={last['id']}")
    wait_for_image(page, last["image"]["id"])
    expect(page.get_by_test_id("evidence")).to_be_visible()
    expect(page.get_by_test_id("evidence-shots").locator("img").first).to_be_visible()
    page.keyboard.press("a")
    wait_until_saved(page)
    states = {}
    for state in ("accepted", "rejected"):
        states[state] = page.request.get(waiting.replace("pending", state)).json()["count"]
    assert states == {"accepted": 6, "rejected": 1}


def test_8_the_export_says_what_the_screen_says(open_page: Opener, shared: dict[str, Any]) -> None:
    page = open_page()
    sign_in(page)
    page.goto(f"/projects/{shared['project']}/export/")
    counts = page.get_by_test_id("export-counts")
    expect(counts).to_contain_text("unfinished left out")  # only some images were said to be complete
    page.get_by_label("Unfinished ones too").check()
    expect(counts).to_contain_text(f"images{len(shared['images'])}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    coco = json.loads(Path(download.value.path()).read_text())
    assert {image["file_name"] for image in coco["images"]} == set(shared["images"])
    assert [category["name"] for category in coco["categories"]] == ["raccoon"]
    ids = {image["id"]: image["file_name"] for image in coco["images"]}
    in_file: dict[str, list[XYXY]] = {name: [] for name in shared["images"]}
    for box in coco["annotations"]:
        x, y, w, h = box["bbox"]
        in_file[ids[box["image_id"]]].append([x, y, x + w, y + h])
    labelled = [name for name, boxes in in_file.items() if boxes]
    assert len(labelled) > DRAWN_ON
    for name in labelled:
        show_image(page, shared["images"][name])
        on_screen = sorted(box["xyxy"] for box in probe(page)["boxes"])
        expect(page.get_by_test_id("box-item")).to_have_count(len(on_screen))
        assert sorted(in_file[name]) == [pytest.approx(box, abs=1e-6) for box in on_screen]


def wait_for_count(page: Page, url: str, count: int) -> None:
    end = time.monotonic() + 10
    while (found := page.request.get(url).json()["count"]) != count:
        assert time.monotonic() < end, f"{found} instead of {count}"
        time.sleep(0.1)


def iou(a: XYXY, b: XYXY) -> float:
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(0, w) * max(0, h)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)
