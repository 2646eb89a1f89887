"""What one transaction of a change did, as it is stored with it: enough to take it back exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from annotations.models import Box


@dataclass(slots=True)
class Record:
    """relabelled: [id of a box, class before, class after]. deleted: boxes as `packed` writes them.

    marks: [image, class, who had said so] of what is no longer complete. returned: images of jobs as they were before
    (annotations.work.reviewing.ReturnedImage). comments: ids. sent: ids of boxes that were sent back. suggestions: [id,
    class before]. jobs: ids of jobs that look for the class that stays, too, now. bin: the entry where the merged class
    lies.
    """

    relabelled: list[list[Any]] = field(default_factory=list)
    deleted: list[dict[str, Any]] = field(default_factory=list)
    marks: list[list[Any]] = field(default_factory=list)
    returned: list[list[Any]] = field(default_factory=list)
    comments: list[int] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    suggestions: list[list[int]] = field(default_factory=list)
    jobs: list[int] = field(default_factory=list)
    bin: int | None = None

    @property
    def count(self) -> int:
        """Boxes that changed."""
        return len(self.relabelled) + len(self.deleted) + len(self.sent)

    def stored(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Record:
        return cls(**stored)


def packed(box: Box, suggestion: int | None) -> dict[str, Any]:
    """suggestion: the one that it came of, or answered."""
    return {
        "id": box.pk.hex, "image": box.image_id, "label": box.label_id, "xyxy": list(box.xyxy), "flags": box.flags,
        "author": box.author_id, "origin": box.origin, "created_at": box.created_at.isoformat(),
        "suggestion": suggestion, "attributes": box.attributes,
    }  # fmt: skip


def unpacked(row: dict[str, Any]) -> Box:
    """The box as it was, not saved."""
    box = Box(
        id=UUID(row["id"]), image_id=row["image"], label_id=row["label"], flags=row["flags"], author_id=row["author"],
        origin=row["origin"], created_at=datetime.fromisoformat(row["created_at"]),
        attributes=row.get("attributes", {}),
    )  # fmt: skip
    box.xyxy = tuple(row["xyxy"])
    return box
