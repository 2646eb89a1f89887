"""Two runs side by side: their figures with the difference, and which suggestions only one of them made, moved, or
believes more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from annotations.geometry import XYXY, iou
from annotations.models import LabelClass, Suggestion
from training.models import Run

MOST = 4000  # suggestions of each run
SAME = 0.5  # overlap from which two suggestions are of one object
STILL = 0.9  # overlap from which it has not moved
CHANGED = 0.1  # of probability
MEASURES = ("precision", "recall", "f1", "ap50")
KINDS = ("only_a", "only_b", "moved", "score")


@dataclass(frozen=True, slots=True)
class ComparedSuggestion:
    """A suggestion, as much of it as a comparison needs."""

    id: int
    image: int
    label: int
    xyxy: XYXY
    probability: float
    settled: bool = False  # decided before the other run, which was then not to ask again


@dataclass(frozen=True, slots=True)
class Change:
    """What differs at one object. Both are there where it was moved or its score changed."""

    kind: str
    a: ComparedSuggestion | None
    b: ComparedSuggestion | None

    @property
    def shown(self) -> ComparedSuggestion:
        """The one whose picture is shown: the later run's where there is one."""
        found = self.b or self.a
        assert found is not None
        return found

    @property
    def weight(self) -> float:
        """How much it matters: what is at the top of its list."""
        if self.a and self.b:
            return (
                1 - iou(self.a.xyxy, self.b.xyxy)
                if self.kind == "moved"
                else abs(self.a.probability - self.b.probability)
            )
        return self.shown.probability


def changes(first: Iterable[ComparedSuggestion], second: Iterable[ComparedSuggestion]) -> list[Change]:
    """Every difference, biggest first. What people had decided before the other run looked is no difference."""
    theirs: dict[tuple[int, int], list[ComparedSuggestion]] = defaultdict(list)
    for one in second:
        theirs[one.image, one.label].append(one)
    found = []
    for a in sorted(first, key=lambda one: -one.probability):
        here = theirs[a.image, a.label]
        b = max(here, key=lambda one: iou(a.xyxy, one.xyxy), default=None)
        if b is None or iou(a.xyxy, b.xyxy) < SAME:
            found.append(Change("only_a", a, None))
            continue
        here.remove(b)
        if iou(a.xyxy, b.xyxy) < STILL:
            found.append(Change("moved", a, b))
        elif abs(a.probability - b.probability) >= CHANGED:
            found.append(Change("score", a, b))
    found += [Change("only_b", None, b) for here in theirs.values() for b in here]
    kept = [one for one in found if (one.a and one.b) or not one.shown.settled]
    return sorted(kept, key=lambda one: (-one.weight, one.shown.id))


def found_by(run: Run, other: Run) -> list[ComparedSuggestion]:
    """A run's suggestions, whatever became of them: the first so many images' worth."""
    if run.batch_id is None:
        return []
    shown = Suggestion.objects.filter(batch=run.batch_id).exclude(state=Suggestion.State.DROPPED)
    rows = shown.order_by("image_id", "id")
    fields = ("id", "image_id", "label_id", "x1", "y1", "x2", "y2", "probability", "state", "decided_at")
    return [
        ComparedSuggestion(pk, image, label, (x1, y1, x2, y2), sure, _settled(state, at, other))
        for pk, image, label, x1, y1, x2, y2, sure, state, at in rows.values_list(*fields)[:MOST]
    ]


def _settled(state: str, at: Any, other: Run) -> bool:
    decided = state in (Suggestion.State.ACCEPTED, Suggestion.State.REJECTED)
    return bool(decided and at and at <= (other.started_at or other.created_at))


def comparable(
    first: list[ComparedSuggestion], second: list[ComparedSuggestion]
) -> tuple[list[ComparedSuggestion], list[ComparedSuggestion], bool]:
    """Where one list was cut, both end at the last image that both hold whole; the flag says so."""
    ends = [rows[-1].image for rows in (first, second) if len(rows) >= MOST]
    if not ends:
        return first, second, False
    end = min(ends)
    return [one for one in first if one.image < end], [one for one in second if one.image < end], True


def partner(runs: Sequence[Run], run: Run) -> Run | None:
    """What a run is best compared with: the newest one before it that looked for a class of its own, else the newest
    before it.
    """
    labels = {label.pk for label in run.classes.all()}
    before = [other for other in runs if other.pk < run.pk]
    alike = [other for other in before if labels & {label.pk for label in other.classes.all()}]
    return next(iter(alike or before), None)


# --- figures ----------------------------------------------------------------------------------------------------------
def figures(a: Run, b: Run, labels: Sequence[LabelClass]) -> list[dict[str, Any]]:
    """For each class that both measured, each measure with both values, intervals and the difference."""
    first, second = a.result.get("classes") or {}, b.result.get("classes") or {}
    return [
        {"label": label, "rows": rows, "a": _curve(ours), "b": _curve(theirs)}
        for label in labels
        if (ours := first.get(str(label.pk))) is not None and (theirs := second.get(str(label.pk))) is not None
        for rows in [measures(ours, theirs)]
    ]


def measures(ours: dict[str, Any], theirs: dict[str, Any]) -> list[dict[str, Any]]:
    """Each measure that either has, with both values, intervals and the difference."""
    return [_row(name, ours, theirs) for name in MEASURES if _has(name, ours) or _has(name, theirs)]


def _has(name: str, one: dict[str, Any]) -> bool:
    return isinstance(one.get(name), int | float)


def _row(name: str, ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    known = _has(name, ours) and _has(name, theirs)
    difference = theirs[name] - ours[name] if known else None
    return {
        "name": name,
        "a": _value(name, ours),
        "b": _value(name, theirs),
        "points": round(100 * difference, 1) if difference is not None else None,
        "chance": known and _touch(name, ours, theirs),
    }


def _value(name: str, one: dict[str, Any]) -> dict[str, Any]:
    return {"value": one.get(name), "low": one.get(f"{name}_low"), "high": one.get(f"{name}_high")}


def _touch(name: str, ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """May the difference be chance, since the intervals touch? Where none is known, nothing is said."""
    a, b = _value(name, ours), _value(name, theirs)
    if None in (a["low"], a["high"], b["low"], b["high"]):
        return False
    return bool(a["high"] >= b["low"] and b["high"] >= a["low"])


def _curve(one: dict[str, Any]) -> list[Any]:
    return list(one.get("pr_curve") or ())
