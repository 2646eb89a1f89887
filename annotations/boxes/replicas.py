"""An image as the person sees it who labels it apart from others: their own boxes, changed as any image's are."""

from __future__ import annotations

from copy import copy
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.boxes import changes as asked
from annotations.boxes.payloads import ImageRows, image_state
from annotations.boxes.session import Session, WriteContext
from annotations.models import Box, Complete, LabelClass, Replica
from annotations.unit_of_work import UnitOfWork
from projects import policies
from projects.errors import Refusal, StaleVersion
from projects.models import Image, User
from projects.policies import Action


def rows_of(replica: Replica, image: Image) -> ImageRows:
    """As of any image: no suggestions and no tags, since these would say what others think of it."""
    return ImageRows(_as_seen(replica, image), _boxes(replica, image), replica.complete, [])


def apply_changes(actor: User, replica: Replica, image: Image, *, seen: int, changes: Any) -> ImageRows:
    """As annotations.boxes.actions.apply_changes, on the person's own boxes; the image's stay what they are."""
    wanted = asked.parse(changes, width=image.width, height=image.height)
    policies.require(actor, Action.LABEL, image.project)
    if any(isinstance(change, asked.SetTag) for change in wanted):
        raise Refusal(_("Tags are for all who label an image, and here each labels it apart."), field="changes")
    with transaction.atomic():
        replica = Replica.objects.select_for_update(of=("self",)).select_related("person").get(pk=replica.pk)
        if replica.version != seen:
            raise StaleVersion(image_state(rows_of(replica, image)))
        if replica.state not in Replica.OPEN:
            raise Refusal(_("This image is submitted: a reviewer can return it to you."), code="submitted")
        before = (replica.boxes, replica.complete)
        _apply(actor, replica, image, wanted)
        if (replica.boxes, replica.complete) != before:
            replica.version += 1
            replica.save(update_fields=["boxes", "complete", "version"])
    return rows_of(replica, image)


def _apply(actor: User, replica: Replica, image: Image, wanted: list[asked.Change]) -> None:
    """The same rules as for any image; what the unit of work collects is never written."""
    labels = {label.pk: label for label in image.project.classes.all()}
    boxes = {box.id: box for box in _boxes(replica, image, labels)}
    complete = {pk: Complete(image=image, label=labels[pk]) for pk in replica.complete if pk in labels}
    found = WriteContext(labels, {image.pk: complete}, {image.pk: boxes}, {image.pk: {}}, {}, {image.pk: {}})
    session = Session(actor, UnitOfWork(actor, [image], counts_up=False), image, found, set())
    session.apply(wanted)
    replica.boxes = [_row(box) for box in session.boxes.values()]
    replica.complete = sorted(session.complete)


def _boxes(replica: Replica, image: Image, labels: dict[int, LabelClass] | None = None) -> list[Box]:
    """Not saved, and never to be. Those of a class that is gone are gone with it where the classes are given."""
    found = []
    for row in replica.boxes:
        if labels is not None and row["class"] not in labels:
            continue
        box = Box(id=UUID(row["id"]), image=image, label_id=row["class"], author=replica.person)
        box.updated_at = datetime.fromisoformat(row["updated_at"])
        if labels is not None:
            box.label = labels[row["class"]]
        box.xyxy, box.flags, box.attributes = tuple(row["xyxy"]), row["flags"], row["attributes"]
        found.append(box)
    return found


def _row(box: Box) -> dict[str, Any]:
    return {
        "id": str(box.id), "class": box.label_id, "xyxy": list(box.xyxy), "flags": box.flags,
        "attributes": box.attributes, "updated_at": (box.updated_at or timezone.now()).isoformat(),
    }  # fmt: skip


def _as_seen(replica: Replica, image: Image) -> Image:
    shown = copy(image)
    shown.version = replica.version
    return shown
