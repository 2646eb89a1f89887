"""What a change of many boxes would do, in counts; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef

from annotations.bulk_edits.choice import Choice
from annotations.bulk_edits.merging import marks_to_reopen
from annotations.bulk_edits.selection import chosen, doubles, reachable
from annotations.models import EXAMPLES, Box, BoxHistory, Complete, LabelClass, Suggestion, WorkJob
from projects.models import Project, User

COUNTED = (Box, Complete, Suggestion, BoxHistory, WorkJob)  # said by themselves, or they go along


@dataclass(frozen=True, slots=True)
class Merge:
    """Of the class that would be merged. suggestions: that wait. shots: boxes that runs could learn from.

    complete: images that are complete for both classes, and stay so. reopened: that are complete for the one that stays
    alone, and would not be so any more. doubles: boxes that lie on one of the class that stays. others: what else names
    the class, by its word.
    """

    suggestions: int
    shots: int
    complete: int
    reopened: int
    doubles: int
    others: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Preview:
    """boxes, images: that would change. beyond: boxes that are not the person's to change."""

    boxes: int
    images: int
    beyond: int
    merge: Merge | None = None


def preview(actor: User, project: Project, choice: Choice) -> Preview:
    every = chosen(actor, project, choice)
    mine = reachable(actor, project, choice)
    found = mine.order_by().aggregate(boxes=Count("pk"), images=Count("image", distinct=True))
    return Preview(found["boxes"], found["images"], every.count() - found["boxes"])


def of_merge(source: LabelClass, target: LabelClass) -> Merge:
    boxes = Box.objects.filter(label=source)
    both = Complete.objects.filter(label=source, image=OuterRef("image"))
    return Merge(
        suggestions=Suggestion.objects.filter(label=source, state=Suggestion.State.PENDING).count(),
        shots=boxes.filter(EXAMPLES).count(),
        complete=Complete.objects.filter(Exists(both), label=target).count(),
        reopened=marks_to_reopen(source, target).count(),
        doubles=doubles(boxes, target.pk).count(),
        others=_others(source),
    )


def _others(label: LabelClass) -> list[tuple[str, int]]:
    """Rows of this app and those above that name the class, by their plural."""
    found = []
    for relation in LabelClass._meta.related_objects:
        model = relation.related_model
        if model in COUNTED:
            continue
        if n := model._default_manager.filter(**{relation.field.name: label}).count():
            found.append((str(model._meta.verbose_name_plural), n))
    return found
