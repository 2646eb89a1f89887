"""What is read of splits: what each holds, and what a division would make of it."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.splits.actions import check
from annotations.splits.contents import Table, contents, table
from annotations.splits.plan import Division, moves
from projects import policies
from projects.models import Project, User
from projects.policies import Action


@dataclass(frozen=True, slots=True)
class Preview:
    """count: images whose split would change. uncompared: images not compared for near-copies yet."""

    count: int
    before: Table
    after: Table
    uncompared: int


def current(project: Project) -> Table:
    """What each split holds now."""
    return table(contents(project))


def preview(actor: User, project: Project, division: Division) -> Preview:
    """What `divide` would make of it. Raises Refused."""
    policies.require(actor, Action.REVIEW, project)
    check(division)
    images = contents(project)
    moved = moves(images, division)
    uncompared = project.images.filter(compared=False).count()
    return Preview(len(moved), table(images), table(images, moved), uncompared)
