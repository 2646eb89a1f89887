"""What a person at the editor waits for, in a real browser: the next image on screen, and frames with 500 boxes on 24
megapixels.

Prints medians and 95th percentiles. Without a GPU Chromium draws in software, so the frames of a desktop are no slower
than these.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench.web.web_memory import free_port, wait_until_up  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHOTOS = ROOT.parent / "shared" / "data"
WIDTH, HEIGHT, BOXES = 6000, 4000, 500
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# From the key to the second frame after the new picture was drawn: by then it is on the screen.
NEXT = """async () => {
  const canvas = document.querySelector('[data-testid=canvas]');
  const before = canvas.dataset.image, begin = performance.now();
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'd', code: 'KeyD', bubbles: true }));
  while (canvas.dataset.image === before || canvas.dataset.image === '') await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - begin;
}"""
WATCH = """() => {
  window.benchFrames = []; window.benchOn = true; let last;
  const frame = (now) => {
    if (last !== undefined) window.benchFrames.push(now - last);
    last = now; if (window.benchOn) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""


def picture(width: int, height: int, seed: int) -> bytes:
    from PIL import Image as Pillow

    noise = Pillow.frombytes(
        "RGB", (width // 8, height // 8), random.Random(seed).randbytes(width // 8 * (height // 8) * 3)
    )
    out = io.BytesIO()
    noise.resize((width, height)).save(out, "JPEG", quality=85)
    return out.getvalue()


def add_image(project: Any, name: str, data: bytes) -> Any:
    from django.core.files.base import ContentFile
    from PIL import Image as Pillow

    from projects.models import Image

    with Pillow.open(io.BytesIO(data)) as opened:
        width, height = opened.size
    image = Image(
        project=project, dataset=project.datasets.first(), name=name, sha256=uuid.uuid4().hex * 2, width=width,
        height=height, bytes=len(data),
    )  # fmt: skip
    image.file.save("original.jpg", ContentFile(data), save=False)
    image.thumb.save("thumb.jpg", ContentFile(data), save=False)
    image.save()
    return image


def prepare(photos: int) -> tuple[str, list[int], int]:
    """The owner's session, the photos in order, and the large image with its boxes."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from annotations.models import Box
    from tests import factories

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    project = factories.make_project()
    labels = [factories.make_class(project, f"class {n}", color=f"#{n * 2654435 % 0xFFFFFF:06x}") for n in range(1, 9)]
    large = factories.make_project(project.created_by)
    files = [path for folder in sorted(PHOTOS.glob("*/images")) for path in sorted(folder.iterdir())][: photos * 7 : 7]
    contents = [path.read_bytes() for path in files if path.suffix.lower() in {".jpg", ".jpeg"}]
    contents = contents or [picture(1600, 1200, n) for n in range(photos)]
    images = [add_image(project, f"photo {n}.jpg", data) for n, data in enumerate(contents)]
    dice = random.Random(1)
    for image in images:
        Box.objects.bulk_create(random_boxes(image, labels, 12, dice))
    big_labels = [factories.make_class(large, label.name, color=label.color) for label in labels]
    big = add_image(large, "large.jpg", picture(WIDTH, HEIGHT, 5))
    Box.objects.bulk_create(random_boxes(big, big_labels, BOXES, dice), batch_size=200)
    client = Client()
    client.force_login(project.created_by)
    return client.cookies["sessionid"].value, [image.pk for image in images], big.pk


def random_boxes(image: Any, labels: list[Any], count: int, dice: random.Random) -> list[Any]:
    from annotations.models import Box

    boxes = []
    for _ in range(count):
        width, height = image.width * dice.uniform(0.02, 0.1), image.height * dice.uniform(0.02, 0.1)
        x, y = dice.uniform(0, image.width - width), dice.uniform(0, image.height - height)
        boxes.append(Box(image=image, label=dice.choice(labels), x1=x, y1=y, x2=x + width, y2=y + height))
    return boxes


def shown(page: Page, image: int) -> None:
    page.locator(f"[data-testid=canvas][data-image='{image}']").wait_for()


def measure_next(page: Page, images: list[int], think_ms: int) -> list[float]:
    """Through all images by key, with a moment on each as a person has."""
    page.goto(f"/images/{images[0]}/")
    shown(page, images[0])
    times = []
    for _ in images[1:]:
        page.wait_for_timeout(think_ms)
        times.append(page.evaluate(NEXT))
    return times


@dataclass(frozen=True)
class Frames:
    """Times between frames, and the processor time of the page's thread for each: what counts on a machine that does
    other things too.
    """

    times: list[float]
    work_ms: float


def frames_of(page: Page, act: Any) -> Frames:
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        return next(
            row["value"] for row in tools.send("Performance.getMetrics")["metrics"] if row["name"] == "TaskDuration"
        )

    page.evaluate(WATCH)
    before = worked()
    act()
    work = worked() - before
    times = page.evaluate("() => { window.benchOn = false; return window.benchFrames; }")
    tools.detach()
    return Frames(times, work * 1000 / len(times))


def measure_frames(page: Page, image: int) -> dict[str, Frames]:
    page.goto(f"/images/{image}/")
    shown(page, image)
    page.wait_for_timeout(3000)  # all sizes of the picture are decoded
    bounds = page.get_by_test_id("canvas").bounding_box()
    assert bounds
    x, y = bounds["x"] + bounds["width"] / 2, bounds["y"] + bounds["height"] / 2
    mouse = page.mouse

    def zoom() -> None:
        mouse.move(x, y)
        for step in range(120):
            mouse.wheel(0, -60 if step < 60 else 60)

    def pan() -> None:
        mouse.move(x, y)
        mouse.down(button="middle")
        for step in range(150):
            mouse.move(x + 200 * ((step % 50) / 50 - 0.5), y + 150 * ((step % 30) / 30 - 0.5))
        mouse.up(button="middle")

    def hover() -> None:
        for step in range(150):
            mouse.move(x - 300 + 4 * step, y - 100 + step % 60)

    def drag() -> None:
        page.keyboard.press("Tab")
        page.keyboard.press("f")
        where = page.evaluate(
            """() => { const { selection, boxes } = window.labelhubEditor.state();
            const [x1, y1, x2, y2] = boxes.find((box) => box.id === selection.id).xyxy;
            return window.labelhubEditor.toScreen((x1 + x2) / 2, (y1 + y2) / 2); }"""
        )
        mouse.move(where["x"], where["y"])
        mouse.down()
        for step in range(150):
            mouse.move(where["x"] + step % 40, where["y"] + step % 30)
        mouse.up()

    found = {"zoom": frames_of(page, zoom)}
    page.keyboard.press("f")
    found["pan, whole image"] = frames_of(page, pan)
    page.keyboard.press("0")
    found["pan, 1:1"] = frames_of(page, pan)
    page.keyboard.press("f")
    found["hover"] = frames_of(page, hover)
    found["drag a box"] = frames_of(page, drag)
    return found


def summary(times: list[float]) -> str:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    return f"median {statistics.median(ordered):6.1f} ms   p95 {p95:6.1f} ms   n {len(ordered)}"


def main(photos: int, think_ms: int) -> None:
    from playwright.sync_api import sync_playwright

    port = free_port()
    with tempfile.TemporaryDirectory(prefix="labelhub-editor-") as folder:
        os.environ |= {
            "LABELHUB_DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "labelhub.settings",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        }
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
        session, images, large = prepare(photos)
        from labelhub.processes.supervisor import web

        process = subprocess.Popen(web("127.0.0.1", port).command, cwd=ROOT, env=os.environ.copy())
        try:
            wait_until_up(port, process)
            with sync_playwright() as running:
                browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                url = f"http://127.0.0.1:{port}"
                context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
                context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
                page = context.new_page()
                print(f"next image on screen, {len(images)} photos, {think_ms} ms on each  (goal: median under 100)")
                print(f"  {summary(measure_next(page, images, think_ms))}")
                print(f"frames, {BOXES} boxes on {WIDTH}x{HEIGHT}  (goal: 60 a second, 16.7 ms)")
                for name, found in measure_frames(page, large).items():
                    rate = 1000 / statistics.mean(found.times)
                    print(
                        f"  {name:<18}{summary(found.times)}   {rate:5.1f} frames/s   work {found.work_ms:4.1f} ms a "
                        "frame"
                    )
                browser.close()
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--think-ms", type=int, default=700)
    given = parser.parse_args()
    main(given.photos, given.think_ms)
