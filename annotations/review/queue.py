"""What the review page asks: which suggestions to answer first, and how many, of what worth, are above a cut-off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import Case, Count, F, FloatField, IntegerField, Max, Min, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Floor

from annotations.models import Suggestion
from annotations.outcome import DECIDED, RIGHT
from annotations.review.ranking import CHANCE, Question, most_useful

POOL = 400  # on either side of doubt: more than a person answers before asking again
DRAWN = 200
BINS = 100
# Multiplied by the one (about the golden section of the other) and cut by the other, ids lie evenly and in an order
# that knows nothing of probabilities. The first tenth of that circle is the lot: the same suggestions for everybody,
# for ever.
STRIDE, ROUND = 618_033, 1_000_003
PLACE = F("id") * STRIDE % ROUND
LOT = ROUND // CHANCE

MOST_WALKS = 40  # classes that are walked one by one
HUNDREDTH = Case(
    When(probability__gte=1, then=Value(BINS - 1)), default=Cast(Floor(F("probability") * BINS), IntegerField())
)

State = Suggestion.State
Row = tuple[int, int, float, Any]


def useful_order(waiting: QuerySet[Suggestion], labels: Sequence[int] = ()) -> list[int]:
    """Ids of at most a thousand of `waiting`: the most doubtful ones and some by lot, the most useful answer first.

    labels: the classes that they are of, where these are few. The index has probabilities class by class, so that each
    is walked from the middle outwards; without them all are looked at.
    """
    unordered = waiting.order_by().alias(place=PLACE)
    others, lots = unordered.filter(place__gte=LOT), unordered.filter(place__lt=LOT)
    parts = [others.filter(label=label) for label in labels] if 0 < len(labels) <= MOST_WALKS else [others]
    above, below = [], []
    for part in parts:
        above += _nearest(part.filter(probability__gte=0.5).order_by("probability", "-id"))
        below += _nearest(part.filter(probability__lt=0.5).order_by("-probability", "id"))
    doubtful = [pk for _doubt, pk in sorted(above)[:POOL]] + [pk for _doubt, pk in sorted(below, reverse=True)[:POOL]]
    drawn = list(lots.order_by("place").values_list("pk", flat=True)[:DRAWN])
    questions = _questions({*doubtful, *drawn})
    return most_useful(
        [questions[pk] for pk in doubtful if pk in questions], [questions[pk] for pk in drawn if pk in questions]
    )


def _nearest(rows: QuerySet[Suggestion]) -> list[tuple[float, int]]:
    return list(rows.values_list("probability", "pk")[:POOL])


def _questions(ids: Collection[int]) -> dict[int, Question]:
    """What the ranking knows of each: read by their ids, since the index that finds them has no evidence."""
    rows: Iterable[Row] = Suggestion.objects.filter(pk__in=ids).values_list(
        "pk", "image_id", "probability", "evidence__0__box_id"
    )
    return {row[0]: Question(*row) for row in rows}


def images_in_order(rows: QuerySet[Suggestion], ordering: str) -> list[int]:
    """Ids of the images of `rows`, each once, in the order of the queue: "-probability", "probability" or "useful"."""
    if ordering == "useful":
        ranked = useful_order(rows)
        of = dict(rows.filter(pk__in=ranked).values_list("pk", "image_id"))
        return list(dict.fromkeys(of[pk] for pk in ranked))
    first = Min("probability") if ordering == "probability" else Max("probability")
    by = "first" if ordering == "probability" else "-first"
    return list(
        rows.order_by().values("image").annotate(first=first).order_by(by, "image").values_list("image", flat=True)
    )


def by_hundredth(rows: QuerySet[Suggestion]) -> dict[int, dict[str, Any]]:
    """Per hundredth of probability: how many wait, what the run expects of them, and what people said who looked.

    An answer with another class says no to this one, and so does a box that was deleted later (see outcome). What was
    accepted without being looked at says nothing. `lot_yes` and `lot_no` are those answers among them whose suggestion
    is of the lot: no doubt chose it.
    """
    answered = Q(unseen=False)
    lot = Q(place__lt=LOT)
    found = (
        rows.order_by()
        .filter(Q(state__in=Suggestion.OPEN) | (DECIDED & answered))
        .alias(place=PLACE)
        .annotate(hundredth=HUNDREDTH)
        .values("hundredth")
        .annotate(
            waiting=Count("pk", filter=Q(state=State.PENDING)),
            sure=Count("pk", filter=Q(state=State.PENDING, sure=True)),
            dropped=Count("pk", filter=Q(state=State.DROPPED)),
            expected=Sum("probability", filter=Q(state=State.PENDING), default=0.0, output_field=FloatField()),
            yes=Count("pk", filter=RIGHT),
            no=Count("pk", filter=DECIDED & ~RIGHT),
            lot_yes=Count("pk", filter=RIGHT & lot),
            lot_no=Count("pk", filter=DECIDED & ~RIGHT & lot),
        )
    )
    counted: list[dict[str, Any]] = [dict(row) for row in found]
    # Databases add up in any order: the last digits of a sum say nothing.
    return {row.pop("hundredth"): row | {"expected": round(row["expected"], 6)} for row in counted}
