"""What a run is measured on: the images of the test split that are complete for a class, with people's boxes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from annotations.flags import NO_EXAMPLE
from annotations.models import Box, Complete
from projects.images.storage import local_path
from projects.models import Image
from training.models import Run
from training.protocol.job import JobBox, JobImage
from training.scope import images_to_measure

AT_ONCE = 500
KINDS = (Run.Kind.AUTOLABEL, Run.Kind.DETECT)


def measured_images(run: Run, tick: Callable[[], None]) -> tuple[JobImage, ...]:
    """None for a search, and for a run of named images, whose people wait for it."""
    if run.kind not in KINDS or run.params["images"] is not None:
        return ()
    complete: dict[int, set[int]] = defaultdict(set)
    said = Complete.objects.filter(image__in=images_to_measure(run.project)).order_by("image", "label_id")
    for image, label in said.values_list("image", "label"):
        complete[image].add(label)
    order = sorted(complete)
    parts = (order[start : start + AT_ONCE] for start in range(0, len(order), AT_ONCE))
    return tuple(image for part in parts for image in _of(part, complete, tick))


def _of(part: list[int], complete: dict[int, set[int]], tick: Callable[[], None]) -> Iterator[JobImage]:
    boxes: dict[int, list[JobBox]] = defaultdict(list)
    for box in Box.objects.filter(image__in=part).order_by("image_id", "created_at", "id"):
        if box.flags & NO_EXAMPLE:  # what is found there would count as wrong: the class is not measured in this image
            complete[box.image_id].discard(box.label_id)
        else:
            boxes[box.image_id].append(JobBox(None, box.label_id, box.xyxy))
    for image in Image.objects.filter(pk__in=part).order_by("pk"):
        tick()
        yield JobImage(
            id=image.pk,
            path=Path(local_path(image)),
            sha256=image.sha256,
            width=image.width,
            height=image.height,
            target=False,
            boxes=tuple(boxes[image.pk]),
            complete_for=frozenset(complete[image.pk]),
        )
