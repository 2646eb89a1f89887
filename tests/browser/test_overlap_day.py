"""A day of overlap: two people label the same images apart, neither sees the other's boxes, where they differ is
settled, and the export holds what was settled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_editor import inside
from tests.browser.test_loop import draw, probe, wait_until_saved
from tests.browser.test_team_day import PREPARE, wait_for_work
from tests.installation import Installation

pytestmark = pytest.mark.alone
Opener = Callable[..., Page]

BOTH, ANN_ONLY = [100.0, 100.0, 300.0, 260.0], [380.0, 300.0, 560.0, 420.0]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_day_of_overlap(language: str, installation: Installation, open_page: Opener) -> None:
    prepare = PREPARE.replace("LANGUAGE", f"apart-{language}").replace("range(4)", "range(2)")
    world: dict[str, Any] = json.loads(inside(installation, prepare).splitlines()[-1])
    project, images = world["project"], world["images"]

    def seat(name: str) -> Page:
        page = open_page(locale=language)
        cookies = {"sessionid": world["sessions"][name], "django_language": language}
        page.context.add_cookies(
            [{"name": key, "value": value, "url": installation.url} for key, value in cookies.items()]
        )
        return page

    manager = seat("mina")
    manager.goto(f"/projects/{project}/jobs/make/")
    manager.locator("[name=name]").fill("Two look at each")
    for person in ("Ann", "Bo"):
        manager.get_by_label(person, exact=True).check()
    manager.locator("[name=overlap]").fill("2")
    manager.locator(".form-actions .primary").click()
    row = manager.get_by_test_id("work-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Ann")
    expect(row).to_contain_text("Bo")

    for name, drawn in (("ann", {0: [BOTH, ANN_ONLY], 1: [BOTH]}), ("bo", {0: [BOTH], 1: [BOTH]})):
        page = seat(name)
        page.goto(f"/projects/{project}/")
        page.locator("#next").click()
        for number, image in enumerate(images):
            wait_for_work(page, image)
            assert probe(page)["boxes"] == []  # whatever another has drawn there
            for xyxy in drawn[number]:
                draw(page, xyxy)
            wait_until_saved(page)
            page.locator("[data-work=submit]").click()
        expect(page).to_have_url(re.compile(rf"/projects/{project}/jobs/"))
        own = [page.request.get(f"/api/images/{image}/").json()["boxes"] for image in images]
        assert [len(boxes) for boxes in own] == [len(drawn[0]), len(drawn[1])]
        assert page.request.get(f"/api/projects/{project}/export/?format=coco&state=any&unfinished=1").status == 400
    assert manager.request.get(f"/api/projects/{project}/boxes/").json()["results"] == []

    manager.goto(f"/projects/{project}/jobs/")
    manager.get_by_role("link", name="Two look at each").click()
    people = manager.get_by_test_id("work-image").first
    expect(people).to_contain_text("Ann")
    expect(people).to_contain_text("Bo")
    manager.locator("a[href$='/settle/']").click()
    manager.locator("button[value=agreed]").click()
    expect(manager.locator("button[value=agreed]")).to_have_count(0)
    expect(manager.locator(".settle-place")).to_have_count(1)
    manager.keyboard.press("1")  # the class, not "no box"
    manager.keyboard.press("Enter")
    expect(manager.locator(".empty")).to_be_visible()

    answer = manager.request.get(f"/api/projects/{project}/export/?format=coco").json()
    names = {image["id"]: image["file_name"] for image in answer["images"]}
    found = sorted((names[one["image_id"]], one["bbox"]) for one in answer["annotations"])
    assert [name for name, _bbox in found] == ["0.jpg", "0.jpg", "1.jpg"]
    for (_name, bbox), (x1, y1, x2, y2) in zip(found, (BOTH, ANN_ONLY, BOTH), strict=True):
        assert bbox == pytest.approx([x1, y1, x2 - x1, y2 - y1], abs=3)
