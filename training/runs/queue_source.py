"""Runs among all work of the workers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from projects.jobs.sources import Group, Source, Summary, Verb, add
from training.models import Run
from training.runs import actions


def register() -> None:
    state = Run.State
    states = {
        Group.RUNNING: {state.RUNNING, state.CANCELLING},
        Group.WAITING: {state.QUEUED},
        Group.FAILED: {state.FAILED},
    }
    verbs = {Verb.CANCEL: actions.cancel_run, Verb.RETRY: actions.retry_run}
    rows = Run.objects.select_related("project", "created_by")
    add(Source("run", _("Run"), lambda: rows.all(), _shown, verbs, states=states))


def _shown(run: Run) -> Summary:
    name = f"{run} {run.get_kind_display()}"
    return Summary(name, run.project, run.percent, run.error_text)
