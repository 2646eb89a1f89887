"""Imports of labels: CPU seconds and memory of reading and storing, for boxes and for predictions; and how long a
person's save takes meanwhile. In a data folder of its own: `python bench/web/label_imports.py --images 2000 --boxes 5`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--images", type=int, default=2000)
    options.add_argument("--boxes", type=int, default=5, help="of each image")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LABELHUB_DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "labelhub.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        for scores in (False, True):
            measure(given.images, given.boxes, scores=scores)


def measure(images: int, boxes: int, *, scores: bool) -> None:
    from django.core.files.base import ContentFile

    from annotations.imports import actions, jobs
    from tests import factories

    project = factories.make_project()
    add_images(project, images)
    aside = factories.make_image(project, name="aside.png")
    label = factories.make_class(project, "aside")
    file = ContentFile(coco(images, boxes, scores=scores), name="labels.json")
    job = actions.take_files(project.created_by, project.datasets.get(), [file])
    waits: list[float] = []
    over = threading.Event()
    person = threading.Thread(target=save_on, args=(project.created_by, aside.pk, label.pk, waits, over))
    began, cpu = time.monotonic(), time.process_time()
    jobs.run_step(job.pk)
    read = time.process_time() - cpu
    job.refresh_from_db()
    actions.start(project.created_by, job, {})
    person.start()
    own = time.thread_time()
    jobs.run_step(job.pk)
    store = time.thread_time() - own
    over.set()
    person.join()
    job.refresh_from_db()
    waits.sort()
    slow = [waits[int(len(waits) * 0.95)], waits[-1]] if waits else [0.0, 0.0]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{'predictions' if scores else 'boxes'}: {images} x {boxes}: {job.phase} {job.counts};"
        f" CPU s: read {read:.2f}, store {store:.2f}; wall {time.monotonic() - began:.1f} s; peak {memory} MB;"
        f" saves meanwhile: {len(waits)}, p95 {slow[0] * 1000:.0f} ms, longest {slow[1] * 1000:.0f} ms",
        flush=True,
    )


def add_images(project: Any, count: int) -> None:
    from projects.models import Image

    dataset = project.datasets.get()
    for start in range(0, count, 1000):
        Image.objects.bulk_create(
            Image(
                project=project, dataset=dataset, name=f"{n}.jpg", sha256=uuid.uuid4().hex * 2, width=640, height=480,
                bytes=1, file="x", thumb="y",
            )
            for n in range(start, min(count, start + 1000))
        )  # fmt: skip


def coco(images: int, boxes: int, *, scores: bool) -> bytes:
    rows = [
        {"id": n * boxes + k + 1, "image_id": n + 1, "category_id": 1 + k % 2}
        | {"bbox": [k * 20 + 0.5, k * 10 + 0.25, 20.125, 30.5]}
        | ({"score": (n * 7 + k) % 100 / 100} if scores else {})
        for n in range(images)
        for k in range(boxes)
    ]
    heads = [{"id": n + 1, "file_name": f"{n}.jpg", "width": 640, "height": 480} for n in range(images)]
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    return json.dumps({"images": heads, "annotations": rows, "categories": categories}).encode()


def save_on(actor: Any, image: int, label: int, waits: list[float], over: threading.Event) -> None:
    """A person who saves a box three times a second in another image."""
    from django.db import connection

    from annotations.boxes.actions import apply_changes
    from projects.models import Image

    while not over.wait(0.3):
        row = Image.objects.select_related("project", "dataset").get(pk=image)
        change = {"op": "create", "id": str(uuid.uuid4()), "class": label, "xyxy": [1, 1, 20, 20]}
        began = time.monotonic()
        apply_changes(actor, row, seen=row.version, changes=[change])
        waits.append(time.monotonic() - began)
    connection.close()


if __name__ == "__main__":
    main()
