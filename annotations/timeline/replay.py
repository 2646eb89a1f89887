"""What an image held at a moment, by its history: pure rules, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from annotations.attributes import Pairs
from annotations.geometry import XYXY
from annotations.models import BoxHistory, Origin
from annotations.versions.blocks import NOBODY, BoxState
from annotations.versions.comparison import Difference, differences
from annotations.versions.restoring import Labels

Verb = BoxHistory.Verb
BORN = {
    Verb.CREATED: Origin.PERSON, Verb.ACCEPTED: Origin.SUGGESTION, Verb.IMPORTED: Origin.IMPORT,
    Verb.RESTORED: Origin.PERSON,
}  # fmt: skip
OF_BOXES = frozenset({*BORN, Verb.CHANGED, Verb.DELETED})
OF_TAGS = frozenset({Verb.TAGGED, Verb.UNTAGGED})
OF_MARKS = frozenset({Verb.COMPLETED, Verb.REOPENED})


class Row(NamedTuple):
    """A row of one image's history that says something of its boxes or of what is complete. key: 16 bytes, of the box;
    xyxy: its corners; both None where it is about no box. label: any number that stands for the class. author: 0 is
    nobody.
    """

    id: int
    verb: str
    version: int
    author: int
    label: int
    key: bytes | None = None
    xyxy: XYXY | None = None
    flags: int = 0
    attributes: Pairs = ()
    tag: str = ""


def replayed(rows: Sequence[Row], moment: int, present: Labels) -> tuple[Labels, tuple[Difference, ...]]:
    """What the image held after the last row up to `moment`, and what the save that ends with this row made of its
    boxes: at once, for it may have ten thousand. moment: 0 is before all rows. rows: all of the image, in their order.

    present: what the image holds now. What is older than the history is known from there, or from the first row that
    speaks of it.
    """
    last = next((row for row in rows if row.id == moment), None)
    save = (last.version, last.author) if last else None
    state = _before_all(rows, present)
    before: dict[bytes, BoxState | None] = {}  # of the save, as it found them
    begun = False
    for row in rows:
        if row.id > moment:
            break
        begun = begun or (row.version, row.author) == save
        if begun and row.key is not None:
            before.setdefault(row.key, state.boxes.get(row.key))
        state.take(row)
    sides = ([box for key in sorted(before) if (box := boxes.get(key)) is not None] for boxes in (before, state.boxes))
    return state.labels, tuple(differences(*sides))


@dataclass(slots=True)
class _State:
    """known: author and origin of every box that was ever seen, so that one that comes back is who it was."""

    known: dict[bytes, tuple[int, str]]
    boxes: dict[bytes, BoxState] = field(default_factory=dict)
    complete: set[int] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)

    @property
    def labels(self) -> Labels:
        boxes = tuple(self.boxes[key] for key in sorted(self.boxes))
        return Labels(boxes, frozenset(self.complete), frozenset(self.tags))

    def take(self, row: Row) -> None:
        if row.key is not None:
            self._take_box(row, row.key)
        elif row.verb == Verb.TAGGED:
            self.tags.add(row.tag)
        elif row.verb == Verb.UNTAGGED:
            self.tags.discard(row.tag)
        elif row.verb == Verb.COMPLETED:
            self.complete.add(row.label)
        elif row.verb == Verb.REOPENED:
            self.complete.discard(row.label)

    def put(self, row: Row, key: bytes) -> None:
        """The box as the row tells it."""
        assert row.xyxy is not None
        author, origin = self.known.get(key, (NOBODY, str(Origin.PERSON)))
        self.boxes[key] = BoxState(key, row.label, row.xyxy, author, origin, row.flags, row.attributes)

    def _take_box(self, row: Row, key: bytes) -> None:
        if row.verb == Verb.DELETED:
            self.boxes.pop(key, None)
            return
        if row.verb in BORN:
            self.known.setdefault(key, (row.author, str(BORN[Verb(row.verb)])))
        self.put(row, key)


def _before_all(rows: Sequence[Row], present: Labels) -> _State:
    state = _State({box.key: (box.author, box.origin) for box in present.boxes})
    boxes: dict[bytes, Row] = {}
    marks: dict[int, Row] = {}
    tags: dict[str, Row] = {}
    for row in rows:
        if row.key is not None:
            boxes.setdefault(row.key, row)
        elif row.tag:
            tags.setdefault(row.tag, row)
        else:
            marks.setdefault(row.label, row)
    for key, first in boxes.items():
        if first.verb not in BORN:
            state.put(first, key)
    state.boxes |= {box.key: box for box in present.boxes if box.key not in boxes}
    state.complete = {label for label, first in marks.items() if first.verb == Verb.REOPENED}
    state.tags = {name for name, first in tags.items() if first.verb == Verb.UNTAGGED} | (present.tags - tags.keys())
    state.complete |= present.complete - marks.keys()
    return state
