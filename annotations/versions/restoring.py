"""Images back to boxes and completeness that they had: as new history, by the one writer of both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import Min

from annotations.attributes import pairs_of
from annotations.locking import lock_images
from annotations.models import Box, BoxHistory, Complete, ImageTag, LabelClass, Tag
from annotations.tags.actions import tags_of
from annotations.unit_of_work import UnitOfWork
from annotations.versions.blocks import NOBODY, BoxState
from annotations.versions.comparison import Difference, differences
from projects.models import Image, User

_BOX_COLUMNS = ("id", "label_id", "x1", "y1", "x2", "y2", "author_id", "origin", "flags", "attributes")


@dataclass(frozen=True, slots=True)
class Labels:
    """What an image is to hold. complete: ids of classes. tags: names."""

    boxes: tuple[BoxState, ...]
    complete: frozenset[int]
    tags: frozenset[str] = frozenset()


def read_labels(images: Iterable[int]) -> dict[int, Labels]:
    """As they stand, in three queries."""
    ids = list(images)
    boxes: dict[int, list[BoxState]] = defaultdict(list)
    rows = Box.objects.filter(image__in=ids).order_by("image_id", "id")
    for image, pk, label, x1, y1, x2, y2, author, origin, flags, attributes in rows.values_list(
        "image_id", *_BOX_COLUMNS
    ):
        state = BoxState(pk.bytes, label, (x1, y1, x2, y2), author or NOBODY, origin, flags, pairs_of(attributes))
        boxes[image].append(state)
    complete: dict[int, set[int]] = defaultdict(set)
    for image, label in Complete.objects.filter(image__in=ids).values_list("image_id", "label_id"):
        complete[image].add(label)
    tags = tags_of(ids)
    return {pk: Labels(tuple(boxes[pk]), frozenset(complete[pk]), frozenset(tags.get(pk, ()))) for pk in ids}


def restore_images(
    actor: User,
    wanted: Mapping[int, Labels],
    classes: Mapping[int, LabelClass],
    *,
    only: Mapping[int, Labels] | None = None,
) -> Counter[str]:
    """Gives images the labels that are wanted of them, all in the caller's transaction; counts what changed.

    classes: those that are there, by the ids that `wanted` uses; what is of another class is left out. only: images
    that hold neither this nor what is wanted by now are left as they are, and counted as `stayed`. Suggestions stay as
    they are.
    """
    images = lock_images(wanted.keys())
    now = read_labels(images)
    unit = UnitOfWork(actor, images.values())
    work = _Work(unit, classes, now, _tags(images.values(), wanted))
    for pk, image in images.items():
        if only is not None and not same_labels(only[pk], now[pk]) and not same_labels(wanted[pk], now[pk]):
            work.counts["stayed"] += 1
            continue
        work.restore(image, wanted[pk])
    work.write()
    return work.counts


def same_labels(one: Labels, other: Labels) -> bool:
    return (one.complete, one.tags) == (other.complete, other.tags) and not differences(one.boxes, other.boxes)


def _tags(images: Collection[Image], wanted: Mapping[int, Labels]) -> dict[str, Tag]:
    """Those that images are to have, by name; one that is gone is made again."""
    names = {name for one in wanted.values() for name in one.tags}
    if not names or not images:
        return {}
    project = next(iter(images)).project_id
    there = Tag.objects.filter(project=project, name__in=names)
    new = names - {tag.name for tag in there}
    Tag.objects.bulk_create([Tag(project_id=project, name=name) for name in sorted(new)], ignore_conflicts=True)
    return {tag.name: tag for tag in Tag.objects.filter(project=project, name__in=names)}


class _Work:
    """One transaction's images. Boxes that come back are collected, since their ids may be taken."""

    def __init__(
        self, unit: UnitOfWork, classes: Mapping[int, LabelClass], now: Mapping[int, Labels], tags: Mapping[str, Tag]
    ) -> None:
        self.unit, self.classes, self.now, self.tags = unit, classes, now, tags
        self.tagged = {
            (found.image_id, found.tag.name): found
            for found in ImageTag.objects.filter(image__in=unit.images).select_related("tag")
        }
        self.labels = {label.pk: label for label in classes.values()}
        self.rows = {box.id: box for box in Box.objects.filter(image__in=unit.images).select_related("label")}
        self.marks: dict[tuple[int, int], Complete] = {}
        for mark in Complete.objects.filter(image__in=unit.images).select_related("label"):
            self.marks[mark.image_id, mark.label_id] = mark
        self.coming: list[tuple[Image, BoxState]] = []
        self.counts: Counter[str] = Counter()

    def restore(self, image: Image, wanted: Labels) -> None:
        known = {pk: label.pk for pk, label in self.classes.items()}
        there = tuple(box._replace(label=known[box.label]) for box in wanted.boxes if box.label in known)
        for one in differences(self.now[image.pk].boxes, there):
            self._box(image, one)
        complete = {known[pk] for pk in wanted.complete if pk in known}
        for pk in complete - self.now[image.pk].complete:
            self.unit.complete(image, self.labels[pk])
            self.counts["completed"] += 1
        for pk in self.now[image.pk].complete - complete:
            self.unit.not_complete(self.marks[image.pk, pk])
            self.counts["reopened"] += 1

        for name in sorted(wanted.tags - self.now[image.pk].tags):
            self.unit.tag(image, self.tags[name])
            self.counts["tagged"] += 1
        for name in sorted(self.now[image.pk].tags - wanted.tags):
            self.unit.untag(self.tagged[image.pk, name])
            self.counts["untagged"] += 1

    def _box(self, image: Image, one: Difference) -> None:
        self.counts[one.kind] += 1
        if one.before is None:
            assert one.after is not None
            self.coming.append((image, one.after))
            return
        box = self.rows[one.before.id]
        if one.after is None:
            self.unit.delete(box)
            return
        box.label, box.xyxy, box.flags = self.labels[one.after.label], one.after.xyxy, one.after.flags
        box.attributes = dict(one.after.attributes)
        self.unit.change(box)

    def write(self) -> None:
        keys = {state.id for _image, state in self.coming}
        taken = set(Box.objects.filter(pk__in=keys).values_list("pk", flat=True))
        authors = {state.author for _image, state in self.coming} - {NOBODY}
        there = set(User.objects.filter(pk__in=authors).values_list("pk", flat=True))
        born = _born({image.pk for image, _state in self.coming}, keys)
        for image, state in self.coming:
            box = Box(
                id=uuid4() if state.id in taken else state.id,
                image=image,
                label=self.labels[state.label],
                author_id=state.author if state.author in there else None,
                origin=state.origin,
                flags=state.flags,
                attributes=dict(state.attributes),
                created_at=born.get(state.id, self.unit.now),
            )
            box.xyxy = state.xyxy
            self.unit.restore(box)
        self.unit.write()


def _born(images: Collection[int], keys: Collection[UUID]) -> dict[UUID, datetime]:
    """When boxes were first there: a box that comes back is no work of today."""
    rows = BoxHistory.objects.filter(image_number__in=images, box__in=keys).order_by()
    return dict(rows.values_list("box").annotate(first=Min("at")))
