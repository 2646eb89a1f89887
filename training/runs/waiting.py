"""Queued runs by whose workers carry them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from training.models import Run


def waiting(queue: str) -> QuerySet[Run, int]:
    """Queued runs of one queue in the order in which they are taken."""
    here = Q(params__here=True)
    search = Q(kind__in=(Run.Kind.SIMILAR, Run.Kind.EXPORT)) | Q(kind=Run.Kind.PREDICT, params__quick=True)
    not_here = ~Q(pk__in=Run.objects.filter(here, state=Run.State.QUEUED).values("pk"))
    of_queue = {"predict": here, "search": search & not_here, "gpu": ~search & not_here}.get(queue, Q(pk__in=()))
    return Run.objects.filter(of_queue, state=Run.State.QUEUED).order_by("id").values_list("id", flat=True)


def for_the_warm_engine() -> QuerySet[Run, int]:
    """Queued runs of its own, and searches, which it takes from their queue where their index is at hand."""
    own = Q(params__here=True) | Q(kind=Run.Kind.SIMILAR)
    return Run.objects.filter(own, state=Run.State.QUEUED).order_by("id").values_list("id", flat=True)
