"""Images with their boxes, one after another; as `supervision.Detections` where that is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from labelhub_client import calls
from labelhub_client.projects import list_classes
from labelhub_client.values import Box, LabelledImage
from labelhub_client.wire import Stream, mapped, rows

if TYPE_CHECKING:
    from supervision import Detections


def iter_images(project: int, *, dataset: int | None = None, label: int | None = None) -> Stream[LabelledImage]:
    """All images with their boxes and the suggestions that wait. label: only those that have a box of this class."""
    return rows(calls.list_images(project, dataset=dataset, label=label))


def iter_detections(
    project: int, *, dataset: int | None = None, label: int | None = None
) -> Stream[tuple[LabelledImage, Detections]]:
    """Each image with its boxes as Detections. Needs the extra: pip install "labelhub-client[supervision]"."""
    names = {one.id: one.name for one in (yield from list_classes(project))}
    found = iter_images(project, dataset=dataset, label=label)
    yield from mapped(found, lambda image: (image, to_detections(image.included.boxes, names)))


def to_detections(boxes: Sequence[Box], names: Mapping[int, str]) -> Detections:
    """names: of the classes by their ids. class_id is the class's place among them, as models count; `class_name` and
    `box_id` are in `data`.
    """
    import numpy
    from supervision import Detections

    if not boxes:
        return Detections.empty()
    place = {id: position for position, id in enumerate(names)}
    return Detections(
        xyxy=numpy.array([box.xyxy for box in boxes], dtype=numpy.float32),
        class_id=numpy.array([place[box.label] for box in boxes]),
        data={
            "class_name": numpy.array([names[box.label] for box in boxes]),
            "box_id": numpy.array([box.id for box in boxes]),
        },
    )
