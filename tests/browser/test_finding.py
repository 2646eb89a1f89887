"""What is done with what was found, in a real browser: two runs compared, shots left out, and a search from the editor
by its keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_editor import at, inside
from tests.browser.test_loop import probe, show_image
from tests.installation import Installation

pytestmark = pytest.mark.alone
Opener = Callable[..., Page]
RUN_MS = 90_000

# Made by the server's own code: four photos of raccoons, boxes on the first two, two runs that differ, and the class's
# model.
PREPARE = """
import json
from pathlib import Path
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from annotations.models import Suggestion
from annotations.review.actions import store_suggestions
from projects.images import uploads
from tests import factories
from training.models import ModelVersion, Run
folder = Path({folder!r})
truth = json.loads((folder / "annotations.json").read_text())
project = factories.make_project(factories.make_user("finder@example.org"))
label = factories.make_class(project, "raccoon", color="#e4572e")
named = [one for one in truth["images"] if sum(box["image_id"] == one["id"] for box in truth["annotations"]) == 1][:4]
for one in named:
    photo = SimpleUploadedFile(one["file_name"], (folder / "images" / one["file_name"]).read_bytes())
    uploads.add_images(project.created_by, project.datasets.get(), [photo])
images = [project.images.get(name=one["file_name"]) for one in named]
places = [next(box["bbox"] for box in truth["annotations"] if box["image_id"] == one["id"]) for one in named]
corners = [(max(x, 0), max(y, 0), min(x + w, image.width), min(y + h, image.height))
           for image, (x, y, w, h) in zip(images, places)]
boxes = [factories.make_box(image, label, place) for image, place in zip(images[:2], corners)]
runs = []
for number, found in ((1, ((2, 0.9),)), (2, ((2, 0.5), (3, 0.8)))):
    batch = factories.make_batch(project)
    measured = {{"precision": 0.9 - 0.2 * (number == 1), "f1": 0.8}}
    runs.append(Run.objects.create(
        project=project, number=number, kind="autolabel", state="done", batch=batch, created_by=project.created_by,
        result={{"classes": {{str(label.pk): measured}}}},
    ))
    rows = []
    for index, probability in found:
        row = Suggestion(image=images[index], label=label, batch=batch, probability=probability,
                         score=0.5, source="head")
        row.xyxy = corners[index]
        rows.append(row)
    store_suggestions(rows)
model = ModelVersion.objects.create(
    project=project, run=runs[1], kind="fewshot", label=label, name="raccoon", version=1, sha256="0" * 64,
    bytes=1, shots=2,
    classes=[{{"id": label.pk, "name": "raccoon"}}],
)
client = Client()
client.force_login(project.created_by)
print(json.dumps({{"session": client.cookies["sessionid"].value, "project": project.pk, "model": model.pk,
    "class": label.pk, "images": [image.pk for image in images],
    "middle": [(corners[0][0] + corners[0][2]) / 2, (corners[0][1] + corners[0][3]) / 2]}}))
"""


@pytest.fixture(scope="module")
def world(installation: Installation, photo_sets: Path) -> dict[str, Any]:
    made = inside(installation, PREPARE.format(folder=str(photo_sets / "raccoon")))
    return dict(json.loads(made.splitlines()[-1]))


@pytest.fixture
def page(world: dict[str, Any], installation: Installation, open_page: Opener) -> Page:
    page = open_page()
    page.context.add_cookies([{"name": "sessionid", "value": world["session"], "url": installation.url}])
    return page


def newest_run(page: Page, world: dict[str, Any]) -> dict[str, Any]:
    return dict(page.request.get(f"/api/projects/{world['project']}/runs/").json()["results"][0])


def test_two_runs_are_compared(page: Page, world: dict[str, Any]) -> None:
    page.goto(f"/projects/{world['project']}/runs/compare/")
    expect(page.get_by_label("First run").locator("option:checked")).to_contain_text("#1")
    expect(page.get_by_role("row", name=re.compile("Precision"))).to_contain_text("+20")
    kinds = page.get_by_role("navigation", name="Kind of change")
    expect(kinds.locator("[aria-current]")).to_have_text(re.compile(r"Only in #2\s+1"))
    kinds.get_by_role("link", name=re.compile("Probability")).click()
    expect(page.get_by_text("90% → 50%")).to_be_visible()
    page.get_by_label("First run").select_option(index=0)
    page.get_by_label("Second run").select_option(index=1)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("row", name=re.compile("Precision"))).to_contain_text("−20")


def test_a_shot_is_left_out_and_used_again(page: Page, world: dict[str, Any]) -> None:
    page.goto(f"/models/{world['model']}/")
    shots = page.locator("#shots")
    expect(shots.get_by_text("This class learns from 2 boxes")).to_be_visible()
    shots.get_by_role("button", name=re.compile("Leave out the shot")).first.click()
    expect(shots.get_by_text("This class learns from 1 box")).to_be_visible()
    expect(shots.locator(".small-crop.out")).to_have_count(1)
    shots.get_by_role("button", name=re.compile("Use the shot .* again")).click()
    expect(shots.get_by_text("This class learns from 2 boxes")).to_be_visible()
    expect(shots.locator(".small-crop.out")).to_have_count(0)


def test_keys_that_find_here(page: Page, world: dict[str, Any]) -> None:
    show_image(page, world["images"][0])
    page.keyboard.press("j")
    expect(page.get_by_test_id("toast")).to_contain_text("Select a box first")
    page.mouse.click(*at(page, *world["middle"]))
    page.keyboard.press("j")
    expect(page.get_by_test_id("detect")).to_be_visible()
    run = newest_run(page, world)
    assert (run["kind"], run["params"]["within"], run["params"]["image"]) == ("similar", True, world["images"][0])
    page.get_by_test_id("detect").get_by_role("button", name="Cancel").click()
    expect(page.get_by_test_id("detect-line")).to_have_text("Cancelled.", timeout=RUN_MS)
    page.keyboard.press("r")
    choice = page.get_by_test_id("model-choice")
    expect(choice.locator("option").first).to_have_text(re.compile("current class"))
    choice.select_option("detector:yolo26n")
    page.get_by_role("button", name="Run on this image").click()
    expect(page.get_by_test_id("toast").last).to_contain_text("which class of this project")  # it knows no raccoons
    page.keyboard.press("Shift+r")
    choice.select_option("class")
    page.keyboard.press("Escape")
    expect(choice).to_have_count(0)


def test_a_search_in_all_images_becomes_boxes(page: Page, world: dict[str, Any]) -> None:
    show_image(page, world["images"][0])
    page.mouse.click(*at(page, *world["middle"]))
    assert probe(page)["selection"]["kind"] == "box"
    page.keyboard.press("Shift+J")
    page.wait_for_url(re.compile(r"/runs/\d+/similar/$"))
    matches = page.get_by_test_id("match")
    expect(matches.first).to_be_visible(timeout=RUN_MS)
    free = page.locator(".tile:not(.boxed) button")
    free.first.click()
    expect(page.get_by_test_id("chosen")).to_have_text("1 chosen")
    page.keyboard.press("Enter")
    expect(page.locator(".undo-line")).to_contain_text("1 box added")
    expect(page.locator(".tile.boxed")).not_to_have_count(0)
    boxes = sum(len(page.request.get(f"/api/images/{pk}/").json()["boxes"]) for pk in world["images"])
    assert boxes == 3
    page.get_by_test_id("undo-line").click()
    expect(page.get_by_text("1 box was taken back")).to_be_visible()
