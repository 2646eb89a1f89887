"""What several people's boxes of one image have in common: groups of boxes of one object, and one box of each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from annotations.attributes import Values
from annotations.flags import Flag
from annotations.geometry import XYXY, matched
from annotations.quality.marks import HIT, Mark


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes that are of one object: at most one of each person. people: how many labelled the image."""

    people: int
    marks: dict[int, Mark] = field(default_factory=dict)

    @property
    def votes(self) -> list[tuple[int, int]]:
        """(class, how many people say so), the most first."""
        counts = Counter(mark.label for mark in self.marks.values())
        return sorted(counts.items(), key=lambda one: (-one[1], one[0]))

    @property
    def agreed(self) -> bool:
        """Everybody has the box, with the same class."""
        return self.votes[0][1] == self.people

    @property
    def majority(self) -> int | None:
        """The class that more than half of all people say; 0 where more than half have no box; None for neither."""
        label, most = self.votes[0]
        if 2 * most > self.people:
            return label
        return 0 if 2 * (self.people - len(self.marks)) > self.people else None

    def box(self, label: int) -> Mark:
        """The mean of the boxes with this class, with what more than half of them say besides."""
        chosen = [mark for mark in self.marks.values() if mark.label == label]
        x1, y1, x2, y2 = (fmean(mark.xyxy[edge] for mark in chosen) for edge in range(4))
        flags = sum(flag for flag in Flag if 2 * sum(bool(mark.flags & flag) for mark in chosen) > len(chosen))
        return Mark(label, (x1, y1, x2, y2), flags, _majority([mark.attributes for mark in chosen]))

    @property
    def whole(self) -> XYXY:
        """What holds all of its boxes."""
        corners = [mark.xyxy for mark in self.marks.values()]
        return (
            min(one[0] for one in corners), min(one[1] for one in corners),
            max(one[2] for one in corners), max(one[3] for one in corners),
        )  # fmt: skip


def groups(boxes: Mapping[int, Sequence[Mark]]) -> list[Group]:
    """boxes: of each person who labelled the image. Each person's boxes are matched with the groups so far, first those
    of the same class, then what is left across classes.
    """
    found: list[Group] = []
    for person in sorted(boxes):
        left, free = list(boxes[person]), list(range(len(found)))
        for same in (True, False):
            for label in sorted({mark.label for mark in left}) if same else [0]:
                theirs = [mark for mark in left if not same or mark.label == label]
                open_groups = [at for at in free if not same or found[at].votes[0][0] == label]
                means = [_mean(found[at]) for at in open_groups]
                for i, j in matched([mark.xyxy for mark in theirs], means, HIT):
                    found[open_groups[j]].marks[person] = theirs[i]
                    left.remove(theirs[i])
                    free.remove(open_groups[j])
        found += [Group(len(boxes), {person: mark}) for mark in left]
    return sorted(found, key=lambda one: (one.whole[1], one.whole[0]))


def _mean(group: Group) -> XYXY:
    x1, y1, x2, y2 = (fmean(mark.xyxy[edge] for mark in group.marks.values()) for edge in range(4))
    return (x1, y1, x2, y2)


def _majority(said: Sequence[Values]) -> Values:
    names = {name for one in said for name in one}
    found: Values = {}
    for name in sorted(names):
        counts = Counter((type(one[name]).__name__, one[name]) for one in said if name in one)
        (_kind, value), most = max(counts.items(), key=lambda row: row[1])
        if 2 * most > len(said):
            found[name] = value
    return found
