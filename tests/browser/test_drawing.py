"""Drawing in a real browser: overlapping objects, slips of the hand, suggestions and deletes, a project without
classes.
"""

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
owner = factories.make_user("drawing@example.org", name="Olga")
project, bare = factories.make_project(owner), factories.make_project(owner)
annotator = factories.make_member(project, "annotator", email="draws@example.org")
bare.memberships.create(user=annotator, role="annotator")
cat, dog = (factories.make_class(project, name, color=color)
            for name, color in (("cat", "#e4572e"), ("dog", "#17bebb")))
images = [factories.make_image(project, width=640, height=480) for _ in range(6)]
box = factories.make_box(images[1], cat, (40, 40, 140, 140))
batch = factories.make_batch(project)
for n, image in enumerate(images[1:4]):
    factories.make_suggestion(image, cat, (300, 100, 400, 200), batch=batch, probability=0.9)
factories.make_box(images[3], cat, (301, 100, 400, 200))
for probability, state, x in ((0.9, "pending", 40), (0.3, "dropped", 200), (0.1, "dropped", 400)):
    factories.make_suggestion(images[4], cat, (x, 100, x + 100, 200), batch=batch, probability=probability, state=state)
empty = [factories.make_image(bare, width=640, height=480) for _ in range(2)]
print(json.dumps({"owner": session(owner), "annotator": session(annotator),
    "viewer": session(factories.make_member(project, "viewer")), "project": project.pk, "bare": bare.pk,
    "images": [image.pk for image in images], "empty": [image.pk for image in empty],
    "cat": cat.pk, "dog": dog.pk, "box": str(box.pk)}))
