"""What labels cost in a project of 50,000 images with 500,000 boxes beside one of 500: import, version, export, lists,
filters, saves and restoring, in seconds of processor (this process and PostgreSQL's own), for a busy machine stretches
the clock.

    python bench/web/large_labels.py --report docs/bench/large_labels.md --database postgres://user@host:port/name

Without `--database` it measures SQLite, in a folder of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
EACH = 10  # boxes an image
TIMES = 15  # of each page and save
GOAL_RATIO = 1.2  # of pages and saves


class Work:
    """A project of so many images, and how long each piece of work with it takes."""

    def __init__(self, images: int, cpu_s: Callable[[], float]) -> None:
        from bench.web.label_imports import add_images
        from tests import factories

        self.images, self.cpu_s = images, cpu_s
        self.project: Any = factories.make_project()
        self.owner = self.project.created_by
        add_images(self.project, images)
        self.bulk: dict[str, float] = {}  # seconds of processor
        self.each: dict[str, float] = {}  # milliseconds of processor, at the median

    def timed(self, name: str, act: Callable[[], Any]) -> Any:
        began = time.process_time() + self.cpu_s()
        found = act()
        self.bulk[name] = time.process_time() + self.cpu_s() - began
        print(f"{self.images:6} images, {name}: {self.bulk[name]:.2f} CPU s", flush=True)
        return found

    def repeated(self, name: str, act: Callable[[int], Any]) -> None:
        act(TIMES)
        took = []
        for turn in range(TIMES):
            began = time.process_time() + self.cpu_s()
            act(turn)
            took.append(time.process_time() + self.cpu_s() - began)
        self.each[name] = 1000 * statistics.median(took)
        print(f"{self.images:6} images, {name}: {self.each[name]:.1f} CPU ms", flush=True)

    def run(self) -> None:
        from annotations import statistics as counts
        from annotations.exports.actions import stream
        from annotations.exports.choice import ExportChoice
        from annotations.versions import restores
        from annotations.versions.actions import make_version
        from bench.web.versions import change

        self._import()
        counts.recount(self.project.pk)  # what a worker does once a minute
        version = self.timed("a version of them", lambda: make_version(self.owner, self.project, name="first"))
        choice = ExportChoice("coco", unfinished=True)
        self.timed("export as COCO", lambda: sum(map(len, stream(self.owner, self.project, choice).chunks)))
        self._ask()
        change(self.project, "some")
        job = restores.start_restore(self.owner, version)
        self.timed("restore it, 500 images differ", lambda: restores.run_restore(job.pk))
        job.refresh_from_db()
        if job.state != "done":
            raise SystemExit(f"not restored: {job.problem}")

    def _import(self) -> None:
        from django.core.files.base import ContentFile

        from annotations.imports import actions, jobs
        from bench.web.label_imports import coco

        file = ContentFile(coco(self.images, EACH, scores=False), name="labels.json")
        job = actions.take_files(self.owner, self.project.datasets.get(), [file])
        self.timed("read labels, preview", lambda: jobs.run_step(job.pk))
        job.refresh_from_db()
        actions.start(self.owner, job, {"complete": "all"})
        self.timed("import them", lambda: jobs.run_step(job.pk))
        job.refresh_from_db()
        if job.counts.get("boxes") != self.images * EACH:
            raise SystemExit(f"not all was imported: {job.phase} {job.counts} {job.problems[:2]}")

    def _ask(self) -> None:
        from django.test import Client
        from django.urls import reverse

        client = Client(SERVER_NAME="localhost")
        client.force_login(self.owner)
        ids = list(self.project.images.order_by("id").values_list("pk", flat=True))
        label = self.project.classes.order_by("id")[0].pk
        middle = len(ids) // 2

        def get(url: str) -> Callable[[int], None]:
            def ask(_turn: int) -> None:
                answer = client.get(url)
                if answer.status_code != 200:
                    raise SystemExit(f"{url}: {answer.status_code} {answer.content[:300]!r}")

            return ask

        def save(turn: int) -> None:
            url, pk = reverse("api-image-changes", args=[ids[middle + turn]]), str(uuid.uuid4())
            change = {"op": "create", "id": pk, "class": label, "xyxy": [1, 1, 20, 20]}
            body = {"version": 2, "changes": [change]}  # the import was their first change
            answer = client.post(url, body, content_type="application/json")
            if answer.status_code != 200:
                raise SystemExit(f"{url}: {answer.status_code} {answer.content[:300]!r}")

        images, listed = reverse("images", args=[self.project.pk]), reverse("api-images", args=[self.project.pk])
        gallery = reverse("api-gallery", args=[self.project.pk])
        pages = {
            "page: gallery": images,
            "page: gallery, a class that is complete": f"{images}?class={label}&state=complete",
            "page: editor": reverse("editor", args=[ids[middle]]),
            "page: versions": reverse("versions", args=[self.project.pk]),
            "page: export": reverse("export", args=[self.project.pk]),
            "list: 100 images with boxes": f"{listed}?include=boxes&page_size=100",
            "list: the middle": f"{listed}?include=boxes&page_size=100&page={max(1, len(ids) // 200)}",
            "filter: images of a class": f"{listed}?class={label}&page_size=100",
            "filter: imported boxes": f"{gallery}?origin=import",
            "filter: by name": f"{gallery}?search=77",
            "image with its boxes": reverse("api-image", args=[ids[middle]]),
        }
        for name, url in pages.items():
            self.repeated(name, get(url))
        self.repeated("save a box", save)


def table(database: str, small: Work, large: Work) -> str:
    lines = [
        f"## {database}",
        "",
        f"| work | {small.images:,} images | {large.images:,} images | ratio |",
        "| --- | ---: | ---: | ---: |",
    ]
    share = large.images / small.images
    for name, took in large.bulk.items():
        beside = small.bulk[name]
        ratio = took / beside if "differ" in name else took / beside / share
        kind = "" if "differ" in name else " for each image"
        lines.append(f"| {name} | {beside:.2f} CPU s | {took:.1f} CPU s | {ratio:.2f}{kind} |")
    for name, took in large.each.items():
        ratio = took / small.each[name]
        said = f"**{ratio:.2f}**" if ratio > GOAL_RATIO else f"{ratio:.2f}"
        lines.append(f"| {name} | {small.each[name]:.1f} CPU ms | {took:.1f} CPU ms | {said} |")
    return "\n".join(lines) + "\n"


def report(path: Path, database: str, made: str) -> None:
    """Puts a database's table into the report, in place of the one that it had."""
    head = (
        "# 50,000 images with 500,000 boxes beside 500 images\n\n"
        f"`python bench/web/large_labels.py`, {datetime.now():%Y-%m-%d}, 2 cores that other work was sharing (load"
        f" {os.getloadavg()[0]:.0f}): seconds of processor, which such a machine makes larger for both sides alike. A"
        f" page or save is the median of {TIMES}; bold: more than {GOAL_RATIO} times what it takes beside 500 images.\n"
    )
    known = path.read_text().split("\n## ")[1:] if path.exists() else []
    parts = {part.partition("\n")[0]: f"## {part}".rstrip() + "\n" for part in known} | {database: made}
    path.write_text(head + "".join(f"\n{parts[name]}" for name in sorted(parts, reverse=True)))


def measure(options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from bench.web.large_project import processor_of_database

    plain: dict[str, Any] = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES = settings.STORAGES | plain  # hashed names need a build, and cost nothing once they are read
    call_command("migrate", verbosity=0)
    cpu_s = processor_of_database()
    small, large = Work(options.beside, cpu_s), Work(options.images, cpu_s)
    for work in (small, large):
        work.run()
    name = "PostgreSQL" if options.database else "SQLite"
    made = table(name, small, large)
    print(made)
    if options.report:
        report(Path(options.report), name, made)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--beside", type=int, default=500)
    parser.add_argument("--database", default="")
    parser.add_argument("--report", default="", help="a file whose table of this database is written anew")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "labelhub.settings"
    os.environ["LABELHUB_LOG_LEVEL"] = "ERROR"
    for name in ("REDIS_URL", "DATABASE_URL"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="labelhub-large-labels-") as folder:
        os.environ["LABELHUB_DATA_DIR"] = folder
        if not options.database:
            measure(options)
            return
        from bench.web.large_project import database

        with database(options.database, kept=False) as url:
            os.environ["DATABASE_URL"] = url
            measure(options)


if __name__ == "__main__":
    main()
