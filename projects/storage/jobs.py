"""The worker's part of a look at all stored files."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from labelhub.backups import files
from projects import audit
from projects.jobs.hold import Hold, carry_out
from projects.jobs.sweep import TRIES, take_up
from projects.models import StorageCheck

log = logging.getLogger(__name__)
KEPT = 1000  # faults, and names of orphans


def run_check(check_id: int) -> None:
    carry_out(StorageCheck.objects.select_related("created_by"), check_id, _work, _why)


def resume() -> int:
    """Called now and then by the supervisor."""
    words = _("Its worker stopped without a word %(n)d times.") % {"n": TRIES}
    return take_up(StorageCheck.objects.all(), lambda _check: {"problem": words})


def _work(hold: Hold[StorageCheck]) -> None:
    total = files.count()
    hold.report(total=total, done=0)
    faults: list[dict[str, Any]] = []
    wrong = done = 0
    for done, fault in enumerate(files.look(), start=1):
        if fault is not None:
            wrong += 1
            faults += [asdict(fault)] if wrong <= KEPT else []
        hold.tick(done, total)
    hold.report(done=done, faults=faults, wrong=wrong)
    loose, names = 0, []
    with hold.beating():
        for name in files.orphans():
            loose += 1
            names += [name] if loose <= KEPT else []
    hold.report(orphans=names, loose=loose, finished_at=timezone.now(), state=StorageCheck.State.DONE)
    audit.record(hold.job.created_by, "storage.checked", hold.job, files=done, wrong=wrong, orphans=loose)


def _why(check: StorageCheck, error: Exception) -> dict[str, Any]:
    log.error("look at the files %s", check.pk, exc_info=error)
    return {"problem": type(error).__name__, "finished_at": timezone.now()}
