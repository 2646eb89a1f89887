"""Verbs on runs: start, cancel, try again, undo.

Each checks, acts in one transaction, writes the audit row, tells after commit.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from annotations.label_errors import actions as label_errors
from annotations.review import actions
from labelhub.live.notify import run_group, wake_on_commit
from projects import audit, policies
from projects.errors import Conflict
from projects.models import Event, Project, User
from projects.policies import Action
from projects.webhooks.emit import emit
from training import warm_server
from training.models import Run
from training.runner import results
from training.runner.claims import announce_end
from training.runs import parameters

JOB = "training.jobs.execute_run"


@transaction.atomic
def start_run(actor: User, project: Project, *, kind: str, **asked: Any) -> Run:
    """Queues a run. `asked`: what POST /api/projects/{id}/runs/ takes, beside `kind` (see parameters.parse).

    Raises Refusal naming the field that cannot be.
    """
    policies.require(actor, _right(kind, bool(asked.get("within"))), project)
    wanted = parameters.parse(project, kind, asked)
    Project.objects.select_for_update().get(pk=project.pk)  # two at once would take the same number
    last = Run.objects.filter(project=project).aggregate(n=Max("number"))["n"] or 0
    run = Run.objects.create(
        project=project, number=last + 1, kind=kind, dataset=wanted.dataset, params=wanted.params, created_by=actor
    )
    run.classes.set(wanted.classes)
    audit.record(actor, "run.started", run, project=project, run=run.pk, kind=kind)
    enqueue_on_commit(run)
    emit(project.pk, Event.RUNS_STARTED, {"run": run.pk, "number": run.number, "kind": kind})
    return run


@transaction.atomic
def follow_up(actor: User, run: Run) -> Run:
    """Queues the same run again, which learns from the answers to the first one's questions and takes its place."""
    policies.require(actor, Action.RUN, run.project)
    run = _locked(run)
    if run.state != Run.State.DONE or not run.result.get("questions"):
        raise Conflict(_("This run asked nothing."), code="asked_nothing")
    if Run.objects.filter(project=run.project_id, params__follows=run.pk).exists():
        raise Conflict(_("A run follows this one already."), code="followed")
    asked = {name: run.params[name] for name in parameters.FIELDS[Run.Kind.AUTOLABEL] & run.params.keys()}
    classes = list(run.classes.values_list("pk", flat=True))
    next_run = start_run(actor, run.project, kind=Run.Kind.AUTOLABEL, **asked | {"classes": classes})
    next_run.params["follows"] = run.pk
    next_run.save(update_fields=["params"])
    return next_run


@transaction.atomic
def cancel_run(actor: User, run: Run) -> Run:
    """A queued run ends at once; one at work is asked to, and its worker ends it within seconds. Safe to call again."""
    policies.require(actor, _right(run.kind, bool(run.params.get("within"))), run.project)
    return _cancel(actor, run)


def cancel_all(sender: Project, **_signal: Any) -> None:
    """Ends what is under way in a project that was put away: nobody waits for it."""
    for run in sender.runs.filter(state__in=[Run.State.QUEUED, Run.State.RUNNING]):
        with transaction.atomic():
            _cancel(None, run)


def _cancel(actor: User | None, run: Run) -> Run:
    run = _locked(run)
    if run.state == Run.State.RUNNING and not _is_held(run):
        run.state = Run.State.QUEUED  # its worker died: nobody is left to ask
    if run.state == Run.State.QUEUED:
        run.state, run.finished_at = Run.State.CANCELLED, timezone.now()
    elif run.state == Run.State.RUNNING:
        run.state = Run.State.CANCELLING
    elif run.state in (Run.State.CANCELLING, Run.State.CANCELLED):
        return run
    else:
        raise Conflict(_("This run has ended already."), code="ended")
    run.save(update_fields=["state", "finished_at"])
    audit.record(actor, "run.cancelled", run, project=run.project, run=run.pk)
    wake_on_commit(run_group(run.pk))
    if run.state == Run.State.CANCELLED:
        announce_end(run)
    return run


@transaction.atomic
def retry_run(actor: User, run: Run) -> Run:
    """Queues a failed or cancelled run again; stages that were finished with the same boxes are not done twice."""
    policies.require(actor, Action.RUN, run.project)
    run = _locked(run)
    if run.state not in (Run.State.FAILED, Run.State.CANCELLED):
        raise Conflict(_("Only a run that failed or was cancelled can be tried again."), code="not_retriable")
    run.state, run.attempts, run.finished_at = Run.State.QUEUED, 0, None
    run.stage, run.percent, run.eta_s = "", 0, None
    run.error_code = run.error_text = ""
    run.result.pop("suggestions_at", None)  # with the boxes of now it may find others
    run.save()
    audit.record(actor, "run.retried", run, project=run.project, run=run.pk)
    enqueue_on_commit(run)
    wake_on_commit(run_group(run.pk))
    return run


def undo_run(actor: User, run: Run) -> dict[str, int]:
    """Takes a run's suggestions back as one; people's own boxes and what they changed since stay.

    Returns the counts.
    """
    policies.require(actor, Action.RUN, run.project)
    if run.is_live:
        raise Conflict(_("This run is still at work: cancel it first."), code="live")
    if run.batch is None:
        return {"withdrawn": 0, "boxes": 0}
    counts = actions.withdraw_batch(actor, run.batch)
    label_errors.withdraw(run.batch.label_errors.all())
    results.revive_superseded(run)
    wake_on_commit(run_group(run.pk))
    return counts


def enqueue_on_commit(run: Run) -> None:
    """Puts the run into its workers' queue once its row can be seen by them."""
    transaction.on_commit(lambda: enqueue(run))


def enqueue(run: Run) -> None:
    """Tells the run's workers that it waits."""
    if run.queue == warm_server.QUEUE:
        warm_server.start()
    else:
        async_task(JOB, run.pk, cluster=run.queue, task_name=f"run-{run.pk}")


def _right(kind: str, suggests: bool) -> Action:
    """A search that only shows what it found is part of labelling; whatever leaves suggestions is a run."""
    return Action.LABEL if kind == Run.Kind.SIMILAR and not suggests else Action.RUN


def _locked(run: Run) -> Run:
    return Run.objects.select_for_update(of=("self",)).select_related("project").get(pk=run.pk)


def _is_held(run: Run) -> bool:
    return run.lease_until is not None and run.lease_until > timezone.now()
