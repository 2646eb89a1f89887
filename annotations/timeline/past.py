"""An image as it was: at a moment of its history, or in a version of its project."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404

from annotations.attributes import Values, pairs_of
from annotations.models import BoxHistory, DatasetVersion, LabelClass
from annotations.timeline.replay import OF_BOXES, OF_MARKS, OF_TAGS, Row, replayed
from annotations.versions.blocks import NOBODY
from annotations.versions.comparison import Difference
from annotations.versions.contents import image_in
from annotations.versions.restoring import Labels, read_labels
from projects.models import Image

COLUMNS = (
    "id",
    "verb",
    "version",
    "actor",
    "label",
    "label_name",
    "box",
    "flags",
    "attributes",
    "x1",
    "y1",
    "x2",
    "y2",
)


class ClassIds:
    """The classes of a project as they are now, for what speaks of classes as they were: by id, else by name. A class
    that is gone has a number below zero, and its name in `gone`.
    """

    def __init__(self, project_id: int) -> None:
        self.live = {label.pk: label for label in LabelClass.objects.filter(project=project_id)}
        self.gone: dict[int, str] = {}
        self._by_name = {label.name: label.pk for label in self.live.values()}

    def find(self, pk: int | None, name: str) -> int:
        if pk is not None and pk in self.live:
            return pk
        if name not in self._by_name:
            number = -1 - len(self.gone)
            self.gone[number] = name
            self._by_name[name] = number
        return self._by_name[name]

    def name_of(self, pk: int) -> str:
        return self.live[pk].name if pk in self.live else self.gone[pk]


@dataclass(frozen=True, slots=True)
class Past:
    """changed: what the step before this moment did to boxes."""

    labels: Labels
    classes: ClassIds
    changed: tuple[Difference, ...] = ()


def at_moment(image: Image, moment: int) -> Past:
    """moment: id of a row of the image's history, or 0, which is before all of them. Raises Http404 for another one."""
    history = BoxHistory.objects.filter(image_number=image.pk)
    if moment != 0 and not history.filter(pk=moment).exists():
        raise Http404
    classes = ClassIds(image.project_id)
    found = history.filter(verb__in=OF_BOXES | OF_MARKS | OF_TAGS).order_by("id").values_list(*COLUMNS)
    rows = [row for values in found if (row := _row(classes, *values)) is not None]
    present = read_labels([image.pk])[image.pk]
    labels, changed = replayed(rows, moment, present)
    return Past(labels, classes, changed)


def in_version(image: Image, version: DatasetVersion) -> Past:
    """Raises Http404 where the version does not hold the image."""
    state = image_in(version, image.pk)
    if state is None:
        raise Http404
    classes, names = ClassIds(image.project_id), version.class_names
    boxes = tuple(box._replace(label=classes.find(box.label, names[box.label])) for box in state.boxes)
    complete = {classes.find(pk, names[pk]) for pk in state.head.complete if pk in names}
    return Past(Labels(boxes, frozenset(complete & classes.live.keys()), frozenset(state.head.tags)), classes)


def _row(
    classes: ClassIds, pk: int, verb: str, version: int, actor: int | None, label: int | None, name: str,
    box: UUID | None, flags: int, attributes: Values, *corners: float,
) -> Row | None:  # fmt: skip
    """None for a mark of a class that is gone: it went with its class, and no row says so."""
    if verb in OF_TAGS:
        return Row(pk, verb, version, actor or NOBODY, 0, tag=name)
    if verb in OF_MARKS and label is None:
        return None
    x1, y1, x2, y2 = corners
    about = (box.bytes, (x1, y1, x2, y2), flags, pairs_of(attributes)) if box is not None else ()
    return Row(pk, verb, version, actor or NOBODY, classes.find(label, name), *about)
