"""Rows of the append-only history of boxes; annotations.unit_of_work and the comments write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from annotations.attributes import Values
from annotations.bulk import insert_rows
from annotations.geometry import XYXY
from annotations.models import Box, BoxHistory, Comment, LabelClass, Suggestion
from labelhub.live.notify import project_group, wake_on_commit
from projects.models import Event, Image, User
from projects.webhooks.emit import emit

Verb = BoxHistory.Verb
EVENTS = {
    Event.BOXES_CHANGED: {
        Verb.CREATED, Verb.CHANGED, Verb.DELETED, Verb.ACCEPTED, Verb.IMPORTED, Verb.RESTORED, Verb.COMPLETED,
        Verb.REOPENED, Verb.TAGGED, Verb.UNTAGGED,
    },
    Event.REVIEWS_DECIDED: {Verb.ACCEPTED, Verb.ANSWERED, Verb.REJECTED, Verb.RECONSIDERED},
    Event.WORK_HANDED_OUT: {Verb.HANDED},
    Event.WORK_SUBMITTED: {Verb.SUBMITTED},
    Event.WORK_RETURNED: {Verb.RETURNED},
    Event.WORK_ACCEPTED: {Verb.FINAL},
}  # fmt: skip

TALK = frozenset({Verb.COMMENTED, Verb.RESOLVED, Verb.UNRESOLVED, Verb.REWORDED, Verb.UNSAID})
SPLITS = frozenset({Verb.TRAIN, Verb.VAL, Verb.TEST, Verb.UNSPLIT})
OFFERS = frozenset({Verb.WITHDRAWN, Verb.OFFERED})  # they change what waits, and no version
WORK = frozenset({
    Verb.HANDED, Verb.TAKEN, Verb.SUBMITTED, Verb.SKIPPED, Verb.FREED, Verb.FINAL, Verb.RETURNED, Verb.RECALLED,
})  # fmt: skip

CARRIED = SPLITS | {
    Verb.CREATED, Verb.CHANGED, Verb.DELETED, Verb.ACCEPTED, Verb.ANSWERED, Verb.IMPORTED, Verb.RESTORED,
    Verb.COMPLETED, Verb.REOPENED, Verb.TAGGED, Verb.UNTAGGED,
}  # fmt: skip

BROUGHT_COLUMNS = (
    "project_id", "image_id", "image_number", "image_name", "version", "box", "verb", "label_id", "label_name",
    "x1", "y1", "x2", "y2", "flags", "attributes", "actor_id", "at",
)  # fmt: skip


class BroughtBox(Protocol):
    """What the history says of a box that an import brings."""

    @property
    def id(self) -> UUID: ...
    @property
    def image(self) -> Image: ...
    @property
    def label(self) -> LabelClass: ...
    @property
    def xyxy(self) -> XYXY: ...
    @property
    def flags(self) -> int: ...
    @property
    def attributes(self) -> Values: ...


def of_box(
    actor: User | None, verb: str, image: Image, box: Box, *, suggestion: Suggestion | None = None
) -> BoxHistory:
    row = _row(actor, verb, image, label=box.label, box=box.id, suggestion=suggestion.pk if suggestion else None)
    row.xyxy, row.flags, row.attributes = box.xyxy, box.flags, box.attributes
    return row


def of_suggestion(actor: User | None, verb: str, image: Image, suggestion: Suggestion) -> BoxHistory:
    row = _row(actor, verb, image, label=suggestion.label, suggestion=suggestion.pk)
    row.xyxy = suggestion.xyxy
    return row


def of_image(actor: User | None, verb: str, image: Image, label: LabelClass) -> BoxHistory:
    return _row(actor, verb, image, label=label)


def of_tag(actor: User | None, verb: str, image: Image, name: str) -> BoxHistory:
    row = _row(actor, verb, image)
    row.label_name = name
    return row


def of_comment(actor: User | None, verb: str, image: Image, comment: Comment) -> BoxHistory:
    """That something was said, changed or taken back; the words themselves are the author's, and are not kept here."""
    return _row(actor, verb, image, box=comment.box)


def of_split(actor: User | None, image: Image) -> BoxHistory:
    """That the image is in its split now: the verb is the split's own word, "unsplit" where it is in none."""
    return _row(actor, image.split or BoxHistory.Verb.UNSPLIT, image)


def of_work(actor: User | None, verb: str, image: Image) -> BoxHistory:
    """That the image went a step in its job."""
    return _row(actor, verb, image)


def _row(actor: User | None, verb: str, image: Image, *, label: LabelClass | None = None, **about: Any) -> BoxHistory:
    return BoxHistory(
        project_id=image.project_id,
        image=image,
        image_number=image.pk,
        image_name=image.name,
        version=image.version,
        verb=verb,
        label=label,
        label_name=label.name if label else "",
        actor=actor,
        **about,
    )


def save_history(project_id: int, rows: list[BoxHistory]) -> None:
    BoxHistory.objects.bulk_create(rows, batch_size=200)
    wake_on_commit(project_group(project_id))
    for event, verbs in EVENTS.items():
        if found := [row for row in rows if row.verb in verbs]:
            emit(project_id, event, _reported(found))


def _reported(rows: list[BoxHistory]) -> dict[str, Any]:
    """What webhooks hear: which images, in which versions now, how often each thing was done, and by whom (an id)."""
    versions = {row.image_number: row.version for row in rows}
    images = [{"id": pk, "version": version} for pk, version in versions.items()]
    return {"images": images, "counts": Counter(str(row.verb) for row in rows), "by": rows[0].actor_id}


def save_carried(old: Image, new: Image, labels: Mapping[int, LabelClass], boxes: Mapping[UUID, UUID]) -> None:
    """Of an image that comes from another project: what was done to its boxes, marks and tags there, by whom and when.

    labels: by the class that they stand for there. boxes: ids there and here; one that is gone has no id here.
    """
    reported = BoxHistory.objects.filter(image=old.pk, verb__in=CARRIED).order_by("pk")
    rows = []
    for row in reported:
        label = labels.get(row.label_id or 0)
        box = boxes.get(row.box) if row.box else None
        if (row.box and box is None) or (row.label_id and label is None):
            continue
        about = (new.project_id, new.pk, new.pk, new.name, row.version, box)
        words = label.name if label else row.label_name
        of = (row.verb, label.pk if label else None, words)
        rows.append((*about, *of, *row.xyxy, row.flags, row.attributes, row.actor_id, row.at))
    insert_rows(BoxHistory, BROUGHT_COLUMNS, rows)


def save_brought(actor: int | None, at: datetime, boxes: Iterable[BroughtBox]) -> None:
    """A row for each box of an import; the images have their new versions already."""
    rows = []
    for box in boxes:
        image, label = box.image, box.label
        about = (image.project_id, image.pk, image.pk, image.name, image.version, box.id)
        verb = BoxHistory.Verb.IMPORTED.value
        rows.append((*about, verb, label.pk, label.name, *box.xyxy, box.flags, box.attributes, actor, at))
    insert_rows(BoxHistory, BROUGHT_COLUMNS, rows)
