"""An image that arrives as a near-copy goes into the split of the images that it is a copy of."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.splits import actions
from annotations.splits.plan import split_of_copies
from projects.models import Image, Project


def follow(project: Project, group: int) -> None:
    """Those of a group of near-copies that are in no split follow the others. People's choices stay as they are, also
    where they put copies apart.
    """
    rows = list(Image.objects.filter(project=project, group=group).order_by("pk").values_list("pk", "split"))
    there = [split for _pk, split in rows if split]
    if there:
        waiting = [pk for pk, split in rows if not split]
        for part in _parts(waiting):
            actions.write(None, project, dict.fromkeys(part, ("", split_of_copies(there))))


def _parts(ids: Sequence[int]) -> Sequence[Sequence[int]]:
    return [ids[start : start + actions.AT_ONCE] for start in range(0, len(ids), actions.AT_ONCE)]
