"""What differs between two states of an image, and of all images of two versions: pure rules, no database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from annotations.versions.blocks import BoxState, ImageState


class Kind(StrEnum):
    ADDED = "added"
    MOVED = "moved"
    REMOVED = "removed"
    RELABELLED = "relabelled"
    FLAGGED = "flagged"  # the same box with other flags or attributes
    TAGGED = "tagged"  # of the image: a tag that it got or lost


KINDS = [(kind.value, kind.value) for kind in Kind]


class Difference(NamedTuple):
    """One box; None on the side where it is not. A box of another class may have moved as well."""

    kind: Kind
    before: BoxState | None
    after: BoxState | None


def differences(before: Sequence[BoxState], after: Sequence[BoxState]) -> list[Difference]:
    """Boxes are the same by their id, and else by their corners: a set that was imported again has new ids."""
    if before == after:
        return []
    new = {box.key: box for box in after}
    pairs: list[tuple[BoxState, BoxState]] = []
    gone: list[BoxState] = []
    for box in before:
        there = new.pop(box.key, None)
        if there is None:
            gone.append(box)
        else:
            pairs.append((box, there))
    left, found = _same_place(gone, new)
    changed = [one for pair in (*pairs, *found) if (one := _change(*pair))]
    return [
        *changed,
        *(Difference(Kind.REMOVED, box, None) for box in left),
        *(Difference(Kind.ADDED, None, box) for box in new.values()),
    ]


def _same_place(
    gone: Sequence[BoxState], new: dict[bytes, BoxState]
) -> tuple[list[BoxState], list[tuple[BoxState, BoxState]]]:
    """Takes those of `new` that lie exactly where one went, the same class first."""
    places: dict[Any, list[BoxState]] = defaultdict(list)
    for box in new.values():
        places[box.xyxy].append(box)
    left, found = [], []
    for box in gone:
        there = places.get(box.xyxy, [])
        twin = next((one for one in there if one.label == box.label), next(iter(there), None))
        if twin is None:
            left.append(box)
        else:
            there.remove(twin)
            del new[twin.key]
            found.append((box, twin))
    return left, found


def _change(before: BoxState, after: BoxState) -> Difference | None:
    if before.label != after.label:
        return Difference(Kind.RELABELLED, before, after)
    if before.xyxy != after.xyxy:
        return Difference(Kind.MOVED, before, after)
    same = (before.flags, before.attributes) == (after.flags, after.attributes)
    return None if same else Difference(Kind.FLAGGED, before, after)


@dataclass(slots=True)
class ClassChanges:
    """Of one class. arrived, left: boxes that were given this class, or another instead."""

    added: int = 0
    moved: int = 0
    removed: int = 0
    arrived: int = 0
    left: int = 0
    flagged: int = 0


@dataclass(slots=True)
class TagChanges:
    """Images that got a tag, or lost it."""

    given: int = 0
    taken: int = 0


COUNTS = ("images_added", "images_removed", "images_changed", "completed", "reopened", "split")


@dataclass(slots=True)
class Totals:
    """Counts over all images. images_*: pictures; completed, reopened: images that are complete for a class, or no
    longer; split: images in another split. tags: by name.
    """

    boxes: Counter[str] = field(default_factory=Counter)
    classes: dict[int, ClassChanges] = field(default_factory=lambda: defaultdict(ClassChanges))
    tags: dict[str, TagChanges] = field(default_factory=lambda: defaultdict(TagChanges))
    images_added: int = 0
    images_removed: int = 0
    images_changed: int = 0
    completed: int = 0
    reopened: int = 0
    split: int = 0

    def add(self, before: ImageState | None, after: ImageState | None) -> Counter[str]:
        """Counts one picture; what became of its boxes and tags, by kind."""
        kinds: Counter[str] = Counter()
        for kind, old, new in self._boxes(before, after):
            kinds[kind] += 1
            self._count(kind, old, new)
        self.boxes.update(kinds)
        if before is None or after is None:
            self.images_added += before is None
            self.images_removed += after is None
            return kinds
        kinds[Kind.TAGGED] = self._tags({*before.head.tags}, {*after.head.tags})
        kinds = +kinds
        self.images_changed += bool(kinds)
        self.completed += len({*after.head.complete} - {*before.head.complete})
        self.reopened += len({*before.head.complete} - {*after.head.complete})
        self.split += before.head.split != after.head.split
        return kinds

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        counts = {name: getattr(self, name) for name in COUNTS}
        classes = {str(label): asdict(one) for label, one in self.classes.items()}
        tags = {name: asdict(one) for name, one in sorted(self.tags.items())}
        return counts | {"boxes": dict(self.boxes), "classes": classes, "tags": tags}

    def _tags(self, before: set[str], after: set[str]) -> int:
        for name in after - before:
            self.tags[name].given += 1
        for name in before - after:
            self.tags[name].taken += 1
        return len(before ^ after)

    def _boxes(self, before: ImageState | None, after: ImageState | None) -> Iterator[Difference]:
        yield from differences(before.boxes if before else (), after.boxes if after else ())

    def _count(self, kind: Kind, old: BoxState | None, new: BoxState | None) -> None:
        if old is not None and new is not None and kind == Kind.RELABELLED:
            self.classes[old.label].left += 1
            self.classes[new.label].arrived += 1
            return
        label = (new or old).label  # type: ignore[union-attr]
        one = self.classes[label]
        setattr(one, kind, getattr(one, kind) + 1)
