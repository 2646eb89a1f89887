"""The verb of the timeline: an image back to what it held once, as new history."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from annotations.boxes.payloads import ImageRows, image_state, read_rows
from annotations.locking import lock_images
from annotations.models import DatasetVersion
from annotations.timeline import past
from annotations.versions.restoring import restore_images
from annotations.work import rules
from projects import audit, policies
from projects.errors import StaleVersion
from projects.models import Image, User
from projects.policies import Action


class _Stale(Exception):
    """Somebody saved the image meanwhile."""


def restore_moment(actor: User, image: Image, *, seen: int, moment: int) -> ImageRows:
    """Gives an image the boxes and the completeness that it had after a row of its history; 0: before all of them.

    Boxes keep their ids. What is of a class that is gone is left out; suggestions and split stay as they are. Raises
    StaleVersion where the image has another version than `seen`, Http404 for a moment that is not the image's.
    """
    return _restore(actor, image, seen, lambda: past.at_moment(image, moment), moment=moment)


def restore_from(actor: User, image: Image, *, seen: int, version: DatasetVersion) -> ImageRows:
    """The same with what a version of the project holds. Raises Http404 where it does not hold the image."""
    return _restore(actor, image, seen, lambda: past.in_version(image, version), version=str(version))


def _restore(actor: User, image: Image, seen: int, read: Callable[[], past.Past], **about: int | str) -> ImageRows:
    policies.require(actor, Action.LABEL, image.project)
    rules.require_open(actor, image.project, [image.pk], answering=False)
    try:
        _write(actor, image, seen, read, about)
    except _Stale:
        raise StaleVersion(image_state(read_rows(policies.get_image(actor, image.pk)))) from None
    return read_rows(policies.get_image(actor, image.pk))


@transaction.atomic
def _write(actor: User, image: Image, seen: int, read: Callable[[], past.Past], about: dict[str, int | str]) -> None:
    locked = lock_images([image.pk])
    if image.pk not in locked or locked[image.pk].version != seen:
        raise _Stale
    wanted = read()
    counts = restore_images(actor, {image.pk: wanted.labels}, wanted.classes.live)
    if counts:
        audit.record(actor, "image.restored", image, project=image.project, **about, **counts)
