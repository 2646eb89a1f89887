"""The next best thing, by what there is and who asks."""

from __future__ import annotations

import pytest

from projects.models import Role
from projects.policies import ROLES
from training.dashboard.next_step import ROAD, ClassFacts, Facts, Kind, next_step, road

FRESH = ClassFacts(1, "raccoon")
READY = ClassFacts(1, "raccoon", boxes=9, open=20)
LEARNED = ClassFacts(1, "raccoon", boxes=9, open=20, learned_from=9)
GROWN = ClassFacts(1, "raccoon", boxes=18, open=20, learned_from=9)
FINISHED = ClassFacts(1, "raccoon", boxes=40, open=0, learned_from=20)
SECOND = ClassFacts(2, "fox", boxes=2, open=20)


def of(*classes: ClassFacts, **more: int) -> Facts:
    return Facts(images=20, classes=classes, **more)


@pytest.mark.parametrize(
    ("facts", "role", "kind"),
    [
        (Facts(), Role.OWNER, Kind.UPLOAD),
        (Facts(), Role.ANNOTATOR, Kind.UPLOAD),
        (Facts(), Role.VIEWER, None),
        (Facts(coming=True), Role.OWNER, None),
        (Facts(images=20), Role.OWNER, Kind.CLASS),
        (Facts(images=20), Role.REVIEWER, None),
        (of(FRESH, untouched=20), Role.OWNER, Kind.DRAW),
        (of(FRESH, untouched=20), Role.VIEWER, Kind.EXPORT),
        (of(READY, untouched=15), Role.REVIEWER, Kind.RUN),
        (of(READY, untouched=15), Role.ANNOTATOR, Kind.FILL_IN),
        (of(READY, SECOND, untouched=15), Role.OWNER, Kind.RUN),
        (of(LEARNED, SECOND, untouched=15), Role.OWNER, Kind.DRAW),
        (of(READY, untouched=15, live=7), Role.OWNER, Kind.WATCH),
        (of(READY, untouched=15, live=7), Role.ANNOTATOR, Kind.FILL_IN),
        (of(LEARNED, pending=30, untouched=15), Role.REVIEWER, Kind.REVIEW),
        (of(LEARNED, pending=30, untouched=15), Role.ANNOTATOR, Kind.FILL_IN),
        (of(LEARNED, untouched=15), Role.OWNER, Kind.FILL_IN),
        (of(GROWN, untouched=5), Role.OWNER, Kind.RUN),
        (of(GROWN, untouched=5, begun=15, decided=9), Role.OWNER, Kind.COMPLETE),  # right after a review
        (of(GROWN, untouched=5, decided=9), Role.OWNER, Kind.RUN),
        (of(GROWN, begun=15), Role.OWNER, Kind.EXPORT),  # nothing is left where a run could find more
        (of(LEARNED, begun=15, decided=9, untouched=3), Role.ANNOTATOR, Kind.COMPLETE),
        (of(FINISHED), Role.OWNER, Kind.EXPORT),
        (of(FINISHED), Role.VIEWER, Kind.EXPORT),
    ],
)
def test_next_step(facts: Facts, role: Role, kind: Kind | None) -> None:
    step = next_step(facts, ROLES[role])
    assert (step.kind if step else None) == kind


def test_the_class_that_lacks_least_is_drawn_first() -> None:
    step = next_step(of(FRESH, SECOND), ROLES[Role.OWNER])
    assert step is not None
    assert (step.label, step.n) == (SECOND, 3)


@pytest.mark.parametrize(
    ("facts", "reached"),
    [
        (Facts(), []),
        (of(), [Kind.UPLOAD]),
        (of(FRESH), [Kind.UPLOAD, Kind.CLASS]),
        (of(READY), [Kind.UPLOAD, Kind.CLASS, Kind.DRAW]),
        (of(LEARNED, pending=3), [Kind.UPLOAD, Kind.CLASS, Kind.DRAW, Kind.RUN]),
        (of(FINISHED, decided=3), None),
    ],
)
def test_the_road_shows_until_all_of_it_was_walked(facts: Facts, reached: list[Kind] | None) -> None:
    shown = road(facts)
    assert list(shown) == ([] if reached is None else list(ROAD))
    assert [kind for kind, done in shown.items() if done] == (reached or [])
