"""An image's timeline in a real browser: drawing, moving and deleting, a look back, a moment restored, and undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_editor import at, drag, inside
from tests.browser.test_loop import probe, show_image, wait_until_saved
from tests.installation import Installation

pytestmark = pytest.mark.alone
Opener = Callable[..., Page]

PREPARE = """
import json
from django.test import Client
from tests import factories
def session(user):
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value
owner = factories.make_user("timeline@example.org", name="Olga")
project = factories.make_project(owner)
viewer = factories.make_member(project, "viewer", email="looks-back@example.org")
for name, color in (("cat", "#e4572e"), ("dog", "#17bebb")):
    factories.make_class(project, name, color=color)
image = factories.make_image(project, width=640, height=480)
print(json.dumps({"owner": session(owner), "viewer": session(viewer), "project": project.pk, "image": image.pk}))
"""
VERSION = """
from annotations.versions.actions import make_version
from projects.models import Project
project = Project.objects.get(pk={project})
print(make_version(project.created_by, project, name="Before").pk)
"""


@pytest.fixture(scope="module")
def world(installation: Installation) -> dict[str, Any]:
    return json.loads(inside(installation, PREPARE).splitlines()[-1])


@pytest.fixture
def editor(world: dict[str, Any], installation: Installation, open_page: Opener) -> Callable[..., Page]:
    def make(who: str = "owner", **options: Any) -> Page:
        page = open_page(**options)
        page.context.add_cookies([{"name": "sessionid", "value": world[who], "url": installation.url}])
        show_image(page, world["image"])
        return page

    return make


def boxes(page: Page) -> list[list[int]]:
    return sorted([round(edge) for edge in box["xyxy"]] for box in probe(page)["boxes"])


def saved(page: Page) -> None:
    wait_until_saved(page)


def test_looking_back_and_going_back(
    editor: Callable[..., Page], world: dict[str, Any], installation: Installation
) -> None:
    page = editor()
    drag(page, (100, 100), (200, 200))
    saved(page)
    (first,) = boxes(page)
    version = int(inside(installation, VERSION.format(**world)).splitlines()[-1])
    page.mouse.click(*at(page, 150, 150))
    drag(page, (150, 150), (250, 250))
    saved(page)
    (moved,) = boxes(page)
    assert moved != first

    page.keyboard.press("Shift+L")
    panel = page.get_by_test_id("timeline")
    steps = page.get_by_test_id("step")
    expect(steps).to_have_count(3)
    expect(steps.nth(0)).to_contain_text("1 box changed")
    expect(steps.nth(0)).to_contain_text("Olga")
    expect(steps.nth(2)).to_contain_text("Image uploaded")
    expect(page.get_by_test_id("step-version")).to_contain_text("Before")

    # What is saved while it is open is there at once.
    page.keyboard.press("Escape")
    page.mouse.click(*at(page, 200, 200))
    page.keyboard.press("Delete")
    expect(steps).to_have_count(4)
    expect(steps.nth(0)).to_contain_text("1 box deleted")
    assert boxes(page) == []

    # The pointer shows a step, with where the box was before; a click stays there, and nothing can be changed.
    steps.nth(1).hover()
    expect(page.get_by_test_id("past")).to_be_visible()
    page.wait_for_function("labelhubEditor.state().past?.changed.length === 1")
    past = probe(page)["past"]
    assert [round(edge) for edge in past["changed"][0]["xyxy"]] == moved
    assert [round(edge) for edge in past["earlier"][0]["xyxy"]] == first
    expect(page.get_by_test_id("past-restore")).to_be_hidden()
    page.get_by_test_id("canvas").hover()
    expect(page.get_by_test_id("past")).to_be_hidden()
    steps.nth(1).locator("button").click()
    expect(page.get_by_test_id("past-restore")).to_be_visible()
    drag(page, (300, 300), (400, 400))
    page.keyboard.press("c")
    assert boxes(page) == []
    assert probe(page)["complete"] == []
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("past")).to_be_hidden()

    # Restored as new history, and a step of undo like any other.
    steps.nth(1).locator("button").click()
    page.get_by_test_id("past-restore").click()
    expect(page.get_by_test_id("past")).to_be_hidden()
    assert boxes(page) == [moved]
    expect(steps.nth(0)).to_contain_text("1 box brought back")
    page.keyboard.press("Control+z")
    saved(page)
    assert boxes(page) == []
    page.keyboard.press("Control+Shift+z")
    saved(page)
    assert boxes(page) == [moved]

    # A version holds an older state.
    page.get_by_test_id("step-version").locator("button").click()
    expect(page.get_by_test_id("past-name")).to_contain_text("Before")
    page.get_by_test_id("past-restore").click()
    expect(page.get_by_test_id("past")).to_be_hidden()
    assert boxes(page) == [first]
    page.reload()
    page.locator(f'[data-image="{world["image"]}"]').wait_for()
    assert boxes(page) == [first]
    expect(panel).to_be_hidden()

    # A link to a version opens there; who may only look, looks.
    viewer = editor("viewer", width=390, height=844, has_touch=True)
    viewer.goto(f"/images/{world['image']}/#version={version}")
    viewer.reload()
    expect(viewer.get_by_test_id("past-name")).to_contain_text("Before")
    expect(viewer.get_by_test_id("past-restore")).to_be_hidden()
    viewer.get_by_test_id("past-leave").click()
    expect(viewer.get_by_test_id("past")).to_be_hidden()
    viewer.get_by_test_id("timeline-close").click()
    expect(viewer.get_by_test_id("timeline")).to_be_hidden()
    viewer.get_by_test_id("more-tools").click()
    viewer.get_by_test_id("timeline-open").click()
    expect(viewer.get_by_test_id("step").first).to_be_visible()


def test_somebody_else_saves_while_one_looks_back(editor: Callable[..., Page]) -> None:
    first, second = editor(), editor()
    first.keyboard.press("Shift+L")
    steps = first.get_by_test_id("step")
    expect(steps.first).to_be_visible()
    count = steps.count()
    drag(second, (400, 300), (460, 360))
    saved(second)
    expect(steps).to_have_count(count + 1)
    steps.last.locator("button").click()
    expect(first.get_by_test_id("past-restore")).to_be_visible()
    first.route("**/restore/", lambda route: (second.keyboard.press("Delete"), saved(second), route.continue_())[-1])
    first.get_by_test_id("past-restore").click()
    expect(first.locator(".toast")).to_contain_text("Somebody else changed this meanwhile.")
