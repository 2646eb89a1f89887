"""What a change of many boxes does, step by step, and what becomes of one that its worker left."""

from __future__ import annotations

import logging
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.bulk_edits import merging, undoing
from annotations.bulk_edits.parts import (
    SENT_AT_ONCE,
    choice_of,
    deletion,
    go_through,
    relabelling,
    sending_back,
)
from annotations.bulk_edits.selection import reachable
from annotations.models import BulkEdit, LabelClass
from projects import audit
from projects.errors import Forbidden, Refusal
from projects.jobs.hold import Hold, carry_out
from projects.jobs.sweep import TRIES, take_up
from projects.models import User

log = logging.getLogger(__name__)
Kind, Step = BulkEdit.Kind, BulkEdit.Step


def run_step(edit_id: int) -> None:
    """The step that the change is at: by a worker, or at once where it is small."""
    rows = BulkEdit.objects.select_related("project", "created_by", "undone_by")
    carry_out(rows, edit_id, lambda hold: (_apply if hold.job.step == Step.APPLY else _undo)(hold), _why)


def resume() -> int:
    """Called now and then by the supervisor."""
    words = _("Its worker stopped without a word %(n)d times.") % {"n": TRIES}
    return take_up(BulkEdit.objects.all(), lambda _edit: {"problem": words})


def _apply(hold: Hold[BulkEdit]) -> None:
    edit, actor = hold.job, _person(hold.job.created_by)
    choice = choice_of(edit)
    rows = reachable(actor, edit.project, choice)
    match edit.kind:
        case Kind.RELABEL:
            go_through(hold, actor, rows, relabelling(edit, _label(edit, choice.to)))
        case Kind.DELETE:
            go_through(hold, actor, rows, deletion(edit))
        case Kind.SEND_BACK:
            go_through(hold, actor, rows, sending_back(edit), SENT_AT_ONCE)
        case Kind.MERGE:
            _merge(hold, actor)
    if edit.kind != Kind.MERGE:
        about = {"kind": edit.kind, "boxes": edit.count, "class": choice.label, "to": choice.to}
        audit.record(actor, "boxes.changed", edit, project=edit.project, **about)


def _merge(hold: Hold[BulkEdit], actor: User) -> None:
    edit, choice = hold.job, choice_of(hold.job)
    source, target = edit.project.classes.filter(pk=choice.label or 0).first(), _label(edit, choice.to)
    if source is None:  # a step that is done again: only its end was not written
        merging.note_bin(hold)
        return
    merging.merge(hold, actor, source, target)
    audit.record(actor, "class.merged", source, project=edit.project, into=target.name, boxes=edit.count)


def _undo(hold: Hold[BulkEdit]) -> None:
    edit, actor = hold.job, _person(hold.job.undone_by)
    undoing.undo(hold, actor)
    hold.report(undone_at=timezone.now())
    audit.record(actor, "boxes.change_undone", edit, project=edit.project, kind=edit.kind, stayed=edit.stayed)


def _label(edit: BulkEdit, pk: int | None) -> LabelClass:
    label: LabelClass | None = edit.project.classes.filter(pk=pk or 0).first()
    if label is None:
        raise Refusal(_("The class is gone."))
    return label


def _person(person: User | None) -> User:
    if person is None:
        raise Refusal(_("The person who asked for this is gone."))
    return person


def _why(edit: BulkEdit, error: Exception) -> dict[str, Any]:
    if isinstance(error, Refusal):
        return {"problem": error.detail}
    if isinstance(error, Forbidden):
        return {"problem": _("The person who asked for this may no longer do it.")}
    log.error("change of many boxes %s", edit.pk, exc_info=error)
    return {"problem": type(error).__name__}
