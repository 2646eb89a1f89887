"""Saying of many images at once that classes are complete: what it would say, saying it, and taking just that back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import transaction

from annotations.attribute_values import lacking
from annotations.closed_images import closed_to
from annotations.locking import BATCH, lock_images
from annotations.models import Box, Complete, LabelClass
from annotations.unit_of_work import UnitOfWork
from projects import audit, policies
from projects.models import Image, Project, User
from projects.policies import Action

Marks = Mapping[int, Collection[int]]  # ids of images by the id of a class


@dataclass(frozen=True, slots=True)
class Preview:
    """Of one class: how many of the images are not complete yet, and how many of these have no box of it."""

    label: LabelClass
    images: int
    empty: int


@dataclass(frozen=True, slots=True)
class CompletionChange:
    """count: images that changed. marks: what was said, so that the same can be taken back. lacking: images that are
    not complete since a box there lacks what its class requires.
    """

    count: int
    marks: dict[int, list[int]]
    lacking: int = 0


def preview(actor: User, project: Project, ids: Sequence[int], labels: Sequence[LabelClass]) -> list[Preview]:
    """What `set_complete` would say. In three queries, six with a workflow."""
    policies.require(actor, Action.LABEL, project)
    images = Image.objects.filter(project=project, pk__in=ids)
    there = set(images.order_by().values_list("pk", flat=True)) - closed_to(actor, project, ids)
    done, boxed = _by_class(Complete, there, labels), _by_class(Box, there, labels)
    left = {label.pk: there - done[label.pk] for label in labels}
    return [Preview(label, len(left[label.pk]), len(left[label.pk] - boxed[label.pk])) for label in labels]


def set_complete(
    actor: User, project: Project, ids: Sequence[int], labels: Sequence[LabelClass], *, value: bool
) -> CompletionChange:
    """Says that every object of the classes has its box in these images, or takes that back. Images that are not the
    actor's to change (`annotations.closed_images.closed_to`) stay as they are.
    """
    return set_marks(actor, project, {label.pk: ids for label in labels}, value=value)


def set_marks(actor: User, project: Project, marks: Marks, *, value: bool) -> CompletionChange:
    """The same for other images of each class: with `value` the other way round it takes back what a call has
    changed.
    """
    policies.require(actor, Action.LABEL, project)
    labels = {label.pk: label for label in project.classes.filter(pk__in=marks)}
    wanted: dict[int, list[LabelClass]] = defaultdict(list)
    for label_id, images in marks.items():
        for image in images:
            if label_id in labels:
                wanted[image].append(labels[label_id])
    changed: dict[int, list[int]] = defaultdict(list)
    passed_over: set[int] = set()
    left = iter(wanted.items())
    while part := dict(islice(left, max(1, BATCH // max(1, len(labels))))):
        for image, label in _mark(actor, project, part, value, passed_over):
            changed[label].append(image)
    images_changed = {image for images in changed.values() for image in images}
    if images_changed:
        verb = "images.completed" if value else "images.reopened"
        names = ", ".join(labels[pk].name for pk in marks if pk in changed)
        audit.record(actor, verb, names, project=project, count=len(images_changed), images=sorted(images_changed))
    return CompletionChange(len(images_changed), dict(changed), len(passed_over))


@transaction.atomic
def _mark(
    actor: User, project: Project, wanted: Mapping[int, list[LabelClass]], value: bool, passed_over: set[int]
) -> list[tuple[int, int]]:
    """Image and class of all that changed. passed_over: gets the images that lack something."""
    closed = closed_to(actor, project, wanted)
    images = {pk: one for pk, one in lock_images(wanted).items() if one.project_id == project.pk and pk not in closed}
    unit = UnitOfWork(actor, images.values())
    marks = Complete.objects.filter(image__in=images).select_related("label")
    there = {(mark.image_id, mark.label_id): mark for mark in marks}
    labels = {label.pk: label for some in wanted.values() for label in some}
    lacks = lacking(images, labels.values()) if value else {}
    done = []
    for pk, image in images.items():
        for label in wanted[pk]:
            mark = there.get((pk, label.pk))
            if value and mark is None and label.pk in lacks.get(pk, ()):
                passed_over.add(pk)
                continue
            if value and mark is None:
                unit.complete(image, label)
            elif not value and mark is not None:
                unit.not_complete(mark)
            else:
                continue
            done.append((pk, label.pk))
    unit.write()
    return done


def _by_class(
    model: type[Complete | Box], images: Collection[int], labels: Sequence[LabelClass]
) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = model.objects.filter(image__in=images, label__in=labels).order_by()
    for label, image in rows.values_list("label_id", "image_id").distinct():
        found[label].add(image)
    return found
