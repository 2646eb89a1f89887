"""Verbs on label errors: mend one, say that the label is right, take the answer back; and what a check stores."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.attributes import fitted
from annotations.boxes.payloads import image_name
from annotations.bulk_edits.record import packed, unpacked
from annotations.label_errors.queries import Kind, State, standing
from annotations.locking import BATCH, lock_images
from annotations.models import Box, LabelClass, LabelError, Origin, Suggestion, SuggestionBatch
from annotations.unit_of_work import UnitOfWork
from labelhub.live.notify import project_group, wake_on_commit
from projects import policies
from projects.errors import Refusal, StaleVersion
from projects.models import Project, User
from projects.policies import Action

Seen = tuple[int, int]  # an error's id, and the version of it that the person saw


@transaction.atomic
def fix(actor: User, project: Project, items: Sequence[Seen]) -> list[LabelError]:
    """Mends labels as proposed: another class, tighter corners, a box more or a box less.

    Raises StaleVersion (with the current rows) where one was answered, or its box changed, meanwhile.
    """
    unit, found = _locked(actor, project, items, open_only=True)
    boxes = Box.objects.select_related("label", "suggestion").in_bulk([one.box for one in found if one.box])
    for error in found:
        _mend(unit, actor, error, boxes.get(error.box))
    unit.write()
    return _answered(actor, found, State.FIXED)


@transaction.atomic
def keep(actor: User, project: Project, items: Sequence[Seen]) -> list[LabelError]:
    """Says that labels are right as they are. Later checks do not ask again."""
    _unit, found = _locked(actor, project, items, open_only=True)
    return _answered(actor, found, State.RIGHT)


@transaction.atomic
def reopen(actor: User, project: Project, items: Sequence[Seen]) -> list[LabelError]:
    """Takes answers back: a label that was mended is again as it was. Raises StaleVersion where it changed since."""
    unit, found = _locked(actor, project, items, open_only=False)
    boxes = Box.objects.select_related("label", "suggestion").in_bulk([one.box for one in found if one.box])
    for error in found:
        if error.state == State.FIXED:
            _unmend(unit, error, boxes.get(error.box))
    unit.write()
    return _answered(None, found, State.PENDING)


def store(rows: Iterable[LabelError]) -> int:
    """Writes what a check found, at most 200 rows a transaction; returns how many."""
    rows, stored = iter(rows), 0
    while part := list(islice(rows, BATCH)):
        with transaction.atomic():
            LabelError.objects.bulk_create(part)
            wake_on_commit(project_group(part[0].batch.project_id))
        stored += len(part)
    return stored


def withdraw(chosen: QuerySet[LabelError]) -> int:
    """What waits among `chosen` is no longer asked, 200 rows a transaction; returns how many."""
    return sum(_in_batches(chosen.filter(state=State.PENDING), lambda rows: rows.update(state=State.WITHDRAWN)))


def delete(chosen: QuerySet[LabelError]) -> None:
    """Of a check that was cancelled nothing stays."""
    for _count in _in_batches(chosen, lambda rows: rows.delete()):
        pass


def withdraw_older(batch: SuggestionBatch, labels: Collection[int]) -> int:
    """A newer check of these classes takes the place of what older ones still ask."""
    older = LabelError.objects.filter(batch__project=batch.project_id, label__in=labels, batch__lt=batch.pk)
    return withdraw(older)


def _in_batches(chosen: QuerySet[LabelError], act: Callable[[QuerySet[LabelError]], object]) -> Iterator[int]:
    """act must take rows out of `chosen`."""
    while ids := list(chosen.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            act(LabelError.objects.filter(pk__in=ids))
        yield len(ids)


def _locked(
    actor: User, project: Project, items: Sequence[Seen], *, open_only: bool
) -> tuple[UnitOfWork, list[LabelError]]:
    """Images first, then the rows, as every writer locks them."""
    policies.require(actor, Action.REVIEW, project)
    if not items or len(items) > BATCH:
        raise Refusal(_("Name 1 to %(n)d label errors at once.") % {"n": BATCH}, field="items")
    seen = dict(items)
    named = LabelError.objects.filter(pk__in=seen, batch__project=project)
    images = lock_images(set(named.values_list("image_id", flat=True)))
    rows = named.select_for_update(of=("self",), no_key=True).select_related("label", "proposed", "image")
    found = list(rows.order_by("-probability", "pk"))
    if len(found) != len(seen):
        raise Refusal(_("Some of these label errors are not in this project."), field="items")
    if any(one.version != seen[one.pk] for one in found):
        raise _stale(found)
    if open_only and standing(named).count() != len(found):
        raise _stale(found)
    return UnitOfWork(actor, images.values()), found


def _stale(found: Sequence[LabelError]) -> StaleVersion:
    return StaleVersion([error_row(one) for one in found])


def _mend(unit: UnitOfWork, actor: User, error: LabelError, box: Box | None) -> None:
    if error.kind == Kind.MISSING:
        box = Box(id=uuid4(), image_id=error.image_id, label=error.label, author=actor, origin=Origin.SUGGESTION)
        box.attributes, box.xyxy = fitted(error.label.asked, {}), error.xyxy
        unit.create(box)
        error.box = box.pk
        return
    assert box is not None  # it stands
    of = _suggestion_of(box)
    error.before = packed(box, of.pk if of else None)
    if error.kind == Kind.SPURIOUS:
        unit.delete(box, of)
        return
    if error.kind == Kind.WRONG_CLASS:
        assert error.proposed is not None
        box.label = error.proposed
        box.attributes = fitted(box.label.asked, box.attributes)
    else:
        assert error.tighter is not None
        box.xyxy = error.tighter
    unit.change(box)


def _unmend(unit: UnitOfWork, error: LabelError, box: Box | None) -> None:
    """Raises StaleVersion where somebody has changed the box since."""
    if error.kind == Kind.SPURIOUS:
        if box is not None:
            raise _stale([error])
        gone = unpacked(error.before)
        gone.label = error.label
        gone.author = User.objects.filter(pk=gone.author_id).first() if gone.author_id else None
        unit.restore(gone)
        return
    if box is None or not _as_mended(error, box):
        raise _stale([error])
    if error.kind == Kind.MISSING:
        unit.delete(box)
        error.box = None
        return
    was = unpacked(error.before)
    box.label = LabelClass.objects.get(pk=was.label_id)
    box.xyxy, box.attributes = was.xyxy, was.attributes
    unit.change(box)


def _as_mended(error: LabelError, box: Box) -> bool:
    if error.kind == Kind.WRONG_CLASS:
        return box.label_id == error.proposed_id
    return box.label_id == error.label_id and box.xyxy == (error.tighter or error.xyxy)


def _suggestion_of(box: Box) -> Suggestion | None:
    return getattr(box, "suggestion", None)


def _answered(actor: User | None, found: list[LabelError], state: str) -> list[LabelError]:
    now = timezone.now() if actor else None
    for error in found:
        error.state, error.decided_by, error.decided_at = state, actor, now
        error.version += 1
        if state == State.PENDING:
            error.before = {}
    fields = ["state", "decided_by", "decided_at", "version", "before", "box"]
    LabelError.objects.bulk_update(found, fields)
    wake_on_commit(project_group(found[0].image.project_id))
    return found


def error_row(error: LabelError) -> dict[str, object]:
    """As the API tells it."""
    return {
        "id": error.pk, "kind": error.kind, "state": error.state, "version": error.version, "class": error.label_id,
        "proposed": error.proposed_id, "xyxy": list(error.xyxy), "tight": error.tight, "box": error.box,
        "probability": error.probability, "image": image_name(error.image),
    }  # fmt: skip
