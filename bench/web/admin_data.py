"""What an installation holds beside one large project: more boxes, and long logs of everything that the console
lists.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import connection
from django.utils import timezone

from annotations.models import Box, BoxHistory, Export, LabelClass, LabelImport
from bench.web.large_data import Large
from projects.models import AuditEntry, BinEntry, Delivery, Image, Import, Notification, Project, User, Webhook
from training.models import Run, RunEvent

ROWS = 2000
LOG = 100_000  # rows of the audit log, and of run events
PEOPLE = 200
PROJECTS = 100
PER_LIST = 5_000  # rows of other lists


def fill(large: Large, boxes: int, *, seed: int = 0) -> None:
    """Grows a project to so many boxes, and every other list; again adds nothing."""
    if AuditEntry.objects.filter(verb="bench.filled").exists():
        return
    rng = random.Random(seed)
    project, owner = large.project, large.owner
    missing = max(boxes - Box.objects.count(), 0)
    images = list(Image.objects.filter(project=project).order_by("id").values_list("id", "width", "height"))
    labels = list(project.classes.order_by("id"))
    drawn = _boxes(rng, images, labels, owner, missing)
    while part := list(islice(drawn, ROWS)):
        Box.objects.bulk_create(part)
        BoxHistory.objects.bulk_create(_history(project, box, owner) for box in part)
    people = [User(email=f"person{n}@bench.example.org", name=f"Person {n}", password="!") for n in range(PEOPLE)]
    User.objects.bulk_create(people)
    Project.objects.bulk_create(Project(name=f"Small {n}", created_by=owner) for n in range(PROJECTS))
    for model, rows in _lists(rng, project, owner).items():
        _bulk(model, rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    AuditEntry.objects.create(verb="bench.filled", subject="bench")


def _bulk(model: Any, rows: Iterable[Any]) -> None:
    model.objects.bulk_create(rows, batch_size=ROWS)


def _lists(rng: random.Random, project: Project, owner: User) -> dict[Any, Iterator[Any]]:
    runs = list(Run.objects.filter(project=project))
    hook = Webhook.objects.create(project=project, url="https://example.org/hook", created_by=owner)
    dataset = project.datasets.order_by("id").get(name="Night")
    verbs = ("images.added", "run.started", "class.changed", "export.started")
    return {
        AuditEntry: (
            AuditEntry(actor=owner, project=project, verb=rng.choice(verbs), subject=f"drive{n:06}.jpg", data={"id": n})
            for n in range(LOG)
        ),
        RunEvent: (
            RunEvent(run=runs[n % len(runs)], seq=n, kind="log", payload={"text": f"Image {n}"}) for n in range(LOG)
        ),
        Delivery: (
            Delivery(webhook=hook, event="boxes.changed", state="done", status=200, sent_at=timezone.now())
            for _n in range(PER_LIST)
        ),
        Notification: (
            Notification(person=owner, project=project, kind="run_finished", key=f"run-{n}", page="run", args=[n])
            for n in range(PER_LIST)
        ),
        Import: (Import(dataset=dataset, name=f"{n}.zip", state="done", created_by=owner) for n in range(PER_LIST)),
        LabelImport: (
            LabelImport(project=project, dataset=dataset, name=f"{n}.json", state="done", created_by=owner)
            for n in range(PER_LIST)
        ),
        Export: (
            Export(project=project, name=f"{n}.zip", key=str(n), state="done", created_by=owner)
            for n in range(PER_LIST)
        ),
        BinEntry: (
            BinEntry(project=project, kind="image", name=f"{n}.jpg", numbers=[n], state="kept", deleted_by=owner)
            for n in range(PER_LIST)
        ),
    }


def _boxes(rng: random.Random, images: list[Any], labels: list[LabelClass], owner: User, count: int) -> Iterator[Box]:
    for n in range(count):
        pk, width, height = images[n % len(images)]
        x, y = rng.random() * 0.8 * width, rng.random() * 0.8 * height
        corners = {"x1": x, "y1": y, "x2": x + 0.1 * width, "y2": y + 0.1 * height}
        yield Box(image_id=pk, label=labels[n % len(labels)], author=owner, **corners)


def _history(project: Project, box: Box, owner: User) -> BoxHistory:
    row = BoxHistory(
        project=project, image_id=box.image_id, image_number=box.image_id, image_name=f"{box.image_id}.jpg",
        version=1, box=box.id, verb="created", label_id=box.label_id, label_name=box.label.name, actor=owner,
    )  # fmt: skip
    row.xyxy = box.xyxy
    return row
