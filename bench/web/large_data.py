"""Makes a project of any size in a minute or two: rows in bulk, over a few dozen small pictures that all images
share.
"""

from __future__ import annotations

import io
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from PIL import Image as Pillow
from PIL import ImageDraw

from annotations.models import Box, BoxHistory, Complete, LabelClass, Suggestion, SuggestionBatch
from projects.models import Dataset, Image, Membership, Project, Role, User
from training.models import ModelVersion, Run

SIZES = ((640, 480), (480, 640), (1280, 720), (4000, 3000))
CLASSES = ("car", "bicycle", "person", "dog", "traffic light", "bus")
COLORS = ("#e05252", "#3b82f6", "#22a06b", "#c2741c", "#8b5cf6", "#0f9aa8")
RUNS = 40
ROWS = 2000
PICTURES = 24


@dataclass(frozen=True, slots=True)
class Large:
    """What was made, and who may look at it."""

    project: Project
    owner: User


def make(images: int, *, seed: int = 0) -> Large:
    rng = random.Random(seed)
    tag = uuid.uuid4().hex[:6]
    people = [
        User.objects.create_user(f"large{n}-{tag}@example.org", "correct-horse-battery", name=f"Person {n}")
        for n in range(4)
    ]
    project = Project.objects.create(name=f"Large {images}", created_by=people[0])
    roles = (Role.OWNER, Role.REVIEWER, Role.ANNOTATOR, Role.ANNOTATOR)
    Membership.objects.bulk_create(
        Membership(project=project, user=u, role=r) for u, r in zip(people, roles, strict=True)
    )
    datasets = [Dataset.objects.create(project=project, name=name) for name in ("Front camera", "Rear camera", "Night")]
    labels = [
        LabelClass.objects.create(project=project, name=name, color=color, hotkey=str(n + 1), position=n)
        for n, (name, color) in enumerate(zip(CLASSES, COLORS, strict=True))
    ]
    runs = [_run(project, labels[n % len(labels)], people[0], n + 1) for n in range(RUNS)]
    batches = [run.batch_id for run in runs]
    files = [_picture(rng, tag, n) for n in range(PICTURES)]
    _bulk(Image, _images(rng, images, project, datasets, people, files))
    rows = list(Image.objects.filter(project=project).order_by("id").values_list("id", "width", "height"))
    for (first, *_), (second, *_) in zip(rows[98::100], rows[99::100], strict=True):
        Image.objects.filter(pk__in=(first, second)).update(group=first)
    drawn = list(_boxes(rng, rows, labels, people))
    suggestions = list(_suggestions(rng, rows, labels, batches, drawn, people[1]))
    boxes = [*drawn, *(_accepted(rng, one, labels) for one in suggestions if one.state == "accepted")]
    _bulk(Box, boxes)
    _bulk(BoxHistory, (_history(project, box) for box in boxes))
    _bulk(Suggestion, suggestions)
    complete = ((pk, label) for pk, _w, _h in rows for label in labels[:2] if rng.random() < 0.3)
    _bulk(Complete, (Complete(image_id=pk, label=label, by=people[1]) for pk, label in complete))
    with connection.cursor() as cursor:  # what PostgreSQL does by itself a minute later
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return Large(project, people[0])


def _bulk(model: Any, rows: Any) -> None:
    model.objects.bulk_create(rows, batch_size=ROWS)


def _picture(rng: random.Random, tag: str, number: int) -> tuple[str, str]:
    """A real JPEG of 320 x 240 that stands for an original and for its thumbnail."""
    picture = Pillow.new("RGB", (320, 240), _color(rng))
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y, side = rng.randrange(280), rng.randrange(200), rng.randrange(20, 120)
        draw.ellipse((x, y, x + side, y + side), fill=_color(rng))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    name = default_storage.save(f"images/large-{tag}/{number}.jpg", ContentFile(out.getvalue()))
    return name, name


