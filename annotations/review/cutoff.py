"""What is above a cut-off, and what people answered.

Of a large project that is kept, and only what changed is counted anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from annotations.answers import Answers
from annotations.models import BoxHistory, Suggestion, SuggestionBatch
from annotations.outcome import answers_by
from annotations.review.queue import BINS, HUNDREDTH, by_hundredth
from projects.models import AuditEntry, Project

SMALL = 500  # suggestions; so many are counted in a few milliseconds
MOST_CELLS = (
    25  # hundredths of probability that are counted anew by themselves; more of them are counted with all others
)
KEPT_S = 3600
MOST_NEW = 2_000  # suggestions that are looked up one by one
LATE, MARGIN = 400, timedelta(seconds=10)  # rows that were committed later than their number says
DELETIONS = (
    "image.deleted",
    "images.deleted",
    "dataset.deleted",
)  # these take suggestions along, and leave no row of history for each


@dataclass(frozen=True, slots=True)
class CutOff:
    """bins: a row for each hundredth of probability that has suggestions (see by_hundredth).

    answers: of all of them.
    """

    bins: list[dict[str, Any]]
    answers: Answers


@dataclass(slots=True)
class _Kept:
    """Counts by the hundredth, and up to which rows of the database they count."""

    bins: dict[int, dict[str, Any]]
    answers: dict[int, Counter[str]]
    history: int
    suggestion: int
    gone: tuple[int, int, datetime | None]  # the last deletion; undone runs, and when the last of them was
    at: datetime

    def cut_off(self) -> CutOff:
        rows = [{"at": hundredth / BINS, **self.bins[hundredth]} for hundredth in sorted(self.bins)]
        return CutOff(rows, Answers(**sum(self.answers.values(), Counter())))


def cut_off(project: Project, *, label: int | None = None, run: int | None = None) -> CutOff:
    """Of a project's suggestions, of all classes or one, of all runs or one: as it stands at this moment."""
    labels = sorted(project.classes.values_list("pk", flat=True))
    rows = Suggestion.objects.filter(label__in=labels if label is None else [pk for pk in labels if pk == label])
    if run is not None:
        rows = rows.filter(batch__run=run)
    if rows.order_by()[: SMALL + 1].count() <= SMALL:
        return count(rows)
    key = f"cut-off-{project.pk}-{label}-{run}-{hash(tuple(labels))}"
    now = _stamp(project)  # before the counting: what changes meanwhile is counted again at the next look
    before: _Kept | None = cache.get(key)
    cells = None if before is None or before.gone != now.gone else _changed(project, rows, before)
    if before is None or cells is None or len(cells) > MOST_CELLS:
        now.bins, now.answers = _count(rows)
    else:
        now.bins, now.answers = before.bins, before.answers
        if cells:
            _replace(now, cells, rows)
    cache.set(key, now, KEPT_S)
    return now.cut_off()


def count(rows: QuerySet[Suggestion]) -> CutOff:
    """The same of any suggestions, counted as it is asked."""
    kept = _Kept({}, {}, 0, 0, (0, 0, None), timezone.now())
    kept.bins, kept.answers = _count(rows)
    return kept.cut_off()


def _count(rows: QuerySet[Suggestion]) -> tuple[dict[int, dict[str, Any]], dict[int, Counter[str]]]:
    return by_hundredth(rows), answers_by(rows, HUNDREDTH)


def _stamp(project: Project) -> _Kept:
    history = BoxHistory.objects.filter(project=project).order_by("-id").values_list("id", flat=True).first()
    suggestion = Suggestion.objects.order_by("-id").values_list("id", flat=True).first()
    deletions = AuditEntry.objects.filter(project=project, verb__in=DELETIONS).order_by("-id")
    deletion = deletions.values_list("id", flat=True).first()
    undone = SuggestionBatch.objects.filter(project=project, withdrawn_at__isnull=False)
    gone = (deletion or 0, *undone.aggregate(n=Count("pk"), last=Max("withdrawn_at")).values())
    return _Kept({}, {}, history or 0, suggestion or 0, gone, timezone.now())


def _changed(project: Project, rows: QuerySet[Suggestion], before: _Kept) -> set[int] | None:
    """The hundredths whose suggestions or boxes changed since; None where these are too many to name."""
    since = before.at - MARGIN
    recent = BoxHistory.objects.filter(
        Q(id__gt=before.history) | Q(at__gte=since), project=project, id__gt=before.history - LATE
    ).order_by("id")
    touched = list(recent.values_list("suggestion", "box")[: LATE + 1])
    if len(touched) > LATE:
        return None
    suggestions = {suggestion for suggestion, _box in touched if suggestion is not None}
    boxes = {box for suggestion, box in touched if suggestion is None and box is not None}
    new = Suggestion.objects.filter(
        Q(id__gt=before.suggestion) | Q(created_at__gte=since), id__gt=before.suggestion - LATE
    )
    suggestions |= set(new.order_by("id").values_list("pk", flat=True)[: MOST_NEW + 1])
    if len(suggestions) > MOST_NEW:
        return None
    return {cell for known in (Q(pk__in=suggestions), Q(box__in=boxes)) for cell in _cells(rows.filter(known))}


def _cells(rows: QuerySet[Suggestion]) -> Iterable[int]:
    found: Iterable[int] = rows.order_by().annotate(hundredth=HUNDREDTH).values_list("hundredth", flat=True).distinct()
    return found


def _replace(kept: _Kept, cells: Collection[int], rows: QuerySet[Suggestion]) -> None:
    near = Q()
    for cell in cells:  # a little more than the hundredth: what is counted says itself where it belongs
        near |= Q(probability__gte=(cell - 0.5) / BINS, probability__lte=(cell + 1.5) / BINS)
    bins, answers = _count(rows.filter(near))
    kept.bins = {cell: row for cell, row in kept.bins.items() if cell not in cells}
    kept.answers = {cell: row for cell, row in kept.answers.items() if cell not in cells}
    kept.bins |= {cell: row for cell, row in bins.items() if cell in cells}
    kept.answers |= defaultdict(Counter, {cell: row for cell, row in answers.items() if cell in cells})
