"""What is asked of many boxes: which of them, and what they are to become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

MOST = 2000  # boxes that a choice names one by one


@dataclass(frozen=True, slots=True)
class Choice:
    """kind: of BulkEdit. label: the class that the boxes have, None for any. to: the class that they get.

    boxes: named ones, as (id, when it was changed last as the person saw it). Where none are named, all boxes of
    `label`, narrowed by `images` (what stands after the `?` of the gallery) and `filter` (the same of the list of
    boxes). comment: what is to be mended. name: of `label`, as it was called then. keep_one: of equal boxes of two
    classes that become one, the class that stays keeps its own.
    """

    kind: str
    label: int | None = None
    to: int | None = None
    boxes: tuple[tuple[str, str], ...] = ()
    images: str = ""
    filter: str = ""
    comment: str = ""
    keep_one: bool = True
    name: str = ""

    @property
    def seen(self) -> dict[UUID, datetime]:
        return {UUID(pk): datetime.fromisoformat(at) for pk, at in self.boxes}

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Choice:
        return cls(**{**stored, "boxes": tuple((pk, at) for pk, at in stored["boxes"])})
