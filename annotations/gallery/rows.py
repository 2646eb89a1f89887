"""What the gallery is told: the order of all its images in few bytes, and single images as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Q, QuerySet

from projects.models import Image, Membership, Project

MOST_ROWS = 200


def stretches(ids: Iterable[int]) -> list[list[int]]:
    """Ids in their order, as [first, how many that follow one another]: 50,000 images uploaded together are one pair."""
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
    """Of copies, which lie side by side: all ids in their order, and how many of them are of each picture. `key`: what copies share."""
    found = list(images.values_list("pk", key))
    sizes = [len(list(together)) for _key, together in groupby(found, itemgetter(1))]
    return [pk for pk, _key in found], sizes


def rows(project: Project, images: Sequence[Image]) -> list[dict[str, Any]]:
    """Each image with its counts and the name of who is to label it; as many queries for one as for two hundred."""
    counts = image_counts(images)
    ids = {image.assignee_id for image in images if image.assignee_id}
    members = Membership.objects.filter(project=project, user__in=ids).select_related("user") if ids else []
    names = {member.user_id: str(member.user) for member in members}
    return [
        {
            "id": image.pk,
            "name": image.name,
            **counts[image.pk],
            "assignee": names.get(image.assignee_id) if image.assignee_id else None,
        }
        for image in images
    ]


def image_counts(images: Iterable[Image]) -> dict[int, dict[str, int]]:
    """Boxes, pending suggestions and complete classes of each image, in three queries however many there are."""
    ids = [image.pk for image in images]
    of_page = Image.objects.filter(pk__in=ids).order_by()
    found: dict[int, dict[str, int]] = {pk: {"boxes": 0, "suggestions": 0, "complete": 0} for pk in ids}
    for name, count in (
        ("boxes", Count("boxes")),
        ("suggestions", Count("suggestions", filter=Q(suggestions__state="pending"))),
        ("complete", Count("complete")),
    ):
        for pk, n in of_page.annotate(n=count).values_list("pk", "n"):
            found[pk][name] = n
    return found
