"""Server time of every list, search, change page and delete page of the admin console, at 50,000 images and 500,000
boxes: median, 95th percentile and queries of each.

Makes the rows first, on SQLite in a folder of its own, or on PostgreSQL in a database of its own (`--database URL`).
Processor time is what is judged, as in bench/web/large_project.py.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.web.large_project import Times, database, prepare, processor_of_database, reader

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

GOAL_MS = 150
SEARCHES = ("drive00", "12", "x@y.example.org")


def addresses() -> dict[str, str]:
    """Every page of the console by the name that the table gives it."""
    from django.contrib import admin
    from django.urls import reverse

    found = {"start": reverse("admin:index")}
    for shown in admin.site._registry.values():
        found |= _of_model(shown)
    for page in getattr(admin.site, "pages", ()):
        found[page.name] = reverse(f"admin:{page.name}")
    return found


def _of_model(shown: ModelAdmin[Any]) -> dict[str, str]:
    """Its list, first and last page, searched and by each filter; the page of its middle row, and what deletes it."""
    from django.urls import reverse

    model = shown.model
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    name, every = model._meta.model_name, reverse(f"{base}_changelist")
    rows = model._default_manager.order_by("pk")
    count = rows.count()
    found = {f"{name}: list": every}
    if count > 100 * shown.list_per_page:
        found[f"{name}: page 100"] = f"{every}?p=100"
    if shown.search_fields:
        found |= {f"{name}: search {words}": f"{every}?q={words}" for words in SEARCHES}
    found |= {f"{name}: {query}": f"{every}?{query}" for query in _filters(shown)}
    if not count:
        return found
    row = rows[count // 2]
    found[f"{name}: change"] = reverse(f"{base}_change", args=[row.pk])
    if hasattr(shown, "act_delete"):
        found[f"{name}: delete"] = reverse(f"{base}_delete", args=[row.pk])
    return found


def _filters(shown: ModelAdmin[Any]) -> Iterator[str]:
    """One query of each filter beside the list: its last choice."""
    from django.contrib.admin.views.main import ChangeList
    from django.test import RequestFactory

    from projects.models import User

    request = RequestFactory().get("/")
    request.user = User.objects.filter(is_superuser=True)[0]
    listed: ChangeList = shown.get_changelist_instance(request)
    for spec in listed.filter_specs:
        last = list(spec.choices(listed))[-1]
        yield str(last["query_string"]).lstrip("?")


def measure(images: int, boxes: int, times: int, only: str) -> list[str]:
    large = prepare(images)
    from bench.web.admin_data import fill
    from projects.models import User

    fill(large, boxes)
    User.objects.filter(pk=large.owner.pk).update(is_staff=True, is_superuser=True)
    urls = addresses()
    read = reader(large.owner, urls, times, processor_of_database())
    return report((name, read(name)) for name in urls if only in name)


def report(rows: Iterator[tuple[str, Times]]) -> list[str]:
    """Prints a table of what each takes; the names of what is slower than the goal."""
    slow = []
    print(f"{'':44} {'median':>8} {'p95':>8} {'by clock':>8} {'queries':>8}")
    for name, took in rows:
        median, tail = statistics.median(took.processor), sorted(took.processor)[int(0.95 * (len(took.processor) - 1))]
        slow += [name] if median > GOAL_MS else []
        said = "   slow" if median > GOAL_MS else ""
        clock = statistics.median(took.clock)
        print(f"{name:44} {median:5.0f} ms {tail:5.0f} ms {clock:5.0f} ms {took.queries:8}{said}", flush=True)
    return slow


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--boxes", type=int, default=500_000)
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--only", default="", help="measure only names that hold this")
    parser.add_argument("--database", default="", help="a PostgreSQL server, as postgres://user@host:port/name")
    parser.add_argument("--keep", default="", help="a data folder, and with --database that database, to use again")
    args = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "labelhub.settings"
    os.environ.pop("REDIS_URL", None)
    work: Callable[[], list[str]] = lambda: measure(args.images, args.boxes, args.times, args.only)  # noqa: E731
    with tempfile.TemporaryDirectory(prefix="labelhub-admin-") as folder:
        os.environ["LABELHUB_DATA_DIR"] = args.keep or folder
        if not args.database:
            os.environ.pop("DATABASE_URL", None)
            slow = work()
        else:
            with database(args.database, bool(args.keep)) as url:
                os.environ["DATABASE_URL"] = url
                slow = work()
    print(f"slower than {GOAL_MS} ms at the median: {', '.join(slow) or 'nothing'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
