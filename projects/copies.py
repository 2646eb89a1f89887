"""Which images of a project are copies of one another, exact or near: looked for once for each image, and kept as its group."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from projects.looks import BANDS, Look, bands_near, look_of
from projects.models import Image, Project

log = logging.getLogger(__name__)
JOB, NAME = "projects.copies.catch_up", "copies"
AT_ONCE = 200  # images of one task, whose looks are written in one transaction
COMPARED_AT_ONCE = 20  # in one transaction: nobody else waits long to write
MOST_ALIKE = 5_000  # of a project whose pictures all share a band, so many are looked at; most of them are copies then


def compare(project_id: int, ids: Sequence[int]) -> None:
    """Puts images into the groups of their copies. An image that was compared already stays as it is.

    Copies of copies are in one group, whatever the order in which they came. One project's images are compared one after the
    other, so that of two that arrive at once the later sees the earlier.
    """
    for start in range(0, len(ids), COMPARED_AT_ONCE):
        with transaction.atomic():
            if Project.objects.select_for_update(no_key=True).filter(pk=project_id).first() is None:
                return
            waiting = Image.objects.filter(
                project=project_id, compared=False, pk__in=ids[start : start + COMPARED_AT_ONCE]
            )
            for image in waiting.order_by("pk"):
                _compare(image)


def _compare(image: Image) -> None:
    found = _copies(image)
    if found:
        groups = {group for group in found.values() if group is not None}
        ids = {image.pk, *(pk for pk, group in found.items() if group is None)}
        group = min(ids | groups)
        # Locked in the order that other writers keep, so that two never wait for each other.
        changing = Image.objects.filter(Q(pk__in=ids) | Q(group__in=groups), project=image.project_id).exclude(
            group=group
        )
        list(changing.order_by("pk").select_for_update(of=("self",)).values_list("pk"))
        changing.order_by().update(group=group)
    Image.objects.filter(pk=image.pk).update(compared=True)


def _copies(image: Image) -> dict[int, int | None]:
    """Images that were compared before and show the same, of one file or by their looks, each with its group."""
    others = Image.objects.filter(project=image.project_id, compared=True).order_by()
    found = dict(others.filter(sha256=image.sha256).values_list("pk", "group"))
    if image.waves is None or image.edges is None:
        return found
    mine = Look(image.waves, image.edges, image.width, image.height)
    share = Q()
    for band, values in zip(range(BANDS), bands_near(image.waves), strict=True):
        share |= Q(**{f"band{band}__in": values})
    rows = others.filter(share).values_list("pk", "group", "waves", "edges", "width", "height")[:MOST_ALIKE]
    for pk, group, waves, edges, width, height in rows:
        if waves is not None and edges is not None and mine.near(Look(waves, edges, width, height)):
            found[pk] = group
    return found


# --- images of a time before there were looks ---------------------------------------------------------------------------
def sweep() -> None:
    """Called every few seconds by whoever watches workers: what there is to catch up with goes into the queue, once."""
    if Image.objects.filter(compared=False).exists():
        _ask()


def catch_up() -> int:
    """The worker's part: gives looks to some images that have none, and compares them; how many. The next task does the next ones."""
    waiting = list(Image.objects.filter(compared=False).order_by("project", "pk")[:AT_ONCE])
    for image in waiting:
        if image.waves is None:
            image.waves, image.edges = _look_again(image)
    Image.objects.bulk_update(waiting, ["waves", "edges"])
    for project in {image.project_id for image in waiting}:
        compare(project, [image.pk for image in waiting if image.project_id == project])
    if len(waiting) == AT_ONCE:
        _ask()  # at the end of the queue: what waits there is done in between
    return len(waiting)


def _ask() -> None:
    messages = OrmQ.objects.filter(key="default", lock__lte=timezone.now())
    if not any(message.name() == NAME for message in messages):
        async_task(JOB, task_name=NAME)


def _look_again(image: Image) -> tuple[int | None, int | None]:
    try:
        with image.thumb.open("rb") as file:
            return look_of(file.read()) or (None, None)
    except (OSError, ValueError) as error:  # gone, or never there
        log.warning("The thumbnail of image %s cannot be read: %s", image.pk, error)
        return None, None