def _color(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(256), rng.randrange(256), rng.randrange(256)


def _images(
    rng: random.Random,
    count: int,
    project: Project,
    datasets: list[Dataset],
    people: list[User],
    files: list[tuple[str, str]],
) -> Iterator[Image]:
    width = height = waves = 0
    for number in range(count):
        file, thumb = files[number % len(files)]
        copy = number % 500 == 499  # the picture before it, again, in another dataset
        if number % 100 != 99:  # every hundredth looks like the one before
            width, height = SIZES[rng.randrange(len(SIZES))]
            waves = rng.getrandbits(64) - 2**63
        yield Image(
            project=project, dataset=datasets[number % len(datasets)],
            name=f"drive{number // 1000:03}_{number % 1000:05}.jpg",
            file=file, thumb=thumb, sha256=f"{project.pk:032x}{number - copy:032x}", width=width, height=height,
            bytes=width * height // 6, waves=waves, edges=0, compared=True,
            uploaded_by=people[0], assignee=people[rng.randrange(4)] if rng.random() < 0.5 else None,
        )  # fmt: skip


def _corners(rng: random.Random, width: int, height: int) -> dict[str, float]:
    x, y = rng.random() * 0.7 * width, rng.random() * 0.7 * height
    return {"x1": x, "y1": y, "x2": x + 0.25 * width, "y2": y + 0.25 * height}


def _boxes(rng: random.Random, rows: list[Any], labels: list[LabelClass], people: list[User]) -> Iterator[Box]:
    for pk, width, height in rows:
        for _ in range(rng.choice((0, 0, 1, 2, 4, 8))):
            origin = rng.choice(("person", "person", "import"))
            yield Box(
                image_id=pk, label=rng.choice(labels), author=rng.choice(people), origin=origin,
                **_corners(rng, width, height)
            )  # fmt: skip


def _history(project: Project, box: Box) -> BoxHistory:
    return BoxHistory(
        project=project, image_id=box.image_id, image_number=box.image_id, image_name=f"{box.image_id}.jpg",
        version=1, box=box.id, verb="created", label_id=box.label_id, label_name=box.label.name,
        x1=box.x1, y1=box.y1, x2=box.x2, y2=box.y2, actor_id=box.author_id,
    )  # fmt: skip


def _suggestions(
    rng: random.Random,
    rows: list[Any],
    labels: list[LabelClass],
    batches: list[int | None],
    boxes: list[Box],
    reviewer: User,
) -> Iterator[Suggestion]:
    for pk, width, height in rows:
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            near = [rng.choice(boxes) for _ in range(5)] if boxes else []
            evidence = [
                {
                    "box_id": str(box.id),
                    "image_id": box.image_id,
                    "xyxy": list(box.xyxy),
                    "similarity": 0.8,
                    "positive": n < 3,
                }
                for n, box in enumerate(near)
            ]
            probability, state = rng.random(), rng.choice(("pending", "pending", "accepted", "rejected"))
            decided = {} if state == "pending" else {"decided_by": reviewer, "decided_at": timezone.now()}
            yield Suggestion(
                batch_id=rng.choice(batches), image_id=pk, label=rng.choice(labels), probability=probability,
                score=probability,
                source="head", sure=probability > 0.9, evidence=evidence, **_corners(rng, width, height),
                state=state, **decided,
            )  # fmt: skip


def _accepted(rng: random.Random, suggestion: Suggestion, labels: list[LabelClass]) -> Box:
    """The box that came of a suggestion: one in twenty of another class."""
    box = Box(
        image_id=suggestion.image_id, label=rng.choice(labels) if rng.random() < 0.05 else suggestion.label,
        author=suggestion.decided_by, origin="suggestion", x1=suggestion.x1, y1=suggestion.y1, x2=suggestion.x2,
        y2=suggestion.y2,
    )  # fmt: skip
    suggestion.box = box
    return box


def _run(project: Project, label: LabelClass, owner: User, number: int) -> Run:
    batch = SuggestionBatch.objects.create(project=project, created_by=owner)
    now = timezone.now()
    run = Run.objects.create(
        project=project, number=number, kind=Run.Kind.AUTOLABEL, state=Run.State.DONE, batch=batch, created_by=owner,
        started_at=now - timedelta(minutes=10), finished_at=now, percent=100, stage="suggest", result={"images": 100},
    )  # fmt: skip
    run.classes.add(label)
    ModelVersion.objects.create(
        project=project, run=run, kind=ModelVersion.Kind.FEWSHOT, name=label.name, version=number, sha256="0" * 64,
        bytes=1000,
        classes=[{"id": label.pk, "name": label.name}], metrics={"precision": 0.9, "recall": 0.8, "ap50": 0.8},
    )  # fmt: skip
    return run
