"""A real installation for browser tests: own data folder, all processes by `manage.py serve`, Debian's Chromium."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
ARTIFACTS = ROOT / "tests" / "artifacts"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_MS = 20_000  # the server answers beside its workers, on a machine that may be busy
QUIET = [
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


@dataclass
class Installation:
    """A running LabelHub. `lines` is what `serve` printed so far."""

    url: str
    process: subprocess.Popen[str]
    data: Path
    lines: list[str] = field(default_factory=list)

    def printed(self, pattern: str, *, seconds: float = 30) -> str:
        """The first group of the first printed line that matches."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in list(self.lines):
                if found := re.search(pattern, line):
                    return found.group(1)
            time.sleep(0.1)
        raise AssertionError(f"{pattern!r} was never printed:\n" + "\n".join(self.lines[-40:]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("installation")
    environment = os.environ | {"LABELHUB_DATA_DIR": str(data), "PYTHONUNBUFFERED": "1"}
    for variable in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(variable, None)
    for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    running = Installation(f"http://127.0.0.1:{port}", process, data)
    threading.Thread(target=_collect, args=(running,), daemon=True).start()
    try:
        _wait_until_healthy(running)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        ARTIFACTS.mkdir(exist_ok=True)
        (ARTIFACTS / "serve.log").write_text("\n".join(running.lines))


def _collect(running: Installation) -> None:
    assert running.process.stdout is not None
    for line in running.process.stdout:
        running.lines.append(line.rstrip())


def _wait_until_healthy(running: Installation) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(running.url + "/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("serve did not come up:\n" + "\n".join(running.lines))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
    yield running
    running.close()


@pytest.fixture
def open_page(browser: Browser, installation: Installation, request: pytest.FixtureRequest) -> Iterator[object]:
    """Opens a page of a person of its own; a failed test leaves a screenshot and a trace of each."""
    contexts: list[tuple[BrowserContext, Page]] = []

    def make(*, width: int = 1440, height: int = 900, **options: object) -> Page:
        context = browser.new_context(
            base_url=installation.url, viewport={"width": width, "height": height}, accept_downloads=True, **options
        )
        context.tracing.start(screenshots=True, snapshots=True)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None,
        )
        contexts.append((context, page))
        return page

    faults: list[str] = []
    yield make
    failed = request.session.testsfailed > request.node.session_failures
    ARTIFACTS.mkdir(exist_ok=True)
    for number, (context, page) in enumerate(contexts):
        name = f"{request.node.name}-{number}"
        try:
            if failed:
                page.screenshot(path=ARTIFACTS / f"{name}.png")
            context.tracing.stop(path=ARTIFACTS / f"{name}.zip" if failed else None)
        except Error:
            pass
        context.close()
    assert not faults, "errors in the browser: " + "; ".join(faults)


@pytest.fixture(autouse=True)
def _count_failures(request: pytest.FixtureRequest) -> None:
    request.node.session_failures = request.session.testsfailed
