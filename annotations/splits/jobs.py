"""The worker's part of a division: deals the images out, or takes them back, in transactions of at most 200 rows."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.models import SplitChange
from annotations.splits import actions
from annotations.splits.contents import contents
from annotations.splits.plan import Division, moves
from projects.errors import Refusal
from projects.jobs.hold import Hold, carry_out, letting_others_write
from projects.jobs.sweep import TRIES, take_up
from projects.models import User

log = logging.getLogger(__name__)
Step = SplitChange.Step


def run_step(change_id: int) -> None:
    """The worker's part: the step that the division is at."""
    rows = SplitChange.objects.select_related("project", "created_by", "undone_by")
    carry_out(rows, change_id, lambda hold: STEPS[hold.job.step](hold), _why)


def resume() -> int:
    """Called now and then by the supervisor."""
    words = _("Its worker stopped without a word %(n)d times.") % {"n": TRIES}
    return take_up(SplitChange.objects.all(), lambda _change: {"problem": words})


def _divide(hold: Hold[SplitChange]) -> None:
    """Begun again it goes on with what was dealt out the first time."""
    change = hold.job
    if not change.moves:
        with hold.beating():
            dealt = _dealt(change)
        hold.report(moves=dealt)
    _write(hold, [(image, was, now) for image, was, now in _in_order(change)])


def _undo(hold: Hold[SplitChange]) -> None:
    """Images that somebody put elsewhere since stay there."""
    _write(hold, [(image, now, was) for image, was, now in _in_order(hold.job)])
    hold.report(undone_at=timezone.now())


STEPS: dict[str, Callable[[Hold[SplitChange]], None]] = {Step.DIVIDE: _divide, Step.UNDO: _undo}


def _dealt(change: SplitChange) -> dict[str, list[int]]:
    images = contents(change.project)
    found: dict[str, list[int]] = defaultdict(list)
    was = {image.id: image.split for image in images}
    for image, now in moves(images, Division(**change.how)).items():
        found[f"{was[image]}>{now}"].append(image)
    return found


def _in_order(change: SplitChange) -> list[tuple[int, str, str]]:
    """Image, split before, split after; always the same order, so that `done` says where to go on."""
    ways = [(way.split(">"), images) for way, images in change.moves.items()]
    return sorted((image, was, now) for (was, now), images in ways for image in images)


def _write(hold: Hold[SplitChange], wanted: list[tuple[int, str, str]]) -> None:
    """Each image from one split into the other, where it is still in the one."""
    change, actor = hold.job, _actor(hold.job)
    hold.report(total=len(wanted))
    while part := wanted[change.done : change.done + actions.AT_ONCE]:
        with letting_others_write(), transaction.atomic():
            done = actions.write(actor, change.project, {image: (was, now) for image, was, now in part})
            count = len(done) if change.step == Step.DIVIDE else 0
            hold.report(done=change.done + len(part), count=change.count + count)
    actions.audit_splits(actor, change.project, [image for image, *_ways in wanted], {now for *_from, now in wanted})


def _actor(change: SplitChange) -> User:
    actor = change.created_by if change.step == Step.DIVIDE else change.undone_by
    if actor is None:
        raise Refusal(_("The person who asked for this is gone."))
    return actor


def _why(change: SplitChange, error: Exception) -> dict[str, Any]:
    if isinstance(error, Refusal):
        return {"problem": error.detail}
    log.error("division %s", change.pk, exc_info=error)
    return {"problem": type(error).__name__}