"""


@pytest.fixture(scope="module")
def world(installation: Installation) -> dict[str, Any]:
    return json.loads(inside(installation, PREPARE).splitlines()[-1])


@pytest.fixture
def editor(world: dict[str, Any], installation: Installation, open_page: Opener) -> Callable[..., Page]:
    def make(image: int, who: str = "owner") -> Page:
        page = open_page()
        page.context.add_cookies([{"name": "sessionid", "value": world[who], "url": installation.url}])
        show_image(page, image)
        return page

    return make


def saved(page: Page, image: int) -> dict[str, Any]:
    wait_until_saved(page)
    return page.request.get(f"/api/images/{image}/").json()


def test_two_objects_that_overlap_are_drawn_one_after_the_other(
    editor: Callable[..., Page], world: dict[str, Any]
) -> None:
    image = world["images"][0]
    page = editor(image)
    drag(page, (100, 100), (300, 300))
    drag(page, (200, 200), (400, 400))  # begins inside the first
    boxes = saved(page, image)["boxes"]
    assert [box["xyxy"] for box in boxes] == [
        pytest.approx([100, 100, 300, 300], abs=1),
        pytest.approx([200, 200, 400, 400], abs=1),
    ]
    page.mouse.click(*at(page, 350, 350))  # a click takes hold of it
    drag(page, (350, 350), (370, 340))
    assert saved(page, image)["boxes"][1]["xyxy"] == pytest.approx([220, 190, 420, 390], abs=1)


def test_a_click_of_an_unsteady_hand_selects_and_draws_nothing(
    editor: Callable[..., Page], world: dict[str, Any]
) -> None:
    page = editor(world["images"][1])
    for _ in range(6):  # at a zoom where a pixel of the screen is a small part of one of the image, and before
        x, y = at(page, 90, 90)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 3, y + 3, steps=3)
        page.mouse.up()
        assert [box["id"] for box in probe(page)["boxes"]] == [world["box"]]
        assert probe(page)["selection"] == {"kind": "box", "id": world["box"]}
        page.keyboard.press("Escape")
        page.mouse.move(*at(page, 90, 90))
        page.mouse.wheel(0, -300)
    assert saved(page, world["images"][1])["boxes"][0]["xyxy"] == [40, 40, 140, 140]


def test_delete_takes_boxes_and_leaves_suggestions(editor: Callable[..., Page], world: dict[str, Any]) -> None:
    image = world["images"][1]
    page = editor(image)
    page.keyboard.press("Control+a")
    expect(page.get_by_test_id("several")).to_contain_text("2")
    page.keyboard.press("Delete")
    expect(page.get_by_test_id("toast")).to_contain_text("Suggestions stay")
    state = saved(page, image)
    assert (len(state["boxes"]), len(state["suggestions"])) == (0, 1)
    page.keyboard.press("Control+z")
    assert len(saved(page, image)["boxes"]) == 1


@pytest.mark.parametrize("who", ["owner", "annotator"])
def test_a_box_over_a_suggestion_answers_it(who: str, editor: Callable[..., Page], world: dict[str, Any]) -> None:
    image = world["images"][2]
    page = editor(image, who)
    drag(page, (301, 101), (399, 199))
    expect(page.get_by_test_id("suggestion-item")).to_have_count(0)
    state = saved(page, image)
    assert (len(state["boxes"]), len(state["suggestions"])) == (1, 0)
    if who == "owner":
        page.keyboard.press("Control+z")
        state = saved(page, image)
        assert (len(state["boxes"]), len(state["suggestions"])) == (0, 1)


def test_a_yes_where_an_equal_box_is_asks_first(editor: Callable[..., Page], world: dict[str, Any]) -> None:
    image = world["images"][3]
    page = editor(image)
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_test_id("toast")).to_contain_text("is here already")
    expect(page.get_by_test_id("suggestion-item")).to_have_count(1)
    page.keyboard.press("x")
    state = saved(page, image)
    assert (len(state["boxes"]), len(state["suggestions"])) == (1, 0)


def test_who_may_not_answer_is_said_why(editor: Callable[..., Page], world: dict[str, Any]) -> None:
    page = editor(world["images"][1], "viewer")
    page.get_by_test_id("suggestion-item").get_by_role("button").first.click()
    expect(page.get_by_test_id("accept")).to_be_disabled()
    expect(page.get_by_test_id("accept")).to_have_attribute("title", "You cannot answer suggestions here.")
    expect(page.get_by_test_id("no-review")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_test_id("toast")).to_contain_text("You cannot answer suggestions here")


def test_a_lower_cut_off_shows_what_runs_dropped(editor: Callable[..., Page], world: dict[str, Any]) -> None:
    image = world["images"][4]
    page = editor(image)
    offers = page.get_by_test_id("suggestion-item")
    expect(offers).to_have_count(1)
    page.get_by_test_id("cutoff-open").click()
    expect(page.get_by_test_id("cutoff-said")).to_contain_text("2 less sure finds")
    expect(offers).to_have_count(1)
    page.get_by_test_id("cutoff").fill("20")
    expect(offers).to_have_count(2)
    offers.nth(1).get_by_role("button").first.click()
    page.keyboard.press("a")
    expect(page.get_by_test_id("box-item")).to_have_count(1)
    state = saved(page, image)
    assert [box["xyxy"][0] for box in state["boxes"]] == [200]
    page.get_by_test_id("cutoff-open").click()
    expect(offers).to_have_count(1)


def test_a_box_without_a_class_waits_until_its_class_is_made(
    editor: Callable[..., Page], world: dict[str, Any]
) -> None:
    first, second = world["empty"]
    page = editor(first, "annotator")
    drag(page, (100, 100), (300, 300))
    expect(page.get_by_test_id("classless")).to_contain_text("Ask Olga")
    page.reload()
    expect(page.get_by_test_id("classless")).to_contain_text("1 box waits")
    owner = editor(second)
    drag(owner, (100, 100), (300, 300))
    owner.get_by_test_id("palette-search").fill("heron")
    expect(owner.get_by_test_id("palette-new")).to_contain_text("heron")
    owner.keyboard.press("Enter")
    expect(owner.get_by_test_id("box-item")).to_contain_text("heron")
    assert len(saved(owner, second)["boxes"]) == 1
    page.get_by_test_id("classless-again").click()
    expect(page.locator("#palette")).to_contain_text("heron")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("classless")).to_be_hidden()
    expect(page.get_by_test_id("box-item")).to_contain_text("heron")
    assert len(saved(page, first)["boxes"]) == 1


def test_the_class_that_home_asks_for_is_in_hand(editor: Callable[..., Page], world: dict[str, Any]) -> None:
    page = editor(world["images"][0])
    page.goto(f"/projects/{world['project']}/next/?class={world['dog']}")
    expect(page.get_by_test_id("canvas")).not_to_have_attribute("data-image", "")
    assert probe(page)["currentClass"] == world["dog"]
