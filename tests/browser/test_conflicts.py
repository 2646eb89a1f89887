"""Two people at one box in two browsers: both versions are kept and shown, and what a run finds meanwhile is heard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_editor import PREPARE, at, inside
from tests.browser.test_loop import probe, show_image, wait_until_saved
from tests.installation import Installation

pytestmark = pytest.mark.alone
Opener = Callable[..., Page]

SUGGEST = """
from annotations.models import Suggestion
from annotations.review.actions import store_suggestions
from projects.models import Image
from tests import factories
image = Image.objects.get(pk={image})
row = Suggestion(image=image, label_id={label}, batch=factories.make_batch(image.project),
                 probability=0.9, score=0.5, source="head")
row.xyxy = (10, 300, 90, 380)
store_suggestions([row])
"""


@pytest.fixture(scope="module")
def world(installation: Installation) -> dict[str, Any]:
    return json.loads(inside(installation, PREPARE.replace("editor@", "conflicts@")).splitlines()[-1])


@pytest.fixture
def editor(world: dict[str, Any], installation: Installation, open_page: Opener) -> Callable[[], Page]:
    def make() -> Page:
        page = open_page()
        page.context.add_cookies([{"name": "sessionid", "value": world["session"], "url": installation.url}])
        show_image(page, world["images"][0])
        return page

    return make


def test_a_conflict_shows_both_and_a_run_is_noticed(
    editor: Callable[[], Page], world: dict[str, Any], installation: Installation
) -> None:
    first, second = editor(), editor()
    for page in (first, second):
        page.mouse.click(*at(page, 450, 350))
    second.context.set_offline(True)
    second.keyboard.press("Shift+ArrowLeft")
    expect(second.get_by_test_id("save-state")).to_have_attribute("data-state", "offline")
    first.keyboard.press("Shift+ArrowDown")
    wait_until_saved(first)
    second.context.set_offline(False)
    expect(second.get_by_test_id("conflict")).to_be_visible()
    expect(second.get_by_test_id("box-item")).to_have_count(4)
    second.get_by_test_id("keep-mine").click()
    expect(first.get_by_test_id("box-item")).to_have_count(3)
    mine = [box["xyxy"] for box in probe(second)["boxes"]]
    assert [390, 300, 490, 400] in mine
    assert [400, 310, 500, 410] not in mine
    inside(installation, SUGGEST.format(image=world["images"][0], label=world["cat"]))
    for page in (first, second):
        expect(page.get_by_test_id("suggestion-item")).to_have_count(1)  # without a reload


def test_an_open_conflict_says_what_is_deleted_and_brings_it_back(
    editor: Callable[[], Page], world: dict[str, Any]
) -> None:
    first, second = editor(), editor()
    for page in (first, second):
        page.mouse.click(*at(page, 250, 110))
    before = len(probe(first)["boxes"])
    second.context.set_offline(True)
    second.keyboard.press("Shift+ArrowLeft")
    expect(second.get_by_test_id("save-state")).to_have_attribute("data-state", "offline")
    first.keyboard.press("Shift+ArrowDown")
    wait_until_saved(first)
    theirs = [200, 70, 300, 170]
    second.context.set_offline(False)
    expect(second.get_by_test_id("conflict")).to_be_visible()
    expect(first.get_by_test_id("box-item")).to_have_count(before + 1)
    first.keyboard.press("Delete")  # their version, while the card is open
    expect(second.get_by_test_id("conflict-gone")).to_contain_text("Theirs was deleted meanwhile")
    second.get_by_test_id("keep-theirs").click()
    expect(second.get_by_test_id("conflict")).to_have_count(0)
    wait_until_saved(second)
    boxes = [box["xyxy"] for box in probe(second)["boxes"]]
    assert (len(boxes), theirs in boxes, [190, 60, 290, 160] in boxes) == (before, True, False)
    second.keyboard.press("Control+z")
    wait_until_saved(second)
