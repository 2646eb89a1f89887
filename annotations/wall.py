"""What the review wall asks: which suggestions to answer first, and how many, of what worth, are above a cut-off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, Count, F, FloatField, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Floor

from annotations.models import Suggestion
from annotations.usefulness import Question, most_useful

POOL = 400  # on either side of doubt: more than a person answers before asking again
DRAWN = 200
BINS = 100
# Multiplied by the one and cut by the other, ids come in an order that knows nothing of probabilities: cheap to ask.
STRIDE, ROUND = 7_919, 1_000_003

State = Suggestion.State
Row = tuple[int, int, float, Any]


def useful_order(waiting: QuerySet[Suggestion]) -> list[int]:
    """Ids of at most a thousand of `waiting`: the most doubtful ones and some by chance, the most useful answer first."""
    unordered = waiting.order_by()
    # Two walks along the index of probabilities, each from the middle outwards, instead of a sort of all rows.
    rows = [
        *_rows(unordered.filter(probability__gte=0.5).order_by("probability", "id")[:POOL]),
        *_rows(unordered.filter(probability__lt=0.5).order_by("-probability", "id")[:POOL]),
        *_rows(unordered.order_by(F("id") * STRIDE % ROUND)[:DRAWN]),
    ]
    questions = {pk: Question(pk, image, probability, shot) for pk, image, probability, shot in rows}
    return most_useful(list(questions.values()))


def _rows(chosen: QuerySet[Suggestion]) -> Sequence[Row]:
    return list(chosen.values_list("pk", "image_id", "probability", "evidence__0__box_id"))


def by_probability(rows: QuerySet[Suggestion]) -> list[dict[str, Any]]:
    """Per hundredth of probability: how many wait, what the run expects of them, and what people said who looked.

    An answer with another class says no to this one. What was accepted without being looked at says nothing.
    """
    answered = Q(unseen=False)
    as_it_was = Q(box=None) | Q(box__label=F("label"))
    hundredth = Case(
        When(probability__gte=1, then=Value(BINS - 1)), default=Cast(Floor(F("probability") * BINS), IntegerField())
    )
    found = (
        rows.order_by()
        .filter(Q(state=State.PENDING) | (Q(state__in=[State.ACCEPTED, State.REJECTED]) & answered))
        .annotate(hundredth=hundredth)
        .values("hundredth")
        .annotate(
            waiting=Count("pk", filter=Q(state=State.PENDING)),
            sure=Count("pk", filter=Q(state=State.PENDING, sure=True)),
            expected=Sum("probability", filter=Q(state=State.PENDING), default=0.0, output_field=FloatField()),
            yes=Count("pk", filter=Q(state=State.ACCEPTED) & as_it_was),
            no=Count("pk", filter=Q(state=State.REJECTED) | (Q(state=State.ACCEPTED) & ~as_it_was)),
        )
        .order_by("hundredth")
    )
    return [
        {"at": row["hundredth"] / BINS, **{key: row[key] for key in ("waiting", "sure", "expected", "yes", "no")}}
        for row in found
    ]
