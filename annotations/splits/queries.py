"""What is read of splits: what each holds, and what a division would make of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from django.db.models import Count

from annotations.models import Box, Complete
from annotations.splits.actions import check
from annotations.splits.contents import SPLITS, ClassContents, Table, contents, table
from annotations.splits.plan import Division, moves
from projects import policies
from projects.models import Image, Project, User
from projects.policies import Action


@dataclass(frozen=True, slots=True)
class Preview:
    """count: images whose split would change. uncompared: images not compared for near-copies yet."""

    count: int
    before: Table
    after: Table
    uncompared: int


def current(project: Project) -> Table:
    """What each split holds now, counted by the database."""
    here = Image.objects.filter(project=project).order_by().values_list("split")
    held: dict[int, dict[str, ClassContents]] = defaultdict(lambda: dict.fromkeys(SPLITS, ClassContents()))
    boxes = Box.objects.filter(image__project=project).order_by().values_list("label", "image__split")
    for label, split, images, n in boxes.annotate(images=Count("image", distinct=True), n=Count("pk")):
        held[label][split] = ClassContents(images, n)
    said = Complete.objects.filter(image__project=project).order_by().values_list("label", "image__split")
    for label, split, n in said.annotate(n=Count("pk")):
        held[label][split] = replace(held[label][split], complete=n)
    return Table(dict.fromkeys(SPLITS, 0) | dict(here.annotate(n=Count("pk"))), dict(held))


def preview(actor: User, project: Project, division: Division) -> Preview:
    """What `divide` would make of it. Raises Refusal."""
    policies.require(actor, Action.REVIEW, project)
    check(division)
    images = contents(project)
    moved = moves(images, division)
    uncompared = project.images.filter(compared=False).count()
    return Preview(len(moved), table(images), table(images, moved), uncompared)
