#!/usr/bin/env python
"""How long a newcomer waits: from sign-in, through the sample project, to the first auto-labels, in a real browser with
a worker.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
EMAIL, PASSWORD = "new@example.org", "correct-horse-battery"
LONGEST_S = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, help="a folder for a picture of every step")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="labelhub-first-") as data:
        environment = os.environ | {"LABELHUB_DATA_DIR": data, "PYTHONUNBUFFERED": "1"}
        environment.setdefault("LABELHUB_WEIGHTS_DIR", str(ROOT / "data" / "weights"))
        for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        serving = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        try:
            newcomer(f"http://127.0.0.1:{port}", token_of(serving), asked.pictures)
        finally:
            serving.send_signal(signal.SIGTERM)
            try:
                serving.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(serving.pid, signal.SIGKILL)


def token_of(serving: subprocess.Popen[str]) -> str:
    assert serving.stdout is not None
    for line in serving.stdout:
        if found := re.search(r"/setup/([\w-]+)/", line):
            return found.group(1)
    raise SystemExit("serve ended before it printed its link")


def newcomer(url: str, token: str, pictures: Path | None) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url + "/health", timeout=2) as answer:
                if answer.status == 200:
                    break
        except OSError:
            time.sleep(0.1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(base_url=url, viewport={"width": 1440, "height": 900})
        page.set_default_timeout(LONGEST_S * 1000)
        page.goto(f"/setup/{token}/")
        page.get_by_label("Email").fill(EMAIL)
        page.get_by_label("Your name").fill("New")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        page.wait_for_url("**/")
        page.context.clear_cookies()
        page.goto("/accounts/login/")
        page.locator("#id_login").fill(EMAIL)
        page.locator("#id_password").fill(PASSWORD)
        steps = Steps(page, pictures)
        page.locator("#id_password").press("Enter")
        page.get_by_role("button", name="Try it on a sample").wait_for()
        steps.done("signed in")
        page.get_by_role("button", name="Try it on a sample").click()
        page.wait_for_url(re.compile(r"/projects/\d+/$"))
        page.locator(".coming, #next").first.wait_for()
        steps.done("sample project opened")
        page.get_by_role("button", name="Find the rest").wait_for()
        steps.done("pictures rendered, boxes drawn")
        page.get_by_role("button", name="Find the rest").click()
        page.wait_for_url(re.compile(r"/runs/\d+/$"))
        steps.done("run started")
        page.locator("#run-review").wait_for(state="visible")
        steps.done("first auto-labels")
        page.locator("#run-review").click()
        page.get_by_test_id("queue").locator("li").first.wait_for()
        steps.done("suggestions on the review page")
        browser.close()


class Steps:
    """Prints the seconds since sign-in was pressed, and since the step before."""

    def __init__(self, page: Page, pictures: Path | None) -> None:
        self.page, self.pictures = page, pictures
        self.began = self.last = time.monotonic()
        self.count = 0

    def done(self, what: str) -> None:
        now = time.monotonic()
        print(f"{now - self.began:6.1f} s  (+{now - self.last:5.1f})  {what}", flush=True)
        self.count += 1
        if self.pictures:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.pictures / f"{self.count}.png")
        self.last = now


if __name__ == "__main__":
    main()
