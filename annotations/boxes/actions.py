"""Verbs on boxes: a write names the version of each image that it saw, is all or nothing, and leaves its history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from annotations.boxes import changes as asked
from annotations.boxes.payloads import ImageRows, image_state, read_many, read_rows, with_neighbours
from annotations.boxes.session import REVIEWING, AnsweredSuggestion, Session, WriteContext, named_in
from annotations.locking import BATCH
from annotations.unit_of_work import UnitOfWork
from annotations.work import rules
from projects import policies
from projects.errors import Refusal, StaleVersion
from projects.models import Image, Project, User
from projects.policies import Action


@dataclass(frozen=True, slots=True)
class ImageChangeset:
    """What one image is to get. seen: the version that the asker saw."""

    image: Image
    seen: int
    changes: Sequence[asked.Change]


class _Stale(Exception):
    """Images that somebody else was quicker with."""

    def __init__(self, ids: Collection[int]) -> None:
        super().__init__(ids)
        self.ids = ids


def apply_changes(actor: User, image: Image, *, seen: int, changes: Any) -> ImageRows:
    """Applies `changes` (docs/api.md) to the boxes of `image` and returns it with its rows as they stand.

    A drawn box that lies on an open suggestion of its class answers it; a suggestion that is accepted where such a box
    is already leaves a warning. Raises StaleVersion with the current state when `seen` is not the image's version,
    Refusal for changes that make no sense.
    """
    wanted = asked.parse(changes, width=image.width, height=image.height)
    _require(actor, image.project, [image.pk], wanted)
    try:
        (session,) = _apply(actor, [ImageChangeset(image, seen, wanted)])
    except _Stale:
        raise StaleVersion(image_state(read_rows(policies.get_image(actor, image.pk)))) from None
    return session.rows()


def apply_to_many(actor: User, project: Project, wanted: Sequence[tuple[int, int, Any]]) -> list[ImageRows]:
    """The same for (id of an image, version seen, changes) of several images, all or none, in one transaction.

    Raises StaleVersion with the present states of all images that somebody else was quicker with; Refusal names the
    image's place in the list, and more than 200 changes.
    """
    images = Image.objects.filter(project=project).in_bulk([pk for pk, _seen, _changes in wanted])
    parsed = [_parsed(index, images, *one) for index, one in enumerate(wanted)]
    if len({one.image.pk for one in parsed}) < len(parsed):
        raise Refusal(_("Name each image once."), field="images")
    if sum(len(one.changes) for one in parsed) > BATCH:
        raise Refusal(_("At most %(n)d changes at once.") % {"n": BATCH}, field="images")
    _require(actor, project, [one.image.pk for one in parsed], [change for one in parsed for change in one.changes])
    try:
        return [session.rows() for session in _apply(actor, parsed)] if parsed else []
    except _Stale as stale:
        rows = with_neighbours(Image.objects.filter(project=project, pk__in=stale.ids)).order_by("pk")
        raise StaleVersion([image_state(one) for one in read_many(list(rows))]) from None


def _parsed(index: int, images: dict[int, Image], pk: int, seen: int, changes: Any) -> ImageChangeset:
    place = f"images[{index}]"
    image = images.get(pk)
    if image is None:
        raise Refusal(_("This project has no image %(id)s.") % {"id": pk}, code="no_image", field=f"{place}.image")
    try:
        return ImageChangeset(image, seen, asked.parse(changes, width=image.width, height=image.height))
    except Refusal as error:
        error.field = f"{place}.{error.field}"
        raise


def _require(actor: User, project: Project, images: Sequence[int], wanted: Sequence[asked.Change]) -> None:
    policies.require(actor, Action.LABEL, project)
    answering = any(isinstance(change, REVIEWING) for change in wanted)
    if answering:
        policies.require(actor, Action.ANSWER, project)
    rules.require_open(actor, project, images, answering=answering)


@transaction.atomic
def _apply(actor: User, parts: Sequence[ImageChangeset]) -> list[Session]:
    images = _count_up(parts)
    unit = UnitOfWork(actor, images, counts_up=False)
    found = WriteContext.read(images, [change for part in parts for change in part.changes])
    sessions = [
        Session(actor, unit, image, found, named_in(part.changes)) for image, part in zip(images, parts, strict=True)
    ]
    for index, (session, part) in enumerate(zip(sessions, parts, strict=True)):
        try:
            session.apply(part.changes)
        except AnsweredSuggestion as decided:
            raise _Stale([decided.image_id]) from None
        except Refusal as error:
            if len(parts) > 1:
                error.field = f"images[{index}].{error.field}"
            raise
    unit.write()
    touched = {row.image_number for row in unit.rows}
    if same := [image for image in images if image.pk not in touched]:  # a retry of what was saved already
        Image.objects.filter(pk__in=[image.pk for image in same]).update(version=F("version") - 1)
        for image in same:
            image.version -= 1
    return sessions


def _count_up(parts: Sequence[ImageChangeset]) -> list[Image]:
    """The images with their next versions; the caller's stay as they were seen.

    One statement for each compares the version, counts it up and locks the row for all that follows, always in one
    order, so that no two writers wait in a ring.
    """
    stale = [
        part.image.pk
        for part in sorted(parts, key=lambda part: part.image.pk)
        if not Image.objects.filter(pk=part.image.pk, version=part.seen).update(version=F("version") + 1)
    ]
    if stale:
        raise _Stale(stale)
    images = [copy(part.image) for part in parts]
    for image, part in zip(images, parts, strict=True):
        image.version = part.seen + 1
    return images
