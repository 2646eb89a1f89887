"""What a change of datasets would do, counted; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from annotations.datasets.choice import Choice, images_of
from annotations.datasets.copying import used_classes
from annotations.datasets.near_copies import fits, groups_of, kept_of
from annotations.models import Box, Comment, DatasetChange, Suggestion
from projects.models import Dataset, Image, Project, User

SHOWN = 12  # groups of near-copies
COUNTED = 500  # groups whose boxes are counted for the pictures that are shown


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """One group: the image that stays, those that go, and those that stay as they are of another shape."""

    kept: Image
    going: list[Image]
    other: list[Image]


@dataclass(slots=True)
class Preview:
    """images: that would go. boxes: in them. stay: whose picture is there already. new, known: names of classes.

    left_behind: comments and suggestions, which do not come along. groups: of near-copies, with some to look at.
    """

    images: int = 0
    boxes: int = 0
    stay: int = 0
    new: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    left_behind: int = 0
    groups: int = 0
    shown: list[CopyGroup] = field(default_factory=list)


def preview(actor: User, project: Project, choice: Choice, target: Dataset | None) -> Preview:
    if choice.kind == DatasetChange.Kind.COPIES:
        return _of_copies(actor, project, choice)
    rows = images_of(actor, project, choice)
    if target is not None:
        rows = rows.exclude(dataset=target)
    found = Preview(rows.count(), Box.objects.filter(image__in=rows.order_by().values("pk")).count())
    if target is not None:
        found.stay = rows.filter(sha256__in=target.images.values("sha256")).count()
        found.images -= found.stay
    if target is not None and target.project_id != project.pk:
        used = [label.name for label in used_classes(rows)]
        there = set(target.project.classes.filter(name__in=used).values_list("name", flat=True))
        found.known, found.new = [n for n in used if n in there], [n for n in used if n not in there]
        images = rows.order_by().values("pk")
        found.left_behind = Comment.objects.filter(image__in=images).count()
        found.left_behind += Suggestion.objects.filter(image__in=images, state=Suggestion.State.PENDING).count()
    return found


def _of_copies(actor: User, project: Project, choice: Choice) -> Preview:
    found = Preview()
    some: list[list[int]] = []
    for group in groups_of(actor, project, choice):
        found.groups += 1
        found.images += len(group) - 1
        some += [group] if len(some) < SHOWN else []
    images = Image.objects.in_bulk([pk for group in some for pk in group])
    for group in some:
        rows = [images[pk] for pk in group if pk in images]
        kept = kept_of(rows, {})
        others = [row for row in rows if row.pk != kept.pk]
        going = [row for row in others if fits(row, kept)]
        found.shown.append(CopyGroup(kept, going, [row for row in others if row not in going]))
    return found
