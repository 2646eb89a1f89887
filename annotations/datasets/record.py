"""What one transaction of a change did, as its part keeps it for the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from annotations.models import DatasetChangePart
from projects.jobs.hold import Hold


@dataclass(slots=True)
class Record:
    """moved: images by the dataset that they were in, as text. made: (image there, image here, its version then).

    entry: of the bin. boxes: (id, when it was changed last) of boxes that came to an image. marks, tags: numbers of
    rows that came to an image.
    """

    moved: dict[str, list[int]] = field(default_factory=dict)
    made: list[tuple[int, int, int]] = field(default_factory=list)
    entry: int | None = None
    boxes: list[tuple[str, str]] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Record:
        return cls(**stored)


def write_part(hold: Hold[Any], record: Record, *, done: int, count: int, stayed: int = 0) -> None:
    """Within the transaction that did what the record says."""
    change = hold.job
    DatasetChangePart.objects.create(change=change, data={name: one for name, one in asdict(record).items() if one})
    boxes = change.boxes + len(record.boxes)
    hold.report(done=change.done + done, count=change.count + count, stayed=change.stayed + stayed, boxes=boxes)
