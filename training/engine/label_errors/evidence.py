"""What class models that never saw an image say of its boxes, and what else they find in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from training.engine.core.arrays import FloatArray, IntArray
from training.engine.storage.files import Arrays

Rows = TypeVar("Rows", "BoxEvidence", "FoundEvidence")


@dataclass(frozen=True, slots=True)
class BoxEvidence:
    """People's boxes, row by row.

    image, place: which image, and which of its boxes. class_id: as people say. xyxy: (n, 4) pixels. logit: (n, k) log
    odds that the box is of each class, NaN where no model could be fitted without this image.
    """

    image: IntArray
    place: IntArray
    class_id: IntArray
    xyxy: FloatArray
    logit: FloatArray


@dataclass(frozen=True, slots=True)
class FoundEvidence:
    """Objects that models find, one per place and class. logit: (m,) log odds of that class."""

    image: IntArray
    class_id: IntArray
    xyxy: FloatArray
    logit: FloatArray


@dataclass(frozen=True, slots=True)
class Evidence:
    """All images' evidence. classes: (k,) ids, in the order of the boxes' columns."""

    classes: IntArray
    boxes: BoxEvidence
    found: FoundEvidence

    @classmethod
    def join(cls, classes: Sequence[int], boxes: Sequence[BoxEvidence], found: Sequence[FoundEvidence]) -> Evidence:
        """Several images' evidence as one."""
        ids, none = np.zeros(0, np.int64), np.zeros((0, 4), np.float32)
        no_box = BoxEvidence(ids, ids, ids, none, np.zeros((0, len(classes)), np.float32))
        no_find = FoundEvidence(ids, ids, none, np.zeros(0, np.float32))
        return cls(np.asarray(classes, np.int64), _joined([no_box, *boxes]), _joined([no_find, *found]))

    def pack(self) -> tuple[Any, Arrays]:
        """For the stage's file."""
        arrays = {f"box_{one.name}": getattr(self.boxes, one.name) for one in fields(self.boxes)}
        arrays |= {f"found_{one.name}": getattr(self.found, one.name) for one in fields(self.found)}
        return self.classes.tolist(), arrays

    @classmethod
    def unpack(cls, classes: Any, arrays: Mapping[str, np.ndarray]) -> Evidence:
        """The inverse of pack."""
        boxes = BoxEvidence(**{one.name: arrays[f"box_{one.name}"] for one in fields(BoxEvidence)})
        found = FoundEvidence(**{one.name: arrays[f"found_{one.name}"] for one in fields(FoundEvidence)})
        return cls(np.asarray(classes, np.int64), boxes, found)


def _joined(parts: Sequence[Rows]) -> Rows:
    kind = type(parts[0])
    return kind(**{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(kind)})
