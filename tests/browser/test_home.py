"""A newcomer's way: one press makes the sample project, one more starts its first run; the home page in Korean on a
phone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.installation import ROOT, Installation

pytestmark = pytest.mark.alone
EMAIL, PASSWORD = "newcomer@example.org", "correct-horse-battery"
MAKE = (
    f"from projects.models import User; User.objects.filter(email={EMAIL!r}).exists() or "
    f"User.objects.create_user({EMAIL!r}, {PASSWORD!r})"
)


@pytest.fixture
def newcomer(installation: Installation, open_page: Callable[..., Page]) -> Page:
    environment = os.environ | {"LABELHUB_DATA_DIR": str(installation.data)}
    subprocess.run([sys.executable, "manage.py", "shell", "-v0", "-c", MAKE], cwd=ROOT, env=environment, check=True)
    page = open_page()
    page.goto("/accounts/login/")
    page.locator("#id_login").fill(EMAIL)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/")
    return page


def test_two_presses_from_nothing_to_a_run(newcomer: Page) -> None:
    page = newcomer
    page.get_by_role("button", name="Try it on a sample").click()
    page.wait_for_url(re.compile(r"/projects/\d+/$"))
    find = page.get_by_role("button", name="Find the rest")
    expect(find).to_be_visible(timeout=60_000)  # the page comes back by itself once the pictures are there
    expect(page.get_by_label("The way to finished labels").locator(".done")).to_have_count(3)
    home = page.url

    chart = page.get_by_role("group", name=re.compile("New boxes per day"))
    expect(page.locator("#per-day [data-read]")).to_contain_text("9 drawn")
    chart.focus()
    chart.press("ArrowLeft")
    expect(page.locator("#per-day [data-read]")).to_contain_text("no new boxes")

    page.get_by_label("Language").click()
    page.locator("button[name=language][value=ko]").click()
    expect(page.locator("html")).to_have_attribute("lang", "ko")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("언어").click()
    page.locator("button[name=language][value=en]").click()

    page.get_by_role("button", name="Find the rest").click()
    page.wait_for_url(re.compile(r"/runs/\d+/$"))
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#run-state")).to_contain_text(re.compile("Cancelled|Stopping"))
    page.goto(home)
    # What is stopping brings nothing any more, so the step is to be taken again; its notice goes by itself once it has
    # stopped.
    expect(page.get_by_role("heading", name=re.compile("Let LabelHub"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Watch it"))).to_have_count(0, timeout=60_000)


# A form that is sent, as the page sees it; the answer does not come yet.
SENT_FOR_LONG = """() => {
  addEventListener("submit", (event) => event.preventDefault());
  document.querySelector("form").requestSubmit();
}"""
AT_WORK = """
from projects.models import Membership, Project, User
from training.models import Run
project = Project.objects.create(name="At work")
Membership.objects.create(project=project, user=User.objects.get(email=EMAIL), role="owner")
Run.objects.create(project=project, kind="train", number=1)
print("project", project.pk)
"""


def test_the_page_looks_at_a_run_and_never_in_the_way_of_a_form(installation: Installation, newcomer: Page) -> None:
    environment = os.environ | {"LABELHUB_DATA_DIR": str(installation.data)}
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", AT_WORK.replace("EMAIL", repr(EMAIL))]
    made = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    page, answer, asked = newcomer, {"status": 503, "json": {}}, []
    page.route("**/api/runs/*/", lambda route: (asked.append(route), route.fulfill(**answer)))
    loads: list[Page] = []
    home = f"/projects/{made.stdout.split()[-1]}/"
    kept = page.request.get(home).text()  # a worker may take the run up meanwhile
    page.route(f"**{home}", lambda route: route.fulfill(body=kept, content_type="text/html"))
    page.goto(home)
    expect(page.get_by_text("Run #1 waits for its turn.")).to_be_visible()
    page.on("load", lambda loaded: loads.append(loaded))

    for _ in range(2):  # a server that is busy is asked again
        with page.expect_response("**/api/runs/*/"):
            pass
    assert not loads

    answer |= {"status": 200, "json": {"state": "running"}}
    page.evaluate(SENT_FOR_LONG)
    before = len(asked)
    page.wait_for_timeout(6000)
    assert len(asked) == before  # loading the page anew would lose what was sent
    assert not loads

    answer |= {"status": 404, "json": {}}
    page.reload()
    with page.expect_event("load"):  # a run that is gone
        pass
