"""Seconds to make, open, compare, export and restore a version of 50,000 images with 500,000 boxes.

Makes the project first, on SQLite in a folder of its own, or on PostgreSQL in a database of its own (`--database URL`);
`--data FOLDER` keeps it for the next time. Prints wall clock and this process' processor time of each step.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
EACH = 10  # boxes an image
CHANGED = 500  # images that change between two versions


def timed(name: str, act: Callable[[], Any]) -> Any:
    clock_s, cpu = time.monotonic(), time.process_time()
    found = act()
    print(f"{name:44} {time.monotonic() - clock_s:7.2f} s  {time.process_time() - cpu:7.2f} s of processor", flush=True)
    return found


def seed(images: int) -> Any:
    from annotations.models import Box, BoxHistory, Complete, LabelClass
    from bench.web import large_data
    from projects.models import Dataset, Image, Membership, Project, Role, User

    rng = random.Random(0)
    owner = User.objects.create_user("versions@example.org", "correct-horse-battery")
    project = Project.objects.create(name=f"Versions {images}", created_by=owner)
    Membership.objects.create(project=project, user=owner, role=Role.OWNER)
    datasets = [Dataset.objects.create(project=project, name=name) for name in ("Front", "Rear", "Night")]
    labels = [
        LabelClass.objects.create(project=project, name=name, color=color, position=place)
        for place, (name, color) in enumerate(zip(large_data.CLASSES, large_data.COLORS, strict=True))
    ]
    files = [large_data._picture(rng, "versions", number) for number in range(large_data.PICTURES)]
    large_data._bulk(Image, large_data._images(rng, images, project, datasets, [owner] * 4, files))
    rows = list(project.images.order_by("id").values_list("id", "width", "height"))
    boxes = (
        Box(image_id=pk, label=rng.choice(labels), author=owner, **large_data._corners(rng, width, height))
        for pk, width, height in rows
        for _ in range(EACH)
    )
    while part := list(islice(boxes, 20_000)):
        large_data._bulk(Box, part)
        large_data._bulk(BoxHistory, [large_data._history(project, box) for box in part])
    marks = (Complete(image_id=pk, label=label, by=owner) for pk, *_ in rows for label in labels[:2])
    large_data._bulk(Complete, (mark for mark in marks if rng.random() < 0.3))
    return project


def replay(project: Any) -> int:
    """What a version that is a position in the history would cost to open: the last row of each box."""
    from django.db.models import Max

    from annotations.models import BoxHistory

    last = BoxHistory.objects.filter(project=project, box__isnull=False).order_by().values("box").annotate(n=Max("id"))
    rows = BoxHistory.objects.filter(pk__in=last.values("n")).values_list("box", "label", "x1", "y1", "x2", "y2")
    return len(list(rows.iterator()))


def change(project: Any, boxes: str) -> None:
    from django.db.models import F

    from annotations.models import Box
    from projects.models import Image

    ids = list(project.images.order_by("id").values_list("pk", flat=True))
    ids = ids if boxes == "all" else ids[:: max(1, len(ids) // CHANGED)]
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        Box.objects.filter(image__in=part, label__position=0).update(x1=F("x1") + 1)
        Image.objects.filter(pk__in=part).update(version=F("version") + 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--data", default="")
    options = parser.parse_args()
    folder = options.data or tempfile.mkdtemp(prefix="labelhub-versions-")
    os.environ |= {"LABELHUB_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "labelhub.settings"}
    if options.database:
        os.environ["DATABASE_URL"] = options.database
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    measure(options.images)


def measure(images: int) -> None:
    from annotations.exports.actions import stream
    from annotations.exports.choice import ExportChoice
    from annotations.models import VersionBlock
    from annotations.versions import restores
    from annotations.versions.actions import make_version
    from annotations.versions.comparisons import changed_images, compare, pictures
    from annotations.versions.contents import images_of
    from projects.models import Project

    project = Project.objects.filter(name=f"Versions {images}").first() or timed("seed", lambda: seed(images))
    owner = project.created_by
    timed("open a position in the history (for measure)", lambda: replay(project))
    first = timed("make the first version", lambda: make_version(owner, project, name="first"))
    print(f"  {first.figures['images']} images, {first.figures['boxes']} boxes, {size(VersionBlock):.1f} MB")
    timed("make another, nothing changed", lambda: make_version(owner, project, name="same"))
    change(project, "some")
    second = timed(f"make another, {CHANGED} images changed", lambda: make_version(owner, project, name="some"))
    timed("open: all boxes", lambda: sum(len(state.boxes) for state in images_of(first)))
    found = timed(f"compare, {CHANGED} images differ", lambda: compare(first, second))
    timed("a page of 24 pictures", lambda: pictures(found, changed_images(found)[:24]))
    change(project, "all")
    third = timed("make another, every image changed", lambda: make_version(owner, project, name="all"))
    timed("compare, every image differs", lambda: compare(first, third))
    choice = ExportChoice("coco", unfinished=True, version=first.pk)
    for name in ("export as COCO", "export again"):
        timed(name, lambda: sum(map(len, stream(owner, project, choice).chunks)))
    print(f"  {len(set(first.exports.values_list('sha256', flat=True)))} hash")
    for version, name in ((first, "restore, every image differs"), (third, "and back")):
        job = restores.start_restore(owner, version)
        timed(name, lambda job=job: restores.run_restore(job.pk))  # type: ignore[misc]
        job.refresh_from_db()
        print(f"  {job.state} {job.result}")


def size(blocks: Any) -> float:
    def data() -> Iterator[int]:
        yield from (len(bytes(row)) for row in blocks.objects.values_list("data", flat=True).iterator(8))

    return sum(data()) / 1e6


if __name__ == "__main__":
    main()
