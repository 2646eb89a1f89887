"""A worker's hold of one step of an import: it says how far it is, and ends as soon as it is no longer wanted."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from annotations.models import LabelImport

EVERY_S = 1.0  # between two reports that change nothing else
BEAT_S = 20.0
LONGEST_BEAT = timedelta(minutes=30)  # of one piece of work that cannot say how far it is


class Lost(Exception):
    """The step was cancelled, or another worker has it."""


class Hold:
    """Of a step that this worker has taken up. Every write of the step goes with a report, in one transaction: who has
    lost the step writes nothing more.
    """

    def __init__(self, job: LabelImport) -> None:
        self.job = job
        self._last = 0.0

    @classmethod
    def take(cls, pk: int) -> Hold | None:
        """None where nothing waits: a second delivery of a message."""
        waiting = LabelImport.objects.filter(pk=pk, state=LabelImport.State.QUEUED)
        taken = waiting.update(
            state=LabelImport.State.RUNNING,
            attempts=F("attempts") + 1,
            lease=uuid.uuid4().hex,
            updated_at=timezone.now(),
        )
        if not taken:
            return None
        rows = LabelImport.objects.select_related("project", "dataset__project", "created_by", "batch")
        return cls(rows.get(pk=pk))

    def report(self, **fields: Any) -> None:
        """Writes fields of the row. Raises Lost."""
        if not self._mine().update(updated_at=timezone.now(), **fields):
            raise Lost
        for name, value in fields.items():
            setattr(self.job, name, value)
        self._last = time.monotonic()

    def tick(self, done: int, total: int) -> None:
        """The same, now and then. Raises Lost."""
        if time.monotonic() - self._last >= EVERY_S:
            self.report(done=done, total=total)

    def _mine(self) -> QuerySet[LabelImport]:
        """The row, as long as this worker has its step."""
        state = LabelImport.State.RUNNING
        return LabelImport.objects.filter(pk=self.job.pk, state=state, lease=self.job.lease)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Signs of life for work that cannot report itself; they end by themselves, so that nothing hangs for ever."""
        over = threading.Event()

        def beat() -> None:
            until = time.monotonic() + LONGEST_BEAT.total_seconds()
            while not over.wait(BEAT_S) and time.monotonic() < until:
                self._mine().update(updated_at=timezone.now())
            connection.close()

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
