"""A project as it stands, read in one moment and packed; what an older version holds already is not read again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import CharField, Count, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from annotations.flags import Flag
from annotations.models import Box, Complete, ImageTag, LabelClass, VersionBlock
from annotations.versions.blocks import BoxRow, ImageHead, pack, pack_heads
from labelhub.moment import one_moment
from projects.hashing import sha256_of_bytes
from projects.models import Dataset, Image, Project

SPAN = 256  # image ids in a block
HEAD = ("id", "version", "sha256", "name", "file", "width", "height", "dataset_id", "split")


@dataclass(slots=True)
class Snapshot:
    """What a version is made of. keys: of its blocks, in the order of their images. new: blocks that are not stored
    yet, by key. figures: counts of it all.
    """

    at: datetime
    classes: list[dict[str, Any]]
    datasets: list[dict[str, Any]]
    keys: list[str] = field(default_factory=list)
    new: dict[str, VersionBlock] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)


def take_snapshot(project: Project) -> Snapshot:
    with one_moment():
        fields = ("id", "number", "name", "color", "position", "attributes")
        classes: list[Any] = list(LabelClass.objects.filter(project=project).order_by("position", "id").values(*fields))
        datasets: list[Any] = list(Dataset.objects.filter(project=project).order_by("id").values("id", "name"))
        taken = Snapshot(timezone.now(), classes, datasets)
        heads = list(_heads(project))
        groups = [(place, list(rows)) for place, rows in groupby(heads, lambda head: head.id // SPAN)]
        packed = [(place, rows, pack_heads(rows)) for place, rows in groups]
        taken.keys = [sha256_of_bytes(text) for _place, _rows, text in packed]
        known = _known(project, taken.keys)
        boxes: Counter[int] = Counter()
        for key, (place, rows, text) in zip(taken.keys, packed, strict=True):
            if key not in known:
                taken.new[key] = _block(project, key, place, rows, text)
                known[key] = taken.new[key].boxes
            boxes.update({int(label): n for label, n in known[key].items()})
    taken.figures = _figures(heads, boxes, {row["id"] for row in classes})
    return taken


def _heads(project: Project) -> Iterator[ImageHead]:
    there = {"image__project": project}
    boxes = dict(_rows(Box.objects.filter(**there).order_by().values_list("image").annotate(n=Count("pk"))))
    complete: dict[int, list[int]] = defaultdict(list)
    for image, label in _rows(Complete.objects.filter(**there).order_by("label_id").values_list("image", "label")):
        complete[image].append(label)
    tags: dict[int, list[str]] = defaultdict(list)
    for image, name in _rows(ImageTag.objects.filter(**there).order_by("tag__name").values_list("image", "tag__name")):
        tags[image].append(name)
    for row in _rows(Image.objects.filter(project=project).order_by("id").values_list(*HEAD)):
        yield ImageHead._make(
            (*row, tuple(complete.get(row[0], ())), boxes.get(row[0], 0), tuple(tags.get(row[0], ())))
        )


def _known(project: Project, keys: Sequence[str]) -> dict[str, dict[str, int]]:
    """Which of these blocks are stored, each with its boxes by class."""
    found: dict[str, dict[str, int]] = {}
    for start in range(0, len(keys), SPAN):
        part = VersionBlock.objects.filter(project=project, key__in=keys[start : start + SPAN])
        found.update(part.values_list("key", "boxes"))
    return found


def _block(project: Project, key: str, place: int, heads: Sequence[ImageHead], text: bytes) -> VersionBlock:
    ids = [head.id for head in heads if head.boxes]
    chosen = Box.objects.filter(image__in=ids).annotate(text=Cast("id", CharField(max_length=36)))
    columns = ("text", "label", "x1", "y1", "x2", "y2", "author", "origin", "flags", "attributes")
    rows: list[BoxRow] = _rows(chosen.order_by("image_id", "id").values_list(*columns)) if ids else []
    boxes = Counter(row[1] for row in rows if row[8] < Flag.IGNORE)
    return VersionBlock(project=project, key=key, place=place, boxes=boxes, data=pack(text, rows))


def _rows(chosen: QuerySet[Any, Any]) -> list[Any]:
    """Rows as the database gives them: half a million of them cost the ORM more than the database."""
    sql, params = chosen.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[Any] = cursor.fetchall()
    return rows


def _figures(heads: Sequence[ImageHead], boxes: Counter[int], classes: set[int]) -> dict[str, Any]:
    complete = Counter(label for head in heads for label in head.complete if label in classes)
    splits = Counter(head.split for head in heads)
    return {
        "images": len(heads),
        "labelled": sum(1 for head in heads if head.boxes),
        "boxes": boxes.total(),
        "complete": complete.total(),
        "splits": dict(splits),
        "classes": {str(pk): {"boxes": boxes[pk], "complete": complete[pk]} for pk in sorted(classes)},
    }
