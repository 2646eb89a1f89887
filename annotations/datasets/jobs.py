"""What a change of datasets does, step by step, and what becomes of one that its worker left."""

from __future__ import annotations

import logging
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.datasets import copying, near_copies, regrouping, undoing
from annotations.datasets.choice import Choice
from annotations.models import DatasetChange
from projects import audit
from projects.errors import Forbidden, Refusal
from projects.jobs.hold import Hold, carry_out
from projects.jobs.sweep import TRIES, take_up
from projects.models import Dataset, User

log = logging.getLogger(__name__)
Kind, Step = DatasetChange.Kind, DatasetChange.Step


def run_step(change_id: int) -> None:
    """The step that the change is at: by a worker, or at once where it is small."""
    rows = DatasetChange.objects.select_related("project", "created_by", "undone_by")
    carry_out(rows, change_id, lambda hold: (_apply if hold.job.step == Step.APPLY else _undo)(hold), _why)


def resume() -> int:
    """Called now and then by the supervisor."""
    words = _("Its worker stopped without a word %(n)d times.") % {"n": TRIES}
    return take_up(DatasetChange.objects.all(), lambda _change: {"problem": words})


def _apply(hold: Hold[DatasetChange]) -> None:
    change, actor = hold.job, _person(hold.job.created_by)
    match change.kind:
        case Kind.MERGE | Kind.SPLIT:
            regrouping.regroup(hold, actor, _target(change))
        case Kind.COPY | Kind.MOVE:
            copying.copy(hold, actor, _target(change))
            if change.kind == Kind.MOVE:
                copying.put_originals_away(hold, actor)
        case Kind.COPIES:
            near_copies.resolve(hold, actor)
    about = {"kind": change.kind, "images": change.count, "boxes": change.boxes, "stayed": change.stayed}
    audit.record(actor, "datasets.changed", change, project=change.project, to=change.choice["to"], **about)


def _undo(hold: Hold[DatasetChange]) -> None:
    change, actor = hold.job, _person(hold.job.undone_by)
    undoing.undo(hold, actor)
    hold.report(undone_at=timezone.now())
    audit.record(
        actor, "datasets.change_undone", change, project=change.project, kind=change.kind, stayed=change.stayed
    )


def _target(change: DatasetChange) -> Dataset:
    found = Dataset.objects.filter(pk=Choice.read(change.choice).to or 0).select_related("project").first()
    if found is None:
        raise Refusal(_("The dataset is gone."))
    return found


def _person(person: User | None) -> User:
    if person is None:
        raise Refusal(_("The person who asked for this is gone."))
    return person


def _why(change: DatasetChange, error: Exception) -> dict[str, Any]:
    if isinstance(error, Refusal):
        return {"problem": error.detail}
    if isinstance(error, Forbidden):
        return {"problem": _("The person who asked for this may no longer do it.")}
    log.error("change of datasets %s", change.pk, exc_info=error)
    return {"problem": type(error).__name__}
