"""A real installation for browser tests, and Debian's Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect, sync_playwright

from tests.installation import ARTIFACTS, Installation, started

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_MS = 20_000  # the server answers beside its workers, on a machine that may be busy
QUIET = [
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with started(tmp_path_factory.mktemp("installation"), log="serve.log") as running:
        yield running


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
