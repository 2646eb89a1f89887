"""A worker's hold on a run: taken by one atomic status change, kept by a lease, lost when another worker has taken
over.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from labelhub.live.notify import run_group, wake
from projects.models import Event, NotificationKind
from projects.notifications.actions import News, Page, notify
from projects.webhooks.emit import emit
from training.models import Run, RunEvent

RENEWALS_PER_LEASE = 4


def announce_end(run: Run) -> None:
    """Tells the project's webhooks, and who started it, unless they waited for it or cancelled it."""
    reported = {"run": run.pk, "number": run.number, "kind": run.kind, "state": run.state}
    emit(run.project_id, Event.RUNS_FINISHED, reported)
    if run.state in (Run.State.DONE, Run.State.FAILED) and run.kind != Run.Kind.SIMILAR:
        failed = run.state == Run.State.FAILED
        page = Page("run", (run.pk,))
        news = News(NotificationKind.RUN_FINISHED, run.project, f"run-{run.pk}", page, f"#{run.number}", failed=failed)
        notify([run.created_by], news)


class LostRun(Exception):
    """Somebody else holds the run now; whatever this worker still has must not be written."""


class Instruction(StrEnum):
    """What the people behind a run want of its worker."""

    GO_ON = "go on"
    CANCEL = "cancel"


class Claim:
    """One attempt of one run by this worker. Every write goes through it, and is refused once the claim is lost."""

    def __init__(self, run_id: int, token: str) -> None:
        self.run_id = run_id
        self.token = token
        self._renew_at = time.monotonic() + settings.RUN_LEASE_SECONDS / RENEWALS_PER_LEASE
        self._lost_at = time.monotonic() + float(settings.RUN_LEASE_SECONDS)

    @classmethod
    def take(cls, run_id: int) -> Claim | None:
        """Takes a queued run; None when it is not queued (a second delivery of the same job, or it was cancelled)."""
        token = f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid.uuid4().hex}"
        taken = Run.objects.filter(pk=run_id, state=Run.State.QUEUED).update(
            state=Run.State.RUNNING,
            worker=token,
            attempts=F("attempts") + 1,
            started_at=Coalesce("started_at", Now()),
            lease_until=_lease_end(),
        )
        if not taken:
            return None
        wake(run_group(run_id))
        return cls(run_id, token)

    @property
    def _mine(self) -> QuerySet[Run]:
        return Run.objects.filter(
            pk=self.run_id, worker=self.token, state__in=(Run.State.RUNNING, Run.State.CANCELLING)
        )

    @property
    def run(self) -> Run:
        """The row as it stands. Raises LostRun."""
        run = self._mine.select_related("project", "created_by", "batch").first()
        if run is None:
            raise LostRun
        return run

    @property
    def expired(self) -> bool:
        """Was the lease not renewed for so long (no database) that another worker may have taken over?"""
        return time.monotonic() >= self._lost_at

    def check(self) -> Instruction:
        """What is wanted now; renews the lease when it is time. Raises LostRun."""
        if time.monotonic() >= self._renew_at:
            self.renew()
        state = self._mine.values_list("state", flat=True).first()
        if state is None:
            raise LostRun
        return Instruction.CANCEL if state == Run.State.CANCELLING else Instruction.GO_ON

    def renew(self) -> None:
        """Keeps the run for another lease. Raises LostRun."""
        now = time.monotonic()
        if not self._mine.update(lease_until=_lease_end()):
            raise LostRun
        self._renew_at = now + settings.RUN_LEASE_SECONDS / RENEWALS_PER_LEASE
        self._lost_at = now + float(settings.RUN_LEASE_SECONDS)

    def lock(self) -> Run:
        """Inside a transaction: the row, held until its end, so that what is written beside it is written by the holder
        only.
        """
        run = self._mine.select_for_update().first()
        if run is None:
            raise LostRun
        return run

    @transaction.atomic
    def append(self, events: list[tuple[str, Mapping[str, object]]], **fields: Any) -> None:
        """Adds events (kind, payload) and sets fields of the row, in one transaction. Raises LostRun."""
        run = self.lock()
        add_events(run, events)
        for name, value in fields.items():
            setattr(run, name, value)
        run.save(update_fields=["last_seq", *fields])

    def end(self, state: str, events: list[tuple[str, Mapping[str, object]]], **fields: Any) -> None:
        """Finishes the run; nobody holds it afterwards."""
        self.append(events, state=state, finished_at=timezone.now(), eta_s=None, worker="", lease_until=None, **fields)
        wake(run_group(self.run_id))
        announce_end(Run.objects.select_related("project", "created_by").get(pk=self.run_id))

    def hand_back(self) -> bool:
        """Puts the run back into the queue because this worker is asked to stop; that is no failed attempt."""
        back = self._mine.filter(state=Run.State.RUNNING).update(
            state=Run.State.QUEUED, worker="", lease_until=None, attempts=F("attempts") - 1
        )
        wake(run_group(self.run_id))
        return bool(back)


def add_events(run: Run, events: list[tuple[str, Mapping[str, object]]]) -> None:
    """Appends to a locked run's journal and counts `last_seq` up; the caller saves the row."""
    RunEvent.objects.bulk_create(
        RunEvent(run_id=run.pk, seq=run.last_seq + place, kind=kind, payload=payload)
        for place, (kind, payload) in enumerate(events, start=1)
    )
    run.last_seq += len(events)


def _lease_end() -> Any:
    return timezone.now() + timedelta(seconds=settings.RUN_LEASE_SECONDS)
