"""What becomes of exports that nobody looks after: a dead worker's are taken up again, old ones go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.exports import jobs
from annotations.models import Export
from projects.jobs.sweep import take_up


def sweep() -> None:
    """Called now and then by every supervisor; any number of callers may do so at once."""
    take_up(Export.objects.select_related("created_by"), _gave_up)
    if settings.EXPORT_KEEP_DAYS:
        old = timezone.now() - timedelta(days=settings.EXPORT_KEEP_DAYS)
        Export.objects.filter(finished_at__lt=old).delete()


def _gave_up(job: Export) -> dict[str, Any]:
    with jobs.words_of(job):
        words = _("Its worker stopped without a word %(n)d times.") % {"n": job.attempts}
    jobs.drop(job)
    return {"problem": words, "finished_at": timezone.now(), "file": ""}
