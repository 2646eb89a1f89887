"""What people's answers to suggestions come to: the one place that makes a share and seconds of them.

Pure arithmetic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

FEW = 5  # answers; below this a share says nothing
# Seconds per box: to look at it, to correct it, to draw it (extreme clicking; Papadopoulos, Uijlings, Keller, Ferrari
# 2017).
LOOK, ADJUST, DRAW = 1.6, 4.0, 7.0


@dataclass(frozen=True, slots=True)
class Answers:
    """How many suggestions were kept as they were, kept with another box or class, or said to be wrong; and accepted
    unseen.
    """

    kept: int = 0
    adjusted: int = 0
    renamed: int = 0
    wrong: int = 0
    unseen: int = 0

    @property
    def right(self) -> int:
        return self.kept + self.adjusted

    @property
    def all(self) -> int:
        """Answers of people who looked."""
        return self.right + self.renamed + self.wrong

    def share(self) -> dict[str, float | int | None]:
        """right of all answers, with the ends of a 95 % interval; none of these below five answers."""
        low, high = wilson(self.right, self.all) if self.all >= FEW else (None, None)
        return {"right": self.right, "all": self.all, "low": low, "high": high}

    @property
    def boxes(self) -> int:
        """Boxes that nobody had to draw."""
        return self.right + self.renamed + self.unseen

    @property
    def seconds(self) -> float | None:
        """Drawing that was saved, less a look at each answer and each correction.

        Below zero where looking took longer; None without.
        """
        if not self.all + self.unseen:
            return None
        return self.boxes * DRAW - self.all * LOOK - (self.adjusted + self.renamed) * ADJUST


def total(parts: Iterable[Answers]) -> Answers:
    found: Counter[str] = Counter()
    for one in parts:
        found.update({name: getattr(one, name) for name in Answers.__slots__})
    return Answers(**found)


# The engine's contract (training.protocol.intervals) has the same function: it imports nothing of the house, and this
# app nothing of training. A test holds the two equal.
def wilson(hits: float, count: float, z: float = 1.96) -> tuple[float, float]:
    """Both ends of Wilson's 95 % interval of hits among count; of nothing nothing is known."""
    if count <= 0:
        return 0.0, 1.0
    p = hits / count
    middle = p + z * z / (2 * count)
    spread = z * sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return max((middle - spread) / whole, 0.0), min((middle + spread) / whole, 1.0)
