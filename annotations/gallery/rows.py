"""What the gallery is told: the order of all its images in few bytes, and single images as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from annotations.blindness import hidden_images
from annotations.models import OBJECTS, Box, Complete, Suggestion
from annotations.tags.actions import tags_of
from projects.models import Image, Membership, Project, User

MOST_ROWS = 200
MOST_MARKS = 60
NO_MARKS: dict[str, Any] = {"boxes": 0, "suggestions": 0, "complete": 0, "drawn": [], "suggested": []}


def stretches(ids: Iterable[int]) -> list[list[int]]:
    """Ids in their order, as [first, how many that follow one another]: 50,000 images uploaded together are one
    pair.
    """
    found: list[list[int]] = []
    following = None
    for pk in ids:
        if pk == following:
            found[-1][1] += 1
        else:
            found.append([pk, 1])
        following = pk + 1
    return found


def ids_of(images: QuerySet[Image]) -> list[int]:
    """All ids in their order, without what makes 50,000 of them twice as slow: the ORM's rows."""
    try:
        sql, params = images.values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [pk for (pk,) in cursor.fetchall()]


def ids_and_groups(images: QuerySet[Image], key: str) -> tuple[list[int], list[int]]:
    """Of copies, which lie side by side: all ids in their order, and how many of them are of each picture.

    `key`: what copies share.
    """
    found = list(images.values_list("pk", key))
    sizes = [len(list(together)) for _key, together in groupby(found, itemgetter(1))]
    return [pk for pk, _key in found], sizes


def rows(project: Project, images: Sequence[Image], user: User) -> list[dict[str, Any]]:
    """Each image with its counts and the name of who is to label it; as many queries for one as for two hundred. Of
    images that the person labels apart from others, nothing is told.
    """
    hidden = set(hidden_images(user, project))
    found = marks([image for image in images if image.pk not in hidden])
    ids = {image.assignee_id for image in images if image.assignee_id}
    members = Membership.objects.filter(project=project, user__in=ids).select_related("user") if ids else []
    tags = tags_of([image.pk for image in images if image.pk not in hidden])
    names = {member.user_id: str(member.user) for member in members}
    return [
        {
            "id": image.pk,
            "name": image.name,
            "width": image.width,
            "height": image.height,
            "split": image.split,
            "split_name": image.get_split_display() if image.split else "",
            **found.get(image.pk, NO_MARKS),
            "tags": tags.get(image.pk, []),
            "assignee": names.get(image.assignee_id) if image.assignee_id else None,
        }
        for image in images
    ]


def marks(images: Iterable[Image]) -> dict[int, dict[str, Any]]:
    """Boxes, pending suggestions and complete classes of each image, counted, and what is drawn over its thumbnail: the
    class and the corners as parts of the image's sides, of the 60 largest boxes and of the 60 largest suggestions.
    Three queries.
    """
    sizes = {image.pk: (image.width, image.height) for image in images}
    found: dict[int, dict[str, Any]] = {pk: NO_MARKS | {"drawn": [], "suggested": []} for pk in sizes}
    waiting = Suggestion.objects.filter(state=Suggestion.State.PENDING)
    area = (F("x2") - F("x1")) * (F("y2") - F("y1"))
    boxes = ("boxes", "drawn", Box.objects.all(), OBJECTS)  # regions are drawn, and count as none
    for count, name, kind, objects in (boxes, ("suggestions", "suggested", waiting, None)):
        place = Window(RowNumber(), partition_by="image", order_by=area.desc())
        counted = (
            kind.filter(image__in=sizes)
            .order_by()
            .annotate(n=Window(Count("pk", filter=objects), partition_by="image"), place=place)
        )
        rows = counted.filter(place__lte=MOST_MARKS).values_list("image", "n", "label", "x1", "y1", "x2", "y2")
        for pk, n, label, *corners in rows:
            found[pk][count] = n
            found[pk][name].append([label, *(round(edge / sizes[pk][at % 2], 4) for at, edge in enumerate(corners))])
    complete = Complete.objects.filter(image__in=sizes).order_by().values_list("image").annotate(n=Count("pk"))
    for pk, n in complete:
        found[pk]["complete"] = n
    return found
