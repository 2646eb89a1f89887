"""A worker's hold of one job: it says how far it is, and ends as soon as it is no longer wanted."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from projects.models.jobs import Job

EVERY_S = 1.0  # between two reports that change nothing else
BEAT_S = 20.0
LONGEST_PAUSE_S = 0.1
LONGEST_BEAT = timedelta(minutes=30)  # of one piece of work that cannot say how far it is

J = TypeVar("J", bound=Job)
State = Job.State


class LostJob(Exception):
    """The job was cancelled or deleted, or another worker has it."""


class Hold(Generic[J]):
    """Of a job that this worker has taken up. Every write of the job goes with a report, in one transaction: who has
    lost the job writes nothing more.
    """

    def __init__(self, rows: QuerySet[J], job: J) -> None:
        self.job = job
        self._mine = rows.model._default_manager.filter(pk=job.pk, state=State.RUNNING, lease=job.lease)
        self._last = 0.0

    @classmethod
    def take(cls, rows: QuerySet[J], pk: int) -> Hold[J] | None:
        """None where nothing waits: a second delivery of a message. rows: with what the work needs beside them."""
        waiting = rows.model._default_manager.filter(pk=pk, state=State.QUEUED)
        taken = waiting.update(
            state=State.RUNNING, attempts=F("attempts") + 1, lease=uuid.uuid4().hex, updated_at=timezone.now()
        )
        return cls(rows, rows.get(pk=pk)) if taken else None

    def report(self, **fields: Any) -> None:
        """Writes fields of the row, and so a sign of life. Raises LostJob."""
        if not self._mine.update(updated_at=timezone.now(), **fields):
            raise LostJob
        for name, value in fields.items():
            setattr(self.job, name, value)
        self._last = time.monotonic()

    def tick(self, done: int, total: int) -> None:
        """The same, now and then. Raises LostJob."""
        if time.monotonic() - self._last >= EVERY_S:
            self.report(done=done, total=total)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Signs of life for work that cannot report itself; they end by themselves, so that nothing hangs for ever."""
        over = threading.Event()

        def beat() -> None:
            until = time.monotonic() + LONGEST_BEAT.total_seconds()
            while not over.wait(BEAT_S) and time.monotonic() < until:
                self._mine.update(updated_at=timezone.now())
            connection.close()

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@contextmanager
def letting_others_write() -> Iterator[None]:
    """Around each of many transactions. SQLite has one writer at a time, and who waits for it looks now and then only:
    a pause as long as the transaction lets people's saves in.
    """
    began = time.monotonic()
    yield
    if connection.vendor == "sqlite":
        time.sleep(min(time.monotonic() - began, LONGEST_PAUSE_S))


def carry_out(
    rows: QuerySet[J], pk: int, work: Callable[[Hold[J]], None], why: Callable[[J, Exception], dict[str, Any]]
) -> J | None:
    """Takes a job up and ends it whatever happens: done, or failed with the fields that `why` makes of the error.

    None where it was not there to be taken, or was lost. Work that ends the job itself reports its state.
    """
    hold = Hold.take(rows, pk)
    if hold is None:
        return None
    try:
        try:
            work(hold)
            if hold.job.is_live:
                hold.report(state=State.DONE)
        except LostJob:
            raise
        except Exception as error:  # of any kind: nothing may leave a job running for ever
            hold.report(state=State.FAILED, **why(hold.job, error))
    except LostJob:
        return None
    return hold.job
