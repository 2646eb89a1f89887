"""In which order a reviewer's answers teach most: doubt times variety, and a tenth by chance. Pure rules on a few numbers."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

CHANCE = (
    10  # every tenth place is drawn by chance: answers that were not chosen for their doubt keep the estimate honest
)
SAME_IMAGE, SAME_SHOT = (
    0.5,
    0.8,
)  # what is left of a question's worth for each one before it of that image, or near that shot


@dataclass(frozen=True, slots=True)
class Question:
    """A suggestion that could be asked about. `shot`: the shot that speaks loudest for it; None where none does."""

    pk: int
    image: int
    probability: float
    shot: Hashable = None

    @property
    def doubt(self) -> float:
        """1 where yes and no are as likely, 0 where the answer is known."""
        return 4 * self.probability * (1 - self.probability)


def most_useful(questions: Sequence[Question], *, seed: int = 0) -> list[int]:
    """All of `questions` by their ids, the one whose answer teaches most first; the same order for the same seed."""
    images: Counter[int] = Counter()
    shots: Counter[Hashable] = Counter()

    def worth(one: Question) -> float:
        return one.doubt * SAME_IMAGE ** images[one.image] * SAME_SHOT ** (shots[one.shot] if one.shot else 0)

    by_chance = sorted(questions, key=lambda one: one.pk)
    random.Random(seed).shuffle(by_chance)
    # Worth only falls, so the top of the heap is looked at again and goes back where it is no longer the best.
    heap = [(-worth(one), one.pk, one) for one in questions]
    heapq.heapify(heap)
    order: list[int] = []
    taken: set[int] = set()
    while len(order) < len(questions):
        chosen = _next(by_chance, taken) if len(order) % CHANCE == CHANCE - 1 else _best(heap, taken, worth)
        taken.add(chosen.pk)
        order.append(chosen.pk)
        images[chosen.image] += 1
        shots[chosen.shot] += 1
    return order


def _next(left: list[Question], taken: set[int]) -> Question:
    while True:
        one = left.pop()
        if one.pk not in taken:
            return one


def _best(heap: list[tuple[float, int, Question]], taken: set[int], worth: Callable[[Question], float]) -> Question:
    while True:
        known, pk, one = heapq.heappop(heap)
        if pk in taken:
            continue
        now = -worth(one)
        if now <= known:
            return one
        heapq.heappush(heap, (now, pk, one))
