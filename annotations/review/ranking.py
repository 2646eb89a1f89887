"""In which order a reviewer's answers teach most: doubt times variety, and a tenth by lot.

Pure rules on a few numbers.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

CHANCE = 10  # every tenth place is drawn by lot: answers that were not chosen for their doubt keep the estimate honest
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


def most_useful(questions: Sequence[Question], drawn: Sequence[Question] = ()) -> list[int]:
    """Ids of all, the one whose answer teaches most first; every tenth place is the next of those `drawn` by lot.

    Drawn ones come at no other place while there are others: what chose them must not be their doubt.
    """
    images: Counter[int] = Counter()
    shots: Counter[Hashable] = Counter()

    def worth(one: Question) -> float:
        return (
            one.doubt
            * float(SAME_IMAGE ** images[one.image])
            * float(SAME_SHOT ** (shots[one.shot] if one.shot else 0))
        )

    lots = deque(drawn)
    # Worth only falls, so the top of the heap is looked at again and goes back where it is no longer the best.
    heap = [(-worth(one), one.pk, one) for one in questions]
    heapq.heapify(heap)
    order: list[int] = []
    while heap or lots:
        by_lot = lots and (not heap or len(order) % CHANCE == CHANCE - 1)
        chosen = lots.popleft() if by_lot else _best(heap, worth)
        order.append(chosen.pk)
        images[chosen.image] += 1
        shots[chosen.shot] += 1
    return order


def _best(heap: list[tuple[float, int, Question]], worth: Callable[[Question], float]) -> Question:
    while True:
        known, pk, one = heapq.heappop(heap)
        now = -worth(one)
        if now <= known:
            return one
        heapq.heappush(heap, (now, pk, one))
