"""Boxes as quality compares them, and how right a person's boxes of an image are. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotations.attributes import Values
from annotations.flags import Flag
from annotations.geometry import XYXY, inside_share, matched
from annotations.quality.estimates import Sums

HIT = 0.5  # IoU from which two boxes are of one object
COVERED = 0.5  # share of a box in an ignore region from which nothing is said of it


@dataclass(frozen=True, slots=True)
class Mark:
    """label: id of the class."""

    label: int
    xyxy: XYXY
    flags: int = 0
    attributes: Values = field(default_factory=dict)

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Mark:
        """Of a replica's row."""
        return cls(row["class"], tuple(row["xyxy"]), row["flags"], row["attributes"])


@dataclass(frozen=True, slots=True)
class Score:
    """hits: true boxes that were found with their class. said: boxes of the person. true: boxes of the truth."""

    hits: int
    said: int
    true: int

    @property
    def sums(self) -> Sums:
        """F1 is their ratio: of one image, or of many together."""
        return Sums.of(2 * self.hits, self.said + self.true) if self.said + self.true else Sums(n=1)

    @property
    def f1(self) -> float:
        return 2 * self.hits / (self.said + self.true) if self.said + self.true else 1.0


def score(said: Iterable[Mark], true: Sequence[Mark], labels: Collection[int]) -> Score:
    """labels: classes that the truth is complete for; boxes of others count on neither side."""
    ignored = [one for one in true if one.flags >= Flag.IGNORE]
    wanted = [one for one in true if one.label in labels and one.flags < Flag.IGNORE]
    counted = [one for one in said if one.label in labels and one.flags < Flag.IGNORE and not _covered(one, ignored)]
    hits = 0
    for label in {one.label for one in wanted}:
        theirs = [one.xyxy for one in counted if one.label == label]
        hits += len(matched(theirs, [one.xyxy for one in wanted if one.label == label], HIT))
    return Score(hits, len(counted), len(wanted))


def _covered(one: Mark, regions: Iterable[Mark]) -> bool:
    return any(region.label == one.label and inside_share(one.xyxy, region.xyxy) >= COVERED for region in regions)
