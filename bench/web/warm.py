#!/usr/bin/env python
"""From a key press in the editor to the boxes: key R with class models, with a detector and with "learn now", key J,
and a search over all images, on photographs of two megapixels that nobody looked at before.

    python bench/web/warm.py --set FOLDER [--count 20]

FOLDER: images/ and annotations.json (COCO), of which the first class and ten images of it are learned. A site of its
own is started and thrown away. It follows a run by its websocket and fetches the labels at its end, as the editor does.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
CSRF = "a" * 32
SHOTS = 10  # images learned from
MEGAPIXELS = 2_000_000
LONGEST_S = 300.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="labelhub-warm-") as folder:
        os.environ |= {"LABELHUB_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "labelhub.settings"}
        os.environ.setdefault("LABELHUB_WEIGHTS_DIR", str(ROOT / "data" / "weights"))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        scene = make_scene(asked.set, asked.count)
        from bench.web.web_memory import free_port

        port = free_port()
        serving = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT, stdout=(Path(folder) / "serve.log").open("wb"), stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            measure(Editor(port, scene), scene, asked.count)
        finally:
            serving.send_signal(signal.SIGTERM)
            try:
                serving.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(serving.pid, signal.SIGKILL)


class Scene:
    """A project of images with shots of one class; `new` and `boxed` are images that nothing has looked at yet."""

    def __init__(self, project: int, label: int, session: str) -> None:
        self.project, self.label, self.session = project, label, session
        self.shots: list[int] = []
        self.boxes: dict[int, str] = {}
        self.new: list[int] = []
        self.boxed: list[int] = []


def make_scene(folder: Path, count: int) -> Scene:
    from django.core.files.base import ContentFile
    from django.test import Client
    from PIL import Image as Picture

    from annotations.models import Complete
    from projects.models import Image
    from tests import factories

    coco = json.loads((folder / "annotations.json").read_text())
    category = coco["categories"][0]
    boxes: dict[int, list[list[float]]] = {}
    for row in coco["annotations"]:
        if row["category_id"] == category["id"]:
            boxes.setdefault(row["image_id"], []).append(row["bbox"])
    project = factories.make_project()
    label = factories.make_class(project, name=category["name"])
    client = Client()
    client.force_login(project.created_by)
    scene = Scene(project.pk, label.pk, client.cookies["sessionid"].value)
    rows = sorted((row for row in coco["images"] if row["id"] in boxes), key=lambda row: row["id"])
    made = []
    for number in range(SHOTS + 5 * (count + 2)):
        row = rows[number % len(rows)]
        with Picture.open(folder / "images" / Path(row["file_name"]).name) as file:
            picture = file.convert("RGB")
        scale = (MEGAPIXELS / (picture.width * picture.height)) ** 0.5
        picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=90, comment=str(number).encode())  # one used twice is another file
        image = Image(
            project=project, dataset=project.datasets.first(), name=f"{number}.jpg", width=picture.width,
            height=picture.height, bytes=data.tell(), sha256=hashlib.sha256(data.getvalue()).hexdigest(),
        )  # fmt: skip
        image.file.save("original.jpg", ContentFile(data.getvalue()), save=False)
        image.thumb.save("thumb.jpg", ContentFile(data.getvalue()), save=False)
        image.save()
        made.append(image.pk)
        for x, y, w, h in boxes[row["id"]] if number < SHOTS or number % 5 == 0 else []:
            box = factories.make_box(image, label, (scale * x, scale * y, scale * (x + w), scale * (y + h)))
            scene.boxes[image.pk] = str(box.pk)
        if number < SHOTS:
            Complete.objects.create(image=image, label=label)
    scene.shots = made[:SHOTS]
    scene.boxed = [pk for pk in made[SHOTS:] if pk in scene.boxes]
    scene.new = [pk for pk in made[SHOTS:] if pk not in scene.boxes]
    return scene


class Editor:
    """What the editor asks, and how it waits."""

    def __init__(self, port: int, scene: Scene) -> None:
        import httpx

        self.port, self.scene = port, scene
        cookies = {"sessionid": scene.session, "csrftoken": CSRF}
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", cookies=cookies, headers={"X-CSRFToken": CSRF}, timeout=LONGEST_S
        )
        until = time.monotonic() + 60
        while True:
            try:
                self.client.get("/health")
                return
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)

    def post(self, path: str, body: Any) -> Any:
        answer = self.client.post(path, json=body)
        answer.raise_for_status()
        return answer.json()

    def look(self, image: int) -> None:
        """Key R with class models."""
        self.post(f"/api/images/{image}/predict/", {})
        self.client.get(f"/api/images/{image}/").raise_for_status()

    def run(self, body: Any, image: int | None) -> None:
        """A run that is followed to its end."""
        from websockets.sync.client import connect

        run = self.post(f"/api/projects/{self.scene.project}/runs/", body)
        origin: Any = f"http://127.0.0.1:{self.port}"
        with connect(
            f"ws://127.0.0.1:{self.port}/ws/runs/{run['id']}/?since=0", origin=origin,
            additional_headers={"Cookie": f"sessionid={self.scene.session}"},
        ) as socket:  # fmt: skip
            for text in socket:
                message = json.loads(text)
                state = message["payload"].get("state") if message["kind"] == "state" else "running"
                if state not in ("queued", "running"):
                    break
        if state != "done":
            raise SystemExit(f"A run ended as {state}: {message['payload']}")
        if image is not None:
            self.client.get(f"/api/images/{image}/").raise_for_status()


def measure(editor: Editor, scene: Scene, count: int) -> None:
    def new_image(*, with_box: bool) -> int:
        return (scene.boxed if with_box else scene.new).pop()

    editor.run({"kind": "autolabel", "classes": [scene.label], "images": [*scene.shots[:1], new_image(with_box=False)],
                "train": "never"}, None)  # fmt: skip

    def here(**body: Any) -> Callable[[], None]:
        def ask() -> None:
            image = new_image(with_box=False)
            editor.run({**body, "images": [image]}, image)

        return ask

    def alike() -> None:
        image = new_image(with_box=True)
        editor.run({"kind": "similar", "within": True, "image": image, "box": scene.boxes[image]}, image)

    def everywhere() -> None:
        editor.run({"kind": "similar", "image": scene.shots[0], "box": scene.boxes[scene.shots[0]]}, None)

    keys: dict[str, Callable[[], None]] = {
        "R, class models": lambda: editor.look(new_image(with_box=False)),
        "R, detector yolo26n": here(kind="detect", detector="yolo26n", class_map={"person": scene.label}),
        "J, more like this box": alike,
        "R, learn now": here(kind="autolabel", classes=[scene.label], train="never"),
        "search over all images": everywhere,
    }
    for name, ask in keys.items():
        times = []
        for _ in range(count + 1):
            began = time.monotonic()
            ask()
            times.append(time.monotonic() - began)
        first, warm = times[0], sorted(times[1:])
        p50, p95 = warm[len(warm) // 2], warm[int(0.95 * (len(warm) - 1))]
        print(f"{name}: first {first:.2f} s; then p50 {p50:.2f} s, p95 {p95:.2f} s over {len(warm)}", flush=True)
    print(f"at rest: {at_rest():.0f} MB in the engine; load {os.getloadavg()[0]:.1f}")


def at_rest() -> float:
    """Resident megabytes of the warm engines of this site."""
    from training.runner.memory import group_mb

    found = 0.0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if b"--serve" in command and os.environ["LABELHUB_DATA_DIR"].encode() in environment:
            found += group_mb(int(entry.name)) or 0.0
    return found


if __name__ == "__main__":
    main()
