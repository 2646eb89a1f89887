"""What runs leave on this machine and nobody will need: folders of runs that failed or were cancelled long ago, or are
gone.
"""

from __future__ import annotations

import logging
import re
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from training.models import Run
from training.runner.process import WorkdirBusy, lock

log = logging.getLogger(__name__)
EVERY_S = 3600.0
AT_ONCE = 100
_next = 0.0


def sweep() -> None:
    """Called every few seconds by whoever watches workers; works once an hour."""
    global _next
    if time.monotonic() >= _next:
        _next = time.monotonic() + EVERY_S
        clear_runs()


def clear_runs() -> int:
    """Removes the folders that are older than the setting says; returns how many. A retry of such a run begins anew."""
    days = settings.RUN_KEEP_DAYS
    if not days or not Path(settings.RUNS_DIR).is_dir():
        return 0
    before = timezone.now() - timedelta(days=days)
    old = [
        path for path in Path(settings.RUNS_DIR).iterdir()
        if re.fullmatch(r"[0-9a-f]{32}", path.name) and path.is_dir() and path.stat().st_mtime < before.timestamp()
    ]  # fmt: skip
    return sum(_clear(path, before) for path in sorted(old)[:AT_ONCE])


@transaction.atomic
def _clear(path: Path, before: datetime) -> bool:
    """The run's row is held meanwhile, so that nobody tries it again while its folder goes; an engine at work there
    keeps it.
    """
    run = Run.objects.select_for_update().filter(key=UUID(path.name)).first()
    if run is not None and (run.is_live or run.finished_at is None or run.finished_at >= before):
        return False
    try:
        with lock(path, wait_s=0):
            shutil.rmtree(path, ignore_errors=True)
    except (WorkdirBusy, OSError):  # in use, or another supervisor was quicker
        return False
    log.info("The folder of run %s is cleared.", path.name)
    return True
