"""The gallery in a real browser: endless scrolling, choosing by click, key and drag, verbs on many, and uploads that go
on.
"""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.factories import picture_bytes
from tests.installation import Installation

Opener = Callable[..., Page]
SERVER_MS = 60_000  # for what a busy machine has to work at
PASSWORD = "correct-horse-battery"
IMAGES = 230  # more than fit on a screen several times over
MANAGE = """
import sys, django
django.setup()
from tests import factories
from projects.models import Image
owner = factories.make_user("gallery@example.org")
project = factories.make_project(owner, name="Gallery")
factories.make_class(project, name="fox")
project.datasets.create(name="Second")
first = factories.make_image(project, name="000.jpg")
Image.objects.bulk_create(
    Image(project=project, dataset=first.dataset, name=f"{n:03}.jpg", file=first.file, thumb=first.thumb,
          sha256=f"{n + 10**6:064x}", width=64, height=48, bytes=9)
    for n in range(1, int(sys.argv[1]))
)
print(project.pk)
"""

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def gallery(installation: Installation) -> int:
    """A project of its own, made in the installation's database."""
    import os
    import subprocess
    import sys

    environment = os.environ | {
        "LABELHUB_DATA_DIR": str(installation.data),
        "DJANGO_SETTINGS_MODULE": "labelhub.settings",
    }
    for variable in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(variable, None)
    made = subprocess.run(
        [sys.executable, "-c", MANAGE, str(IMAGES)], env=environment, check=True, capture_output=True, text=True,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    return int(made.stdout.split()[-1])


@pytest.fixture
def page(open_page: Opener, gallery: int) -> Page:
    page = open_page()
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill("gallery@example.org")
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("New project")).first).to_be_visible()
    page.goto(f"/projects/{gallery}/images/")
    expect(page.locator("li[aria-setsize]").first).to_be_visible()
    return page


def line(page: Page) -> object:
    return expect(page.locator("#bulk-line"))


def test_only_what_is_visible_is_in_the_document(page: Page, gallery: int) -> None:
    assert page.locator(".thumb").count() < 80
    page.keyboard.press("End")  # the page's own scrolling
    expect(page.get_by_text("229.jpg")).to_be_visible()
    page.get_by_role("link", name="229.jpg").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Home")
    expect(page.get_by_role("link", name="000.jpg")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/images/\d+/\?from=images$"))


def test_choosing_and_changing_many(page: Page, gallery: int) -> None:
    thumbs = page.locator(".thumb")
    thumbs.nth(1).get_by_role("checkbox").click()
    thumbs.nth(4).get_by_role("link").click(modifiers=["Shift"])
    line(page).to_have_text("4 images chosen")
    page.keyboard.press("Escape")
    one, other = thumbs.nth(0).bounding_box(), thumbs.nth(1).bounding_box()
    page.mouse.move(one["x"] + 30, one["y"] + 80)
    page.mouse.down()
    page.mouse.move(other["x"] + 30, other["y"] + 90, steps=4)
    page.mouse.up()
    line(page).to_have_text("2 images chosen")
    assert page.url.endswith("/images/")  # the end of a drag opened nothing
    page.get_by_role("button", name="Complete", exact=True).click()
    asked = page.get_by_test_id("complete-dialog")
    expect(asked).to_contain_text("2 images, 2 without a box")
    asked.get_by_role("button", name="Complete").click()
    said = page.locator(".undo-line").first
    expect(said).to_contain_text("2 images are complete now.")
    said.get_by_role("button", name="Undo").click()
    expect(page.locator(".undo-line")).to_have_count(0)
    page.get_by_role("button", name="Complete", exact=True).click()
    asked.get_by_role("button", name="Complete").click()
    expect(said).to_contain_text("2 images are complete now.")
    page.get_by_role("button", name="Auto-label these").click()
    expect(page.locator(".toast").last).to_contain_text("“fox” has no box yet")  # the run's own answer
    page.get_by_role("button", name="Assign").click()
    expect(thumbs.nth(0).locator(".whose")).to_contain_text("gallery@example.org")
    page.keyboard.press("Control+a")
    line(page).to_have_text(f"{IMAGES} images chosen")
    page.locator("#bulk select[name=dataset]").select_option(label="Second")
    page.get_by_role("button", name="Move").click()
    expect(said).to_contain_text(f"{IMAGES} images moved.")
    thumbs.nth(2).get_by_role("checkbox").click()
    page.keyboard.press("Delete")
    expect(page.locator("#gallery-total")).to_have_text(f"{IMAGES - 1} images")
    page.get_by_label("State").select_option("complete")
    page.wait_for_url(re.compile("state=complete"))
    expect(page.locator("#gallery-total")).to_have_text("2 images")
    page.get_by_text("Save this view").click()
    page.get_by_label("Name", exact=True).first.fill("Ready")
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Saved views").get_by_role("link", name="Ready")).to_have_attribute(
        "aria-current", "page"
    )


def test_an_upload_goes_on_where_it_broke_off(page: Page, gallery: int, tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for n in range(25):
            made.writestr(f"drive/z{n:02}.jpg", picture_bytes(90 + n, 70, seed=n))
        made.writestr("drive/broken.jpg", b"I am no picture")
    (tmp_path / "drive.zip").write_bytes(archive.getvalue())
    page.get_by_role("button", name="Add images").click()
    sent = []

    def second_breaks(route: object) -> None:
        sent.append(route.request.url)
        route.abort() if len(sent) > 1 else route.continue_()

    page.route("**/api/datasets/*/images/", second_breaks)
    page.clock.install()
    page.locator("#upload-files").set_input_files(tmp_path / "drive.zip")
    again = page.locator("#upload-again")
    # The page's waits between its tries pass at once; the first twenty images take the server as long as they take.
    end = time.monotonic() + SERVER_MS / 1000
    while not again.is_visible() and time.monotonic() < end:
        page.clock.run_for(2000)
        page.wait_for_timeout(50)
    expect(again).to_contain_text("6 files")
    page.unroute("**/api/datasets/*/images/")
    again.click()
    expect(page.locator("#upload-line")).to_have_text("25 images added", timeout=SERVER_MS)
    expect(page.locator("#upload-problem-list")).to_contain_text("broken.jpg")
    page.locator("#upload-files").set_input_files(tmp_path / "drive.zip")
    expect(page.locator("#upload-line")).to_have_text("25 images added, 25 were here already", timeout=SERVER_MS)
