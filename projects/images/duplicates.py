"""Which images of a project are copies of one another, exact or near: looked for once for each image, and kept as its
group.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from projects.images.perceptual_hash import Look, bands_near, look_of
from projects.models import Image, Project

log = logging.getLogger(__name__)
JOB, NAME = "projects.images.duplicates.catch_up", "copies"
AT_ONCE = 200  # images of one task, whose looks are written in one transaction
MOST_ALIKE = 5_000  # of a project whose pictures all share a band, so many are looked at; most of them are copies then


# What other apps do with a group of copies that has got new members, in the same transaction: its project, its number.
joining: list[Callable[[Project, int], None]] = []


def compare(images: Iterable[Image]) -> None:
    """Puts images, which are in the database with their looks, into the groups of their copies. Again changes nothing.

    Copies of copies are in one group, whatever the order in which they came. Of two that arrive at once the later sees
    the earlier, for both are there before either looks; so nobody is kept from writing while one looks.
    """
    for image in images:
        copies = _copies(image)
        if copies:
            _join(image, copies)
        Image.objects.filter(pk=image.pk).update(compared=True)


@transaction.atomic
def _join(image: Image, copies: set[int]) -> None:
    """One group of an image and its copies, with all that are in theirs.

    One project's groups change one after the other.
    """
    project = Project.objects.select_for_update(no_key=True).filter(pk=image.project_id).first()
    if project is None:
        return
    images = Image.objects.filter(project=image.project_id).order_by("pk")
    found = dict(images.filter(pk__in={image.pk, *copies}).values_list("pk", "group"))
    if len(found) < 2:  # deleted meanwhile
        return
    groups = {group for group in found.values() if group is not None}
    alone = {pk for pk, group in found.items() if group is None}
    group = min(alone | groups)
    changing = images.filter(Q(pk__in=alone) | Q(group__in=groups)).exclude(group=group)
    list(changing.select_for_update(of=("self",)).values_list("pk"))  # in the order in which others lock images
    changing.order_by().update(group=group)
    for act in joining:
        act(project, group)


def _copies(image: Image) -> set[int]:
    """Ids of images that show the same, of one file or by their looks."""
    others = Image.objects.filter(project=image.project_id).exclude(pk=image.pk).order_by()
    found = set(others.filter(sha256=image.sha256).values_list("pk", flat=True))
    if image.waves is None or image.edges is None:
        return found
    mine = Look(image.waves, image.edges, image.width, image.height)
    near = {pk for pk, *look in _alike(image.project_id, image.waves) if mine.near(Look(*look))}
    return (found | near) - {image.pk}


def _alike(project_id: int, waves: int) -> list[Any]:
    """Id and look of each image that shares a band.

    In plain SQL: over 548 numbers the ORM takes longer than the database.
    """
    bands = (",".join(map(str, values)) for values in bands_near(waves))
    share = " OR ".join(f"band{number} IN ({values})" for number, values in enumerate(bands))
    sql = f"SELECT id, waves, edges, width, height FROM projects_image WHERE project_id = %s AND ({share}) LIMIT %s"  # noqa: S608 - numbers of our own
    with connection.cursor() as cursor:
        cursor.execute(sql, [project_id, MOST_ALIKE])
        return list(cursor.fetchall())


# --- images of a time before there were looks
# ---------------------------------------------------------------------------
def sweep() -> None:
    """Called every few seconds by whoever watches workers: what there is to catch up with goes into the queue, once."""
    if Image.objects.filter(compared=False).exists() and not _asked(OrmQ.objects.all()):
        async_task(JOB, task_name=NAME)


def catch_up() -> int:
    """The worker's part: gives looks to some images that have none, and compares them; how many.

    The next task does the next ones.
    """
    waiting = list(Image.objects.filter(compared=False).order_by("project", "pk")[:AT_ONCE])
    for image in waiting:
        if image.waves is None:
            image.waves, image.edges = _look_again(image)
    Image.objects.bulk_update(waiting, ["waves", "edges"])
    compare(waiting)
    # At the end of the queue: what waits there is done in between. Its own message is there still, but taken.
    if len(waiting) == AT_ONCE and not _asked(OrmQ.objects.filter(lock__lte=timezone.now())):
        async_task(JOB, task_name=NAME)
    return len(waiting)


def _asked(messages: QuerySet[OrmQ]) -> bool:
    return any(message.name() == NAME for message in messages.filter(key="default"))


def _look_again(image: Image) -> tuple[int | None, int | None]:
    try:
        with image.thumb.open("rb") as file:
            return look_of(file.read()) or (None, None)
    except (
        Exception
    ) as error:  # gone, never there, or whatever a storage raises: one image must not keep all others waiting
        log.warning("The thumbnail of image %s cannot be read: %s", image.pk, error)
        return None, None
