"""The list that a person comes to the editor from: its order, its counter and the way back to the same place; and long
panels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_editor import inside
from tests.browser.test_loop import wait_for_image, wait_until_saved
from tests.installation import Installation

pytestmark = pytest.mark.alone
Opener = Callable[..., Page]

PREPARE = """
import json
from django.test import Client
from tests import factories
owner = factories.make_user("walking@example.org")
project = factories.make_project(owner)
labels = [factories.make_class(project, f"kind {n:02}") for n in range(40)]
images = [factories.make_image(project, name=f"{n:02}.jpg", width=640, height=480) for n in range(39)]
for n in (3, 8, 12, 20, 21, 30, 38):
    factories.make_box(images[n], labels[0], (40, 40, 140, 140))
batch = factories.make_batch(project)
for n, probability in ((5, 0.5), (6, 0.9), (7, 0.7)):
    factories.make_suggestion(images[n], labels[0], (40, 40, 140, 140), batch=batch, probability=probability)
for n in range(400):
    factories.make_box(images[0], labels[n % 40], (n % 40 * 15, n // 40 * 40, n % 40 * 15 + 12, n // 40 * 40 + 30))
client = Client()
client.force_login(owner)
print(json.dumps({"session": client.cookies["sessionid"].value, "project": project.pk,
    "images": [image.pk for image in images]}))
"""


@pytest.fixture(scope="module")
def world(installation: Installation) -> dict[str, Any]:
    return json.loads(inside(installation, PREPARE).splitlines()[-1])


@pytest.fixture
def page(world: dict[str, Any], installation: Installation, open_page: Opener) -> Page:
    page = open_page()
    page.context.add_cookies([{"name": "sessionid", "value": world["session"], "url": installation.url}])
    return page


def position(page: Page, text: str) -> None:
    expect(page.get_by_test_id("position")).to_have_text(text)


def test_the_editor_walks_the_filtered_gallery_and_back_leads_there(page: Page, world: dict[str, Any]) -> None:
    page.goto(f"/projects/{world['project']}/images/?state=boxes&class=&order=-name")
    page.get_by_role("link", name="30.jpg").click()
    wait_for_image(page, world["images"][30])
    position(page, "2 / 8")
    page.keyboard.press("d")
    wait_for_image(page, world["images"][21])
    position(page, "3 / 8")
    assert "state=boxes&order=-name" in page.url
    # What is no longer of the list (its box is gone) stays in it until the person comes anew, after a reload as well.
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    wait_until_saved(page)
    page.reload()
    wait_for_image(page, world["images"][21])
    position(page, "3 / 8")
    page.keyboard.press("d")
    wait_for_image(page, world["images"][20])
    page.get_by_test_id("back").click()
    page.wait_for_url(re.compile(r"/images/\?state=boxes&order=-name#image="))
    expect(page.get_by_role("link", name="20.jpg")).to_be_focused()


def test_the_editor_walks_the_review_and_back_leads_there(page: Page, world: dict[str, Any]) -> None:
    page.goto(f"/projects/{world['project']}/review/?ordering=probability")
    items = page.get_by_test_id("queue-item")
    expect(items).to_have_count(3)
    items.nth(1).click()
    page.keyboard.press("e")
    wait_for_image(page, world["images"][7])
    position(page, "2 / 3")
    page.keyboard.press("d")
    wait_for_image(page, world["images"][6])
    position(page, "3 / 3")
    page.get_by_test_id("back").click()
    page.wait_for_url(re.compile(r"/review/\?ordering=probability#image="))
    expect(page.get_by_test_id("side")).to_contain_text("06.jpg")
    page.keyboard.press("e")
    wait_for_image(page, world["images"][6])
    page.go_back()
    expect(page.get_by_test_id("side")).to_contain_text("06.jpg")
    page.goto(f"/projects/{world['project']}/review/?ordering=probability")
    items.nth(1).click()
    page.keyboard.press("e")
    wait_for_image(page, world["images"][7])
    page.go_back()
    expect(page.get_by_test_id("side")).to_contain_text("07.jpg")


def test_an_image_by_itself_is_counted_in_its_dataset(page: Page, world: dict[str, Any]) -> None:
    page.goto(f"/images/{world['images'][4]}/")
    position(page, "5 / 39")
    expect(page.get_by_test_id("back")).to_have_attribute("href", re.compile(r"/images/\?dataset=\d+$"))


def test_many_boxes_and_classes_leave_each_other_visible(page: Page, world: dict[str, Any]) -> None:
    page.goto(f"/images/{world['images'][0]}/")
    wait_for_image(page, world["images"][0])
    expect(page.get_by_test_id("box-count")).to_have_text("400")
    assert page.get_by_test_id("box-item").count() < 80
    page.get_by_test_id("box-list").evaluate("list => (list.scrollTop = list.scrollHeight)")
    expect(page.get_by_test_id("box-item").last).to_contain_text("kind 39")
    expect(page.get_by_test_id("class-search")).to_be_in_viewport()
    page.get_by_test_id("class-search").fill("kind 33")
    expect(page.locator(".class-row")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".class-row.current")).to_contain_text("kind 33")
    page.get_by_test_id("canvas").focus()
    page.keyboard.press("Tab")  # the first box: its row comes into sight
    expect(page.locator(".panel-row.selected")).to_be_in_viewport()
