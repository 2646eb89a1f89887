"""How long the review page itself takes for 300 answers: real crops in a real browser, a scripted person who never
thinks.

Timed in the page, from each key to the frame that shows the next suggestion with its crop; the requests by the
browser's own clock.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from bench.web.web_memory import free_port, wait_until_up  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
# From the key to the frame after the one that moved the focus, and until the crop there is a picture.
WATCH = """() => {
  performance.setResourceTimingBufferSize(20000);
  window.answers = [];
  window.addEventListener("keydown", (event) => {
    const began = performance.now();
    const frames = () => requestAnimationFrame(() => setTimeout(() => {
      const seen = performance.now() - began;
      const picture = document.querySelector(".tile.focused img");
      const done = () => window.answers.push({ key: event.key, seen, crop: performance.now() - began });
      if (!picture || picture.complete) done();
      else for (const end of ["load", "error"]) picture.addEventListener(end, done, { once: true });
    }));
    frames();
  }, true);
}"""
REQUESTS = """() => performance.getEntriesByType("resource").map(({ name, duration }) => ({ name, duration }))"""


def quantiles(values: list[float]) -> str:
    cuts = statistics.quantiles(values, n=20) if len(values) > 1 else values * 19
    return f"median {statistics.median(values):.0f} ms, 95% under {cuts[18]:.0f} ms, longest {max(values):.0f} ms"


def review(url: str, chromium: str, project: int, right: dict[int, bool], wanted: int, ordering: str) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    from bench.web.review_project import EMAIL, PASSWORD

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900}, base_url=url, bypass_csp=True)
        page.goto("/accounts/login/")
        page.locator("#id_login").fill(EMAIL)
        page.locator("#id_password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/")
        began = time.monotonic()
        page.goto(f"/projects/{project}/review/?ordering={ordering}")
        page.locator(".tile.focused img").wait_for()
        page.wait_for_function("document.querySelector('.tile.focused img').complete")
        loaded = time.monotonic() - began
        page.evaluate(WATCH)
        began = time.monotonic()
        for number in range(1, wanted + 1):
            focused = int(page.locator(".tile.focused").get_attribute("data-id") or 0)
            page.keyboard.press("a" if right[focused] else "x")
            page.wait_for_function(f"window.answers.length >= {number}")
        answered = time.monotonic() - began
        began = time.monotonic()
        page.wait_for_function("document.querySelector('[data-role=save-state]').dataset.state === 'saved'")
        saved = time.monotonic() - began
        answers, requests = page.evaluate("window.answers"), page.evaluate(REQUESTS)
        browser.close()
    return {"loaded": loaded, "answered": answered, "saved": saved, "answers": answers, "requests": requests}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA / "bccd")
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--ordering", default="useful", choices=("useful", "-probability", "probability"))
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    args = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="labelhub-review-") as folder:
        os.environ |= {"LABELHUB_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "labelhub.settings"}
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        from bench.web.review_project import seed
        from labelhub.processes.supervisor import web

        seeded = seed(args.data, images=args.images)
        process = subprocess.Popen(web("127.0.0.1", port).command, cwd=ROOT, env=os.environ.copy())
        try:
            wait_until_up(port, process)
            found = review(
                f"http://127.0.0.1:{port}", args.chromium, seeded.project.pk, seeded.right, args.answers, args.ordering
            )
        finally:
            process.terminate()
            process.wait()
        report(found, args.answers, len(seeded.right), {row["state"] for row in _states(seeded.project.pk)})
    return 0


def _states(project: int) -> list[dict[str, Any]]:
    from annotations.models import Suggestion

    return list(Suggestion.objects.filter(image__project=project).values("state").distinct())


def report(found: dict[str, Any], wanted: int, there: int, states: set[str]) -> None:
    seen = [one["seen"] for one in found["answers"]]
    crops = [one["crop"] for one in found["answers"]]
    decisions = [one["duration"] for one in found["requests"] if one["name"].endswith(("/accept/", "/reject/"))]
    pictures = [one["duration"] for one in found["requests"] if "crop" in one["name"]]
    own = found["loaded"] + sum(crops) / 1000 + found["saved"]
    print(f"{wanted} answers among {there} suggestions; states now: {', '.join(sorted(states))}")
    print(f"the interface itself        {own:.1f} s   (load, answers, last saving; goal: 300 answers in under 300 s)")
    print(f"page and first crop shown   {found['loaded']:.2f} s")
    print(f"key to next suggestion      {quantiles(seen)}")
    print(f"key to next crop shown      {quantiles(crops)}")
    print(f"requests that decide        {len(decisions)}: {quantiles(decisions)}")
    print(f"crops                       {len(pictures)}: {quantiles(pictures)}")
    print(f"after the last key, saved   {found['saved']:.2f} s")
    print(f"the scripted person's run   {found['answered']:.1f} s, the script's own waiting with it")


if __name__ == "__main__":
    sys.exit(main())
