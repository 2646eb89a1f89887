"""What became of decided suggestions, as the database tells it: the one place that says which answer was right."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.db.models import Case, CharField, Count, Expression, F, Q, QuerySet, Value, When

from annotations.answers import Answers
from annotations.models import Suggestion

State = Suggestion.State
# What was accepted unseen and deleted later was no answer, and is no box; of a run that was undone nothing counts.
DECIDED = Q(state__in=[State.ACCEPTED, State.REJECTED], batch__withdrawn_at=None) & ~Q(unseen=True, box=None)
WRONG = Q(state=State.REJECTED) | Q(state=State.ACCEPTED, box=None)  # its box was deleted later: a no that came late
RIGHT = Q(state=State.ACCEPTED, box__label=F("label"))
AS_IT_WAS = Q(box__x1=F("x1"), box__y1=F("y1"), box__x2=F("x2"), box__y2=F("y2"))


def outcome() -> Case:
    """Of a decided suggestion: wrong, renamed, kept, adjusted; `unseen` for a box that stands and that nobody looked
    at.
    """
    return Case(
        When(WRONG, then=Value("wrong")),
        When(Q(unseen=True), then=Value("unseen")),
        When(~Q(box__label=F("label")), then=Value("renamed")),
        When(AS_IT_WAS, then=Value("kept")),
        default=Value("adjusted"),
        output_field=CharField(),
    )


def answers_by(suggestions: QuerySet[Suggestion], part: Expression) -> dict[Any, Counter[str]]:
    """The same for each value of an expression, as counts by outcome."""
    decided = suggestions.filter(DECIDED, decided_at__isnull=False).order_by().annotate(part=part, outcome=outcome())
    found: dict[Any, Counter[str]] = defaultdict(Counter)
    for value, word, n in decided.values_list("part", "outcome").annotate(n=Count("pk")):
        found[value][word] = n
    return dict(found)


def answers_of(suggestions: QuerySet[Suggestion]) -> Answers:
    """What became of those of `suggestions` that were decided, in one question."""
    decided = suggestions.filter(DECIDED, decided_at__isnull=False).order_by()
    return Answers(**dict(decided.values_list(outcome()).annotate(n=Count("pk"))))
