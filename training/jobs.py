"""Entries of the queues of runs, kept thin: what a message starts, and the sweep that looks after runs whose worker
died.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_q.models import OrmQ
from django_q.tasks import async_task

from labelhub.live.notify import run_group, wake
from training import warm_server
from training.models import Run
from training.protocol import events
from training.runner import failures
from training.runner.claims import Claim, add_events, announce_end
from training.runs.actions import JOB
from training.runs.waiting import waiting

log = logging.getLogger(__name__)

PATIENCE_S = 15.0  # a run that waits longer for the warm worker finds none alive


def execute_run(run_id: int) -> str:
    """A message says that there is work. The first of its queue is taken, which need not be the one that sent the
    message.

    So the order is kept whoever delivers what how often, and a message that comes twice finds nothing to start.
    """
    from training.runner.supervise import carry

    run = Run.objects.filter(pk=run_id).only("kind").first()
    for pk in waiting(run.queue)[:20] if run else ():
        claim = Claim.take(pk)
        if claim is not None:
            carry(claim)
            return f"run {pk}"
    return f"nothing to do for run {run_id}"


def serve_predictions() -> str:
    """Answers questions about single pictures, and carries runs about one image, until nobody asks any more."""
    from training.predictions.server import serve

    return f"{serve()} predictions"


def sweep() -> None:
    """Called every few seconds by whoever watches workers; any number of callers may do so at once."""
    for pk in Run.objects.filter(_expired()).values_list("id", flat=True):
        _take_back(pk)
    _deliver_again()


def _expired() -> Q:
    return Q(state__in=(Run.State.RUNNING, Run.State.CANCELLING), lease_until__lt=timezone.now())


@transaction.atomic
def _take_back(pk: int) -> None:
    """A run whose lease ran out goes into the queue again, at most twice; then it has failed."""
    run = Run.objects.select_for_update().filter(_expired(), pk=pk).first()
    if run is None:
        return
    run.worker, run.lease_until, run.eta_s = "", None, None
    if run.state == Run.State.CANCELLING:
        run.state, run.finished_at = Run.State.CANCELLED, timezone.now()
    elif run.attempts >= Run.MAX_ATTEMPTS:
        failure = failures.worker_lost(run.attempts)
        run.state, run.finished_at = Run.State.FAILED, timezone.now()
        run.error_code, run.error_text = failure.code, failure.text
        add_events(run, [failure.as_event()])
    else:
        run.state = Run.State.QUEUED
        text = gettext_noop(
            "The worker of this run stopped without a word; another one takes it up after its last finished stage."
        )
        add_events(run, [events.stored(events.Log("warning", "worker_lost", text, {"attempt": run.attempts}))])
    run.save()
    log.warning("Run %s: its worker is gone after attempt %s; now %s.", pk, run.attempts, run.state)
    transaction.on_commit(lambda: wake(run_group(pk)))
    if not run.is_live:
        announce_end(run)


def _deliver_again() -> None:
    """Messages that a dead worker had taken stay locked for days: queued runs must not wait for them."""
    for queue in settings.ENGINE_QUEUES:
        if OrmQ.objects.filter(key=queue, lock__lte=timezone.now()).exists():
            continue
        runs = waiting(queue)
        if queue == warm_server.QUEUE:
            if runs.filter(created_at__lt=timezone.now() - timedelta(seconds=PATIENCE_S)).exists():
                warm_server.start_again()
            continue
        for pk in runs:
            async_task(JOB, pk, cluster=queue, task_name=f"run-{pk}")
