"""A team's day: images are handed out, labelled by two people, one of them by phone, reviewed, and exported once
final.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_editor import inside
from tests.browser.test_loop import draw, wait_for_image, wait_until_saved
from tests.installation import Installation

pytestmark = pytest.mark.alone
Opener = Callable[..., Page]

PREPARE = """
import json
import re
from django.test import Client
from tests import factories
def session(user):
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value
project = factories.make_project(factories.make_user("boss-LANGUAGE@example.org"), workflow=True, name="Day")
factories.make_class(project, "fox")
images = [factories.make_image(project, name=f"{n}.jpg", width=640, height=480) for n in range(4)]
people = {
    name: factories.make_member(project, role, name=name.title(), email=f"{name}-LANGUAGE@example.org")
    for name, role in (("mina", "manager"), ("ann", "annotator"), ("bo", "annotator"), ("rey", "reviewer"))
}
print(json.dumps({
    "project": project.pk,
    "images": [image.pk for image in images],
    "sessions": {name: session(user) for name, user in people.items()},
}))
"""
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


def wait_for_work(page: Page, image: int) -> None:
    wait_for_image(page, image)
    expect(page.get_by_test_id("work-bar")).to_have_attribute("data-image", str(image))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_day(language: str, installation: Installation, open_page: Opener) -> None:
    world: dict[str, Any] = json.loads(inside(installation, PREPARE.replace("LANGUAGE", language)).splitlines()[-1])
    project = world["project"]

    def seat(name: str, **options: Any) -> Page:
        page = open_page(locale=language, **options)
        cookies = {"sessionid": world["sessions"][name], "django_language": language}
        page.context.add_cookies(
            [{"name": key, "value": value, "url": installation.url} for key, value in cookies.items()]
        )
        return page

    manager = seat("mina")
    manager.goto(f"/projects/{project}/jobs/make/")
    manager.locator("[name=name]").fill("Monday")
    for person in ("Ann", "Bo"):
        manager.get_by_label(person, exact=True).check()
    manager.locator(".form-actions .primary").click()
    expect(manager.get_by_test_id("work-row")).to_have_count(2)

    for name, mine, options in (("ann", world["images"][:2], {}), ("bo", world["images"][2:], PHONE)):
        page = seat(name, **options)
        page.goto(f"/projects/{project}/")
        page.locator("#next").click()
        for number, image in enumerate(mine):
            wait_for_work(page, image)
            expect(page.get_by_test_id("work-state")).to_have_text({"en": "In progress", "ko": "진행 중"}[language])
            draw(page, (100, 100, 300, 260 + number))
            wait_until_saved(page)
            page.locator("[data-work=submit]").click()
        expect(page).to_have_url(re.compile(rf"/projects/{project}/jobs/"))

    reviewer = seat("rey")
    reviewer.goto(f"/projects/{project}/")
    reviewer.locator("#next").click()
    wait_for_work(reviewer, world["images"][0])
    reviewer.locator("[data-work=return]").click()
    reviewer.locator("#work-why-text").fill("Too loose.")
    reviewer.locator("[data-role=why-send]").click()
    for image in world["images"][1:]:
        wait_for_work(reviewer, image)
        expect(reviewer.get_by_test_id("work-state")).to_have_text({"en": "Submitted", "ko": "제출됨"}[language])
        reviewer.keyboard.press("Control+Enter")
    expect(reviewer).to_have_url(re.compile("/jobs/"))

    back = seat("ann")
    back.goto(f"/projects/{project}/jobs/")
    back.locator("#work-next").click()
    wait_for_work(back, world["images"][0])
    expect(back.get_by_test_id("work-note")).to_have_text("Too loose.")

    manager.goto(f"/projects/{project}/jobs/")
    bar = manager.locator(".work-legend").first
    expect(bar.locator(".final strong")).to_have_text("3")
    expect(bar.locator(".returned strong")).to_have_text("1")
    answer = manager.request.get(f"/api/projects/{project}/export/?format=coco")
    assert sorted(image["file_name"] for image in answer.json()["images"]) == ["1.jpg", "2.jpg", "3.jpg"]
    whole = manager.request.get(f"/api/projects/{project}/export/?format=coco&state=any&unfinished=1")
    assert len(whole.json()["images"]) == 4
