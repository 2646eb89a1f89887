"""What becomes of exports that nobody looks after: a dead worker's are taken up again, old ones go."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_q.models import OrmQ

from annotations.exports import jobs
from annotations.models import Export

STUCK_AFTER = timedelta(minutes=2)  # a worker says something every few seconds
TRIES = 3
State = Export.State


def sweep() -> None:
    """Called now and then by every supervisor; any number of callers may do so at once."""
    before = timezone.now() - STUCK_AFTER
    for job in Export.objects.filter(state=State.RUNNING, updated_at__lt=before).select_related("created_by"):
        _take_back(job)
    _deliver_again(before)
    if settings.EXPORT_KEEP_DAYS:
        old = timezone.now() - timedelta(days=settings.EXPORT_KEEP_DAYS)
        Export.objects.filter(finished_at__lt=old).delete()


def _take_back(job: Export) -> None:
    """Into the queue again, a few times at most; then it has failed."""
    mine = Export.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts, updated_at=job.updated_at)
    now = timezone.now()
    if job.attempts < TRIES:
        if mine.update(state=State.QUEUED, updated_at=now):
            jobs.enqueue(job)
        return
    with translation.override(job.created_by.language if job.created_by else None):
        words = _("Its worker stopped without a word %(n)d times.") % {"n": job.attempts}
    if mine.update(state=State.FAILED, problem=words, finished_at=now, updated_at=now, file="") and job.file.name:
        job.file.storage.delete(job.file.name)


def _deliver_again(before: datetime) -> None:
    """A message that a dead worker had taken stays locked for days: what is queued must not wait for it."""
    forgotten = Export.objects.filter(state=State.QUEUED, updated_at__lt=before)
    if forgotten.exists() and not OrmQ.objects.filter(key="default", lock__lte=timezone.now()).exists():
        for job in forgotten:
            if Export.objects.filter(pk=job.pk, updated_at=job.updated_at).update(updated_at=timezone.now()):
                jobs.enqueue(job)
