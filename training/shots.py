"""The boxes that a class is learned from: which look odd, which people took out as examples, and the verbs for that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.http import Http404

from annotations.models import Box
from projects import audit, policies
from projects.models import Project, User
from projects.policies import Action
from training.models import LeftOut

ODD, OUT, PLAIN = 0, 1, 2


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
    return LeftOut.objects.filter(label__in=labels, box__label=F("label"))


def shots_of(label: int, odd: Sequence[str]) -> QuerySet[Box]:
    """Every box of a class, the odd ones first, then those left out; `place` says which of these it is."""
    out = left_out([label]).values("box")
    place = Case(
        When(pk__in=out, then=Value(OUT)),
        When(pk__in=list(odd), then=Value(ODD)),
        default=Value(PLAIN),
        output_field=IntegerField(),
    )
    return (
        Box.objects.filter(label=label)
        .annotate(place=place)
        .select_related("image")
        .order_by("place", "-created_at", "id")
    )


def rows(boxes: Iterable[Any]) -> list[dict[str, Any]]:
    """Shots as the page shows them."""
    return [{"box": box, "odd": box.place == ODD, "out": box.place == OUT, "image": box.image} for box in boxes]
