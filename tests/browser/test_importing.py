"""Labels on their way in through the browser: a dropped zip, its preview, the import, the review of its predictions,
undo.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.annotations.imports.made import yolo, zip_of
from tests.factories import PASSWORD
from tests.installation import ROOT, Installation

pytestmark = pytest.mark.alone
Opener = Callable[..., Page]
EMAIL = "importing@example.org"
MADE = f"""
import django
django.setup()
from tests import factories
print(factories.make_project(factories.make_user("{EMAIL}"), name="Importing").pk)
"""
DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "application/zip" }));
  const drop = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer });
  document.querySelector("#import-drop").dispatchEvent(drop);
}"""


@pytest.fixture(scope="module")
def project(installation: Installation) -> int:
    environment = os.environ | {
        "LABELHUB_DATA_DIR": str(installation.data),
        "DJANGO_SETTINGS_MODULE": "labelhub.settings",
    }
    for variable in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(variable, None)
    call = [sys.executable, "-c", MADE]
    made = subprocess.run(call, env=environment, check=True, capture_output=True, text=True, cwd=ROOT)
    return int(made.stdout.split()[-1])


def test_a_dropped_zip_is_previewed_imported_reviewed_and_undone(open_page: Opener, project: int) -> None:
    page = open_page()
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("New project")).first).to_be_visible()
    page.goto(f"/projects/{project}/import/")
    files = yolo(("a", "b"))
    files["labels/b.txt"] = "0 0.5 0.5 0.5 0.5 0.75\n"  # with a probability: a prediction
    page.evaluate(DROP, ["set.zip", base64.b64encode(zip_of(files)).decode()])
    page.wait_for_url(re.compile(r"/import/\d+/$"))

    preview = page.get_by_test_id("preview")
    expect(preview).to_contain_text("Labels in YOLO format")
    expect(preview.get_by_label("What cat becomes")).to_have_value("new")
    preview.get_by_label("What dog becomes").select_option("")
    page.get_by_test_id("import-start").click()
    expect(page.locator("#import-state")).to_have_text("Imported")
    page.get_by_role("link", name="Review these").click()
    expect(page.get_by_test_id("filter-run")).to_have_value(re.compile(r"batch-\d+"))
    expect(page.get_by_test_id("total")).to_have_text("1")

    page.go_back()
    page.get_by_role("button", name="Undo this import").click()
    asked = page.get_by_role("dialog")
    asked.get_by_label("Delete the pictures").check()
    asked.get_by_role("button", name="Undo this import").click()
    expect(page.locator("#import-state")).to_have_text("Undone")
    expect(page.locator("dl.pairs")).to_contain_text("Pictures that went, too")
    expect(page.locator("dl.pairs")).to_contain_text("Classes that went, too")
    page.goto(f"/projects/{project}/images/")
    expect(page.locator("li[aria-setsize]")).to_have_count(0)
