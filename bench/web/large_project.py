"""Server time of every page and main list of a project with 50,000 images: median, 95th percentile and queries of each.

Makes the project first, on SQLite in a folder of its own, or on PostgreSQL in a database of its own (`--database URL`).
Processor time (this process and PostgreSQL's own) is what is judged: it is the time on a machine that does nothing
else.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if TYPE_CHECKING:
    from bench.web.large_data import Large
    from projects.models import User

GOAL_MS = 100
GOAL_RATIO = 1.5  # of processor time beside a small project


def addresses(large: Large) -> dict[str, str]:
    """Every page and main list by the name that the table gives it."""
    from django.urls import reverse

    from annotations.models import Suggestion

    project = large.project
    label = project.classes.order_by("id").first()
    label_id = label.pk if label else 0
    ids = list(project.images.order_by("id").values_list("pk", flat=True))
    middle, dataset = ids[len(ids) // 2], project.datasets.order_by("id").values_list("pk", flat=True)[0]
    person, run = large.owner.pk, project.runs.values_list("pk", flat=True)[0]
    model = project.models.values_list("pk", flat=True)[0]
    named = (
        "project",
        "images",
        "review",
        "runs",
        "models",
        "export",
        "project-settings",
        "run-new",
        "detect",
        "report",
    )
    found = {name: reverse(name, args=[project.pk]) for name in named}
    found |= {
        "projects": reverse("projects"),
        "account": reverse("account"),
        "editor": reverse("editor", args=[middle]),
    }
    found |= {"run": reverse("run", args=[run]), "model": reverse("model", args=[model])}
    filters = {
        "last page": "page=99999", "class": f"class={label_id}", "class, none": f"class={label_id}&state=empty",
        "suggestions": "state=suggestions", "complete": f"class={label_id}&state=complete",
        "not complete": "state=open",
        "search": "search=drive00", "dataset": f"dataset={dataset}",
        "assignee": f"assignee={person}", "nobody's": "assignee=none", "origin": "origin=import",
        "score": "min=40&max=60",
        "size": "size=large", "date": "since=2026-01-01", "copies": "copies=exact", "near copies": "copies=near",
        "by name": "order=name",
    }  # fmt: skip
    gallery, rows = reverse("api-gallery", args=[project.pk]), reverse("api-gallery-rows", args=[project.pk])
    for name, query in filters.items():
        found[f"images: {name}"] = f"{found['images']}?{query}"
        found[f"api gallery: {name}"] = f"{gallery}?{query}"
    found["api gallery"] = gallery
    found["api gallery rows"] = f"{rows}?ids={','.join(map(str, ids[len(ids) // 2 :][:120]))}"
    found |= {f"report: {days} days": f"{found['report']}?range={days}" for days in (7, 90, "all")}
    found["report: dataset"] = f"{found['report']}?dataset={dataset}"
    found["review: class"] = f"{found['review']}?class={label_id}"
    api = (
        "api-project",
        "api-classes",
        "api-datasets",
        "api-images",
        "api-suggestions",
        "api-members",
        "api-runs",
        "api-models",
    )
    found |= {name.replace("-", " "): reverse(name, args=[project.pk]) for name in api}
    found["api images: class"] = f"{found['api images']}?class={label_id}"
    found["api images: last page"] = f"{found['api images']}?page={len(ids) // 50}"
    found["api suggestions: class"] = f"{found['api suggestions']}?class={label_id}"
    found["api suggestions: middle"] = (
        f"{found['api suggestions']}"
        f"?page={Suggestion.objects.filter(label__project=project, state='pending').count() // 100}"
    )
    found["api order: all"] = reverse("api-suggestions-order", args=[project.pk])
    found["api cut-off: all"] = f"{reverse('api-suggestions-cutoff', args=[project.pk])}?state=all"
    found["api order"] = f"{reverse('api-suggestions-order', args=[project.pk])}?class={label_id}"
    found["api cut-off"] = f"{reverse('api-suggestions-cutoff', args=[project.pk])}?class={label_id}&state=all"
    found["api images: boxes"] = f"{found['api images']}?include=boxes&page_size=100"
    found |= {"api projects": reverse("api-projects"), "api image": reverse("api-image", args=[middle])}
    found["thumbnail"] = reverse("file-thumb", args=[middle])
    return found


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each request: processor time, and by the clock. queries: of one request."""

    processor: list[float]
    clock: list[float]
    queries: int


def reader(person: User, urls: dict[str, str], times: int, cpu_s: Callable[[], float]) -> Callable[[str], Times]:
    """Measures a page or list by its name, as a person sees it."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="localhost")
    client.force_login(person)

    def get(url: str) -> tuple[float, float]:
        own, database, began = time.process_time(), cpu_s(), time.perf_counter()
        answer = client.get(url)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code != 200:
            raise SystemExit(f"{url}: {answer.status_code} {body[:300]!r}")
        clock = time.perf_counter() - began
        return 1000 * (time.process_time() - own + cpu_s() - database), 1000 * clock

    def read(name: str) -> Times:
        url = urls[name]
        get(url)
        with CaptureQueriesContext(connection) as asked:
            get(url)
        queries = len(asked)
        took = [get(url) for _ in range(times)]
        return Times([cpu for cpu, _clock in took], [clock for _cpu, clock in took], queries)

    return read


def processor_of_database() -> Callable[[], float]:
    """Seconds that PostgreSQL's process for this connection has worked, where it is on this machine; SQLite has
    none.
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        return lambda: 0.0
    connection.close()
    connection.settings_dict["CONN_MAX_AGE"] = None  # one process to the end
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # one process to look at, and the slower for it
        cursor.execute("SELECT pg_backend_pid()")
        schedule = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    try:
        schedule.read_text()
    except OSError:
        print("PostgreSQL is on another machine: its processor time is not counted")
        return lambda: 0.0
    return lambda: int(schedule.read_text().split()[0]) / 1e9


