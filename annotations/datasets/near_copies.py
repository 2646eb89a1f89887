"""Near-copies of a picture become one image, with all their boxes; the others go into the bin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import uuid4

from django.db import transaction
from django.db.models import Count

from annotations.datasets.choice import Choice, images_of
from annotations.datasets.record import Record, write_part
from annotations.geometry import XYXY, inside, iou
from annotations.locking import lock_images
from annotations.models import Box, Complete, DatasetChange, ImageTag
from annotations.unit_of_work import UnitOfWork
from projects.bin.actions import delete_images
from projects.jobs.hold import Hold, letting_others_write
from projects.models import Image, Project, User

SAME = 0.8  # least overlap of two boxes of one class that are one object
ASPECT = 0.02  # by which the shapes of two pictures may differ for one to lie on the other


def groups_of(actor: User, project: Project, choice: Choice) -> Iterator[list[int]]:
    """Ids of the images of each group that the choice has more than one of."""
    found: list[int] = []
    last: int | None = None
    rows = images_of(actor, project, choice).filter(group__isnull=False).order_by("group", "pk")
    for pk, group in rows.values_list("pk", "group").iterator(chunk_size=2000):
        if group != last and len(found) > 1:
            yield found
        found = [*found, pk] if group == last else [pk]
        last = group
    if len(found) > 1:
        yield found


def kept_of(images: Sequence[Image], boxes: dict[int, int]) -> Image:
    """The largest; of equal ones that with most boxes, then the oldest."""
    return max(images, key=lambda image: (image.width * image.height, boxes.get(image.pk, 0), -image.pk))


def fits(image: Image, kept: Image) -> bool:
    """Whether a box of the one lies at the same place of the other, scaled."""
    return abs(image.width * kept.height - kept.width * image.height) <= ASPECT * image.width * kept.height


def scaled(xyxy: XYXY, image: Image, kept: Image) -> XYXY | None:
    x, y = kept.width / image.width, kept.height / image.height
    return inside((xyxy[0] * x, xyxy[1] * y, xyxy[2] * x, xyxy[3] * y), kept.width, kept.height)


def resolve(hold: Hold[DatasetChange], actor: User) -> None:
    """Begun again it goes on with the groups that are left. Raises LostJob."""
    change = hold.job
    gone = {pk for part in change.parts.all() for pk in part.data.get("gone", ())}
    groups = list(groups_of(actor, change.project, Choice.read(change.choice)))
    hold.report(total=sum(len(group) - 1 for group in groups))
    for group in groups:
        if left := [pk for pk in group if pk not in gone]:
            with letting_others_write(), transaction.atomic():
                _resolve(hold, actor, left)
    gone = {pk for part in change.parts.all() for pk in part.data.get("gone", ())}
    with transaction.atomic():
        entry = delete_images(actor, change.project, sorted(gone))
        if entry is not None:
            write_part(hold, Record(entry=entry.pk), done=0, count=0)


def _resolve(hold: Hold[DatasetChange], actor: User, ids: Sequence[int]) -> None:
    images = lock_images(ids)
    if len(images) < 2:
        return
    counts = dict(Box.objects.filter(image__in=images).order_by().values_list("image").annotate(Count("pk")))
    kept = kept_of(list(images.values()), counts)
    going = [image for image in images.values() if image.pk != kept.pk and fits(image, kept)]
    unit, record = UnitOfWork(actor, [kept]), Record(gone=[image.pk for image in going])
    brought = _bring_boxes(unit, kept, {image.pk: image for image in going})
    marks = _bring_marks(unit, kept, record.gone)
    tags = _bring_tags(unit, kept, record.gone)
    unit.write()
    fresh = Box.objects.filter(pk__in=[box.pk for box in brought]).values_list("pk", "updated_at")
    record.boxes = [(pk.hex, at.isoformat()) for pk, at in fresh]
    record.marks, record.tags = [mark.pk for mark in marks], [tag.pk for tag in tags]
    size = len(images) - 1
    write_part(hold, record, done=size, count=len(going), stayed=size - len(going))


def _bring_boxes(unit: UnitOfWork, kept: Image, going: dict[int, Image]) -> list[Box]:
    """Those that the image that stays has no equal of, with their authors."""
    there = [(box.label_id, box.xyxy) for box in Box.objects.filter(image=kept)]
    brought = []
    for box in Box.objects.filter(image__in=going).select_related("label").order_by("created_at", "pk"):
        place = scaled(box.xyxy, going[box.image_id], kept)
        if place is None or any(label == box.label_id and iou(xyxy, place) >= SAME for label, xyxy in there):
            continue
        box.pk, box.image, box.xyxy = uuid4(), kept, place
        box._state.adding = True
        unit.create(box)
        there.append((box.label_id, place))
        brought.append(box)
    return brought


def _bring_marks(unit: UnitOfWork, kept: Image, going: Sequence[int]) -> list[Complete]:
    there = set(Complete.objects.filter(image=kept).values_list("label", flat=True))
    marks = {mark.label_id: mark for mark in Complete.objects.filter(image__in=going).select_related("label")}
    return [unit.complete(kept, mark.label) for label, mark in marks.items() if label not in there]


def _bring_tags(unit: UnitOfWork, kept: Image, going: Sequence[int]) -> list[ImageTag]:
    there = set(ImageTag.objects.filter(image=kept).values_list("tag", flat=True))
    tags = {found.tag_id: found.tag for found in ImageTag.objects.filter(image__in=going).select_related("tag")}
    return [unit.tag(kept, tag) for pk, tag in tags.items() if pk not in there]
