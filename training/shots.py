"""The boxes that a class is learned from: which look odd, which people took out as examples, and the verbs for that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.http import Http404

from annotations.models import EXAMPLES, Box, Replica
from projects import audit, policies
from projects.models import Image, Project, User
from projects.policies import Action
from training.models import LeftOut

ODD, OUT, PLAIN = 0, 1, 2
NOTHING: QuerySet[Replica, int] = Replica.objects.none().values_list("image_id", flat=True)


def get_shot(user: User, pk: UUID) -> Box:
    """A box of a project of the user's, or 404."""
    found = Box.objects.filter(image__project__in=policies.visible_projects(user), pk=pk)
    box = found.select_related("image__project", "label").first()
    if box is None:
        raise Http404
    return box


@transaction.atomic
def leave_out(actor: User, box: Box) -> LeftOut:
    """Takes a box out of the examples of its class; the box stays. Safe to call again."""
    project: Project = box.image.project
    policies.require(actor, Action.LABEL, project)
    found, made = LeftOut.objects.get_or_create(box=box, defaults={"label": box.label, "by": actor})
    if not made and found.label_id == box.label_id:
        return found
    found.label, found.by = box.label, actor  # an older word was about another class
    found.save(update_fields=["label", "by"])
    audit.record(actor, "shot.left_out", box.label, project=project, box=str(box.pk), image=box.image_id)
    return found


@transaction.atomic
def use_again(actor: User, box: Box) -> None:
    """Makes a box an example again. Safe to call again."""
    project: Project = box.image.project
    policies.require(actor, Action.LABEL, project)
    gone, _ = LeftOut.objects.filter(box=box).delete()
    if gone:
        audit.record(actor, "shot.used_again", box.label, project=project, box=str(box.pk), image=box.image_id)


def left_out(labels: Iterable[int]) -> QuerySet[LeftOut]:
    """What people took out of the examples of these classes, as the boxes stand now."""
    found = LeftOut.objects.filter(label__in=labels, box__label=F("label"))
    return found.exclude(box__image__split=Image.Split.TEST)  # those are no examples anyway


class Shots:
    """Every box of a class outside the test split, read page by page: the odd ones first, then those left out, then the
    latest images'.

    The few that come first are looked up by name; the many others stand in an index's order, for sorting 20,000 takes
    too long.
    """

    def __init__(self, label: int, odd: Sequence[str], hidden: QuerySet[Replica, int] = NOTHING) -> None:
        """hidden: ids of images whose boxes are not shown."""
        out = {str(pk) for pk in left_out([label]).values_list("box", flat=True)}
        place = Case(When(pk__in=out, then=Value(OUT)), default=Value(ODD), output_field=IntegerField())
        boxes = Box.objects.filter(EXAMPLES, label=label).exclude(image__split=Image.Split.TEST)
        boxes = boxes.exclude(image__in=hidden)
        named = boxes.filter(pk__in=out.union(odd)).select_related("image").annotate(place=place)
        self._first = list(named.order_by("place", "-created_at", "id"))
        others = boxes.exclude(pk__in=[box.pk for box in self._first])
        self._others = others.select_related("image").annotate(place=Value(PLAIN)).order_by("-image_id", "id")

    def __len__(self) -> int:
        return len(self._first) + self._others.count()

    def __getitem__(self, part: slice) -> list[Any]:
        begin, end = part.start or 0, part.stop
        there = len(self._first)
        return self._first[begin:end] + list(self._others[max(begin - there, 0) : max(end - there, 0)])


def rows(boxes: Iterable[Any]) -> list[dict[str, Any]]:
    """Shots as the page shows them."""
    return [{"box": box, "odd": box.place == ODD, "out": box.place == OUT, "image": box.image} for box in boxes]
