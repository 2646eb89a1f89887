"""What a page or a client is told of an image: boxes, what is complete, pending suggestions, neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse

from annotations.flags import names_of
from annotations.models import Box, Complete, Suggestion
from annotations.tags.actions import tags_of
from projects.models import Image

# Written out: every save asks for them, and Django takes longer to put them together than the database to answer.
_SAME = "FROM projects_image AS other WHERE other.dataset_id = projects_image.dataset_id"
_NEIGHBOURS = {
    "previous": f"MAX(other.id) {_SAME} AND other.id < projects_image.id",
    "next": f"MIN(other.id) {_SAME} AND other.id > projects_image.id",
    "position": f"COUNT(*) {_SAME} AND other.id <= projects_image.id",
    "total": f"COUNT(*) {_SAME}",
}


def image_urls(image_id: int) -> dict[str, str]:
    return {
        "url": reverse("file-image", args=[image_id]),
        "thumb_url": reverse("file-thumb", args=[image_id]),
    }


def place_url(image: int, xyxy: Sequence[float]) -> str:
    """Where the picture of a part of an image is, with what is around it."""
    return f"{reverse('file-image-crop', args=[image])}?{urlencode({'box': ','.join(f'{edge:g}' for edge in xyxy)})}"


def part_url(image: int, part: Sequence[float]) -> str:
    """Where a larger picture of just this part of an image is."""
    return f"{reverse('file-image-crop', args=[image])}?{urlencode({'part': ','.join(f'{edge:g}' for edge in part)})}"


def box_row(box: Box) -> dict[str, Any]:
    return {
        "id": str(box.id),
        "class": box.label_id,
        "xyxy": list(box.xyxy),
        "author": box.author.email if box.author else None,
        "origin": box.origin,
        "flags": names_of(box.flags),
        "attributes": box.attributes,
        "updated_at": box.updated_at.isoformat(),
    }


def image_name(image: Image) -> dict[str, Any]:
    return {"id": image.pk, "name": image.name, "width": image.width, "height": image.height}


def box_of_image_row(box: Box) -> dict[str, Any]:
    return box_row(box) | {"image": image_name(box.image)}


def suggestion_row(suggestion: Suggestion, hidden: Collection[int] = ()) -> dict[str, Any]:
    """Of rows that were read `with_run`. hidden: ids of images whose boxes are not shown as evidence."""
    return {
        "id": suggestion.pk,
        "class": suggestion.label_id,
        "xyxy": list(suggestion.xyxy),
        "probability": suggestion.probability,
        "score": suggestion.score,
        "source": suggestion.source,
        "sure": suggestion.sure,
        "state": suggestion.state,
        "version": suggestion.version,
        "batch": suggestion.batch_id,
        "run": suggestion.run_number,  # type: ignore[attr-defined]
        "evidence": [_evidence_row(item) for item in suggestion.evidence if item["image_id"] not in hidden],
        "crop_url": reverse("file-suggestion-crop", args=[suggestion.pk]),
    }


@dataclass(frozen=True, slots=True)
class Double:
    """A suggestion was accepted where a box of the class lies already: `box` is the new one, `other` was there
    before.
    """

    suggestion: int
    box: UUID
    other: UUID

    def row(self) -> dict[str, Any]:
        return {"code": "double", "suggestion": self.suggestion, "box": str(self.box), "other": str(self.other)}


@dataclass(frozen=True, slots=True)
class ImageRows:
    """An image with all that its editor shows. complete: ids of classes. tags: their names.

    suggestions: those that wait, the most probable first.
    """

    image: Image
    boxes: Sequence[Box]
    complete: Sequence[int]
    suggestions: Sequence[Suggestion]
    warnings: Sequence[Double] = ()
    tags: Sequence[str] = ()

    @property
    def version(self) -> int:
        return self.image.version


def read_rows(image: Image) -> ImageRows:
    """Four queries."""
    return read_many([image])[0]


def read_many(images: Sequence[Image], *, suggestions: bool = True, tags: bool = True) -> list[ImageRows]:
    """The rows of each image, in four queries however many there are; one less each without suggestions, or tags."""
    ids = [image.pk for image in images]
    boxes: dict[int, list[Box]] = defaultdict(list)
    for box in Box.objects.filter(image__in=ids).select_related("author"):
        boxes[box.image_id].append(box)
    complete: dict[int, list[int]] = defaultdict(list)
    for pk, label in Complete.objects.filter(image__in=ids).order_by("label_id").values_list("image_id", "label_id"):
        complete[pk].append(label)
    waiting: dict[int, list[Suggestion]] = defaultdict(list)
    pending = Suggestion.objects.filter(image__in=ids, state=Suggestion.State.PENDING)
    for suggestion in with_run(pending).order_by("-probability", "id") if suggestions else ():
        waiting[suggestion.image_id].append(suggestion)
    named = tags_of(ids) if tags else {}
    return [
        ImageRows(image, boxes[pk := image.pk], complete[pk], waiting[pk], tags=named.get(pk, ())) for image in images
    ]


def image_state(rows: ImageRows, hidden: Collection[int] = ()) -> dict[str, Any]:
    """ImageState of docs/api.md. hidden: as of suggestion_row."""
    image = rows.image
    return {
        "id": image.pk,
        "name": image.name,
        "width": image.width,
        "height": image.height,
        **image_urls(image.pk),
        "dataset": image.dataset_id,
        "split": image.split,
        "version": image.version,
        "boxes": [box_row(box) for box in rows.boxes],
        "complete": list(rows.complete),
        "tags": list(rows.tags),
        "suggestions": [suggestion_row(suggestion, hidden) for suggestion in rows.suggestions],
        "warnings": [double.row() for double in rows.warnings],
        **_neighbours(image),
    }


def included(rows: ImageRows, wanted: Collection[str], hidden: Collection[int] = ()) -> dict[str, Any]:
    """What a list of images brings along of each one: `boxes` with the classes that are complete, or `suggestions`, or
    both. hidden: as of suggestion_row.
    """
    found: dict[str, Any] = {}
    if "boxes" in wanted:
        found |= {"boxes": [box_row(box) for box in rows.boxes], "complete": list(rows.complete)}
    if "suggestions" in wanted:
        found["suggestions"] = [suggestion_row(suggestion, hidden) for suggestion in rows.suggestions]
    return found


def with_neighbours(images: QuerySet[Image]) -> QuerySet[Image]:
    """Adds the image before and after each one in its dataset, its position there from 1 on, and how many there are."""
    return images.annotate(**{name: RawSQL(f"SELECT {sql}", ()) for name, sql in _NEIGHBOURS.items()})  # noqa: S611


def _neighbours(image: Image) -> dict[str, int | None]:
    known: Any = image
    if not hasattr(image, "position"):
        known = with_neighbours(Image.objects.filter(pk=image.pk)).only("pk").get()
    return {name: getattr(known, name) for name in _NEIGHBOURS}


def with_run(suggestions: QuerySet[Suggestion]) -> QuerySet[Suggestion]:
    """Adds the number of the run that each is of: the number alone, for a run's own row is large."""
    return suggestions.annotate(run_number=F("batch__run"))


def _evidence_row(item: dict[str, Any]) -> dict[str, Any]:
    """Its picture is that of the place, which stays when the box that was there goes."""
    return item | {"crop_url": place_url(item["image_id"], item["xyxy"])}
