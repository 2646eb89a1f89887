"""Images into another project: files, boxes, marks, tags and history, with classes found by their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from uuid import UUID, uuid4

from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet

from annotations import history
from annotations.classes.actions import create_classes, update_class
from annotations.datasets.choice import Choice, images_of
from annotations.datasets.record import Record, write_part
from annotations.models import Box, Complete, DatasetChange, ImageTag, LabelClass, Tag
from annotations.tags.actions import find_tags
from annotations.unit_of_work import UnitOfWork
from projects import policies
from projects.bin.actions import delete_images
from projects.images import duplicates
from projects.jobs.hold import Hold, letting_others_write
from projects.models import Dataset, Event, Image, Project, User
from projects.policies import Action
from projects.webhooks.emit import emit

AT_ONCE = 4  # images in one transaction: each brings its boxes, and twice as many rows of history

Labels = dict[int, LabelClass]


def copy(hold: Hold[DatasetChange], actor: User, target: Dataset) -> None:
    """A picture that the target has already stays out. Begun again it goes on. Raises LostJob."""
    change = hold.job
    rows = images_of(actor, change.project, Choice.read(change.choice))
    labels = _classes(actor, used_classes(rows), target.project)
    there = set(target.images.values_list("sha256", flat=True))
    done = {old for part in change.parts.all() for old, _new, _version in part.data.get("made", ())}
    left = [pk for pk in rows.values_list("pk", flat=True) if pk not in done]
    hold.report(total=change.done + len(left))
    for start in range(0, len(left), AT_ONCE):
        part = list(rows.filter(pk__in=left[start : start + AT_ONCE]))
        going: list[Image] = []
        for image in part:
            if image.sha256 not in there:
                there.add(image.sha256)
                going.append(image)
        _copy(hold, actor, going, target, labels, size=len(part))


def put_originals_away(hold: Hold[DatasetChange], actor: User) -> None:
    """Those that were copied, as one entry of the bin."""
    change = hold.job
    made = [old for part in change.parts.all() for old, _new, _version in part.data.get("made", ())]
    with transaction.atomic():
        entry = delete_images(actor, change.project, made)
        if entry is not None:
            write_part(hold, Record(entry=entry.pk), done=0, count=0)


def used_classes(rows: QuerySet[Image]) -> list[LabelClass]:
    """That boxes or marks in these images have, in their order."""
    images = rows.order_by().values("pk")
    ids = set(Box.objects.filter(image__in=images).order_by().values_list("label", flat=True).distinct())
    ids |= set(Complete.objects.filter(image__in=images).order_by().values_list("label", flat=True).distinct())
    return list(LabelClass.objects.filter(pk__in=ids).order_by("position", "pk"))


def _classes(actor: User, used: Sequence[LabelClass], project: Project) -> Labels:
    """Of the other project by those of this one: of the same name, made where there is none."""
    known = {label.name: label for label in project.classes.all()}
    if missing := [label for label in used if label.name not in known]:
        made = create_classes(actor, project, [label.name for label in missing])
        known |= {label.name: label for label in made}
        if policies.can(actor, Action.CLASSES, project):
            for label in missing:
                update_class(actor, known[label.name], color=label.color, attributes=label.attributes)
    return {label.pk: known[label.name] for label in used}


def _copy(
    hold: Hold[DatasetChange], actor: User, images: Sequence[Image], target: Dataset, labels: Labels, *, size: int
) -> None:
    """Files first, then all rows in one short transaction."""
    new = {image.pk: _stored(image, target) for image in images}
    try:
        with letting_others_write(), transaction.atomic():
            Image.objects.bulk_create(new.values())
            _carry(actor, images, new, target.project, labels)
            made = [(old, image.pk, image.version) for old, image in new.items()]
            write_part(hold, Record(made=made), done=size, count=len(made), stayed=size - len(made))
            if made:
                ids = {"dataset": target.pk, "images": [image.pk for image in new.values()]}
                emit(target.project_id, Event.IMAGES_ADDED, ids)
            transaction.on_commit(lambda: duplicates.compare(list(new.values())), robust=True)
    except Exception:
        for image in new.values():
            image.file.delete(save=False)
            image.thumb.delete(save=False)
        raise


def _stored(old: Image, target: Dataset) -> Image:
    """An image whose files are stored and whose row is not yet."""
    same = ("name", "sha256", "width", "height", "bytes", "version", "waves", "edges", "split", "uploaded_by_id")
    new = Image(project_id=target.project_id, dataset=target, **{name: getattr(old, name) for name in same})
    for source, into, name in ((old.file, new.file, "original"), (old.thumb, new.thumb, "thumb")):
        with source.open("rb") as stream:
            into.save(name + PurePosixPath(str(source.name)).suffix, File(stream), save=False)
    return new


def _carry(actor: User, images: Sequence[Image], new: dict[int, Image], project: Project, labels: Labels) -> None:
    unit = UnitOfWork(actor, new.values())
    ids: dict[UUID, UUID] = {}
    for box in Box.objects.filter(image__in=new):
        ids[box.pk] = box.pk = uuid4()
        box.image, box.label = new[box.image_id], labels[box.label_id]
        box._state.adding = True
        unit.carry(box)
    for mark in Complete.objects.filter(image__in=new):
        unit.carry_mark(Complete(image=new[mark.image_id], label=labels[mark.label_id], by_id=mark.by_id))
    tags = _tags(actor, project, new)
    for found in ImageTag.objects.filter(image__in=new).select_related("tag"):
        unit.carry_tag(ImageTag(image=new[found.image_id], tag=tags[found.tag.name]))
    unit.write()
    for image in images:
        history.save_carried(image, new[image.pk], labels, ids)


def _tags(actor: User, project: Project, images: dict[int, Image]) -> dict[str, Tag]:
    names = list(ImageTag.objects.filter(image__in=images).order_by().values_list("tag__name", flat=True).distinct())
    return find_tags(actor, project, names) if names else {}