def report(rows: Iterator[tuple[str, Times, Times]]) -> tuple[list[str], list[str]]:
    """Prints a table of what each takes and takes beside; the names of what is slower than the goal, and of what grows
    with the project more than it may.
    """
    print(f"{'':32} {'median':>8} {'p95':>8} {'by clock':>8} {'queries':>8} {'beside':>8} {'ratio':>6}")
    slow, grown = [], []
    for name, took, small in rows:
        median, tail = statistics.median(took.processor), sorted(took.processor)[int(0.95 * (len(took.processor) - 1))]
        clock, little = statistics.median(took.clock), statistics.median(small.processor)
        slow += [name] if median > GOAL_MS else []
        grown += [name] if median > GOAL_RATIO * little else []
        said = f"{'   slow' if median > GOAL_MS else ''}{'   beside as large a pool' if pooled(name) else ''}"
        print(
            f"{name:32} {median:5.0f} ms {tail:5.0f} ms {clock:5.0f} ms {took.queries:8} {little:5.0f} ms"
            f" {median / little:6.1f}{said}",
            flush=True,
        )
    return slow, grown


def pooled(name: str) -> bool:
    """Whether a list ranks a pool of at most a thousand, all of which a small project does not have: its time grows
    with the pool until then, and is compared with a project whose pool is full too.
    """
    return name.startswith("api order")


@contextmanager
def database(url: str, kept: bool) -> Iterator[str]:
    """A fresh database beside the one of `url`, dropped at the end; the one of `url` itself where it is to be
    `kept`.
    """
    import psycopg
    from psycopg import sql

    if kept:
        yield url
        return
    name, server = f"labelhub_large_{uuid.uuid4().hex[:8]}", url.replace("postgres://", "postgresql://")

    def say(words: str) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL(words).format(sql.Identifier(name)))

    say("CREATE DATABASE {}")
    try:
        yield f"{url.rpartition('/')[0]}/{name}"
    finally:
        from django.db import connections

        connections.close_all()
        say("DROP DATABASE {}")


def prepare(images: int) -> Large:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from annotations import statistics
    from bench.web.large_data import make
    from projects.models import Project

    plain: dict[str, Any] = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES = settings.STORAGES | plain  # hashed names need a build, and cost nothing once they are read
    call_command("migrate", verbosity=0)
    from bench.web.large_data import Large

    there = Project.objects.filter(name=f"Large {images}").select_related("created_by").first()
    if there is not None and there.created_by is not None:
        return Large(there, there.created_by)
    began = time.monotonic()
    made = make(images)
    statistics.recount(made.project.pk)  # what a worker does once a minute
    print(f"made {images} images in {time.monotonic() - began:.0f} s")
    return made


def compare(args: argparse.Namespace) -> tuple[list[str], list[str]]:
    large = prepare(args.images)
    names = [name for name in sorted(addresses(large)) if args.only in name]
    beside = {False: args.beside, True: args.pool}  # images of the other project, by whether a pool is ranked
    others = {full: prepare(beside[full]) for full in {pooled(name) for name in names}}
    cpu_s = processor_of_database()  # of the one connection that all are read over
    read = reader(large.owner, addresses(large), args.times, cpu_s)
    readers = {full: reader(other.owner, addresses(other), args.times, cpu_s) for full, other in others.items()}
    return report((name, read(name), readers[pooled(name)](name)) for name in names)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--beside", type=int, default=500, help="images of the small project that it is compared with")
    parser.add_argument(
        "--pool", type=int, default=20_000, help="images of the project that the order of the review is compared with"
    )
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--only", default="", help="measure only names that hold this")
    parser.add_argument(
        "--database",
        default="",
        help="a PostgreSQL server, as postgres://user@host:port/name; SQLite where none is given",
    )
    parser.add_argument(
        "--keep",
        default="",
        help="a data folder to make the project in and to use again; with --database, that database holds its rows",
    )
    args = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "labelhub.settings"
    os.environ.pop("REDIS_URL", None)
    with tempfile.TemporaryDirectory(prefix="labelhub-large-") as folder:
        os.environ["LABELHUB_DATA_DIR"] = args.keep or folder
        if not args.database:
            os.environ.pop("DATABASE_URL", None)
            slow, grown = compare(args)
        else:
            with database(args.database, bool(args.keep)) as url:
                os.environ["DATABASE_URL"] = url
                slow, grown = compare(args)
    print(f"slower than {GOAL_MS} ms at the median: {', '.join(slow) or 'nothing'}")
    print(f"more than {GOAL_RATIO} times what a small project takes: {', '.join(grown) or 'nothing'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
